"""How one track is compared with others: at which weights, exactly, and what made them near."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from schemas.errors import ContractError, InputError
from warehouse.index import space
from warehouse.index.features import FeatureIndex
from warehouse.index.opened import Indexes
from warehouse.index.vectors import Ids, as_ids
from warehouse.index.words import WordIndex
from warehouse.selection import EVERYTHING, Selection

EXACT_BELOW = 20_000

LIKE_THE_GRAPH = 0.9
"""A track that lacks more than a tenth of the features' weight is compared with every row."""

SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How to compare. `features` and `text` are relative to each other; `factors` as in
    `warehouse.index.space.weights`; `duplicates` shows tracks that are linked as repeats."""

    features: float = 0.6
    text: float = 0.4
    factors: Mapping[str, float] = field(default_factory=dict)
    selection: Selection = EVERYTHING
    limit: int = 10
    duplicates: bool = False


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One similar track. Distances: 0 the same, 1 as far as chance; None where not compared.

    `near` and `far` are features by what they bring it nearer, or push it away; `covered` is the
    share of the features' weight for which both tracks have a value.
    """

    track_id: str
    distance: float
    of_features: float | None
    of_words: float | None
    covered: float | None
    near: tuple[str, ...]
    far: tuple[str, ...]
    by_group: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One track against others at one wish; a side that cannot be compared is None."""

    features: FeatureIndex | None
    words: WordIndex | None
    query: space.Array | None
    query_words: np.ndarray | None
    weight: space.Array | None
    shares: tuple[float, float]
    default: bool
    notes: tuple[str, ...]

    @classmethod
    def of(cls, indexes: Indexes, track_id: str, wish: Wish) -> Comparison:
        shares = _shares(wish)
        ids, notes = as_ids([track_id]), []
        features, words = indexes.features, indexes.words
        query = query_words = weight = None
        known = plain = False
        if features is not None:
            space.checked_factors(features.features, wish.factors)
            place = features.rows_of(ids)
            known = bool(place[0] >= 0)
            if known:
                query, weight, plain = side(features, features.rows(place)[0], wish)
        if words is not None:
            place = words.rows_of(ids)
            known = known or bool(place[0] >= 0)
            query_words = words.vectors(place)[0] if place[0] >= 0 else None
            if query_words is not None and not query_words.any():
                query_words = None
        if not known:
            raise InputError(f"no track {track_id!r}; `wordtone tracks` lists them")
        if query is None and shares[0]:
            notes.append("the track has no value of a feature that counts: compared by words alone")
        if query_words is None and shares[1]:
            notes.append("no words to compare by: compared by features alone")
        shares = (shares[0] * (query is not None), shares[1] * (query_words is not None))
        if sum(shares) == 0:
            raise InputError(f"track {track_id!r} has neither features nor words to compare by")
        shares = (shares[0] / sum(shares), shares[1] / sum(shares))
        return cls(features, words, query, query_words, weight, shares, plain, tuple(notes))

    def candidates(self, among: list[str] | None, depth: int) -> Ids:
        """Ids worth an exact comparison: all of a small selection, else what the graphs propose."""
        allowed = None if among is None else as_ids(among)
        if allowed is not None and len(allowed) < EXACT_BELOW:
            return allowed
        if allowed is not None:
            size = max(len(part.ids) for part in (self.features, self.words) if part is not None)
            depth = min(int(depth * max(size / len(allowed), 1) * 2), size)
        found = []
        if self.features is not None and self.query is not None and self.shares[0]:
            assert self.weight is not None
            places = (
                self.features.nearest_places(self.query, depth)
                if self.default
                else self.features.scan(self.query, self.weight, depth)
            )
            found.append(self.features.ids[places])
        if self.words is not None and self.query_words is not None and self.shares[1]:
            found.append(self.words.ids[self.words.nearest_places(self.query_words, depth)])
        ids = np.unique(np.concatenate(found))
        return ids if allowed is None else ids[np.isin(ids, allowed)]

    def distances(self, ids: Ids) -> space.Array:
        """Distance of each of `ids`, compared exactly."""
        return self._total(ids, self._feature_distances(ids), self._word_distances(ids))

    def ranked(self, ids: Ids, limit: int) -> tuple[Neighbour, ...]:
        """The nearest of `ids`, compared exactly."""
        of_features = self._feature_distances(ids)
        of_words = self._word_distances(ids)
        total = self._total(ids, of_features, of_words)
        order = np.lexsort((ids, total))[:limit]
        return tuple(self._neighbour(ids, i, total, of_features, of_words) for i in order)

    def _total(
        self, ids: Ids, of_features: space.Array | None, of_words: space.Array | None
    ) -> space.Array:
        total = np.zeros(len(ids), np.float32)
        for share, part in zip(self.shares, (of_features, of_words), strict=True):
            if part is not None:
                total += share * part
        return total

    def _feature_distances(self, ids: Ids) -> space.Array | None:
        if self.features is None or self.query is None or self.weight is None:
            return None
        rows = self.features.rows_of(ids)
        found = np.ones(len(ids), np.float32)
        known = np.flatnonzero(rows >= 0)
        found[known] = space.distances(self.query, self.features.rows(rows[known]), self.weight)
        return found

    def _word_distances(self, ids: Ids) -> space.Array | None:
        if self.words is None or self.query_words is None:
            return None
        rows = self.words.rows_of(ids)
        found = np.ones(len(ids), np.float32)
        known = np.flatnonzero(rows >= 0)
        distance = self.words.distances(self.query_words, rows[known])
        found[known] = distance / max(self.words.chance, 1e-6)
        return found

    def _neighbour(
        self,
        ids: Ids,
        i: int,
        total: space.Array,
        of_features: space.Array | None,
        of_words: space.Array | None,
    ) -> Neighbour:
        near: tuple[str, ...] = ()
        far: tuple[str, ...] = ()
        by_group: dict[str, float] = {}
        covered = None
        if self.features is not None and self.query is not None and self.weight is not None:
            place = self.features.rows_of(ids[i : i + 1])
            if place[0] >= 0:
                row = self.features.rows(place)
                covered = float(space.coverage(self.query, row, self.weight)[0])
                near, far, by_group = _explained(self.features, self.query, row, self.weight)
        return Neighbour(
            ids[i].decode(),
            float(total[i]),
            None if of_features is None else float(of_features[i]),
            None if of_words is None else float(of_words[i]),
            covered,
            near,
            far,
            by_group,
        )


def side(
    features: FeatureIndex, query: space.Array, wish: Wish
) -> tuple[space.Array | None, space.Array | None, bool]:
    """The query, weights on what it has, and whether these are near the graph's own."""
    weight = features.weights
    if wish.factors:
        weight = space.weights(features.features, features.present, wish.factors)
    weight, share = space.restricted(weight, query)
    if share == 0:
        return None, None, False
    return query, weight, not wish.factors and share >= LIKE_THE_GRAPH


def _shares(wish: Wish) -> tuple[float, float]:
    for name, value in (("features", wish.features), ("text", wish.text)):
        if not (np.isfinite(value) and 0 <= value <= 100):
            raise ContractError(f"{name}={value!r}: valid is 0 … 100")
    total = wish.features + wish.text
    if total == 0:
        raise ContractError("features=0, text=0: one of them must count")
    return wish.features / total, wish.text / total


def _explained(
    features: FeatureIndex, query: space.Array, row: space.Array, weight: space.Array
) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, float]]:
    """Features that bring the track near and that push it away, and the distance by group.

    A feature brings near by its weight times how much less it differs than by chance; only those
    that both tracks have count.
    """
    square = space.squared(query, row)[0] / 2
    both = np.isfinite(query) & np.isfinite(row[0])
    gain: dict[str, float] = {}
    groups: dict[str, list[tuple[float, float]]] = {}
    of_group = {spec.name: spec.group for spec in features.features}
    for j, dimension in enumerate(features.dimensions):
        if weight[j] == 0 or not both[j]:
            continue
        name = dimension.feature
        gain[name] = gain.get(name, 0.0) + float(weight[j] * (1 - square[j]))
        groups.setdefault(of_group[name], []).append((float(weight[j]), float(square[j])))
    by_gain = sorted(gain, key=lambda name: (-gain[name], name))
    near = tuple(name for name in by_gain if gain[name] > 0)[:SHOWN]
    far = tuple(name for name in reversed(by_gain) if gain[name] < 0)[:SHOWN]
    by_group = {
        group: sum(w * s for w, s in parts) / sum(w for w, _ in parts)
        for group, parts in groups.items()
    }
    return near, far, by_group
