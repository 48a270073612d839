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

FEWEST_TO_ABSTAIN = 200
"""Values from which a feature without skill is given up rather than guessed."""

BINS = 3
FEWEST_IN_BIN = 100
"""Narrow, middling and wide intervals are calibrated apart where each bin has this many scores."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far each interval moves outwards (inwards when negative): `widen`, shape (T, 2).

    Where `widths` (T, 2, K), ascending, are given, `widen` is (T, 2, K): the move at an interval
    of that width, interpolated between. `low` and `high`, shape (T,), are the extremes of the
    catalogue, which no interval leaves. `skill`, shape (T,), is how much better than the
    catalogue's own quantiles the out-of-fold ones were (1 - ratio of pinball losses), NaN where
    too few values could tell.
    """

    widen: Array
    low: Array
    high: Array
    widths: Array | None = None
    skill: Array | None = None

    def is_hopeless(self, target: int) -> bool:
        """Whether words told nothing of the target on music held out."""
        return self.skill is not None and bool(self.skill[target] <= 0)

    def apply(self, quantiles: Array) -> Array:
        """Calibrated quantiles, not decreasing; shape (…, T, 5) as given."""
        out = quantiles.copy()
        for p, (low, high, _) in enumerate(PAIRS):
            move = self._moves(quantiles[..., high] - quantiles[..., low], p)
            out[..., low] -= move
            out[..., high] += move
        middle = out[..., 2:3]
        out[..., :2] = np.minimum.accumulate(np.minimum(out[..., :2], middle)[..., ::-1], axis=-1)[
            ..., ::-1
        ]
        out[..., 3:] = np.maximum.accumulate(np.maximum(out[..., 3:], middle), axis=-1)
        return np.clip(out, self.low[:, None], self.high[:, None])

    def _moves(self, width: Array, pair: int) -> Array:
        """By width (…, T) of the intervals of a pair."""
        if self.widths is None:
            return np.broadcast_to(self.widen[:, pair], width.shape)
        out = np.empty(width.shape)
        for j in range(width.shape[-1]):
            out[..., j] = np.interp(width[..., j], self.widths[j, pair], self.widen[j, pair])
        return out


def calibrate(reference: Reference, folds: Sequence[Split], rows: int, seed: int) -> Calibration:
    """Widen by the out-of-fold misses of up to `rows` tracks' own texts.

    Intervals of like width are calibrated together: one move for all would leave the wide ones,
    of words that promise least, too narrow. The first n items of `reference` must be the texts of
    its n tracks, in order.
    """
    quantiles, truth = out_of_fold_quantiles(reference, folds, rows, seed)
    targets = reference.values.shape[1]
    widen, widths = np.zeros((targets, len(PAIRS), BINS)), np.zeros((targets, len(PAIRS), BINS))
    for p, (low, high, share) in enumerate(PAIRS):
        width = quantiles[:, :, high] - quantiles[:, :, low]
        miss = np.maximum(quantiles[:, :, low] - truth, truth - quantiles[:, :, high])
        for j in range(targets):
            known = ~np.isnan(miss[:, j])
            if known.sum() >= FEWEST_SCORES:
                knots = _knots(width[known, j], miss[known, j], share)
                widths[j, p], widen[j, p] = knots
    values = reference.values
    skill = _skill(quantiles, truth, reference.quantiles(reference.uniform(), QUANTILE_LEVELS))
    return Calibration(widen, np.nanmin(values, axis=0), np.nanmax(values, axis=0), widths, skill)


def _skill(quantiles: Array, truth: Array, prior: Array) -> Array:
    """Per target, from quantiles (q, T, 5), values (q, T) and the catalogue's quantiles (T, 5)."""
    known = ~np.isnan(truth)
    skill = np.full(truth.shape[1], np.nan)
    for j in np.flatnonzero(known.sum(axis=0) >= FEWEST_TO_ABSTAIN).tolist():
        y = truth[known[:, j], j]
        theirs = np.broadcast_to(prior[j], (len(y), prior.shape[1]))
        loss = _pinball(y, theirs)
        if loss > 1e-12:
            skill[j] = 1 - _pinball(y, quantiles[known[:, j], j]) / loss
    return skill


def _pinball(truth: Array, quantiles: Array) -> float:
    levels, gap = np.asarray(QUANTILE_LEVELS), truth[:, None] - quantiles
    return float(np.maximum(levels * gap, (levels - 1) * gap).mean())


def _knots(width: Array, miss: Array, share: float) -> tuple[Array, Array]:
    """Median width and conformal move of each bin, (BINS,) each; one bin where scores are few."""
    bins = BINS if len(miss) >= BINS * FEWEST_IN_BIN else 1
    parts = np.array_split(np.argsort(width, kind="stable"), bins)
    at = np.array([np.median(width[part]) for part in parts])
    moves = np.array([_conformal(miss[part], share) for part in parts])
    if bins < BINS:
        at, moves = np.repeat(at, BINS), np.repeat(moves, BINS)
    return at + 1e-9 * np.arange(BINS), moves  # np.interp wants them ascending


def _conformal(miss: Array, share: float) -> float:
    level = min(1.0, share * (1 + 1 / len(miss)))
    return float(np.quantile(miss, level, method="higher"))


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
        known: dict[bytes, Array] = {}  # tracks of one text have one prediction in a fold
        for row in tested.tolist():
            text = reference.embedding(row).tobytes() + reference.means[row].tobytes()
            if text not in known:
                weights = _of_track(reference, row, allowed)
                known[text] = reference.quantiles(weights, QUANTILE_LEVELS)
            found.append(known[text])
            truth.append(reference.values[row])
    targets = reference.values.shape[1]
    if not found:
        return np.empty((0, targets, len(QUANTILE_LEVELS))), np.empty((0, targets))
    return np.stack(found), np.stack(truth)


def _of_track(reference: Reference, row: int, allowed: npt.NDArray[np.bool_]) -> Array:
    mean = reference.means[row].astype(np.float64)
    return reference.weights(mean, reference.embedding(row), allowed)
