"""Harmonic ratio: how much of the sound is sustained rather than struck.

After Fitzgerald 2010: a median along time keeps partials, a median along frequency keeps strokes.
Ours works on every second frame of the mel spectrogram, with 9 taps that are two frames or two
bands apart, so it is a measure of its own and not librosa's hpss.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from pipelines.features.accumulate import Extent
from pipelines.features.analysis import Analysis
from pipelines.features.registry import measures
from pipelines.features.spectrum import MELS, Array, Block, OverFrames
from schemas.outcomes import NullReason
from schemas.protocols import Value

TAPS = 9
SPACING = 2  # frames, and bands
_FRAMES_REACH = TAPS // 2  # of those that are looked at
_BANDS_REACH = SPACING * (TAPS // 2)

# Comparators that leave the median of nine in the middle: Smith 1996, "Implementing median filters
# in XC4000E FPGAs" (19 comparators, the least known).
_NETWORK = (
    *((1, 2), (4, 5), (7, 8), (0, 1), (3, 4), (6, 7), (1, 2), (4, 5), (7, 8), (0, 3)),
    *((5, 8), (4, 7), (3, 6), (1, 4), (2, 5), (4, 7), (4, 2), (6, 4), (4, 2)),
)


def median_of_nine(taps: list[Array]) -> Array:
    """Median of nine arrays, value by value."""
    taps = list(taps)
    for low, high in _NETWORK:
        smaller = np.minimum(taps[low], taps[high])
        taps[high] = np.maximum(taps[low], taps[high])
        taps[low] = smaller
    return taps[TAPS // 2]


class HarmonicPower(OverFrames[tuple[float, float]]):
    """Σ mel power × H² / (H² + P²) and Σ mel power; H and P are the medians of mel magnitude.

    The mel spectrogram is mirrored at its ends, in time and in frequency.
    """

    def __init__(self, extent: Extent) -> None:
        super().__init__(extent)
        self._harmonic = self._total = 0.0
        self._rows = np.empty((0, MELS), np.float32)  # magnitude, with the margin it still needs
        self._begun = False
        self._skip = 0  # frames of the next block until one is looked at

    def add(self, block: Block) -> None:
        rows = np.sqrt(block.mel[self._skip :: SPACING])
        self._skip = (self._skip - len(block.mel)) % SPACING
        self._rows = np.concatenate([self._rows, rows])
        if not self._begun and len(self._rows) > _FRAMES_REACH:
            self._rows = np.concatenate([self._rows[_FRAMES_REACH:0:-1], self._rows])
            self._begun = True
        self._measure()

    def result(self) -> tuple[float, float]:
        if self._begun:
            self._rows = np.concatenate([self._rows, self._rows[-2 : -_FRAMES_REACH - 2 : -1]])
            self._measure()
        return self._harmonic, self._total

    def _measure(self) -> None:
        count = len(self._rows) - 2 * _FRAMES_REACH
        if not self._begun or count <= 0:
            return
        sustained = median_of_nine([self._rows[tap : tap + count] for tap in range(TAPS)]) ** 2
        middle = self._rows[_FRAMES_REACH : _FRAMES_REACH + count]
        mirrored = middle[:, _mirrored_bands()]
        taps = [mirrored[:, SPACING * tap : SPACING * tap + MELS] for tap in range(TAPS)]
        struck = median_of_nine(taps) ** 2
        power = middle**2
        mask = sustained / np.maximum(sustained + struck, np.finfo(np.float32).tiny)
        self._harmonic += float(np.vdot(mask, power))
        self._total += float(power.sum())
        self._rows = self._rows[-2 * _FRAMES_REACH :].copy()


@functools.cache
def _mirrored_bands() -> npt.NDArray[np.intp]:
    """Bands with a margin of eight at either end, which mirrors those within."""
    return np.pad(np.arange(MELS), _BANDS_REACH, mode="reflect")


@measures("harmonic_ratio", uses=[HarmonicPower], minimum_s=1.0)
def harmonic_ratio(analysis: Analysis) -> Value:
    """Share of the mel power that the harmonic mask keeps."""
    harmonic, total = analysis.of(HarmonicPower)
    return min(1.0, harmonic / total) if total > 0 else NullReason.SILENT  # rounding may exceed 1
