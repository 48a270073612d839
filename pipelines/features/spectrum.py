"""The one spectrogram: framing, filter banks, and the statistics collected from its blocks.

Conventions, all of them librosa 0.11's defaults: 22,050 Hz, periodic Hann window of 2,048 samples,
hop 512, frames centred on multiples of the hop with zeros beyond the ends (1 + n // 512 frames),
Slaney mel filters of unit area. Spectra are float32 of shape (frames, bins).

A track is worked through in blocks of 128 frames, small enough for the processor's cache; nothing
as large as the whole spectrogram ever exists.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

from schemas.audio import Samples
from schemas.errors import ContractError

Array = npt.NDArray[np.float32]

RATE_HZ = 22_050
FRAME = 2_048
HOP = 512
BINS = FRAME // 2 + 1
MELS = 128
BLOCK_FRAMES = 128
_BATCH_FRAMES = 32  # double precision: fewer at a time

BIN_HZ: npt.NDArray[np.float64] = np.arange(BINS, dtype=np.float64) * (RATE_HZ / FRAME)


def hann(size: int) -> npt.NDArray[np.float64]:
    """Periodic Hann window, shape (size,)."""
    window: npt.NDArray[np.float64] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    return window


@functools.cache
def mel_filters() -> Array:
    """Slaney's mel filter bank (Auditory Toolbox, 1998) as in librosa, shape (BINS, MELS)."""
    edges = _mel_to_hz(np.linspace(0.0, _hz_to_mel(RATE_HZ / 2), MELS + 2))
    widths = np.diff(edges)
    ramps = edges[:, None] - BIN_HZ
    rising = -ramps[:-2] / widths[:-1, None]
    falling = ramps[2:] / widths[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    area = 2.0 / (edges[2:] - edges[:-2])
    return np.ascontiguousarray((triangles * area[:, None]).T, dtype=np.float32)


class Block:
    """Power spectra of up to 128 consecutive frames, with what several statistics share."""

    def __init__(self, power: Array) -> None:
        self.power = power

    @cached_property
    def magnitude(self) -> Array:
        """Shape (frames, BINS)."""
        return np.sqrt(self.power)

    @cached_property
    def moments(self) -> npt.NDArray[np.float64]:
        """Sums of magnitude × (1, f, f²), f in units of Nyquist; shape (frames, 3).

        In double precision: the variance of a pure tone is a small difference of large numbers.
        """
        position = BIN_HZ / BIN_HZ[-1]
        basis = np.stack([np.ones(BINS), position, position * position], axis=1)
        sums: npt.NDArray[np.float64] = self.magnitude.astype(np.float64) @ basis
        return sums

    @cached_property
    def centroid(self) -> npt.NDArray[np.float64]:
        """Magnitude-weighted mean frequency in units of Nyquist; 0 for an empty frame."""
        total = self.moments[:, 0]
        return self.moments[:, 1] / np.maximum(total, np.finfo(np.float32).tiny)


FrameStatistic = Callable[[Block], npt.NDArray[np.floating]]
_STATISTICS: dict[str, FrameStatistic] = {}


def frame_statistic(function: FrameStatistic) -> FrameStatistic:
    """Register a per-frame value under the function's name: Block → shape (frames, …)."""
    name = function.__name__
    if name in _STATISTICS:
        raise ContractError(f"frame statistic {name!r} is defined twice")
    _STATISTICS[name] = function
    return function


@frame_statistic
def mel(block: Block) -> Array:
    """Mel power, shape (frames, MELS)."""
    return block.power @ mel_filters()


def collect(padded: Samples, frames: int, names: Sequence[str]) -> dict[str, Array]:
    """Run the pass: each named statistic over all frames, float32, first axis `frames`.

    `padded` holds the signal with FRAME / 2 zeros before and after it.

    Raises
    ------
    ContractError
        For a name that no `@frame_statistic` has; lists the valid ones.
    """
    for name in names:
        if name not in _STATISTICS:
            valid = ", ".join(sorted(_STATISTICS))
            raise ContractError(f"frame statistic {name!r} is unknown; valid: {valid}")
    found: dict[str, Array] = {}
    for start, block in _blocks(padded, frames):
        for name in names:
            values = _STATISTICS[name](block)
            if name not in found:
                found[name] = np.empty((frames, *values.shape[1:]), np.float32)
            found[name][start : start + len(values)] = values
    return found


def _blocks(padded: Samples, frames: int) -> Iterator[tuple[int, Block]]:
    # In double precision: in single, the rounding of a loud bass fills the empty top octave of a
    # lossy file with noise, and the lower quantile of that band (contrast) is off by decibels.
    window = hann(FRAME)
    views = sliding_window_view(padded, FRAME)[::HOP][:frames]
    windowed = np.empty((_BATCH_FRAMES, FRAME))
    for start in range(0, frames, BLOCK_FRAMES):
        power = np.empty((min(BLOCK_FRAMES, frames - start), BINS), np.float32)
        for row in range(0, len(power), _BATCH_FRAMES):
            out = power[row : row + _BATCH_FRAMES]
            batch = windowed[: len(out)]
            np.multiply(views[start + row : start + row + len(out)], window, out=batch)
            _power(batch, out)
        yield start, Block(power)


def _power(windowed: npt.NDArray[np.float64], out: Array) -> None:
    """|FFT|² of each row into `out`, shape (rows, BINS). Overwrites its input."""
    spectrum = scipy.fft.rfft(windowed, axis=1, overwrite_x=True)
    parts = spectrum.view(np.float64)
    np.multiply(parts, parts, out=parts)
    np.add(parts[:, 0::2], parts[:, 1::2], out=out, casting="same_kind")


_MEL_BREAK_HZ = 1_000.0
_MEL_STEP_HZ = 200.0 / 3
_MEL_LOG_STEP = np.log(6.4) / 27


def _hz_to_mel(hz: float) -> float:
    if hz < _MEL_BREAK_HZ:
        return hz / _MEL_STEP_HZ
    return float(_MEL_BREAK_HZ / _MEL_STEP_HZ + np.log(hz / _MEL_BREAK_HZ) / _MEL_LOG_STEP)


def _mel_to_hz(mels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    knee = _MEL_BREAK_HZ / _MEL_STEP_HZ
    above = _MEL_BREAK_HZ * np.exp(_MEL_LOG_STEP * (mels - knee))
    return np.where(mels >= knee, above, mels * _MEL_STEP_HZ)
