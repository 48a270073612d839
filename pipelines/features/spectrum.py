"""The one spectrogram: framing, filter banks, and the statistics collected from its blocks.

Conventions, all of them librosa 0.11's defaults: 22,050 Hz, periodic Hann window of 2,048 samples,
hop 512, frames centred on multiples of the hop with zeros beyond the ends (1 + n // 512 frames),
Slaney mel filters of unit area. Spectra are float32 of shape (frames, bins).

A track is worked through in blocks of 128 frames, small enough for the processor's cache; nothing
as large as the whole spectrogram ever exists.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.fft

from pipelines.features.accumulate import (
    HOP,
    RATE_HZ,
    Accumulator,
    Extent,
    Framing,
    OverSignal,
    Result,
)
from pipelines.features.melbank import mel_bank
from schemas.audio import Samples
from schemas.errors import ContractError

__all__ = ["HOP", "RATE_HZ"]  # beside what is defined here

Array = npt.NDArray[np.float32]

FRAME = 2_048
BINS = FRAME // 2 + 1
MELS = 128
BLOCK_FRAMES = 128
GROUP = 32  # bins
_GROUPS = -(-BINS // GROUP)
_MEL_PART = 16  # bands
_BATCH_FRAMES = 16  # double precision: fewer at a time

BIN_HZ: npt.NDArray[np.float64] = np.arange(BINS, dtype=np.float64) * (RATE_HZ / FRAME)


def hann(size: int) -> npt.NDArray[np.float64]:
    """Periodic Hann window, shape (size,)."""
    window: npt.NDArray[np.float64] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    return window


def mel_filters() -> Array:
    """The bank of the one spectrogram, shape (BINS, MELS)."""
    return mel_bank(RATE_HZ, FRAME, MELS)


@functools.cache
def _mel_parts() -> list[tuple[slice, slice, Array]]:
    """Bands, the bins that they reach, and their filters: the bank is nearly all zeros."""
    parts = []
    for first in range(0, MELS, _MEL_PART):
        bands = slice(first, first + _MEL_PART)
        reached = np.flatnonzero(mel_filters()[:, bands].any(axis=1))
        bins = slice(int(reached[0]), int(reached[-1]) + 1)
        parts.append((bands, bins, np.ascontiguousarray(mel_filters()[bins, bands])))
    return parts


def _moments_together() -> npt.NDArray[np.float64]:
    """From moments within groups to those of the frame: Σ m (g + k)², expanded; (33 * 3, 3)."""
    start = np.arange(_GROUPS) * float(GROUP)
    matrix = np.zeros((_GROUPS, 3, 3))
    matrix[:, 0] = np.stack([np.ones(_GROUPS), start, start**2], axis=1)
    matrix[:, 1, 1], matrix[:, 1, 2], matrix[:, 2, 2] = 1, 2 * start, 1
    return matrix.reshape(-1, 3) / (BINS - 1.0) ** np.arange(3)


_WITHIN_GROUP: Array = (np.arange(GROUP, dtype=np.float32)[:, None] ** np.arange(3)).astype(
    np.float32
)
_GROUPS_TOGETHER = _moments_together()


class Block:
    """Power spectra of up to 128 consecutive frames, with what several statistics share."""

    def __init__(self, power: Array) -> None:
        self.power = power

    @cached_property
    def mel(self) -> Array:
        """Mel power, shape (frames, MELS)."""
        found = np.empty((len(self.power), MELS), np.float32)
        for band, bins, filters in _mel_parts():
            np.matmul(self.power[:, bins], filters, out=found[:, band])
        return found

    @cached_property
    def grouped(self) -> Array:
        """Magnitude in groups of 32 bins, shape (frames, 33, 32); zeros follow the last bin."""
        padded = np.zeros((len(self.power), _GROUPS * GROUP), np.float32)
        np.sqrt(self.power, out=padded[:, :BINS])
        return padded.reshape(-1, _GROUPS, GROUP)

    @property
    def magnitude(self) -> Array:
        """Shape (frames, BINS)."""
        return self.grouped.reshape(len(self.power), -1)[:, :BINS]

    @cached_property
    def _group_moments(self) -> Array:
        """Sums over each group of magnitude × (1, k, k²), k = 0 … 31; shape (frames, 33, 3)."""
        sums: Array = self.grouped.reshape(-1, GROUP) @ _WITHIN_GROUP
        return sums.reshape(-1, _GROUPS, 3)

    @property
    def group_sums(self) -> Array:
        """Sum of the magnitude of each group, shape (frames, 33)."""
        return self._group_moments[:, :, 0]

    @cached_property
    def moments(self) -> npt.NDArray[np.float64]:
        """Sums of magnitude × (1, f, f²), f in units of Nyquist; shape (frames, 3).

        The variance of a pure tone is a small difference of large numbers: inside a group the
        numbers are small enough for single precision, the groups meet in double.
        """
        parts = self._group_moments.astype(np.float64)
        sums: npt.NDArray[np.float64] = parts.reshape(len(parts), -1) @ _GROUPS_TOGETHER
        return sums

    @cached_property
    def centroid(self) -> npt.NDArray[np.float64]:
        """Magnitude-weighted mean frequency in units of Nyquist; 0 for an empty frame."""
        total = self.moments[:, 0]
        return self.moments[:, 1] / np.maximum(total, np.finfo(np.float32).tiny)


class OverFrames(Accumulator[Block, Result]):
    """Reads power spectra, in blocks of up to 128 frames."""


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
    return block.mel


class Spectrogram(OverSignal[dict[str, Array]]):
    """Power spectra of the signal's frames, shown to frame statistics and accumulators.

    The result holds each named statistic over all frames, float32, first axis the frames.

    Raises
    ------
    ContractError
        For a name that no `@frame_statistic` has; lists the valid ones.
    """

    def __init__(
        self, extent: Extent, names: Sequence[str], accumulators: Sequence[OverFrames[Any]] = ()
    ) -> None:
        super().__init__(extent)
        for name in names:
            if name not in _STATISTICS:
                valid = ", ".join(sorted(_STATISTICS))
                raise ContractError(f"frame statistic {name!r} is unknown; valid: {valid}")
        self._statistics = [(name, _STATISTICS[name]) for name in names]
        self._accumulators = accumulators
        self._found: dict[str, Array] = {}
        self._framing = Framing(FRAME, HOP, lead=FRAME // 2)
        self._done = 0

    def add(self, block: Samples) -> None:
        views = self._framing.frames(block)
        for start in range(0, len(views), BLOCK_FRAMES):
            self._see(Block(_power_spectra(views[start : start + BLOCK_FRAMES])))

    def result(self) -> dict[str, Array]:
        """Zeros follow the signal, as they went before it."""
        self.add(np.zeros(FRAME // 2, np.float32))
        return self._found

    def _see(self, block: Block) -> None:
        for name, statistic in self._statistics:
            values = statistic(block)
            if name not in self._found:
                shape = (self.extent.frames, *values.shape[1:])
                self._found[name] = np.empty(shape, np.float32)
            self._found[name][self._done : self._done + len(values)] = values
        for accumulator in self._accumulators:
            accumulator.add(block)
        self._done += len(block.power)


def _power_spectra(views: Samples) -> Array:
    # In double precision: in single, the rounding of a loud bass fills the empty top octave of a
    # lossy file with noise, and the lower quantile of that band (contrast) is off by decibels.
    window = hann(FRAME)
    windowed = np.empty((_BATCH_FRAMES, FRAME))
    power = np.empty((len(views), BINS), np.float32)
    for row in range(0, len(power), _BATCH_FRAMES):
        out = power[row : row + _BATCH_FRAMES]
        batch = windowed[: len(out)]
        np.multiply(views[row : row + len(out)], window, out=batch)
        _power(batch, out)
    return power


def _power(windowed: npt.NDArray[np.float64], out: Array) -> None:
    """|FFT|² of each row into `out`, shape (rows, BINS). Overwrites its input."""
    spectrum = scipy.fft.rfft(windowed, axis=1, overwrite_x=True)
    parts = spectrum.view(np.float64).astype(np.float32)
    np.multiply(parts, parts, out=parts)
    np.add(parts[:, 0::2], parts[:, 1::2], out=out)
