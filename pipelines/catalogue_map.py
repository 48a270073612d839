"""The map of a catalogue: places from `mapping.projection`, kept by `warehouse.index.places`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mapping.projection import Points, neighbour_layout, principal, trustworthiness
from schemas.settings import Settings

if TYPE_CHECKING:
    from warehouse.index.parts import Note
    from warehouse.index.places import Places
    from warehouse.lake import Lake


def best_map(settings: Settings, lake: Lake) -> tuple[Places, bool]:
    """The map that there is, and whether it is the one that is meant for what `lake` shows.

    That is the layout that keeps neighbours. Before it has been made, it is the last one of an
    earlier catalogue; where there has been none, principal components, which take a moment at the
    first time. `lake` must be pinned. Raises StorageError when HOME/index cannot be written.
    """
    from warehouse.index.places import earlier_places, existing_places, open_places

    root = settings.home_path / "index"
    if (found := existing_places(root, lake, "neighbours")) is not None:
        return found, True
    found = earlier_places(root, lake, "neighbours")
    return found or open_places(root, lake, "principal", _by_components, _silent), False


def make_layout(settings: Settings, lake: Lake, note: Note) -> Places:
    """The layout that keeps neighbours, made where it is missing: seconds to a minute.

    The features are brought together first, for this and for every other page. Raises as
    `best_map` does.
    """
    from warehouse.index.places import open_places
    from warehouse.index.resolved import build_resolved

    root = settings.home_path / "index"
    build_resolved(root, lake, note, least=1)
    return open_places(root, lake, "neighbours", _by_neighbours, note)


def _by_components(points: Points, earlier: Points | None) -> tuple[Points, float | None]:
    places = principal(points)
    return places, trustworthiness(points, places)


def _by_neighbours(points: Points, earlier: Points | None) -> tuple[Points, float | None]:
    start = principal(points)
    if earlier is not None:
        start = _resumed(start, earlier)
    places = neighbour_layout(points, start)
    return places, trustworthiness(points, places)


def _resumed(start: Points, earlier: Points) -> Points:
    """Places of an earlier map; of what is new, those among the components, brought to its scale.

    Only where most of the tracks were on it: a map of other music is no place to begin.
    """
    known = np.isfinite(earlier[:, 0])
    if known.sum() < 0.5 * len(known):
        return start
    scale = float(earlier[known].std()) / (float(start.std()) or 1.0)
    moved = (start - start.mean(axis=0)) * scale + earlier[known].mean(axis=0)
    return np.where(known[:, None], earlier, moved).astype(np.float32)


def _silent(_text: str) -> None:
    """Principal components take no time that anybody needs to be told of."""
