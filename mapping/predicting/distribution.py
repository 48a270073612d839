"""The conditional distribution: weights over real tracks.

A prompt's weights are a mixture of its neighbours in the space of predicted means (60%) and in the
embedding (40%), tilted so that their mean follows the regressor. Everything else follows from the
weights: quantiles, joint samples, the evidence.
The neighbours in mean space are found by what the tracks' own texts, and the captions about them,
would have been predicted by a model that had not seen them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mapping.predicting.scaling import Array
from mapping.predicting.tilting import tilt

Bool = npt.NDArray[np.bool_]

MEAN_SHARE = 0.6
EMBEDDING_TEMPERATURE = 0.05
MOST_MEAN_NEIGHBOURS = 300
MOST_EMBEDDING_NEIGHBOURS = 200
KEPT_ANSWERS = 4
"""Prompts whose similarities are kept: as many as are answered at once, or a few more."""

FLOOR = 0.02
"""Weight spread over the whole catalogue before constraints, so that some row can meet them."""

NOTHING = 1e-6
"""Share of the heaviest row's weight below which a row that is far from a constraint has none."""

EFFECTIVE_ROWS = 8.0
"""A constraint is widened until this many rows carry the weight (or all there are)."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """A wish about the target in column `target`, on the standardised scale.

    Rows within low … high keep their weight; beyond, it falls off as a Gaussian of `spread`.
    """

    target: int
    low: float
    high: float
    spread: float


@dataclass(frozen=True, slots=True)
class Reference:
    """The rows that predictions draw on.

    Attributes
    ----------
    embeddings : (u, d) unit vectors of the different texts of the items
    means : (m, T) out-of-fold predicted means of the items, standardised
    track : (m,) row of the item's track in `values`
    values : (n, T) standardised features of the tracks, NaN where missing
    text : (m,) row of the item's text in `embeddings`; None where every item has its own

    Items are the texts of the n tracks, in order, and then captions about them.
    """

    embeddings: npt.NDArray[np.float32]
    means: npt.NDArray[np.float32]
    track: npt.NDArray[np.int64]
    values: Array
    text: npt.NDArray[np.int64] | None = None
    order: npt.NDArray[np.int64] = field(init=False)
    counts: npt.NDArray[np.int64] = field(init=False)
    _sorted: Array = field(init=False)
    _last: dict[bytes, npt.NDArray[np.float32]] = field(init=False)
    _edges: dict[tuple[int, tuple[float, ...]], Array] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", np.argsort(self.values, axis=0, kind="stable"))
        object.__setattr__(self, "counts", (~np.isnan(self.values)).sum(axis=0))
        object.__setattr__(self, "_sorted", np.take_along_axis(self.values, self.order, axis=0))
        object.__setattr__(self, "_last", {})
        object.__setattr__(self, "_edges", {})

    @property
    def tracks(self) -> int:
        return len(self.values)

    def similar(self, embedding: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Cosine of every item's text with `embedding` (d,), shape (m,); not to be written to.

        The last answers are kept: one prompt asks several times, which is most of its cost, and
        several prompts are answered at once.
        """
        key = embedding.tobytes()
        if (found := self._last.get(key)) is not None:
            return found
        by_text: npt.NDArray[np.float32] = self.embeddings @ embedding
        similar = by_text if self.text is None else by_text[self.text]
        if len(self._last) >= KEPT_ANSWERS:
            self._last.clear()
        self._last[key] = similar
        return similar

    def edges(self, target: int, shares: tuple[float, ...]) -> Array:
        """Values of the target below which these shares of the tracks lie, standardised."""
        found = self._edges.get((target, shares))
        if found is None:
            found = self._edges[target, shares] = np.nanquantile(self.values[:, target], shares)
        return found

    def embedding(self, item: int) -> npt.NDArray[np.float32]:
        """Unit vector of one item's text, (d,)."""
        vector: npt.NDArray[np.float32] = self.embeddings[
            item if self.text is None else self.text[item]
        ]
        return vector

    def uniform(self) -> Array:
        """Weights of the prior: every track the same."""
        return np.full(self.tracks, 1 / self.tracks)

    def weights(
        self, mean: Array, embedding: npt.NDArray[np.float32], allowed: Bool | None = None
    ) -> Array:
        """Weights of the tracks, shape (n,), sum 1, for one text.

        Parameters
        ----------
        mean : (T,) predicted standardised means
        embedding : (d,) unit vector of the text
        allowed : (m,) items that may be drawn on; None allows all
        """
        near = np.square(self.means - mean.astype(np.float32)).sum(axis=1)
        similar = self.similar(embedding)
        items = len(self.track)
        if allowed is not None:  # forbidden items are put out of reach
            near = np.where(allowed, near, np.float32(np.inf))
            similar = np.where(allowed, similar, np.float32(-np.inf))
            items = int(allowed.sum())
        by_mean = _nearest(-near, _neighbours(items, MOST_MEAN_NEIGHBOURS))
        by_text = _nearest(similar, _neighbours(items, MOST_EMBEDDING_NEIGHBOURS))
        soft = np.exp((similar[by_text] - similar[by_text].max()) / EMBEDDING_TEMPERATURE)
        total = np.zeros(self.tracks)
        np.add.at(total, self.track[by_mean], MEAN_SHARE / len(by_mean))
        np.add.at(total, self.track[by_text], (1 - MEAN_SHARE) * soft / soft.sum())
        rows = np.flatnonzero(total)
        total[rows] = tilt(total[rows] / total.sum(), self.values[rows], mean)
        return total

    def mean(self, weights: Array) -> Array:
        """Weighted standardised means, (T,), of the tracks that have each feature."""
        rows = np.flatnonzero(weights)
        seen = ~np.isnan(self.values[rows])
        total = weights[rows] @ np.where(seen, self.values[rows], 0)
        share = weights[rows] @ seen
        return np.where(share > 1e-12, total / np.maximum(share, 1e-12), 0.0)

    def quantiles(self, weights: Array, levels: npt.ArrayLike) -> Array:
        """Weighted quantiles, shape (T, len(levels)), interpolated at the middle of each weight."""
        wanted = np.asarray(levels, np.float64)
        out = np.zeros((self.values.shape[1], len(wanted)))
        heavy = np.flatnonzero(weights)
        if len(heavy) == self.tracks:
            return self._quantiles_of_all(weights, wanted)
        few = len(heavy) < self.tracks / 8  # sorting anew costs more than passing by
        order = np.argsort(self.values[heavy], axis=0, kind="stable") if few else None
        for j, count in enumerate(self.counts.tolist()):
            rows = self.order[:count, j] if order is None else heavy[order[:, j]]
            rows = rows[(weights[rows] > 0) & ~np.isnan(self.values[rows, j])]
            if not len(rows):  # every track with weight lacks this feature: fall back on the prior
                rows = self.order[:count, j]
                share = np.full(len(rows), 1 / len(rows))
            else:
                share = weights[rows] / weights[rows].sum()
            out[j] = np.interp(wanted, np.cumsum(share) - share / 2, self.values[rows, j])
        return out

    def _quantiles_of_all(self, weights: Array, levels: Array) -> Array:
        """As `quantiles`, where every track has weight: the values are sorted already."""
        out = np.zeros((self.values.shape[1], len(levels)))
        for j, count in enumerate(self.counts.tolist()):
            share = weights[self.order[:count, j]]
            total = np.cumsum(share)
            out[j] = np.interp(levels * total[-1], total - share / 2, self._sorted[:count, j])
        return out

    def reweigh(self, weights: Array, constraints: tuple[Constraint, ...]) -> Array:
        """Shift `weights` towards the tracks that meet the constraints.

        A track without the feature counts as an average one.
        """
        out = weights
        for constraint in constraints:
            out = self._meet(out, constraint)
        return out

    def _meet(self, weights: Array, constraint: Constraint) -> Array:
        base = (1 - FLOOR) * weights + FLOOR / self.tracks
        value = self.values[:, constraint.target]
        away = np.maximum(np.maximum(constraint.low - value, value - constraint.high), 0)
        known = ~np.isnan(value)
        nearest = np.fmin.reduce(away)  # NaN where no track has the feature
        spread = constraint.spread
        enough = min(EFFECTIVE_ROWS, 0.5 * self.tracks, effective(base))
        while True:
            # Relative to the nearest row, so that the exponential of a far wish does not vanish.
            excess = np.square(away / spread) - np.square(nearest / spread)
            likely = np.exp(-0.5 * np.minimum(excess, 1400))
            average = float((base * likely)[known].sum() / base[known].sum())
            out = base * np.where(known, likely, average)
            out[out < NOTHING * out.max()] = 0  # later steps read what has weight
            out /= out.sum()
            if effective(out) >= enough or spread > 100:
                return out
            spread *= 1.5


def effective(weights: Array) -> float:
    """Effective number of rows, 1 / Σ w² (Kish)."""
    return float(1 / np.square(weights).sum())


def _neighbours(items: int, most: int) -> int:
    return int(min(items, most, max(4, np.ceil(3 * np.sqrt(items)))))


def _nearest(score: npt.NDArray[np.float32], k: int) -> npt.NDArray[np.int64]:
    if k >= len(score):
        return np.arange(len(score))
    found: npt.NDArray[np.int64] = np.argpartition(-score, k)[:k]
    return found
