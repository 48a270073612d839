"""The single pass: everything that several features need, computed once, and only when asked for.

One mixdown, one resampling to 22,050 Hz, one walk over a 2,048/512 power spectrogram in blocks. The
features are functions of an `Analysis`; what they share beyond this are `@shared` functions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np
import numpy.typing as npt
import soxr

from pipelines.features.spectrum import FRAME, HOP, RATE_HZ, Array, collect
from schemas.audio import Audio, Samples

SILENCE_PEAK = 1e-4  # -80 dBFS, under which 16-bit dither lies
_CANCELLED = 1e-3  # power of the mixdown against that of the channels: -30 dB
PEAK_BLOCK = 32  # a power of two
_CHUNK = 1 << 17  # a multiple of it


class Analysis:
    """One piece of audio and its intermediates.

    Attributes
    ----------
    audio : Audio
        Native rate, all channels.
    memory : dict
        Results of `@shared` functions.
    """

    def __init__(self, audio: Audio, statistics: Iterable[str] = ()) -> None:
        self.audio = audio
        self.memory: dict[object, object] = {}
        self._wanted = tuple(dict.fromkeys(statistics))
        self._collected: dict[str, Array] = {}

    @property
    def duration_s(self) -> float:
        return self.audio.duration_s

    @cached_property
    def silent(self) -> bool:
        """Whether no sample of any channel reaches -80 dBFS."""
        return self.sample_peak < SILENCE_PEAK

    @cached_property
    def block_peaks(self) -> Samples:
        """Largest absolute sample of every 32, the last block filled with zeros.

        Shape (channels, ⌈n / 32⌉). The true peak and the clip ratio look only where it is high.
        """
        channels, count = self.audio.samples.shape
        peaks = np.zeros((channels, -(-count // PEAK_BLOCK)), np.float32)
        for start in range(0, count, _CHUNK):
            for channel, row in enumerate(self.audio.samples[:, start : start + _CHUNK]):
                found = _block_maxima(row)
                where = start // PEAK_BLOCK
                peaks[channel, where : where + len(found)] = found
        return peaks

    @cached_property
    def sample_peak(self) -> float:
        """Largest absolute sample of any channel; 0 for no samples."""
        return float(self.block_peaks.max(initial=0.0))

    @cached_property
    def products(self) -> npt.NDArray[np.float64]:
        """Σ x_i x_j over time for all pairs of channels, shape (channels, channels)."""
        channels = self.audio.channels
        total = np.zeros((channels, channels))
        for block in self._native_blocks():
            total += block @ block.T
        return total

    @cached_property
    def mix_weights(self) -> Samples:
        """Weight of each channel in the mono mixdown, shape (channels,).

        The mean of the channels, as librosa has it; where they cancel each other (the mixdown has
        less than a thousandth of their mean power), the strongest channel alone.
        """
        channels = self.audio.channels
        weights = np.full(channels, 1 / channels, np.float32)
        if channels == 1:
            return weights
        powers = np.diag(self.products)
        if float(weights @ self.products @ weights) < _CANCELLED * float(powers.mean()):
            weights = np.zeros(channels, np.float32)
            weights[int(powers.argmax())] = 1.0
        return weights

    @cached_property
    def signal(self) -> Samples:
        """Mono at 22,050 Hz, shape (n,)."""
        half = FRAME // 2
        return self._padded[half : len(self._padded) - half]

    @property
    def frames(self) -> int:
        """Number of spectrogram frames."""
        return 1 + len(self.signal) // HOP

    def statistic(self, name: str) -> Array:
        """A frame statistic of the whole track, shape (frames, …).

        The first call runs the pass for all statistics that were announced; one that was not
        costs a pass of its own.
        """
        if name not in self._collected:
            wanted = self._wanted if name in self._wanted else (name,)
            self._collected |= collect(self._padded, self.frames, wanted)
        return self._collected[name]

    @cached_property
    def _padded(self) -> Samples:
        """`signal` with half a frame of zeros before and after."""
        # librosa rounds the length up where soxr rounds to the nearest
        length = math.ceil(self.audio.samples.shape[1] * RATE_HZ / self.audio.sample_rate_hz)
        padded = np.zeros(length + FRAME, np.float32)
        where = FRAME // 2
        for block in self._resampled():
            fitting = block[: FRAME // 2 + length - where]
            padded[where : where + len(fitting)] = fitting
            where += len(fitting)
        return padded

    def _resampled(self) -> Iterator[Samples]:
        rate = self.audio.sample_rate_hz
        if rate == RATE_HZ:
            yield from self._mono_blocks()
            return
        stream = soxr.ResampleStream(rate, RATE_HZ, 1, dtype="float32", quality="HQ")
        for block in self._mono_blocks():
            yield stream.resample_chunk(block)
        yield stream.resample_chunk(np.empty(0, np.float32), last=True)

    def _mono_blocks(self) -> Iterator[Samples]:
        weights = self.mix_weights
        for block in self._native_blocks():
            if len(weights) == 1:
                yield np.ascontiguousarray(block[0])
            elif len(weights) == 2:  # far cheaper on interleaved memory than a matrix product
                mixed = block[0] + block[1] if weights[0] == weights[1] else block[weights.argmax()]
                yield mixed * weights.max()
            else:
                yield weights @ block

    def _native_blocks(self) -> Iterator[Samples]:
        samples = self.audio.samples
        for start in range(0, samples.shape[1], _CHUNK):
            yield samples[:, start : start + _CHUNK]


def _block_maxima(row: Samples) -> Samples:
    """Largest absolute value of every PEAK_BLOCK; halving is many times faster than max(axis=1)."""
    sizes = np.abs(row)
    if short := -len(sizes) % PEAK_BLOCK:
        sizes = np.concatenate([sizes, np.zeros(short, np.float32)])
    for _ in range(PEAK_BLOCK.bit_length() - 1):
        sizes = np.maximum(sizes[0::2], sizes[1::2])
    return sizes
