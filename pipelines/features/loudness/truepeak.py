"""True peak: the highest value between the samples, ITU-R BS.1770-4 annex 2.

The standard's own 48-tap interpolator, four phases of twelve taps, finds where the signal is high;
it reads up to 0.7 dB too little there. So whatever it finds within 0.7 dB of the highest is
interpolated again, at 16 times the rate by 64 taps, and that is the result.

Nearly all windows of samples need no interpolation. A value between two samples is a mean of both
plus a sum over the steps between successive samples: it exceeds neither the larger of the two by
more than the largest step times the absolute sum of that sum's weights, nor the window's largest
sample times the absolute sum of the taps. Windows that cannot win by either bound are skipped.
"""

from __future__ import annotations

import functools

import numpy as np

from pipelines.features.accumulate import (
    PEAK_BLOCK,
    Extent,
    NativeBlock,
    OverSamples,
    block_peaks,
)
from schemas.audio import Samples

# fmt: off
_PHASES = np.array([
    [0.0017089843750, 0.0109863281250, -0.0196533203125, 0.0332031250000, -0.0594482421875,
     0.1373291015625, 0.9721679687500, -0.1022949218750, 0.0476074218750, -0.0266113281250,
     0.0148925781250, -0.0083007812500],
    [-0.0291748046875, 0.0292968750000, -0.0517578125000, 0.0891113281250, -0.1665039062500,
     0.4650878906250, 0.7797851562500, -0.2003173828125, 0.1015625000000, -0.0582275390625,
     0.0330810546875, -0.0189208984375],
])
# fmt: on
PHASES = np.concatenate([_PHASES, _PHASES[::-1, ::-1]])  # shape (4, 12)
TAPS = PHASES.shape[1]
FINE_TAPS, FINE_PHASES = 64, 16
STEP = PEAK_BLOCK  # samples per window
COARSE_WINDOW, WINDOW = STEP + TAPS - 1, STEP + FINE_TAPS - 1
UNDER_READ = 10 ** (-0.7 / 20)  # of the standard's interpolator, up to 0.45 of the rate
_FIRST_TAP = (FINE_TAPS - TAPS) // 2  # of the coarse taps among the fine ones
_LEAD = 2 * STEP + _FIRST_TAP  # samples kept of the blocks before
_KAISER_BETA = 7.0
_PEAK_GAIN = np.float32(np.abs(PHASES).sum(axis=1).max() / UNDER_READ)
_BATCH = 256  # windows
_MOST_WAITING = 4_096


class TruePeak(OverSamples[float]):
    """Largest absolute value of the 16 times oversampled signal, or of the samples themselves."""

    def __init__(self, extent: Extent) -> None:
        super().__init__(extent)
        self._best = 0.0
        self._before = np.zeros((extent.channels, _LEAD), np.float32)
        self._peaks_before = np.zeros((extent.channels, 2), np.float32)
        self._waiting: list[tuple[Samples, Samples]] = []  # windows and their bounds

    def add(self, block: NativeBlock) -> None:
        self._best = max(self._best, block.peak)
        # The coarse taps of window k lie about samples of the two blocks before block k.
        peaks = np.concatenate([self._peaks_before, block.peaks], axis=1)
        self._peaks_before = peaks[:, -2:].copy()
        peaks = np.maximum(peaks[:, :-2], peaks[:, 1:-1])
        padded = np.zeros((len(peaks), _LEAD + peaks.shape[1] * STEP), np.float32)
        padded[:, :_LEAD] = self._before
        padded[:, _LEAD : _LEAD + block.samples.shape[1]] = block.samples
        self._before = padded[:, -_LEAD:].copy()
        if peaks.max() * _PEAK_GAIN > self._best:
            self._choose(padded, peaks)

    def result(self) -> float:
        """The last samples ring on."""
        self.add(NativeBlock(np.zeros((self.extent.channels, 3 * STEP), np.float32), 0))
        self._look()
        return self._best

    def _choose(self, padded: Samples, peaks: Samples) -> None:
        """Put aside the windows that could win; `peaks` is the largest of the samples between."""
        steps = block_peaks(padded[:, 1:] - padded[:, :-1])
        steps = np.maximum(np.maximum(steps[:, :-3], steps[:, 1:-2]), steps[:, 2:-1])
        bounds = np.minimum(peaks * _PEAK_GAIN, peaks + steps * _step_gain())
        channel, window = np.nonzero(bounds > self._best)
        if not len(window):
            return
        places = window[:, None] * STEP + np.arange(WINDOW)
        self._waiting.append((padded[channel[:, None], places], bounds[channel, window]))
        if sum(len(windows) for windows, _ in self._waiting) > _MOST_WAITING:
            self._look()

    def _look(self) -> None:
        """Interpolate what was put aside, the most promising first."""
        if not self._waiting:
            return
        windows, bounds = (np.concatenate(part) for part in zip(*self._waiting, strict=True))
        self._waiting = []
        order = np.argsort(-bounds, kind="stable")
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            self._interpolate(windows[chosen[bounds[chosen] > self._best]])

    def _interpolate(self, windows: Samples) -> None:
        """Interpolate windows, and again more finely wherever that is high."""
        coarse = np.abs(windows[:, _FIRST_TAP : _FIRST_TAP + COARSE_WINDOW] @ _interpolator())
        least = UNDER_READ * max(self._best, float(coarse.max(initial=0.0)))
        row, value = np.nonzero(coarse > least)
        places = np.unique(row * STEP + value // len(PHASES))
        row, place = np.divmod(places, STEP)
        taps = windows[row[:, None], place[:, None] + np.arange(FINE_TAPS)]
        found = np.abs(taps @ _fine_interpolator())
        self._best = max(self._best, float(found.max(initial=0.0)))


@functools.cache
def _interpolator() -> Samples:
    """All four phases for every position in a window, shape (COARSE_WINDOW, 4 * STEP)."""
    matrix = np.zeros((COARSE_WINDOW, 4 * STEP), np.float32)
    for position in range(STEP):
        matrix[position : position + TAPS, 4 * position : 4 * position + 4] = PHASES[:, ::-1].T
    return matrix


@functools.cache
def _fine_interpolator() -> Samples:
    """Values at 16 steps from the 32nd of 64 samples to the next, shape (FINE_TAPS, 17).

    A sinc under a Kaiser window, flat to 0.47 of the rate.
    """
    shift = np.arange(FINE_PHASES + 1) / FINE_PHASES
    distance = np.arange(FINE_TAPS)[:, None] - (FINE_TAPS // 2 - 1) - shift
    inside = np.sqrt(np.maximum(1 - (distance / (FINE_TAPS // 2)) ** 2, 0))
    taps: Samples = (np.sinc(distance) * np.i0(_KAISER_BETA * inside) / np.i0(_KAISER_BETA)).astype(
        np.float32
    )
    return taps


@functools.cache
def _step_gain() -> np.float32:
    """How far a value can lie beyond both samples next to it, in steps of the largest size."""
    taps = _fine_interpolator().astype(np.float64)
    middle = slice(FINE_TAPS // 2 - 1, FINE_TAPS // 2 + 1)
    rest = taps.copy()
    rest[middle] -= taps[middle] * (taps.sum(axis=0) / taps[middle].sum(axis=0))
    return np.float32(np.abs(np.cumsum(rest, axis=0)).sum(axis=0).max() + 1e-4)
