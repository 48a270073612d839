"""Reviews: a listener's word, a choice between two, and the extractor's verdicts on a batch."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

import pyarrow as pa

from generation.around.judging import judge
from generation.around.keeping import Kept, list_generations, load_generation
from generation.contract import Application
from pipelines.generations import EXTRACTOR, record_generations
from pipelines.reviewing.saying import Comparison, Rating
from schemas.conditioning import ConditioningRequest
from schemas.errors import ContractError, InputError, WarehouseError
from schemas.generation import FeatureResult, GenerationResult
from schemas.operations import RunRow, RunState
from schemas.protocols import Measure
from schemas.settings import Settings
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.queries import review_generations
from warehouse.store import Store

__all__ = [
    "Comparison",
    "Rating",
    "ReviewReport",
    "ReviewRequest",
    "record",
    "review_batch",
    "withdraw",
]


def record(settings: Settings, said: Sequence[Rating | Comparison]) -> int:
    """Write what listeners said, in one commit; how many rows are new or changed.

    Raises
    ------
    InputError
        For a generation that is not kept; names the nearest.
    WarehouseError
        When it cannot be written.
    """
    named: dict[str, None] = {}
    for one in said:
        both = (one.generation_id,) if isinstance(one, Rating) else (one.winner, one.loser)
        named |= dict.fromkeys(both)
    _enter(settings, [load_generation(settings.generations_path, name) for name in named])
    batches = {
        "reviews": [one.row() for one in said if isinstance(one, Rating)],
        "comparisons": [one.row() for one in said if isinstance(one, Comparison)],
    }
    stamp = RunStamp(run_id=_run_id(), flow="review", message=f"{len(said)} opinions")
    with Store(Location.from_settings(settings)) as store:
        written = store.write({name: rows for name, rows in batches.items() if rows}, stamp)
    return sum(one.inserted + one.updated for one in written.tables.values())


def withdraw(settings: Settings, reviewer: str, generation_ids: Sequence[str]) -> int:
    """Take back what a listener said of one generation, or chose between two; rows deleted.

    Earlier snapshots keep it.

    Raises
    ------
    InputError
        For the extractor, whose word nobody takes back, and for more than two generations.
    WarehouseError
        When it cannot be written.
    """
    if reviewer == EXTRACTOR:
        raise InputError(f"reviewer {reviewer!r}: valid is a listener; that is the program's own")
    if not 1 <= len(set(generation_ids)) == len(generation_ids) <= 2:
        raise InputError(f"{len(generation_ids)} generations: valid is one, or two that differ")
    if len(generation_ids) == 1:
        table = "reviews"
        scope = pa.table({"generation_id": list(generation_ids), "reviewer": [reviewer]})
    else:
        table, both = "comparisons", list(generation_ids)
        scope = pa.table({"winner": both, "loser": both[::-1], "reviewer": [reviewer] * 2})
    stamp = RunStamp(run_id=_run_id(), flow="review", message="taken back")
    with Store(Location.from_settings(settings)) as store:
        written = store.write({table: []}, stamp, replace_by={table: scope})
    return written.tables[table].deleted


def _enter(settings: Settings, kept: Sequence[Kept]) -> None:
    """A generation that is kept has its row: it may have been made with no warehouse at hand.

    One that is there stays as it is: it may have been measured anew since it was made.
    """
    location = Location.from_settings(settings)
    with Store(location) as store:
        there = _there(location)
        missing = [one.result for one in kept if one.result.generation_id not in there]
        if missing:
            record_generations(store, missing, flow="review")


def _there(location: Location) -> frozenset[str]:
    """Generations that have rows; none where there is no warehouse yet."""
    try:
        with Lake.open(location, read_only=True) as lake:
            return frozenset(row["generation_id"] for row in review_generations(lake))
    except WarehouseError as error:
        if error.transient:
            raise
        return frozenset()


@dataclass(frozen=True, slots=True)
class ReviewRequest:
    """Which generations to measure: those named, or all that are kept."""

    generation_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """What became of a batch. `unreadable` are generations whose files are damaged, with why."""

    run_id: str
    measured: int
    changed: int
    hits: int
    asked: int
    unreadable: tuple[str, ...] = ()


Measuring = Callable[[ConditioningRequest], Measure]
"""What measures the features that a request conditions."""


def review_batch(
    settings: Settings,
    request: ReviewRequest,
    measuring: Measuring,
    say: Callable[[str], object] = lambda _: None,
) -> ReviewReport:
    """Measure kept generations with the extractor of today, and write its verdicts.

    The folders on disk stay as they are. The same extractor writes the same rows: nothing changes
    then. A generation whose files are damaged is named and left out.

    Raises
    ------
    InputError
        When a named generation is not kept.
    WarehouseError
        When the rows cannot be written.
    """
    started = datetime.now(UTC)
    root = settings.generations_path
    named = request.generation_ids or tuple(list_generations(root))
    results: list[GenerationResult] = []
    trouble: list[str] = []
    for place, generation_id in enumerate(named, start=1):
        try:
            results.append(_judged(load_generation(root, generation_id), measuring))
        except ContractError as error:
            trouble.append(str(error))
        say(f"{place} of {len(named)} generations measured")
    run_id = _run_id()
    with Store(Location.from_settings(settings)) as store:
        changed = bool(results) and record_generations(store, results, flow="review").changed
        counts = [one for result in results for one in result.features if one.hit is not None]
        report = ReviewReport(
            run_id=run_id,
            measured=len(results),
            changed=int(changed),
            hits=sum(bool(one.hit) for one in counts),
            asked=len(counts),
            unreadable=tuple(trouble),
        )
        _enter_run(store, report, started)
    return report


def _judged(kept: Kept, measuring: Measuring) -> GenerationResult:
    """The result with today's measurements; how each feature was applied is as it was."""
    result = kept.result
    applied = {one.feature: Application(one.applied, one.aimed, "") for one in result.features}
    measured = measuring(result.request)(kept.audio())
    fresh = judge(result.request, measured, applied)
    before = {one.feature: one for one in result.features}
    return result.model_copy(update={"features": tuple(_as_was(f, before) for f in fresh)})


def _as_was(fresh: FeatureResult, before: dict[str, FeatureResult]) -> FeatureResult:
    was = before.get(fresh.feature)
    return fresh if was is None else fresh.model_copy(update={"corrected": was.corrected})


def _enter_run(store: Store, report: ReviewReport, started: datetime) -> None:
    counts = {"measured": report.measured, "unreadable": len(report.unreadable)}
    row = RunRow(
        run=report.run_id,
        flow="review",
        state=RunState.COMPLETED if report.changed else RunState.NOTHING_TO_DO,
        started_at=started,
        ended_at=datetime.now(UTC),
        parameters="{}",
        counts=json.dumps(counts),
        message=f"{report.hits} of {report.asked} met",
        version=version("wordtone"),
    )
    store.write({"runs": [row]}, RunStamp(run_id=report.run_id, flow="review", message=row.message))


def _run_id() -> str:
    return f"review-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
