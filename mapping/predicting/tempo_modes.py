"""Tempo as separate modes: music at 85 is heard at 170 too, and 127 would be neither."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from mapping.predicting.scaling import Array
from schemas.conditioning import Mode

BANDWIDTH = 0.06
"""Gaussian kernel, octaves: about 4 BPM at 100."""

SEPARATION = 0.25
"""Peaks nearer than this, octaves, are one mode."""

STEPS = 48
"""Points of the density per octave."""

SLOWEST, FASTEST = 30.0, 300.0
"""BPM that a feature tempo_bpm may have."""

SMALLEST_WEIGHT = 0.1
MOST_MODES = 3


def tempo_modes(bpm: Array, weights: Array) -> tuple[Mode, ...]:
    """Up to three modes of a weighted sample of tempi (BPM; NaN is skipped), heaviest first.

    Peaks of a kernel density on the octave axis, parted at the valleys between them; a mode's
    value is the weighted median of its part, its weight the part's share.
    """
    used = ~np.isnan(bpm) & (weights > 1e-4 * weights.max(initial=0))  # fewer rows to sort
    if not used.any():
        return ()
    octave, share = np.log2(bpm[used]), weights[used] / weights[used].sum()
    grid = np.arange(octave.min() - 0.2, octave.max() + 0.2, 1 / STEPS)
    density = _density(grid, octave, share)
    peaks = _separate_peaks(density, round(SEPARATION * STEPS))
    edges = [a + int(np.argmin(density[a:b])) for a, b in pairwise(peaks)]
    part = np.searchsorted(grid[edges], octave)
    modes = [
        _mode(octave[part == p], share[part == p]) for p in range(len(peaks)) if (part == p).any()
    ]
    modes.sort(key=lambda mode: -mode.weight)
    rest = [mode for mode in modes[1:MOST_MODES] if mode.weight >= SMALLEST_WEIGHT]
    return (modes[0], *rest)


def _density(grid: Array, octave: Array, share: Array) -> Array:
    """Kernel density on `grid`; each tempo is first divided between its two neighbours there."""
    place = (octave - grid[0]) * STEPS
    below = place.astype(np.int64)
    beyond = place - below
    binned = np.bincount(below, share * (1 - beyond), len(grid))
    binned += np.bincount(below + 1, share * beyond, len(grid))
    reach = np.arange(-STEPS // 4, STEPS // 4 + 1) / STEPS
    kernel = np.exp(-0.5 * np.square(reach / BANDWIDTH))
    density: Array = np.convolve(binned, kernel)[STEPS // 4 : STEPS // 4 + len(grid)]
    return density


def _mode(octave: Array, share: Array) -> Mode:
    # Rounding on the way there and back must not lead out of the valid range.
    value = float(np.clip(2 ** _median(octave, share), SLOWEST, FASTEST))
    return Mode(value=value, weight=min(1.0, float(share.sum())))


def _separate_peaks(density: Array, apart: int) -> list[int]:
    inner = density[1:-1]
    rising = (inner > density[:-2]) & (inner >= density[2:])
    kept: list[int] = []
    for peak in sorted((np.flatnonzero(rising) + 1).tolist(), key=lambda i: -density[i]):
        if all(abs(peak - other) >= apart for other in kept):
            kept.append(peak)
    return sorted(kept)


def _median(values: Array, weights: Array) -> float:
    order = np.argsort(values)
    half = np.searchsorted(np.cumsum(weights[order]), 0.5 * weights.sum())
    return float(values[order][min(int(half), len(values) - 1)])
