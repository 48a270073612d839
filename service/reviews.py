"""Reviews for the command line, HTTP and the page: saying one, what is left, what all say."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from schemas.settings import Settings
from service import compose

if TYPE_CHECKING:
    from pipelines.review import Comparison, Rating, ReviewReport, ReviewRequest
    from pipelines.reviewing.findings import Findings
    from pipelines.reviewing.material import Material, Piece
    from pipelines.reviewing.queue import Pair
    from schemas.conditioning import ConditioningRequest
    from schemas.protocols import Measure


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is left for a listener, in the order to hear it, and how far reviews have come.

    `heard` counts pieces that this listener has judged, `total` those that can be; `material` is
    what all of it comes from.
    """

    material: Material

    pieces: tuple[Piece, ...]
    pairs: tuple[Pair, ...]
    heard: int
    total: int
    unreviewed: int


def material(settings: Settings, as_of: int | datetime | None = None) -> Material:
    """Generations, opinions and choices. Raises WarehouseError when there is no warehouse yet."""
    from pipelines.reviewing.material import gather

    with compose.open_lake(settings, as_of) as lake:
        return gather(lake)


def unreviewed(settings: Settings) -> tuple[Piece, ...]:
    """Generations that no listener has rated or compared, the last first."""
    return material(settings).unreviewed


def waiting(settings: Settings, listener: str) -> Waiting:
    """What `listener` has not judged of the pieces whose sound is at hand.

    Raises WarehouseError when there is no warehouse yet.
    """
    from generation.around.keeping import list_generations
    from pipelines.reviewing.queue import heard_by, pairs_for, pieces_for

    found = material(settings)
    there = frozenset(list_generations(settings.generations_path)) & frozenset(found.pieces)
    return Waiting(
        material=found,
        pieces=pieces_for(found, listener, there),
        pairs=pairs_for(found, listener, there),
        heard=len(heard_by(found, listener) & there),
        total=len(there),
        unreviewed=sum(piece.generation_id in there for piece in found.unreviewed),
    )


def login() -> str:
    """Who listens where nobody says: the login name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may have a user without a name
        return "listener"


def findings(settings: Settings, as_of: int | datetime | None = None) -> Findings:
    """Adherence, preferences, agreement, disagreement with the extractor, and proposals."""
    from pipelines.reviewing.findings import findings as found

    return found(material(settings, as_of))


def record(settings: Settings, said: Sequence[Rating | Comparison]) -> int:
    """Write listeners' words; how many rows are new or changed.

    Raises
    ------
    InputError
        For a generation that is not kept.
    WarehouseError
        When it cannot be written.
    """
    from pipelines.review import record as write

    return write(settings, said)


def withdraw(settings: Settings, reviewer: str, generation_ids: Sequence[str]) -> int:
    """Take back a word on one generation or a choice between two, as `pipelines.review` does."""
    from pipelines.review import withdraw as take_back

    return take_back(settings, reviewer, generation_ids)


def measure_batch(
    settings: Settings, request: ReviewRequest, say: Callable[[str], object] = lambda _: None
) -> ReviewReport:
    """Measure kept generations again; as a flow run where there is a Prefect server to see it."""

    def measuring(asked: ConditioningRequest) -> Measure:
        return compose.measure(settings, asked)

    if os.environ.get("PREFECT_API_URL"):
        from pipelines.flows.environment import prepare

        prepare(settings.home_path / "prefect")
        from pipelines.flows.review import run_review_flow

        return run_review_flow(settings, request, measuring)
    from pipelines.review import review_batch

    return review_batch(settings, request, measuring, say)
