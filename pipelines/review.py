"""Reviews: a listener's word, a choice between two, and the extractor's verdicts on a batch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from generation.around.judging import judge
from generation.around.keeping import Kept, list_generations, load_generation
from generation.contract import Application
from pipelines.generations import EXTRACTOR, record_generations
from schemas.conditioning import ConditioningRequest
from schemas.errors import ContractError, InputError, WarehouseError
from schemas.features import FEATURES
from schemas.generation import FeatureResult, GenerationResult
from schemas.operations import ComparisonRow, Heard, ReviewRow, RunRow, RunState
from schemas.protocols import Measure
from schemas.settings import Settings
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.queries import review_generations
from warehouse.store import Store

MOST_NOTE = 2_000
MOST_NAME = 100
_FEATURES = tuple(spec.name for spec in FEATURES if spec.size == 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """One listener's word on a generation: a rating 0 … 1, a feature's direction, or both.

    Raises
    ------
    InputError
        When nothing is said, or a value cannot be; names it and what is valid.
    """

    generation_id: str
    reviewer: str
    rating: float | None = None
    feature: str | None = None
    heard: Heard | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        _check_listener(self.reviewer)
        _check_note(self.note)
        if self.rating is None and self.heard is None and not self.note:
            raise InputError("review: nothing said; give a rating, a feature's value or a note")
        if self.rating is not None and not 0 <= self.rating <= 1:
            raise InputError(f"rating {self.rating:g}: valid is 0 … 1")
        if self.heard is not None and self.feature is None:
            raise InputError("--value: of which --feature?")
        if self.feature is not None and self.feature not in _FEATURES:
            raise InputError(f"feature {self.feature!r}: valid are {', '.join(_FEATURES)}")

    def row(self) -> ReviewRow:
        """Its row: saying something of the same again replaces what was said."""
        about = self.feature or "whole"
        return ReviewRow(
            review_id=f"{self.generation_id}-{_digest(self.reviewer)}-{about}",
            generation_id=self.generation_id,
            reviewer=self.reviewer,
            feature=self.feature,
            rating=self.rating,
            note=self.note,
            heard=self.heard,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One listener's choice. Raises InputError for a piece against itself, and long texts."""

    winner: str
    loser: str
    reviewer: str
    criterion: str = "overall"
    note: str | None = None

    def __post_init__(self) -> None:
        _check_listener(self.reviewer)
        _check_note(self.note)
        if self.winner == self.loser:
            raise InputError(f"--better {self.winner}: valid is another than --than")
        if not self.criterion.strip() or len(self.criterion) > MOST_NAME:
            raise InputError(f"--on: {len(self.criterion)} characters; valid is 1 to {MOST_NAME}")

    def row(self) -> ComparisonRow:
        """Its row: the same pair, listener and criterion again replaces the choice."""
        pair = "|".join(sorted((self.winner, self.loser)))
        said = self.criterion.strip().lower()
        return ComparisonRow(
            comparison_id=_digest(f"{pair}|{self.reviewer}|{said}"),
            winner=self.winner,
            loser=self.loser,
            reviewer=self.reviewer,
            criterion=said,
            note=self.note,
        )


def _check_listener(name: str) -> None:
    if not name.strip() or len(name) > MOST_NAME or name == EXTRACTOR:
        raise InputError(
            f"reviewer {name!r}: valid is a name of 1 to {MOST_NAME} characters; "
            f"{EXTRACTOR!r} is the program's own"
        )


def _check_note(note: str | None) -> None:
    if note is not None and len(note) > MOST_NOTE:
        raise InputError(f"note: {len(note):,} characters; valid is at most {MOST_NOTE:,}")


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


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
