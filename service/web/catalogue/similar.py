"""Tracks like one, and what makes them so: features that are close, with both values; words that
both have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.settings import Settings
from service import compose
from service.browsing.asked import FEATURE_NAMES
from service.browsing.telling import title_of, told

if TYPE_CHECKING:
    from warehouse.lake import Lake

MOST = 12
_SHARED = 5


@dataclass(frozen=True, slots=True)
class Alike:
    """A similar track. `distance`: 0 the same, 1 as far as two tracks drawn at random.

    `near` and `far` hold (feature, its value, the track's own).
    """

    track_id: str
    title: str
    artist: str
    distance: float
    near: list[tuple[str, str, str]]
    far: list[tuple[str, str, str]]
    shared: list[str]
    licence: str


def alike(settings: Settings, lake: Lake, track_id: str) -> tuple[list[Alike], tuple[str, ...]]:
    """The most similar tracks, the nearest first, and notes. Raises as `warehouse.similar`."""
    from warehouse import browsing
    from warehouse.similar import Wish, similar

    indexes = compose.open_index(settings, lake, frozenset({"words", "features"}))
    found = similar(lake, indexes, track_id, Wish(limit=MOST))
    ids = [track_id, *(one.track_id for one in found.neighbours)]
    named = {name for one in found.neighbours for name in (*one.near, *one.far)}
    scalars = sorted(named & set(FEATURE_NAMES))
    rows = {row["track_id"]: row for row in browsing.rows(lake, ids, scalars)}
    own = rows[track_id]
    return [
        Alike(
            one.track_id,
            rows[one.track_id]["title"] or "untitled",
            rows[one.track_id]["artist"] or "",
            one.distance,
            _both(one.near, rows[one.track_id], own),
            _both(one.far, rows[one.track_id], own),
            _shared(rows[one.track_id], own),
            rows[one.track_id]["licence"] or "licence unknown",
        )
        for one in found.neighbours
        if one.track_id in rows
    ], found.notes


def _both(
    names: tuple[str, ...], theirs: dict[str, Any], own: dict[str, Any]
) -> list[tuple[str, str, str]]:
    return [
        (title_of(name), told(name, theirs[name]), told(name, own[name]))
        if name in theirs
        else (title_of(name), "", "")
        for name in names
    ]


def _shared(theirs: dict[str, Any], own: dict[str, Any]) -> list[str]:
    """Words that both have, in the track's own order."""
    kinds = ("genres", "moods", "instruments")
    return [term for kind in kinds for term in own[kind] if term in frozenset(theirs[kind])][
        :_SHARED
    ]
