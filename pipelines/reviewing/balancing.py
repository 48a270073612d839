"""Where a feature would have to lie for as many listeners to find it too high as too low."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.reviewing.adherence import deviation
from pipelines.reviewing.material import Piece
from schemas.features import FEATURES
from schemas.operations import Heard
from schemas.scales import denormalise, normalise

Floats = npt.NDArray[np.float64]

LEAST = 8
"""Generations below which nothing is asked."""

_GOALS = {Heard.HIGHER: 1.0, Heard.RIGHT: 0.5, Heard.LOWER: 0.0}
_SPECS = {spec.name: spec for spec in FEATURES if spec.size == 1}


@dataclass(frozen=True, slots=True)
class Vote:
    """What most listeners heard of one feature of a generation."""

    piece: Piece
    feature: str
    heard: Heard


def balance(
    votes: Sequence[Vote], everyone: Sequence[Vote], side: Heard
) -> tuple[float, float] | None:
    """The median that was asked, and where as many would find it too high as too low.

    How fast "too low" turns into "too high" is learned from what `everyone` said of the feature, by
    how far measured lies from asked; what of `votes` that does not explain is how far off what was
    asked itself is. At most a quarter of the typical range, away from `side`.
    """
    feature = votes[0].feature
    asked = [v.piece.asked[feature] for v in votes if feature in v.piece.asked]
    if len(asked) < LEAST:
        return None
    slope = _slope(everyone)
    high = _intercept(votes, slope) / slope
    limit = (0.02, 0.25) if side is Heard.HIGHER else (-0.25, -0.02)
    spec = _SPECS[feature]
    before = normalise(spec, float(np.median(asked)))
    after = min(1.0, max(0.0, before - float(np.clip(high, *limit))))
    return denormalise(spec, before), denormalise(spec, after)


def _slope(votes: Sequence[Vote]) -> float:
    """Of the log-odds of "too high", per typical range; log slope normal around log 16, sd 0.7."""
    slopes = np.exp(np.linspace(np.log(2), np.log(60), 60))
    intercepts = np.linspace(-4, 4, 81)
    fit = _fit(votes, slopes[:, None], intercepts)
    fit = fit.max(axis=1) - 0.5 * ((np.log(slopes) - np.log(16)) / 0.7) ** 2
    return float(slopes[int(fit.argmax())])


def _intercept(votes: Sequence[Vote], slope: float) -> float:
    """Log-odds of "too high" where measured is as asked; a normal prior of sd 4 keeps it finite."""
    intercepts = np.linspace(-8, 8, 321)
    fit = _fit(votes, np.array(slope), intercepts) - 0.5 * (intercepts / 4) ** 2
    return float(intercepts[int(fit.argmax())])


def _fit(votes: Sequence[Vote], slope: Floats, intercept: Floats) -> Floats:
    """Log-likelihood of what was heard, for slopes and intercepts that broadcast."""
    off = np.array([deviation(v.piece, v.feature) or 0.0 for v in votes])
    goal = np.array([_GOALS[v.heard] for v in votes])
    line = np.asarray(slope)[..., None] * off + np.asarray(intercept)[..., None]
    found: Floats = (goal * -np.logaddexp(0, -line) + (1 - goal) * -np.logaddexp(0, line)).sum(-1)
    return found
