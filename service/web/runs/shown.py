"""What the pages of runs say: rows of the warehouse as things that a template can show."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipelines.printable import printable, tail
from schemas.operations import RunState
from schemas.outcomes import Outcome
from service.attention import accounted, again, discovered
from service.report.page import charts
from service.report.page.html import Html

if TYPE_CHECKING:
    from warehouse.stamps import Snapshot

_URI_CHARACTERS = 160
_CHUNKS = 200


@dataclass(frozen=True, slots=True)
class Count:
    """`kind` is a class of the style sheet: an outcome, or "other" for what is none."""

    name: str
    number: int
    kind: str


@dataclass(frozen=True, slots=True)
class Line:
    """One run. `snapshots` are versions before and after, None where it committed none that is
    still kept; `bar` is drawn from the outcomes; `sums` says whether the counts sum up."""

    run: str
    flow: str
    state: str
    started_at: datetime
    took: str
    seconds: float
    counts: tuple[Count, ...]
    bar: Html | None
    snapshots: tuple[int, int] | None
    message: str
    found: int | None
    sums: bool | None
    version: str
    parameters: tuple[tuple[str, str], ...]
    command: str


def line(row: Mapping[str, Any], snapshots: Mapping[str, tuple[int, int]]) -> Line:
    """A row of `runs`; `snapshots` maps run → versions as `spans` has them."""
    from service.report.analysis import length

    counts = tuple(_counts(json.loads(row["counts"])))
    outcomes = {c.kind: c.number for c in counts if c.kind != "other"}
    whole = sum(outcomes.values())
    found = discovered(row)
    seconds = max(0.0, (row["ended_at"] - row["started_at"]).total_seconds())
    return Line(
        run=row["run"],
        flow=row["flow"],
        state=row["state"],
        started_at=row["started_at"],
        took=length(seconds),
        seconds=seconds,
        counts=counts,
        bar=charts.stack(outcomes, whole) if whole else None,
        snapshots=snapshots.get(row["run"]),
        message=printable(row["message"], 400),
        found=found,
        sums=None if found is None else found == accounted(row),
        version=row["version"],
        parameters=tuple(_parameters(json.loads(row["parameters"]))),
        command=printable(again(row), 1_000),
    )


def _counts(counts: Mapping[str, Any]) -> Iterable[Count]:
    """Outcomes in their order, then what else was counted; what is nought is left out."""
    for outcome in (*Outcome, "left"):
        if number := counts.get(outcome, 0):
            yield Count(str(outcome), number, str(outcome))
    for name, number in counts.items():
        if number and isinstance(number, int) and name not in (*Outcome, "left"):
            yield Count(printable(name.replace("_", " "), 60), number, "other")


def _parameters(parameters: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in parameters.items():
        listed = value if isinstance(value, list) else [value]
        said = ", ".join(tail(str(one), _URI_CHARACTERS) for one in listed if one not in (None, ""))
        if said:
            yield name.replace("_", " "), said


def spans(snapshots: Iterable[Snapshot]) -> dict[str, tuple[int, int]]:
    """Run → version of the snapshot before its first commit, and that of its last."""
    found: dict[str, tuple[int, int]] = {}
    for snapshot in snapshots:
        if snapshot.author:
            first = found.get(snapshot.author, (max(0, snapshot.version - 1), 0))[0]
            found[snapshot.author] = (first, snapshot.version)
    return found


def commits(snapshots: Iterable[Snapshot], run: str) -> list[Snapshot]:
    """The last snapshots of a run, oldest first."""
    return [snapshot for snapshot in snapshots if snapshot.author == run][-_CHUNKS:]


def timeline(lines: Sequence[Line]) -> Html:
    """The runs as bars on the line of time."""
    return charts.timeline(
        [
            charts.Moment(
                one.started_at,
                one.state,
                sum(count.number for count in one.counts),
                f"{one.flow}, {one.state.replace('_', ' ')}: "
                + (", ".join(f"{c.number:,} {c.name}" for c in one.counts) or one.message),
            )
            for one in lines
        ]
    )


STATES: Mapping[str, str] = {
    RunState.COMPLETED: "hit",
    RunState.NOTHING_TO_DO: "muted",
    RunState.INTERRUPTED: "model",
    RunState.FAILED: "miss",
}
"""State → class of the style sheet."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Inputs that were not accepted whole for one reason, with an example and what helps."""

    reason: str
    stage: str
    inputs: int
    last_seen: datetime
    example: str
    detail: str
    helps: str
    command: str


def reasons(rows: Iterable[Mapping[str, Any]]) -> list[Reason]:
    """Rows of `rejects_summary`."""
    return [
        Reason(
            reason=row["reason"],
            stage=row["stage"],
            inputs=row["inputs"],
            last_seen=row["last_seen"],
            example=tail(row["example"], _URI_CHARACTERS),
            detail=printable(row["detail"].removeprefix(f"{row['example']}: "), 300),
            helps=remedy(row["reason"]),
            command=f"wordtone rejects --retry {row['reason']}",
        )
        for row in rows
    ]


def rejects(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows of rejects with what strangers wrote made fit to be read."""
    return [
        {
            **row,
            "uri": tail(row["uri"], 2 * _URI_CHARACTERS),
            "detail": printable(row["detail"].removeprefix(f"{row['uri']}: "), 400),
        }
        for row in rows
    ]


def remedy(reason: str) -> str:
    """Whether looking again can help."""
    from pipelines.retry import advice

    return advice(reason)


@dataclass(frozen=True, slots=True)
class ImportSource:
    """Rows of one part of a metadata set, as they were last read."""

    source: str
    files: int
    rows: int
    counts: tuple[Count, ...]
    bar: Html
    last_read: datetime


def import_sources(rows: Iterable[Mapping[str, Any]]) -> list[ImportSource]:
    """Rows of the query of that name, put together by source."""
    by_source: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_source.setdefault(row["source"], []).append(row)
    return [
        ImportSource(
            source=printable(source, 100),
            files=max(row["files"] for row in listed),
            rows=sum(row["rows"] for row in listed),
            counts=tuple(_counts({row["outcome"]: row["rows"] for row in listed})),
            bar=charts.stack(
                {row["outcome"]: row["rows"] for row in listed}, sum(row["rows"] for row in listed)
            ),
            last_read=max(row["last_read"] for row in listed),
        )
        for source, listed in by_source.items()
    ]
