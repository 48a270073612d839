"""Tracks of the catalogue like a file that was measured, and is none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemas.report import FileReport
from schemas.settings import Settings
from service import compose

if TYPE_CHECKING:
    from warehouse.similar import Wish


def tracks_like(
    settings: Settings, like: FileReport, wish: Wish
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The nearest tracks by features, as `neighbours_table` has them, and notes.

    Raises
    ------
    InputError
        For a feature that is unknown or out of its range, and when none was measured.
    WarehouseError
        When there is no catalogue yet.
    """
    from pipelines.reference_clip import values_of
    from warehouse.similar import neighbours_table, similar_to

    values = values_of(like)
    with compose.open_lake(settings) as lake:
        indexes = compose.open_index(settings, lake, frozenset({"features"}))
        found = similar_to(lake, indexes, values, wish)
        return neighbours_table(lake, found.neighbours).to_pylist(), found.notes
