"""Harmonic ratio: how much of the sound is sustained rather than struck.

After Fitzgerald 2010: a median along time keeps partials, a median along frequency keeps strokes.
Ours works on the mel spectrogram with 9 taps, every second frame and band apart, so it is a measure
of its own and not librosa's hpss.
"""

from __future__ import annotations

import numpy as np

from pipelines.features.analysis import Analysis
from pipelines.features.registry import measures
from pipelines.features.spectrum import Array
from schemas.outcomes import NullReason
from schemas.protocols import Value

TAPS = 9
SPACING = 2
_REACH = SPACING * (TAPS // 2)
_CHUNK = 1_024  # frames at a time, to stay in the cache

# Comparators that leave the median of nine in the middle: Smith 1996, "Implementing median filters
# in XC4000E FPGAs" (19 comparators, the least known).
_NETWORK = (
    *((1, 2), (4, 5), (7, 8), (0, 1), (3, 4), (6, 7), (1, 2), (4, 5), (7, 8), (0, 3)),
    *((5, 8), (4, 7), (3, 6), (1, 4), (2, 5), (4, 7), (4, 2), (6, 4), (4, 2)),
)


def median_of_nine(values: Array, axis: int) -> Array:
    """Median of each value and its 8 neighbours at distance 2, 4, 6 and 8 along `axis`.

    The result is shorter by 8 at either end of the axis: `values` carries its own margin.
    """
    length = values.shape[axis] - 2 * _REACH
    taps = [
        values[:, SPACING * tap : SPACING * tap + length]
        if axis == 1
        else values[SPACING * tap : SPACING * tap + length]
        for tap in range(TAPS)
    ]
    for low, high in _NETWORK:
        smaller = np.minimum(taps[low], taps[high])
        taps[high] = np.maximum(taps[low], taps[high])
        taps[low] = smaller
    return taps[TAPS // 2]


@measures("harmonic_ratio", uses=["mel"], minimum_s=1.0)
def harmonic_ratio(analysis: Analysis) -> Value:
    """Σ mel power × H² / (H² + P²) over Σ mel power; H and P are the medians of mel magnitude."""
    power = analysis.statistic("mel")
    magnitude = np.pad(np.sqrt(power), _REACH, mode="reflect")
    harmonic, total = 0.0, float(power.sum(dtype=np.float64))
    if total <= 0:
        return NullReason.SILENT
    for start in range(0, len(power), _CHUNK):
        rows = magnitude[start : start + _CHUNK + 2 * _REACH]
        sustained = median_of_nine(rows[:, _REACH:-_REACH], axis=0) ** 2
        struck = median_of_nine(rows[_REACH:-_REACH], axis=1) ** 2
        mask = sustained / np.maximum(sustained + struck, np.finfo(np.float32).tiny)
        harmonic += float((mask * power[start : start + _CHUNK]).sum(dtype=np.float64))
    return min(1.0, harmonic / total)  # rounding may exceed 1
