"""Pitch: spectral peaks and the tuning that they keep to.

Conventions: pitch in semitones as MIDI numbers them (A4 = 69), fractional; tuning in semitones from
A4 = 440 Hz, -0.5 … 0.5. Frames are 2,048-sample Hann frames at 2,756 Hz (0.74 s, 1.35 Hz a bin),
hop 1,024 (0.37 s), not padded. The ceiling of 1,200 Hz leaves cymbals and distortion out.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft
import soxr

from pipelines.features.accumulate import Extent, Framing, OverSignal
from pipelines.features.spectrum import RATE_HZ, hann
from schemas.audio import Samples

Vector = npt.NDArray[np.float64]

PITCH_RATE_HZ = 2_756.25  # an eighth: nothing beyond 1,200 Hz is looked at
PITCH_FRAME = 2_048
PITCH_HOP = 1_024
LOWEST_HZ, HIGHEST_HZ = 30.0, 1_200.0
LEAST_PEAK = 0.003  # of the largest bin of its frame
_BATCH = 64
_PART_FRAMES = 1_024


@dataclass(frozen=True, slots=True)
class Peaks:
    """Spectral peaks in the order of their frames and, within a frame, upwards.

    In as few bytes as will do: hours of music have millions of them.

    Attributes
    ----------
    frame, pitch, weight : shape (n,)
        Weight is the square root of the peak's size over that of its frame's largest bin, 0 … 1.
    level : shape (frames,)
        Size of the largest bin of each frame.
    """

    frame: npt.NDArray[np.int32]
    pitch: npt.NDArray[np.float32]
    weight: npt.NDArray[np.float32]
    level: npt.NDArray[np.float32]

    @property
    def frames(self) -> int:
        return len(self.level)

    @property
    def tuning(self) -> float:
        """Semitones: circular mean over the peaks by their weight; 0 where there are none."""
        return float(np.angle(sum(_directions(part) for part in self.parts()))) / (2 * np.pi)

    def parts(self) -> Iterator[Peaks]:
        """The peaks of some frames after the other, their frames numbered from 0."""
        for start in range(0, self.frames, _PART_FRAMES):
            low, high = np.searchsorted(self.frame, (start, start + _PART_FRAMES))
            yield Peaks(
                self.frame[low:high] - np.int32(start),
                self.pitch[low:high],
                self.weight[low:high],
                self.level[start : start + _PART_FRAMES],
            )

    def chosen(self, kept: npt.NDArray[np.bool_]) -> Peaks:
        """Only some of the peaks; all the frames."""
        return Peaks(self.frame[kept], self.pitch[kept], self.weight[kept], self.level)


class SpectralPeaks(OverSignal[Peaks]):
    """The peaks of all frames; audio shorter than a frame is filled with zeros."""

    def __init__(self, extent: Extent) -> None:
        super().__init__(extent)
        self._stream = soxr.ResampleStream(RATE_HZ, PITCH_RATE_HZ, 1, "float32", "MQ")
        self._framing = Framing(PITCH_FRAME, PITCH_HOP)
        self._found: list[Peaks] = []
        self._frames = self._length = 0

    def add(self, block: Samples) -> None:
        self._see(self._stream.resample_chunk(block))

    def result(self) -> Peaks:
        self._see(self._stream.resample_chunk(np.empty(0, np.float32), last=True))
        if not self._frames:
            self._see(np.zeros(PITCH_FRAME - self._length, np.float32))
        found, self._found = self._found, []
        return Peaks(
            np.concatenate([part.frame for part in found]),
            np.concatenate([part.pitch for part in found]),
            np.concatenate([part.weight for part in found]),
            np.concatenate([part.level for part in found]),
        )

    def _see(self, low: Samples) -> None:
        self._length += len(low)
        views = self._framing.frames(low)
        for start in range(0, len(views), _BATCH):
            batch = views[start : start + _BATCH]
            self._found.append(_batch_peaks(batch, self._frames))
            self._frames += len(batch)


def _directions(peaks: Peaks) -> complex:
    turn = np.float32(2 * np.pi) * (peaks.pitch - np.rint(peaks.pitch))
    return complex(np.vdot(peaks.weight, np.cos(turn)), np.vdot(peaks.weight, np.sin(turn)))


def _batch_peaks(views: Samples, first: int) -> Peaks:
    low = int(np.searchsorted(np.arange(PITCH_FRAME) * PITCH_RATE_HZ / PITCH_FRAME, LOWEST_HZ))
    high = int(HIGHEST_HZ * PITCH_FRAME / PITCH_RATE_HZ) + 2
    spectra = scipy.fft.rfft(views * _window(), axis=1, overwrite_x=True)[:, :high]
    power = spectra.real**2 + spectra.imag**2
    centre = power[:, 1:-1]
    largest = power.max(axis=1, keepdims=True)
    tops = (centre > power[:, :-2]) & (centre >= power[:, 2:]) & (centre > LEAST_PEAK**2 * largest)
    tops[:, : low - 1] = False
    row, column = np.nonzero(tops)
    column += 1
    place = row * high + column
    before, at, after = (0.5 * np.log(power.ravel()[place + k] + 1e-24) for k in (-1, 0, 1))
    bend = before - 2 * at + after
    vertex = column + np.where(bend < 0, 0.5 * (before - after) / np.minimum(bend, -1e-9), 0.0)
    pitch = 69 + 12 * np.log2(vertex * (PITCH_RATE_HZ / PITCH_FRAME / 440.0))
    weight = (power.ravel()[place] / largest[row, 0]) ** 0.25
    frame = (row + first).astype(np.int32)
    return Peaks(frame, pitch.astype(np.float32), weight, np.sqrt(largest[:, 0]))


@functools.cache
def _window() -> Samples:
    return hann(PITCH_FRAME).astype(np.float32)
