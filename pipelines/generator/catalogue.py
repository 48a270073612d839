"""What of the catalogue a generator may learn from, at one snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from generation.learned.artifact import licence_of
from schemas.rights import Admission, Policy, Purpose
from schemas.settings import Settings
from schemas.styles import find_styles
from warehouse import queries
from warehouse.gate import load_policy, verdicts
from warehouse.lake import Lake
from warehouse.location import Location
from warehouse.reader import WarehouseReader

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Beats:
    """Times of beats, s, and places of the first beats of bars among them."""

    times: tuple[float, ...] = ()
    downbeats: tuple[int, ...] = ()


@dataclass(slots=True)
class Catalogue:
    """What may be learned from.

    Attributes
    ----------
    tracks : rows of the view `training_examples` that the policy lets in
    scores : rows of `queries.score_files` that it lets in
    admission : what it made of all that was looked at
    skipped : reason → how many of those that it let in could not be used all the same
    """

    snapshot: int
    tracks: Sequence[Row]
    scores: Sequence[Row]
    licences: Mapping[str, Sequence[str]]
    admission: Admission
    skipped: dict[str, int] = field(default_factory=dict)

    def licence(self, track_id: str) -> str:
        return licence_of(dict.fromkeys(self.licences.get(track_id, ("LicenseRef-Unknown",)), 1))

    def skip(self, reason: str) -> None:
        self.skipped[reason] = self.skipped.get(reason, 0) + 1


def has_warehouse(settings: Settings) -> bool:
    """Whether there is a catalogue to read; one that lies elsewhere is taken to be there."""
    where = settings.catalogue_location
    return where.startswith("postgres:") or Path(where).is_file()


def read_catalogue(
    settings: Settings, as_of: int | datetime | None, policy_name: str, allow_unknown: bool
) -> Catalogue:
    """Tracks and scores that the policy lets train. Generated tracks are never among them.

    Raises
    ------
    WarehouseError, SnapshotNotFound
        No warehouse, or no such snapshot.
    ContractError
        No such policy.
    """
    policy = replace(load_policy(policy_name), allow_unknown=allow_unknown)
    location = Location.from_settings(settings)
    reader = WarehouseReader(location, as_of=as_of, policy=policy)
    tracks = reader.training_table().to_pylist()
    with Lake.open(location, read_only=True, as_of=reader.snapshot) as lake:
        scores = queries.score_files(lake)
        licences = queries.sound_licences(lake)
        judged = verdicts(lake, policy, Purpose.TRAIN, sorted({s["track_id"] for s in scores}))
    admission = _of_both(policy, reader.admission, [judged[i] for i in judged], tracks)
    allowed = [score for score in scores if judged[score["track_id"]].allowed]
    return Catalogue(reader.snapshot, tracks, allowed, licences, admission)


def _of_both(
    policy: Policy, heard: Admission | None, scores: Iterable[Any], tracks: Sequence[Row]
) -> Admission:
    """Counts of tracks with features and of tracks that are scores alone, each once."""
    assert heard is not None
    known = {row["track_id"] for row in tracks}
    alone = Admission.of(
        policy, Purpose.TRAIN, [v for v in scores if v.track_id not in known and v.allowed]
    )
    counts = {
        ground: heard.counts.get(ground, 0) + alone.counts.get(ground, 0)
        for ground in {**heard.counts, **alone.counts}
    }
    return replace(heard, counts=counts)


def beats_of(lake: Lake, track_id: str) -> Beats:
    """Beats of a track as they were measured; none where it has no pulse."""
    rows = queries.track_beats(lake, track_id).to_pylist()
    downbeats = tuple(place for place, row in enumerate(rows) if row["downbeat"])
    return Beats(tuple(float(row["time_s"]) for row in rows), downbeats)


def styles_of(row: Row) -> tuple[tuple[str, float], ...]:
    """Styles that a track's words name, in equal parts."""
    found = dict.fromkeys(mention.style.id for mention in find_styles(str(row.get("text") or "")))
    return tuple((name, 1 / len(found)) for name in found)
