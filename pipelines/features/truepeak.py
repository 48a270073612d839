"""True peak: the highest value between the samples, ITU-R BS.1770-4 annex 2.

The standard's own 48-tap interpolator, four phases of twelve taps. A window of samples can exceed
the best peak found so far only if its largest sample times the largest absolute sum of a phase
does, so all other windows are skipped: the result is that of interpolating everything.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from pipelines.features.analysis import PEAK_BLOCK
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
STEP = PEAK_BLOCK  # samples per window
WINDOW = STEP + TAPS - 1
_GAIN = float(np.abs(PHASES).sum(axis=1).max())
_FIRST = 64
_BATCH = 1_024


def true_peak(samples: Samples, block_peaks: Samples) -> float:
    """Largest absolute value of the 4 times oversampled signal, or of the samples themselves.

    Parameters
    ----------
    samples : float32, shape (channels, n)
    block_peaks : float32, shape (channels, ⌈n / 32⌉)
        Largest absolute sample of every 32.
    """
    best = float(block_peaks.max(initial=0.0))
    for channel, peaks in zip(samples, block_peaks, strict=True):
        best = max(best, _channel_peak(channel, peaks, best))
    return best


@functools.cache
def _interpolator() -> Samples:
    """All four phases for every position in a window, shape (WINDOW, 4 * STEP)."""
    matrix = np.zeros((WINDOW, 4 * STEP), np.float32)
    for position in range(STEP):
        matrix[position : position + TAPS, 4 * position : 4 * position + 4] = PHASES[:, ::-1].T
    return matrix


def _channel_peak(channel: Samples, peaks: Samples, best: float) -> float:
    # Window k sees the block k and the eleven samples before it; the last one is past the end.
    bounds = np.zeros(len(peaks) + 1, np.float32)
    bounds[:-1] = peaks
    np.maximum(bounds[1:], peaks, out=bounds[1:])
    bounds *= np.float32(_GAIN)
    if bounds.max() <= best:
        return best
    padded = np.zeros(len(peaks) * STEP + WINDOW, np.float32)
    padded[TAPS - 1 : TAPS - 1 + len(channel)] = channel
    views = sliding_window_view(padded, WINDOW)[::STEP]
    loudest = np.argpartition(bounds, -min(_FIRST, len(bounds)))[-_FIRST:]
    best = max(best, _interpolated_peak(views[loudest]))
    candidates = np.flatnonzero(bounds > best)
    for start in range(0, len(candidates), _BATCH):
        best = max(best, _interpolated_peak(views[candidates[start : start + _BATCH]]))
    return best


def _interpolated_peak(windows: npt.NDArray[np.float32]) -> float:
    values = windows @ _interpolator()
    return float(max(values.max(), -values.min()))
