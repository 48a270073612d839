"""Slaney's mel filter bank (Auditory Toolbox, 1998), as in librosa 0.11.

Conventions: the mel scale is linear up to 1 kHz and logarithmic above; filters are triangles of
unit area between neighbouring centres.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

_MEL_BREAK_HZ = 1_000.0
_MEL_STEP_HZ = 200.0 / 3
_MEL_LOG_STEP = np.log(6.4) / 27


@functools.cache
def mel_bank(rate_hz: int, frame: int, bands: int) -> npt.NDArray[np.float32]:
    """The filters for frames of `frame` samples, shape (frame // 2 + 1, bands)."""
    bins_hz = np.arange(frame // 2 + 1, dtype=np.float64) * (rate_hz / frame)
    edges = _mel_to_hz(np.linspace(0.0, _hz_to_mel(rate_hz / 2), bands + 2))
    widths = np.diff(edges)
    ramps = edges[:, None] - bins_hz
    rising = -ramps[:-2] / widths[:-1, None]
    falling = ramps[2:] / widths[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    area = 2.0 / (edges[2:] - edges[:-2])
    return np.ascontiguousarray((triangles * area[:, None]).T, dtype=np.float32)


def _hz_to_mel(hz: float) -> float:
    if hz < _MEL_BREAK_HZ:
        return hz / _MEL_STEP_HZ
    return float(_MEL_BREAK_HZ / _MEL_STEP_HZ + np.log(hz / _MEL_BREAK_HZ) / _MEL_LOG_STEP)


def _mel_to_hz(mels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    knee = _MEL_BREAK_HZ / _MEL_STEP_HZ
    above = _MEL_BREAK_HZ * np.exp(_MEL_LOG_STEP * (mels - knee))
    return np.where(mels >= knee, above, mels * _MEL_STEP_HZ)
