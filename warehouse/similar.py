"""`wordtone similar TRACK`: the nearest tracks by features and words, and why they are near.

The distance of two tracks is the weighted mean of two parts, each 0 for the same and about 1 for
two tracks drawn at random: of features (`warehouse.index.space`), and of words (1 − cosine, over
what chance gives). Candidates come from both graphs, some hundreds from each, and are ranked again
on exact rows at the weights asked for. Other weights within the features than the default ones are
not those of the graph, so then every row is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from schemas.errors import InputError
from warehouse.index import space
from warehouse.index.opened import Indexes
from warehouse.index.vectors import Ids, as_ids
from warehouse.lake import Lake
from warehouse.likeness import Comparison, Neighbour, Wish, side
from warehouse.search import described, selected_ids
from warehouse.sqltext import sql_text

__all__ = [
    "Neighbour",
    "Similar",
    "Wish",
    "between",
    "compare",
    "neighbours_table",
    "similar",
    "similar_to",
]

Values = Mapping[str, float | Sequence[float | None] | None]
"""Feature → value, or values."""

CANDIDATES = 500
"""Tracks that each graph proposes, at least; `similar_recall_at_10` says what that is worth."""


@dataclass(frozen=True, slots=True)
class Similar:
    """Neighbours, the nearest first, and what a person should know about the comparison."""

    neighbours: tuple[Neighbour, ...]
    notes: tuple[str, ...]


def similar(lake: Lake, indexes: Indexes, track_id: str, wish: Wish) -> Similar:
    """Tracks like `track_id`.

    Raises
    ------
    InputError
        No such track, a limit outside 1 … 1,000, or nothing to compare by.
    ContractError
        A weight is negative, unknown, or all are 0.
    """
    return _nearest(lake, compare(indexes, track_id, wish), track_id, wish)


def similar_to(lake: Lake, indexes: Indexes, values: Values, wish: Wish) -> Similar:
    """Tracks like something that is none, by what was measured on it: a file, say.

    Raises
    ------
    InputError
        A limit outside 1 … 1,000, or nothing to compare by.
    ContractError
        A weight is negative, unknown, or all are 0.
    """
    return _nearest(lake, _compare_values(indexes, values, wish), "", wish)


def _compare_values(indexes: Indexes, values: Values, wish: Wish) -> Comparison:
    """How something that is no track, and has no words, is compared."""
    features = indexes.features
    if features is None:
        raise InputError("the index has no features to compare by")
    space.checked_factors(features.features, wish.factors)
    query, weight, plain = side(features, features.row_of(values), wish)
    if query is None:
        raise InputError("nothing was measured that tracks are compared by")
    return Comparison(features, None, query, None, weight, (1.0, 0.0), plain, ())


def _nearest(lake: Lake, comparison: Comparison, track_id: str, wish: Wish) -> Similar:
    """The nearest, without `track_id` and its repeats."""
    if not 1 <= wish.limit <= 1_000:
        raise InputError(f"limit={wish.limit}: valid is 1 … 1000")
    among = selected_ids(lake, wish.selection)
    ids = comparison.candidates(among, max(CANDIDATES, 20 * wish.limit))
    hidden = _hidden(lake, track_id, ids, keep_repeats=wish.duplicates)
    ids = ids[~np.isin(ids, as_ids(sorted(hidden)))]
    return Similar(comparison.ranked(ids, wish.limit), comparison.notes)


def compare(indexes: Indexes, track_id: str, wish: Wish) -> Comparison:
    """How `similar` compares `track_id` with others. Raises as that does."""
    return Comparison.of(indexes, track_id, wish)


def between(
    lake: Lake, indexes: Indexes, first: str, last: str, most: int
) -> tuple[tuple[str, float], ...]:
    """Tracks that lead from `first` to `last` by their sound: id and distance from `first`.

    Both ends are on it. Of the tracks that are nearer to either end than the ends are to each
    other, those are taken that divide the way most evenly, at most `most` in all (2 or more).

    Raises
    ------
    InputError
        No such track, the same one twice, or one without features.
    """
    if first == last:
        raise InputError(f"track {first!r} is both ends: valid are two tracks")
    wish = Wish(features=1.0, text=0.0)
    here, there = (compare(indexes, track_id, wish) for track_id in (first, last))
    ids = np.union1d(here.candidates(None, CANDIDATES), there.candidates(None, CANDIDATES))
    hidden = _hidden(lake, first, ids, keep_repeats=False)
    hidden |= _hidden(lake, last, ids, keep_repeats=False)
    ids = ids[~np.isin(ids, as_ids(sorted(hidden)))]
    whole = float(here.distances(as_ids([last]))[0])
    from_first, from_last = here.distances(ids), there.distances(ids)
    inside = (from_first < whole) & (from_last < whole)
    count = min(most - 2, int(inside.sum()))
    stops: list[int] = []
    for share in np.arange(1, count + 1) / (count + 1):
        off = np.abs(from_first - share * whole) + np.abs(from_last - (1 - share) * whole)
        stops.append(int(np.where(inside, off, np.inf).argmin()))
        inside[stops[-1]] = False
    stops.sort(key=lambda i: float(from_first[i] - from_last[i]))
    middle = [(ids[i].decode(), float(from_first[i])) for i in stops]
    return ((first, 0.0), *middle, (last, whole))


def _hidden(lake: Lake, track_id: str, ids: Ids, *, keep_repeats: bool) -> set[str]:
    """The track itself; and what is linked to it, or to another candidate as its repeat."""
    if keep_repeats:
        return {track_id}
    asked = [track_id, *(value.decode() for value in ids)]
    links = lake.query(sql_text("search", "repeats"), {"track_ids": asked}).to_pylist()
    family, grown = {track_id}, True
    while grown:
        joined = {
            end
            for link in links
            for end in (link["track_id"], link["canonical_id"])
            if family & {link["track_id"], link["canonical_id"]}
        }
        grown = not joined <= family
        family |= joined
    found = set(asked)
    repeats = {
        link["track_id"]
        for link in links
        if link["canonical_id"] in found and link["canonical_id"] not in family
    }
    return family | repeats


def neighbours_table(lake: Lake, neighbours: Sequence[Neighbour]) -> pa.Table:
    """Neighbours with what a track is called, its licence and where it is; one row each."""
    shown = described(lake, [n.track_id for n in neighbours])
    rows = [
        {
            "rank": rank,
            "track_id": n.track_id,
            **{name: shown.get(n.track_id, {}).get(name) for name in ("title", "artist", "album")},
            "distance": n.distance,
            "features": n.of_features,
            "words": n.of_words,
            "covered": n.covered,
            "near": list(n.near),
            "far": list(n.far),
            "tempo_bpm": shown.get(n.track_id, {}).get("tempo_bpm"),
            "key": shown.get(n.track_id, {}).get("key_name"),
            "licence": shown.get(n.track_id, {}).get("licence"),
            "uri": shown.get(n.track_id, {}).get("uri"),
        }
        for rank, n in enumerate(neighbours, 1)
    ]
    return pa.Table.from_pylist(rows, schema=NEIGHBOURS)


_TEXTS = ("track_id", "title", "artist", "album")
NEIGHBOURS = pa.schema(
    [("rank", pa.int64())]
    + [(name, pa.string()) for name in _TEXTS]
    + [(name, pa.float64()) for name in ("distance", "features", "words", "covered")]
    + [(name, pa.list_(pa.string())) for name in ("near", "far")]
    + [("tempo_bpm", pa.float64())]
    + [(name, pa.string()) for name in ("key", "licence", "uri")]
)
"""Columns of `neighbours_table`."""
