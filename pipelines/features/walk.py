"""One pass over a track: native blocks, mixdown, resampling to 22,050 Hz.

The source's blocks are cut anew into blocks of 65,536 samples, so that what is measured does not
depend on how the audio was delivered: from memory and from a decoder, results agree to the bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import soxr

from pipelines.features.accumulate import (
    RATE_HZ,
    Accumulator,
    Extent,
    NativeBlock,
    OverSamples,
    OverSignal,
)
from schemas.audio import AudioSource, Samples
from schemas.errors import ContractError

Result = TypeVar("Result")

CHUNK = 1 << 16  # a multiple of PEAK_BLOCK and of HOP; two channels of it fit in the cache


class Products(OverSamples[npt.NDArray[np.float64]]):
    """Σ x_i x_j over time for all pairs of channels, shape (channels, channels)."""

    def __init__(self, extent: Extent) -> None:
        super().__init__(extent)
        self._total = np.zeros((extent.channels, extent.channels))

    def add(self, block: NativeBlock) -> None:
        for row, one in enumerate(block.samples):
            for column, other in enumerate(block.samples[: row + 1]):
                self._total[row, column] += one @ other

    def result(self) -> npt.NDArray[np.float64]:
        return np.tril(self._total) + np.tril(self._total, -1).T


def measured(source: AudioSource, kind: type[OverSamples[Result]]) -> Result:
    """What one accumulator makes of `source`."""
    accumulator = kind(Extent.of(source))
    walk(source, np.zeros(source.channels, np.float32), [accumulator])
    return accumulator.result()


def walk(
    source: AudioSource, weights: Samples, accumulators: Sequence[Accumulator[Any, Any]]
) -> None:
    """Show the whole of `source` to `accumulators` of samples and of the mono signal.

    Parameters
    ----------
    weights : float32, shape (channels,)
        Of the channels in the mixdown.

    Raises
    ------
    ContractError
        When the source delivers another number of samples than it says.
    """
    extent = Extent.of(source)
    over_samples = [found for found in accumulators if isinstance(found, OverSamples)]
    over_signal = [found for found in accumulators if isinstance(found, OverSignal)]
    mixdown = _Mixdown(extent, weights, over_signal) if over_signal else None
    seen = 0
    for block in _native_blocks(source):
        seen += block.samples.shape[1]
        for accumulator in over_samples:
            accumulator.add(block)
        if mixdown is not None:
            mixdown.add(block.samples)
    if seen != extent.samples:
        raise ContractError(f"{seen} samples read of an audio source of {extent.samples}")
    if mixdown is not None:
        mixdown.finish()


def _native_blocks(source: AudioSource) -> Iterator[NativeBlock]:
    buffer = np.empty((source.channels, CHUNK), np.float32)
    filled = start = 0
    for block in source.blocks():
        where = 0
        while where < block.shape[1]:
            part = block[:, where : where + CHUNK - filled]
            buffer[:, filled : filled + part.shape[1]] = part
            filled += part.shape[1]
            where += part.shape[1]
            if filled == CHUNK:
                yield NativeBlock(buffer, start)
                start, filled = start + CHUNK, 0
    if filled:
        yield NativeBlock(np.ascontiguousarray(buffer[:, :filled]), start)


class _Mixdown:
    """Native blocks → mono at 22,050 Hz in blocks of CHUNK samples → accumulators."""

    def __init__(
        self, extent: Extent, weights: Samples, accumulators: Sequence[OverSignal[Any]]
    ) -> None:
        self._rate = extent.sample_rate_hz
        self._weights = weights
        self._accumulators = accumulators
        self._left = extent.signal
        self._buffer = np.empty(min(CHUNK, extent.signal), np.float32)
        self._filled = 0
        # At low rates a block would become many times longer.
        self._piece = max(1, min(CHUNK, CHUNK * self._rate // RATE_HZ))
        self._stream = None
        if self._rate != RATE_HZ:
            self._stream = soxr.ResampleStream(self._rate, RATE_HZ, 1, "float32", "HQ")

    def add(self, samples: Samples) -> None:
        mono = self._mono(samples)
        if self._stream is None:
            self._deliver(mono)
            return
        for start in range(0, len(mono), self._piece):
            self._deliver(self._stream.resample_chunk(mono[start : start + self._piece]))

    def finish(self) -> None:
        """Deliver what is left; of no signal at all, one empty block."""
        if self._stream is not None:
            self._deliver(self._stream.resample_chunk(np.empty(0, np.float32), last=True))
        if self._left:
            self._deliver(np.zeros(self._left, np.float32))
        if not len(self._buffer):
            for accumulator in self._accumulators:
                accumulator.add(self._buffer)

    def _mono(self, samples: Samples) -> Samples:
        weights = self._weights
        if len(weights) == 1:
            mono: Samples = samples[0]
            return mono
        if len(weights) == 2:
            both = weights[0] == weights[1]
            mixed = samples[0] + samples[1] if both else samples[weights.argmax()]
            return np.asarray(mixed * weights.max())
        product: Samples = weights @ samples
        return product

    def _deliver(self, block: Samples) -> None:
        block = block[: self._left]
        self._left -= len(block)
        while len(block):
            part = block[: len(self._buffer) - self._filled]
            self._buffer[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            block = block[len(part) :]
            if self._filled == len(self._buffer) or (not self._left and not len(block)):
                full = self._buffer[: self._filled]
                for accumulator in self._accumulators:
                    accumulator.add(full)
                self._filled = 0
