"""Decoded audio as it travels between functions (never between tasks).

Conventions: samples are float32 of shape (channels, n), full scale ±1.0; values beyond it occur in
float files and are kept. What analyses audio takes an `AudioSource` and asks for its
blocks, so that it works alike on samples in memory and on a file that is decoded while it is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from schemas.errors import ContractError

Samples = npt.NDArray[np.float32]

HIGHEST_RATE_HZ = 768_000


class AudioSource(Protocol):
    """Finite linear PCM that can be read from start to end, again and again.

    Attributes
    ----------
    sample_rate_hz : int
        1 … 768000.
    channels : int
    frames : int
        Samples per channel.
    declared_duration_s : float or None
        What the container promised, in seconds; None where it does not say.
    """

    @property
    def sample_rate_hz(self) -> int: ...

    @property
    def channels(self) -> int: ...

    @property
    def frames(self) -> int: ...

    @property
    def declared_duration_s(self) -> float | None: ...

    @property
    def duration_s(self) -> float: ...

    def blocks(self) -> Iterator[Samples]:
        """All samples in order, in blocks of shape (channels, n) of any lengths.

        Every call starts anew and yields the same samples. A block is valid until the next one.
        """


@dataclass(frozen=True, slots=True)
class Audio:
    """Linear PCM in memory: the simplest `AudioSource`.

    Attributes
    ----------
    samples : float32 array, shape (channels, n)
        Full scale is ±1.0; values beyond it occur in float files and are kept.
    sample_rate_hz : int
        1 … 768000.
    declared_duration_s : float or None
        What the container promised, in seconds; None where it does not say.

    Raises
    ------
    ContractError
        When `samples` is not a float32 array of shape (channels, n) or the rate is not positive.
    """

    samples: Samples
    sample_rate_hz: int
    declared_duration_s: float | None = None

    def __post_init__(self) -> None:
        if self.samples.ndim != 2 or self.samples.dtype != np.float32:
            raise ContractError(
                f"samples: {self.samples.dtype} array of shape {self.samples.shape}; "
                "valid is float32 of shape (channels, n)"
            )
        if not 1 <= self.sample_rate_hz <= HIGHEST_RATE_HZ:
            raise ContractError(
                f"sample_rate_hz: {self.sample_rate_hz}; valid is 1 … {HIGHEST_RATE_HZ}"
            )

    @property
    def channels(self) -> int:
        return int(self.samples.shape[0])

    @property
    def frames(self) -> int:
        return int(self.samples.shape[1])

    @property
    def duration_s(self) -> float:
        return self.frames / self.sample_rate_hz

    def blocks(self) -> Iterator[Samples]:
        """The samples as one block."""
        yield self.samples


def whole(source: AudioSource) -> Audio:
    """`source` with all its samples in memory; itself where they are."""
    if isinstance(source, Audio):
        return source
    samples = np.empty((source.frames, source.channels), np.float32)  # interleaved, as decoded
    where = 0
    for block in source.blocks():
        samples[where : where + block.shape[1]] = block.T
        where += block.shape[1]
    return Audio(samples.T, source.sample_rate_hz, source.declared_duration_s)
