"""What the page of rights says: licences by layer and what they allow, and why tracks stay out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.printable import printable
from schemas.rights import UNCLASSIFIED, Admission, Ground, Policy, Purpose, RightsLayer, policies
from service.report.page.charts import stack
from service.report.page.html import Html
from service.web.rights.asked import Question

if TYPE_CHECKING:
    from warehouse.gate import Judged
    from warehouse.lake import Lake

SIZE = 25
"""Excluded tracks on a page."""

DUTIES: Mapping[str, str] = {
    "public-domain": "nothing",
    "attribution": "name the author",
    "share-alike": "name the author; changed versions under the same terms",
    "permissive": "keep the notice",
    "copyleft": "pass on under the same terms",
    "noncommercial": "nothing that earns money",
    "no-derivatives": "pass on unchanged only",
    "noncommercial-no-derivatives": "unchanged, and nothing that earns money",
    "reserved": "nothing is granted",
    UNCLASSIFIED: "in no class: read it",
}
"""Class of a licence → what it asks, in a few words (`schemas/policies.toml` has the classes)."""

_GROUNDS: Mapping[Ground, tuple[str, str]] = {
    Ground.ALLOWED: ("allowed", "known and allowed"),
    Ground.ALLOWED_UNKNOWN: ("let_in", "unknown, let in"),
    Ground.UNKNOWN: ("unknown", "unknown: not stated or not understood"),
    Ground.FORBIDDEN: ("forbidden", "known and not allowed"),
}
"""Ground → class of the style sheet, and words."""


@dataclass(frozen=True, slots=True)
class Licence:
    """Statements of one licence about one layer. `uses` says, for each policy, what it allows."""

    layer: str
    name: str
    classes: str
    duty: str
    tracks: int
    kind: str
    verdict: str
    uses: tuple[str, ...]
    bar: Html


@dataclass(frozen=True, slots=True)
class Layer:
    """How many tracks have a known licence, an unclear statement, or none, for one layer."""

    name: str
    known: int
    unclear: int
    none: int
    bar: Html


@dataclass(frozen=True, slots=True)
class Standing:
    """What does not depend on the question: layers, statements and what was not understood."""

    tracks: int
    layers: Sequence[Layer]
    statements: Sequence[Mapping[str, Any]]
    unclear: Sequence[Mapping[str, Any]]


def standing(lake: Lake) -> Standing:
    """Counts of all statements."""
    from warehouse import gate, queries

    tracks = queries.status_totals(lake)["tracks"]
    layers = [
        Layer(
            row["layer"],
            row["known"],
            row["stated"] - row["known"],
            tracks - row["stated"],
            stack({"known": row["known"], "unclear": row["stated"] - row["known"]}, tracks),
        )
        for row in queries.status_rights(lake)
    ]
    unclear = [
        {
            "layer": row["layer"],
            "statement": printable(row["statement"], 200),
            "tracks": row["tracks"],
            "sources": ", ".join(printable(source, 60) for source in row["sources"][:6]),
            "evidence": printable(str(row["evidence"]), 120),
        }
        for row in gate.unclear(lake).to_pylist()
    ]
    return Standing(tracks, layers, gate.statements(lake).to_pylist(), unclear)


def licences(found: Standing, question: Question) -> list[Licence]:
    """A line a layer and licence, the commonest of each layer first."""
    most = max((row["tracks"] for row in found.statements), default=1)
    ordered = sorted(
        found.statements,
        key=lambda row: (list(RightsLayer).index(row["layer"]), -row["tracks"], row["spdx"] or "~"),
    )
    return [_licence(row, question, most) for row in ordered]


def _licence(row: Mapping[str, Any], question: Question, most: int) -> Licence:
    from warehouse.gate import allows

    spdx = row["spdx"]
    if spdx is None:
        return Licence(
            row["layer"], "not understood", "", "ask, and state it", row["tracks"], "unknown",
            "unknown", ("–",) * len(policies()), stack({"unknown": row["tracks"]}, most),
        )  # fmt: skip
    allowed = allows(question.policy, question.purpose, spdx)
    kind = "allowed" if allowed else "forbidden"
    classes = _classes(question.policy, spdx)
    return Licence(
        layer=row["layer"],
        name=printable(spdx, 120),
        classes=", ".join(name.replace("-", " ") for name in classes),
        duty="; ".join(dict.fromkeys(DUTIES.get(name, "") for name in classes)),
        tracks=row["tracks"],
        kind=kind,
        verdict="allowed" if allowed else "not allowed",
        uses=tuple(_uses(policy, spdx) for policy in policies().values()),
        bar=stack({kind: row["tracks"]}, most),
    )


def _classes(policy: Policy, expression: str) -> list[str]:
    """Classes of the ids in an SPDX expression."""
    from warehouse.gate import licences_in

    found = [policy.licence_class(licence) for licence in licences_in(expression)]
    return list(dict.fromkeys(found)) or [UNCLASSIFIED]


def _uses(policy: Policy, spdx: str) -> str:
    from warehouse.gate import allows

    found = [purpose.value for purpose in Purpose if allows(policy, purpose, spdx)]
    return ", ".join(found) or "–"


@dataclass(frozen=True, slots=True)
class Part:
    """Tracks with one ground for their verdict."""

    kind: str
    told: str
    tracks: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Tracks that are left out for one reason."""

    reason: str
    told: str
    tracks: int
    bar: Html


@dataclass(frozen=True, slots=True)
class Answer:
    """What the policy makes of the catalogue."""

    admission: Admission
    parts: Sequence[Part]
    bar: Html
    reasons: Sequence[Reason]
    let_in: Sequence[tuple[str, int]]


def answer(judged: Judged) -> Answer:
    """The verdicts as counts."""
    admission = judged.admission()
    parts = [
        Part(*_GROUNDS[ground], admission.counts[ground])
        for ground in Ground
        if ground in admission.counts
    ]
    most = max(admission.left_out.values(), default=1)
    return Answer(
        admission=admission,
        parts=parts,
        bar=stack({part.kind: part.tracks for part in parts}, admission.tracks),
        reasons=[
            Reason(reason, printable(reason, 300), count, stack({"out": count}, most))
            for reason, count in admission.left_out.items()
        ],
        let_in=[(printable(reason, 300), n) for reason, n in admission.let_in.items()],
    )


@dataclass(frozen=True, slots=True)
class Excluded:
    """A page of tracks that are left out; `tracks` counts all of them."""

    rows: Sequence[Mapping[str, Any]]
    tracks: int
    more: bool


def excluded(lake: Lake, judged: Judged, question: Question) -> Excluded:
    """Those that the question chooses."""
    from warehouse.gate import Wanted, left_out

    offset = SIZE * (question.page - 1)
    wanted = Wanted(
        reason=question.reason or None, text=question.text or None, limit=SIZE, offset=offset
    )
    rows = [_track(row) for row in left_out(lake, judged, wanted)]
    tracks = rows[0]["tracks"] if rows else 0
    return Excluded(rows, tracks, offset + len(rows) < tracks)


def _track(row: Mapping[str, Any]) -> dict[str, Any]:
    said: Iterable[str] = row["statements"] or ()
    return {
        "track_id": row["track_id"],
        "title": printable(row["title"] or row["track_id"], 120),
        "artist": printable(row["artist"] or "", 120),
        "reason": printable(row["reason"], 300),
        "statements": "; ".join(printable(one, 120) for one in said),
        "tracks": row["tracks"],
    }
