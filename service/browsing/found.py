"""Which tracks an address chooses, a page of them, and the map with those marked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from service import compose
from service.browsing.asked import FEATURE_NAMES, FOUND, SIZE, Asked
from service.browsing.catalogue import Catalogue
from service.browsing.colours import Coloured

if TYPE_CHECKING:
    from warehouse.browsing import Choice
    from warehouse.index.places import Places
    from warehouse.lake import Lake


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a page; `tracks` are chosen on all pages, of `whole` in the catalogue."""

    rows: list[dict[str, Any]]
    tracks: int
    whole: int
    page: int
    pages: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One track on the map: `x` and `y` 0 … 1, `y` upwards; `group` its entry in the legend."""

    track_id: str
    x: float
    y: float
    title: str
    artist: str
    group: int
    told: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Map:
    """The map as it is drawn. `pending`: a layout that keeps neighbours better is being made."""

    places: Places
    pending: bool
    colour: Coloured
    points: list[Point]
    chosen: int


def choice(
    catalogue: Catalogue, lake: Lake, asked: Asked, places: Places
) -> tuple[Choice, tuple[str, ...]]:
    """The chosen tracks for the warehouse, and what a person should know of the choice.

    `places` is the map, which a box is on.

    Raises
    ------
    ContractError, InputError
        A condition, tag or search that cannot be; the message says what is valid.
    """
    from warehouse.browsing import Choice
    from warehouse.selection import parse_selection

    selection = parse_selection(asked.where, asked.tag, asked.not_tag)
    notes: list[str] = []
    among: tuple[str, ...] | None = None
    if asked.q:
        from warehouse.search import search

        indexes = compose.open_index(catalogue.settings, lake, frozenset({"text", "words"}))
        among = tuple(hit.track_id for hit in search(lake, indexes, asked.q, selection, FOUND))
        if len(among) == FOUND:
            notes.append(f"the search brought its {FOUND:,} best tracks")
    if asked.box is not None:
        inside = _inside(places, asked.box)
        among = inside if among is None else tuple(i for i in among if i in frozenset(inside))
        if places.sampled < places.tracks:
            notes.append(f"the map shows a sample: {places.sampled:,} of {places.tracks:,} tracks")
    return (
        Choice(
            selection=selection,
            among=among,
            ranked=bool(asked.q),
            licence=asked.licence or None,
            source=asked.source or None,
        ),
        tuple(notes),
    )


def _inside(places: Places, box: tuple[float, float, float, float]) -> tuple[str, ...]:
    x0, y0, x1, y1 = box
    x, y = places.xy[:, 0], places.xy[:, 1]
    inside = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
    return tuple(track for track, within in zip(places.ids, inside, strict=True) if within)


def page(
    catalogue: Catalogue, lake: Lake, chosen: Choice, asked: Asked, notes: tuple[str, ...] = ()
) -> Page:
    """A page of the chosen tracks; beyond the last page, the last."""
    from warehouse import browsing

    whole = catalogue.facets(lake).tracks
    tracks = whole if chosen.everything else browsing.count(lake, chosen)
    pages = max(1, math.ceil(tracks / SIZE))
    number = min(asked.page, pages)
    ids = browsing.chosen_ids(lake, chosen, asked.sort, limit=SIZE, offset=(number - 1) * SIZE)
    features = [name for name in asked.columns if name in FEATURE_NAMES]
    return Page(browsing.rows(lake, ids, features), tracks, whole, number, pages, notes)


def drawn(catalogue: Catalogue, lake: Lake, asked: Asked, chosen: Choice) -> Map:
    """The map with its colours, names, and which of its tracks are chosen."""
    places, pending = catalogue.layout.places(lake)
    colour = catalogue.coloured(lake, places, asked.colour)
    names = catalogue.names(lake, places)
    marked = _marked(lake, places, chosen)
    points = [
        Point(
            track_id,
            round(float(x), 4),
            round(float(y), 4),
            *_named(names.get(track_id)),
            group,
            told,
            marked is None or track_id in marked,
        )
        for track_id, (x, y), group, told in zip(
            places.ids, places.xy, colour.of, colour.told, strict=True
        )
    ]
    return Map(places, pending, colour, points, sum(point.chosen for point in points))


def _marked(lake: Lake, places: Places, chosen: Choice) -> frozenset[str] | None:
    """Ids on the map that are chosen; None for all of them."""
    from dataclasses import replace

    from warehouse import browsing

    if chosen.everything:
        return None
    shown = frozenset(places.ids)
    among = places.ids if chosen.among is None else tuple(i for i in chosen.among if i in shown)
    return frozenset(browsing.chosen_ids(lake, replace(chosen, among=among)))


def _named(names: tuple[str | None, str | None] | None) -> tuple[str, str]:
    from pipelines.printable import printable

    title, artist = names or (None, None)
    return printable(title or "untitled", 120), printable(artist or "", 80)
