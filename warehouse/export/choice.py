"""Which tracks an export holds: those selected that the policy lets through; what it left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from schemas.rights import Purpose, Verdict
from warehouse.export.request import TRAINING, ExportRequest
from warehouse.export.split import Belonging, sides
from warehouse.gate import verdicts
from warehouse.lake import Lake
from warehouse.search import selected_ids
from warehouse.sqltext import sql_text

_EXAMPLES = 5
_FEW = 1_000


@dataclass(slots=True)
class LeftOut:
    """Tracks and values that are not in the export, by what and why; never silently."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def add(self, what: str, reason: str, track_id: str) -> None:
        key = (what, reason)
        self.counts[key] += 1
        if len(shown := self.examples.setdefault(key, [])) < _EXAMPLES:
            shown.append(track_id)

    def listed(self) -> list[dict[str, Any]]:
        """One entry a reason, the commonest first."""
        return [
            {"what": what, "reason": reason, "tracks": n, "examples": self.examples[what, reason]}
            for (what, reason), n in self.counts.most_common()
        ]


@dataclass(frozen=True, slots=True)
class Choice:
    """Chosen tracks: `table` has track_id and split (null without one), sorted by id."""

    table: pa.Table
    selected: int
    grounds: Mapping[str, Mapping[str, int]]
    left_out: LeftOut
    sides: Mapping[str, int]


def choose(lake: Lake, request: ExportRequest) -> Choice:
    """The tracks of an export.

    A training set holds no track that repeats another, none that we generated, and none without a
    file that is present.
    """
    asked = selected_ids(lake, request.selection)
    judged = {p: _judged(lake, request, p, asked) for p in request.purposes}
    ids = sorted(judged[Purpose.EXPORT])
    left_out = LeftOut()
    kept = [i for i in ids if _allowed(i, judged, left_out)]
    if request.form in TRAINING:
        kept = _trainable(lake, kept, left_out)
    drawn = _sides(lake, kept, request)
    table = pa.table(
        {
            "track_id": pa.array(kept, pa.string()),
            "split": pa.array([drawn.get(i) for i in kept], pa.string()),
        }
    )
    grounds = {
        str(purpose): dict(Counter(str(v.ground) for v in found.values()))
        for purpose, found in judged.items()
    }
    return Choice(table, len(ids), grounds, left_out, Counter(drawn.values()))


def _judged(
    lake: Lake, request: ExportRequest, purpose: Purpose, asked: list[str] | None
) -> dict[str, Verdict]:
    if asked is None or len(asked) <= _FEW:
        return verdicts(lake, request.policy, purpose, asked)
    found = verdicts(lake, request.policy, purpose)  # cheaper than naming most of a catalogue
    return {track_id: found[track_id] for track_id in asked}


def _allowed(
    track_id: str, judged: Mapping[Purpose, Mapping[str, Verdict]], left_out: LeftOut
) -> bool:
    for found in judged.values():
        verdict = found[track_id]
        if not verdict.allowed:
            left_out.add("track", verdict.reason, track_id)
            return False
    return True


def _trainable(lake: Lake, ids: list[str], left_out: LeftOut) -> list[str]:
    facts = lake.query(sql_text("export", "unfit_for_training")).to_pylist()
    unfit = {row["track_id"]: row["reason"] for row in facts}
    kept = []
    for track_id in ids:
        if track_id in unfit:
            left_out.add("track", unfit[track_id], track_id)
        else:
            kept.append(track_id)
    return kept


def _sides(lake: Lake, ids: list[str], request: ExportRequest) -> dict[str, str]:
    if request.split is None:
        side = {"train"} if request.form in TRAINING else set()
        return {track_id: s for s in side for track_id in ids}
    wanted = set(ids)
    found = lake.query(sql_text("export", "belonging")).to_pylist()
    tracks = [Belonging(**row) for row in found if row["track_id"] in wanted]
    return sides(tracks, request.split, request.seed)
