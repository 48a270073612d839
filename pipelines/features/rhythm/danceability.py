"""Danceability: detrended fluctuation analysis of the level curve, Streich & Herrera 2005.

Conventions: the level is the standard deviation of every 10 ms (220 samples) of the mono signal. A
fluctuation exponent tells how the wandering of the level grows with the time over which it is
watched: 0 repeats itself, 0.5 is white noise, 1 and more is drift. Gain and DC change nothing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipelines.features.accumulate import RATE_HZ, Extent, Framing, OverSignal
from pipelines.features.analysis import Analysis
from pipelines.features.registry import measures
from schemas.audio import Samples
from schemas.outcomes import NullReason
from schemas.protocols import Value

Vector = npt.NDArray[np.float64]

LEVEL_STEP_S = 0.01
SHORTEST_MS, LONGEST_MS, GROWTH = 310.0, 8_800.0, 1.1
HOPS_PER_WINDOW = 50
LEAST_DFA_S = 5.0
LEAST_FLUCTUATION = 0.08  # of the mean level; white noise has 0.048, the smoothest hymn 0.11
LEAST_EXPONENT = 0.1  # what is nearer to 0 cannot be told from it in half a minute
_SMALL_WINDOW = 3.0  # steps added to the length, the paper's correction for short windows


class LevelCurve(OverSignal[Vector]):
    """Standard deviation of the signal in each whole 10 ms, shape (n // 220,)."""

    def __init__(self, extent: Extent) -> None:
        super().__init__(extent)
        step = int(RATE_HZ * LEVEL_STEP_S)
        self._framing = Framing(step, step)
        self._found: list[Vector] = []

    def add(self, block: Samples) -> None:
        hops = self._framing.frames(block)
        moved = hops - hops.mean(axis=1, keepdims=True)  # first: an offset would drown the rest
        power = np.einsum("ij,ij->i", moved, moved) / hops.shape[1]
        self._found.append(np.sqrt(power).astype(np.float64))

    def result(self) -> Vector:
        return np.concatenate(self._found)


@measures("danceability", uses=[LevelCurve], minimum_s=LEAST_DFA_S)
def danceability(analysis: Analysis) -> Value:
    """One over the mean fluctuation exponent, 10 at most; NO_PULSE where the level hardly varies.

    Equals Essentia's `Danceability` up to that limit.
    """
    level = analysis.of(LevelCurve)
    if level.std() < LEAST_FLUCTUATION * level.mean():
        return NullReason.NO_PULSE
    exponent = float(fluctuation_exponents(level / level.mean()).mean())
    return 1 / max(exponent, LEAST_EXPONENT)


def fluctuation_exponents(level: Vector) -> Vector:
    """Local slopes of log fluctuation over log window length, windows of 310 … 8,800 ms.

    The fluctuation at a length is the root mean squared residual of straight lines fitted to the
    running sum of `level` in windows of that length, every fiftieth of it apart. The residuals come
    from prefix sums, so a window costs the same whatever its length.
    """
    profile = np.cumsum(level - level.mean())
    position = np.arange(len(profile))
    sums, moments, squares = (
        np.concatenate([[0.0], np.cumsum(x)])
        for x in (profile, position * profile, profile * profile)
    )
    lengths, fluctuations = [], []
    milliseconds = SHORTEST_MS
    while milliseconds <= LONGEST_MS:
        length = int(milliseconds / (1_000 * LEVEL_STEP_S))
        milliseconds *= GROWTH
        if len(profile) < length + 2:
            break
        hop = max(length // HOPS_PER_WINDOW, 1)
        begin, end = slice(0, len(profile) - length, hop), slice(length, len(profile), hop)
        total = sums[end] - sums[begin]
        slope = moments[end] - moments[begin] - (position[begin] + (length - 1) / 2) * total
        square = squares[end] - squares[begin]
        spread = length * (length * length - 1) / 12
        residual = (square - total**2 / length - slope**2 / spread) / length
        lengths.append(length)
        fluctuations.append(np.sqrt(max(float(residual.mean()), 0.0)) + 1e-12)
    slopes: Vector = np.diff(np.log10(fluctuations)) / np.diff(
        np.log10(np.array(lengths) + _SMALL_WINDOW)
    )
    return slopes
