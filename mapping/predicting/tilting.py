"""Exponential tilting: move the mean of weighted rows to where it should be, as gently as possible.

Of all re-weightings with a given mean, the tilted one is nearest to the weights it starts from in
relative entropy (Csiszár 1975). Neighbours alone pull every answer towards the middle of the
catalogue: the rows stay real, their weights follow the regressor.
"""

from __future__ import annotations

import numpy as np

from mapping.predicting.scaling import Array

SLACK = 0.5
"""Ridge on the tilt, against the variance of the rows (about 1): the mean goes two thirds of the
way, and no few rows take all the weight. On a development split 0.05 … 1 gave R² within 0.002."""

MOST_STEPS = 30
LARGEST_STEP = 0.5
CONVERGED = 1e-4


def tilt(weights: Array, values: Array, mean: Array) -> Array:
    """Weights (k,), sum 1, whose mean of `values` (k, T) lies near `mean` (T,).

    Minimises log Σ w exp(λ·(v - mean)) + SLACK/2 |λ|² over λ by damped Newton steps: convex, so
    there is one answer. A missing value (NaN) counts as the mean asked for.
    """
    away = np.where(np.isnan(values), 0.0, values - mean)
    slope = np.zeros(len(mean))
    tilted = weights
    for _ in range(MOST_STEPS):
        off = tilted @ away
        gradient = off + SLACK * slope
        curvature = (away * tilted[:, None]).T @ away - np.outer(off, off)
        step = np.linalg.solve(curvature + SLACK * np.eye(len(mean)), gradient)
        largest = float(np.abs(step).max())
        slope -= step * min(1.0, LARGEST_STEP / max(largest, 1e-12))
        exponent = away @ slope
        tilted = weights * np.exp(exponent - exponent.max())
        tilted /= tilted.sum()
        if largest < CONVERGED:
            break
    return tilted
