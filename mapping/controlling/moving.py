"""Moves the conditions of an earlier answer along the axes of the catalogue.

A feature that is asked for moves by what was asked; the others follow as they do in the catalogue:
the conditional mean of a Gaussian with its correlations, given the moves asked for and no move of
what is locked, damped by half. A locked condition is handed on as the object it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from mapping.predicting.learned import Learned
from mapping.predicting.scaling import Array
from schemas.conditioning import FeatureCondition, Mode, Quantiles
from schemas.features import feature
from schemas.parts import Lock
from schemas.scales import denormalise, normalise

FOLLOW = 0.5
"""Share of the catalogue's correlation that features follow by: words ask for what they name."""

SHRINK = 0.2
"""Weight of no correlation at all: a small catalogue's own is noise in part."""

STILL = 0.03
"""Moves below so many standard deviations are none."""

DEVIATION = 0.2
"""What counts as a standard deviation of a feature that the catalogue lacks: of its range."""

UNFOLLOWING = frozenset({"key_mode"})
"""A mode is one or the other: it changes when it is asked for."""


def correlation(learned: Learned) -> Array:
    """Correlations of the features in the reference tracks, shrunk, shape (T, T)."""
    values = learned.reference.values
    seen = (~np.isnan(values)).astype(float)
    filled = np.nan_to_num(values)
    counts = np.maximum(seen.T @ seen, 1.0)
    covariance = (filled.T @ filled) / counts
    scale = np.sqrt(np.maximum(np.diag(covariance), 1e-9))
    found: Array = covariance / np.outer(scale, scale)
    return (1 - SHRINK) * found + SHRINK * np.eye(len(found))


def followed(learned: Learned, asked: Mapping[str, float], locked: Collection[str]) -> Array:
    """Moves of all features, (T,) in standard deviations: as asked, 0 where locked, else along."""
    names = learned.names
    moves = np.array([asked.get(name, 0.0) for name in names])
    fixed = np.array([n in asked or n in locked or n in UNFOLLOWING for n in names])
    if not asked or fixed.all():
        return moves
    c = correlation(learned)
    given, free = np.flatnonzero(fixed), np.flatnonzero(~fixed)
    moves[free] = (
        FOLLOW * c[np.ix_(free, given)] @ np.linalg.solve(c[np.ix_(given, given)], moves[given])
    )
    return moves


def still(moves: Array) -> Array:
    """Moves too small to mean anything are none at all."""
    return np.where(np.abs(moves) < STILL, 0.0, moves)


def moved(learned: Learned, name: str, condition: FeatureCondition, by: float) -> FeatureCondition:
    """`condition` moved `by` standard deviations, within the extremes of the catalogue.

    A feature that the catalogue lacks (the starter's) moves on its typical range instead.
    """

    def of(value: float) -> float:
        if name in learned.names:
            return _moved(learned, learned.names.index(name), value, by)
        spec = feature(name)
        return denormalise(spec, min(1.0, max(0.0, normalise(spec, value) + by * DEVIATION)))

    def to(value: float | None) -> float | None:
        return None if value is None else of(value)

    update: dict[str, object] = {
        "value": to(condition.value),
        "low": to(condition.low),
        "high": to(condition.high),
        "modes": tuple(Mode(value=of(mode.value), weight=mode.weight) for mode in condition.modes),
    }
    if condition.quantiles:
        shifted = [of(q) for q in condition.quantiles.values()]
        p05, p25, p50, p75, p95 = np.maximum.accumulate(shifted).tolist()
        update["quantiles"] = Quantiles(p05=p05, p25=p25, p50=p50, p75=p75, p95=p95)
    if condition.lock is Lock.FREE:
        update["lock"] = Lock.SOFT
    return condition.model_copy(update=update)


def deviation(learned: Learned, name: str, before: float, after: float) -> float:
    """From one value of a feature to another, in standard deviations of the catalogue."""
    if name in learned.names:
        return learned.scaler.one(name, after) - learned.scaler.one(name, before)
    spec = feature(name)
    return (normalise(spec, after) - normalise(spec, before)) / DEVIATION


def _moved(learned: Learned, j: int, value: float, by: float) -> float:
    name = learned.names[j]
    z = learned.scaler.one(name, value)
    # An earlier value may lie beyond the catalogue; it is not pulled back, nor moved further out.
    low = min(z, float(learned.calibration.low[j]))
    high = max(z, float(learned.calibration.high[j]))
    row = np.zeros(len(learned.specs))
    row[j] = min(max(z + by, low), high)
    return float(learned.scaler.natural(row)[j])
