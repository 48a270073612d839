"""Reviews for the command line, HTTP and the page: saying one, what is left, what all say."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from schemas.settings import Settings
from service import compose

if TYPE_CHECKING:
    from pipelines.review import Comparison, Rating, ReviewReport, ReviewRequest
    from pipelines.reviewing.findings import Findings
    from pipelines.reviewing.material import Material, Piece
    from schemas.conditioning import ConditioningRequest
    from schemas.protocols import Measure


def material(settings: Settings, as_of: int | datetime | None = None) -> Material:
    """Generations, opinions and choices. Raises WarehouseError when there is no warehouse yet."""
    from pipelines.reviewing.material import gather

    with compose.open_lake(settings, as_of) as lake:
        return gather(lake)


def unreviewed(settings: Settings) -> tuple[Piece, ...]:
    """Generations that no listener has rated or compared, the last first."""
    return material(settings).unreviewed


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
