"""Conformal widening: intervals that hold as often as they say, on groups not seen.

Conformalised quantile regression (Romano, Patterson & Candès 2019), calibrated on tracks whose
artist, album and playlist none of the rows they are predicted from share. Calibration that shares
groups with training promises too narrow intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapping.learning.split import Split
from mapping.predicting.distribution import Reference
from mapping.predicting.scaling import Array
from schemas.conditioning import QUANTILE_LEVELS

PAIRS: tuple[tuple[int, int, float], ...] = ((0, 4, 0.9), (1, 3, 0.5))
"""Columns of QUANTILE_LEVELS that bound an interval, and how much it should hold."""

FEWEST_SCORES = 10
"""With fewer values of a feature its interval is left as it is."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far each interval moves outwards (inwards when negative): `widen`, shape (T, 2).

    `low` and `high`, shape (T,), are the extremes of the catalogue, which no interval leaves.
    """

    widen: Array
    low: Array
    high: Array

    def apply(self, quantiles: Array) -> Array:
        """Calibrated quantiles, not decreasing; shape (…, T, 5) as given."""
        out = quantiles.copy()
        for p, (low, high, _) in enumerate(PAIRS):
            out[..., low] -= self.widen[:, p]
            out[..., high] += self.widen[:, p]
        middle = out[..., 2:3]
        out[..., :2] = np.minimum.accumulate(np.minimum(out[..., :2], middle)[..., ::-1], axis=-1)[
            ..., ::-1
        ]
        out[..., 3:] = np.maximum.accumulate(np.maximum(out[..., 3:], middle), axis=-1)
        return np.clip(out, self.low[:, None], self.high[:, None])


def calibrate(reference: Reference, folds: Sequence[Split], rows: int, seed: int) -> Calibration:
    """Widen by the out-of-fold misses of up to `rows` tracks' own texts.

    The first n items of `reference` must be the texts of its n tracks, in order.
    """
    quantiles, truth = out_of_fold_quantiles(reference, folds, rows, seed)
    targets = reference.values.shape[1]
    widen = np.zeros((targets, len(PAIRS)))
    for p, (low, high, share) in enumerate(PAIRS):
        miss = np.maximum(quantiles[:, :, low] - truth, truth - quantiles[:, :, high])
        for j in range(targets):
            scores = miss[:, j][~np.isnan(miss[:, j])]
            if len(scores) >= FEWEST_SCORES:
                level = min(1.0, share * (1 + 1 / len(scores)))
                widen[j, p] = np.quantile(scores, level, method="higher")
    values = reference.values
    return Calibration(widen, np.nanmin(values, axis=0), np.nanmax(values, axis=0))


def out_of_fold_quantiles(
    reference: Reference, folds: Sequence[Split], rows: int, seed: int
) -> tuple[Array, Array]:
    """Quantiles (q, T, 5) of sampled tracks from rows of other groups, and their values (q, T)."""
    rng = np.random.default_rng(seed)
    found: list[Array] = []
    truth: list[Array] = []
    total = max(1, sum(len(fold.test) for fold in folds))
    for fold in folds:
        quota = max(1, round(rows * len(fold.test) / total))
        tested = rng.permutation(fold.test)[:quota]
        allowed = np.isin(reference.track, fold.train)
        for row in tested.tolist():
            weights = _of_track(reference, row, allowed)
            found.append(reference.quantiles(weights, QUANTILE_LEVELS))
            truth.append(reference.values[row])
    targets = reference.values.shape[1]
    if not found:
        return np.empty((0, targets, len(QUANTILE_LEVELS))), np.empty((0, targets))
    return np.stack(found), np.stack(truth)


def _of_track(reference: Reference, row: int, allowed: npt.NDArray[np.bool_]) -> Array:
    mean = reference.means[row].astype(np.float64)
    return reference.weights(mean, reference.embeddings[row], allowed)
