"""One track under analysis: what passes over its audio have collected, computed once.

One mixdown, one resampling to 22,050 Hz, one walk over a 2,048/512 power spectrogram in blocks. The
features are functions of an `Analysis`; what they share beyond this are `@shared` functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from pipelines.features.accumulate import (
    Accumulator,
    Extent,
    NativeBlock,
    OverSamples,
    OverSignal,
    Use,
)
from pipelines.features.spectrum import Array, OverFrames, Spectrogram
from pipelines.features.walk import Products, walk
from schemas.audio import AudioSource, Samples

SILENCE_PEAK = 1e-4  # -80 dBFS, under which 16-bit dither lies
_CANCELLED = 1e-3  # power of the mixdown against that of the channels: -30 dB

Result = TypeVar("Result")

TempoPrior = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]
"""Tempi in BPM → how likely each is for this music, positive, to any scale."""


class SamplePeak(OverSamples[float]):
    """Largest absolute sample of any channel; 0 for no samples."""

    def __init__(self, extent: Extent) -> None:
        super().__init__(extent)
        self._peak = 0.0

    def add(self, block: NativeBlock) -> None:
        self._peak = max(self._peak, block.peak)

    def result(self) -> float:
        return self._peak


class WholeSignal(OverSignal[Samples]):
    """The mono signal itself: for short audio only."""

    def __init__(self, extent: Extent) -> None:
        super().__init__(extent)
        self._blocks: list[Samples] = [np.empty(0, np.float32)]

    def add(self, block: Samples) -> None:
        self._blocks.append(block.copy())

    def result(self) -> Samples:
        return np.concatenate(self._blocks)


class Analysis:
    """One piece of audio and its intermediates.

    Parameters
    ----------
    audio : AudioSource
        Native rate, all channels.
    uses : frame statistics and accumulators
        What will be asked for: the first request runs one pass that collects all of it.
    tempo_prior : function of tempi in BPM, or None
        What is known of the tempo beforehand, as from a style (`rhythm.pulse.styled`).

    Attributes
    ----------
    memory : dict
        Results of `@shared` functions.
    """

    def __init__(
        self,
        audio: AudioSource,
        uses: Iterable[Use] = (),
        tempo_prior: TempoPrior | None = None,
    ) -> None:
        self.audio = audio
        self.tempo_prior = tempo_prior
        self.extent = Extent.of(audio)
        self.memory: dict[object, object] = {}
        self._announced: dict[Use, None] = dict.fromkeys([SamplePeak, *uses])
        self._found: dict[Use, Any] = {}

    @property
    def duration_s(self) -> float:
        return self.audio.duration_s

    @cached_property
    def silent(self) -> bool:
        """Whether no sample of any channel reaches -80 dBFS."""
        return self.sample_peak < SILENCE_PEAK

    @property
    def sample_peak(self) -> float:
        """Largest absolute sample of any channel; 0 for no samples."""
        return self.of(SamplePeak)

    @property
    def frames(self) -> int:
        """Number of spectrogram frames."""
        return self.extent.frames

    @property
    def signal(self) -> Samples:
        """Mono at 22,050 Hz, shape (n,): all of it in memory, so nothing for the hot path."""
        return self.of(WholeSignal)

    @property
    def products(self) -> npt.NDArray[np.float64]:
        """Σ x_i x_j over time for all pairs of channels, shape (channels, channels)."""
        return self.of(Products)

    @property
    def mix_weights(self) -> Samples:
        """Weight of each channel in the mono mixdown, shape (channels,).

        The mean of the channels, as librosa has it; where they cancel each other (the mixdown has
        less than a thousandth of their mean power), the strongest channel alone.
        """
        weights = self._mean_weights
        powers = np.diag(self.products)
        if len(weights) > 1 and float(weights @ self.products @ weights) < _CANCELLED * float(
            powers.mean()
        ):
            weights = np.zeros_like(weights)
            weights[int(powers.argmax())] = 1.0
        return weights

    def of(self, kind: type[Accumulator[Any, Result]]) -> Result:
        """What an accumulator collected over the whole track.

        The first call runs one pass for everything that was announced; what was not costs a pass of
        its own.
        """
        if kind not in self._found:
            self._collect(kind)
        found: Result = self._found[kind]
        return found

    def statistic(self, name: str) -> Array:
        """A frame statistic of the whole track, shape (frames, …); passes as in `of`."""
        if name not in self._found:
            self._collect(name)
        found: Array = self._found[name]
        return found

    def take_statistic(self, name: str) -> Array:
        """As `statistic`, but the caller owns the array and may overwrite it.

        For what is large on long audio; whoever asks for it later pays a pass.
        """
        found = self.statistic(name)
        del self._found[name]
        return found

    @property
    def _mean_weights(self) -> Samples:
        return np.full(self.extent.channels, 1 / self.extent.channels, np.float32)

    def _collect(self, use: Use) -> None:
        uses = list(self._announced) if use in self._announced else [use]
        self._announced = {} if use in self._announced else self._announced
        if Products in self._found:
            self._found |= _collected(self.audio, self.mix_weights, uses)
            return
        # Whether the channels cancel is known after the pass: if they do, mono is read again.
        mean = self._mean_weights
        self._found |= _collected(self.audio, mean, [*uses, Products])
        mono = [use for use in uses if isinstance(use, str) or not issubclass(use, OverSamples)]
        if mono and not np.array_equal(mean, self.mix_weights):
            self._found |= _collected(self.audio, self.mix_weights, mono)


def _collected(source: AudioSource, weights: Samples, uses: Sequence[Use]) -> dict[Use, Any]:
    """Run a pass for `uses`; each with what it collected."""
    extent = Extent.of(source)
    made = {use: use(extent) for use in dict.fromkeys(uses) if not isinstance(use, str)}
    names = [use for use in uses if isinstance(use, str)]
    over_frames = [found for found in made.values() if isinstance(found, OverFrames)]
    running: list[Accumulator[Any, Any]] = list(made.values())
    if not names and not over_frames:
        walk(source, weights, running)
        return {use: accumulator.result() for use, accumulator in made.items()}
    spectrogram = Spectrogram(extent, names, over_frames)
    walk(source, weights, [*running, spectrogram])
    found: dict[Use, Any] = {}
    found.update(spectrogram.result())
    found.update((use, accumulator.result()) for use, accumulator in made.items())
    return found
