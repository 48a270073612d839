"""What a picture of a track shows beside its features: a few thousand numbers, whatever its length.

Conventions: a curve has at most 1,500 points, evenly spaced `step_s` seconds apart, the first of
them centred on `start_s`; a value that cannot be told (silence has no brightness) is None. Levels
in LUFS, frequencies in Hz, samples and their root mean square as they are, full scale ±1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.features.accumulate import HOP, RATE_HZ, Extent, NativeBlock, OverSamples, Use
from pipelines.features.analysis import Analysis
from pipelines.features.loudness import meter
from pipelines.features.loudness.meter import SegmentEnergies
from pipelines.features.registry import shared
from pipelines.features.tonality.frames import tonal_frames
from pipelines.features.tonality.pitch import PITCH_HOP, PITCH_RATE_HZ, SpectralPeaks

Vector = npt.NDArray[np.float64]

MOST_POINTS = 1_500
MOST_COLUMNS = 750  # of the chromagram
_SIGNIFICANT = 5
_OFFSET_LUFS = -0.691


@dataclass(frozen=True, slots=True)
class Curve:
    """Values over time; `None` where there is none."""

    start_s: float
    step_s: float
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Curves:
    """The curves of one track.

    Attributes
    ----------
    lowest, highest, level : waveform: least and largest sample of any channel, and the root mean
        square over all of them
    momentary, short_term : loudness of 400 ms and of 3 s, LUFS
    brightness : spectral centroid, Hz
    chroma : one row a pitch class, C … B, each column scaled to a maximum of 1; empty where there
        is no pitch
    """

    lowest: Curve
    highest: Curve
    level: Curve
    momentary: Curve
    short_term: Curve
    brightness: Curve
    chroma: tuple[Curve, ...]


class Envelope(OverSamples[tuple[Vector, Vector, Vector, float]]):
    """Least, largest and mean square sample of equal spans of time, and their length in s."""

    def __init__(self, extent: Extent) -> None:
        super().__init__(extent)
        self._span = max(1, -(-extent.samples // MOST_POINTS))
        points = -(-extent.samples // self._span)
        self._lowest, self._highest = np.full(points, np.inf), np.full(points, -np.inf)
        self._squares = np.zeros(points)

    def add(self, block: NativeBlock) -> None:
        count = block.samples.shape[1]
        first, last = block.start // self._span, (block.start + count - 1) // self._span
        starts = np.maximum(np.arange(first, last + 1) * self._span - block.start, 0)
        where = slice(first, last + 1)
        for channel in block.samples:
            lowest, highest = (
                extreme.reduceat(channel, starts) for extreme in (np.minimum, np.maximum)
            )
            np.minimum(self._lowest[where], lowest, out=self._lowest[where])
            np.maximum(self._highest[where], highest, out=self._highest[where])
            self._squares[where] += np.add.reduceat(np.square(channel, dtype=np.float64), starts)

    def result(self) -> tuple[Vector, Vector, Vector, float]:
        counts = np.full(len(self._squares), self._span * self.extent.channels)
        if len(counts):
            counts[-1] -= len(counts) * self._span * self.extent.channels
            counts[-1] += self.extent.samples * self.extent.channels
        step_s = self._span / self.extent.sample_rate_hz
        return self._lowest, self._highest, self._squares / counts, step_s


CURVE_USES: tuple[Use, ...] = (Envelope, SegmentEnergies, SpectralPeaks, "centroid")
"""What a pass has to collect for the curves."""


@shared
def curves(analysis: Analysis) -> Curves:
    """All curves of a track."""
    lowest, highest, squares, step_s = analysis.of(Envelope)
    return Curves(
        _curve(lowest, step_s),
        _curve(highest, step_s),
        _curve(np.sqrt(squares), step_s),
        _loudness(analysis, meter.BLOCK_SEGMENTS, np.maximum),
        _loudness(analysis, meter.SHORT_TERM_SEGMENTS, np.maximum),
        _brightness(analysis),
        _chroma(analysis),
    )


def _curve(values: Vector, step_s: float, start_s: float | None = None) -> Curve:
    plain = (float(f"{value:.{_SIGNIFICANT}g}") for value in values)
    return Curve(
        step_s / 2 if start_s is None else start_s,
        step_s,
        tuple(value if np.isfinite(value) else None for value in plain),
    )


def _loudness(analysis: Analysis, segments: int, keep: np.ufunc) -> Curve:
    """Loudness of every `segments` consecutive segments, at their middle; None below the gate."""
    energies = analysis.of(SegmentEnergies)
    sums = np.concatenate([[0.0], np.cumsum(energies)])
    means = np.maximum(sums[segments:] - sums[:-segments], 0.0) / segments
    levels = _levels(means)
    levels[levels < meter.ABSOLUTE_GATE_LUFS] = -np.inf
    many = _per_point(len(levels), MOST_POINTS)
    span_s = meter.SEGMENT_S * many
    middle_s = meter.SEGMENT_S * segments / 2 + (span_s - meter.SEGMENT_S) / 2
    return _curve(_reduced(levels, many, keep.reduceat), span_s, middle_s)


def _brightness(analysis: Analysis) -> Curve:
    """Mean centroid of the frames of each span; None where the loudness has no value either."""
    centroid = analysis.statistic("centroid").astype(np.float64)
    heard = _heard(analysis, np.arange(len(centroid)) * (HOP / RATE_HZ))
    many = _per_point(len(centroid), MOST_POINTS)
    total = _reduced(np.where(heard, centroid, 0.0), many, np.add.reduceat)
    count = _reduced(heard.astype(np.float64), many, np.add.reduceat)
    values = np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)
    return _curve(values, many * HOP / RATE_HZ, (many - 1) / 2 * HOP / RATE_HZ)


def _chroma(analysis: Analysis) -> tuple[Curve, ...]:
    frames = tonal_frames(analysis)
    if frames is None:
        return ()
    votes = frames.votes * _heard(analysis, frames.times_s)[:, None]
    if not votes.any():
        return ()
    many = _per_point(len(votes), MOST_COLUMNS)
    summed = np.add.reduceat(votes, np.arange(0, len(votes), many), axis=0)
    largest = summed.max(axis=1, keepdims=True)
    scaled = np.divide(summed, largest, out=np.zeros_like(summed), where=largest > 0)
    step_s = PITCH_HOP / PITCH_RATE_HZ
    middle_s = float(frames.times_s[0]) + (many - 1) / 2 * step_s
    return tuple(_curve(np.round(row, 3), many * step_s, middle_s) for row in scaled.T)


def _heard(analysis: Analysis, seconds: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """Whether the loudness at each of these times is above the absolute gate."""
    energies = analysis.of(SegmentEnergies)
    if not len(energies):
        return np.zeros(len(seconds), bool)
    segment = np.minimum((seconds / meter.SEGMENT_S).astype(int), len(energies) - 1)
    heard: npt.NDArray[np.bool_] = _levels(energies[segment]) > meter.ABSOLUTE_GATE_LUFS
    return heard


def _levels(energies: Vector) -> Vector:
    levels: Vector = _OFFSET_LUFS + 10 * np.log10(np.maximum(energies, 1e-30))
    return levels


def _per_point(count: int, most: int) -> int:
    return max(1, -(-count // most))


def _reduced(values: Vector, many: int, reduce: Callable[..., Vector]) -> Vector:
    """One value for every `many`; the last for what is left."""
    return reduce(values, np.arange(0, len(values), many)) if len(values) else values
