"""What a pass over the audio can collect: the three stages and their accumulators.

    samples (channels, n) at the native rate  ─▶ OverSamples
      └─ mono at 22,050 Hz, shape (n,)        ─▶ OverSignal
           └─ power spectra of its frames     ─▶ OverFrames and @frame_statistic functions,
                                                 both in `pipelines.features.spectrum`

An accumulator sees the track block by block and keeps no more than its result and what the next
block needs, so a pass takes the same memory whatever the length. To measure something new, derive
from the stage that it reads, name the class in the `uses` of `@measures`, and read the result with
`analysis.of(Class)`. The blocks of a pass have the same lengths wherever the audio comes from, and
so the same results to the last bit.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.lib.stride_tricks import as_strided

from schemas.audio import AudioSource, Samples

RATE_HZ = 22_050
HOP = 512
PEAK_BLOCK = 32  # samples; a power of two

Read = TypeVar("Read")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Extent:
    """How much audio a pass will see."""

    sample_rate_hz: int
    channels: int
    samples: int  # per channel, at the native rate

    @classmethod
    def of(cls, source: AudioSource) -> Extent:
        return cls(source.sample_rate_hz, source.channels, source.frames)

    @property
    def signal(self) -> int:
        """Samples at 22,050 Hz; librosa rounds up where soxr rounds to the nearest."""
        return math.ceil(self.samples * RATE_HZ / self.sample_rate_hz)

    @property
    def frames(self) -> int:
        """Frames of the spectrogram."""
        return 1 + self.signal // HOP


class NativeBlock:
    """Consecutive samples at the native rate.

    Attributes
    ----------
    samples : float32, shape (channels, n)
        Each channel is contiguous; overwritten by the next block.
    start : int
        Where the block begins in the track.
    """

    def __init__(self, samples: Samples, start: int) -> None:
        self.samples = samples
        self.start = start

    @cached_property
    def peaks(self) -> Samples:
        """Largest absolute sample of every 32, shape (channels, ⌈n / 32⌉)."""
        return block_peaks(self.samples)

    @cached_property
    def peak(self) -> float:
        """Largest absolute sample of any channel; 0 for no samples."""
        return float(self.peaks.max(initial=0.0))


def block_peaks(values: Samples) -> Samples:
    """Largest absolute value of every 32 along the last axis, the last ones filled with zeros.

    Halving is many times faster than max over an axis.
    """
    sizes = np.abs(values)
    if short := -sizes.shape[-1] % PEAK_BLOCK:
        sizes = np.concatenate([sizes, np.zeros((*sizes.shape[:-1], short), np.float32)], axis=-1)
    for _ in range(PEAK_BLOCK.bit_length() - 1):
        sizes = np.maximum(sizes[..., 0::2], sizes[..., 1::2])
    return sizes


class Accumulator(ABC, Generic[Read, Result]):
    """Something that a pass collects. Made anew for each pass with the track's extent."""

    def __init__(self, extent: Extent) -> None:
        self.extent = extent

    @abstractmethod
    def add(self, block: Read) -> None:
        """See the next block; what is kept of it must be copied."""

    @abstractmethod
    def result(self) -> Result:
        """What was collected, once all blocks were added."""


class OverSamples(Accumulator[NativeBlock, Result]):
    """Reads all channels at the native rate, in blocks of 65,536 samples; the last is shorter."""


class OverSignal(Accumulator[Samples, Result]):
    """Reads the mono signal at 22,050 Hz, in blocks of 65,536 samples; the last is shorter."""


Use = str | type[Accumulator[Any, Any]]
"""What a feature may use: a frame statistic by name, or an accumulator by class."""


class Framing:
    """Cuts a signal that comes in blocks into overlapping frames.

    Parameters
    ----------
    size, hop : int
        Samples per frame, and from one to the next (no more than `size`).
    lead : int
        Zeros before the signal.
    """

    def __init__(self, size: int, hop: int, lead: int = 0) -> None:
        self._size, self._hop = size, hop
        self._rest = np.zeros(lead, np.float32)

    def frames(self, block: Samples) -> Samples:
        """The frames that `block` completes, shape (k, size): read-only, overlapping in memory."""
        held = np.concatenate([self._rest, block])
        count = max(0, 1 + (len(held) - self._size) // self._hop)
        self._rest = held[count * self._hop :].copy()
        step = held.itemsize
        return as_strided(
            held, (count, self._size), (self._hop * step, step), subok=False, writeable=False
        )
