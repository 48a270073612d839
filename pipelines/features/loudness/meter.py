"""Programme loudness: ITU-R BS.1770-4, EBU R 128 and Tech 3342.

Conventions: levels in LUFS, ranges in LU; energies are mean squares of the K-weighted signal,
summed over channels with their weights. The unit of time is a segment of 100 ms.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipelines.features.accumulate import Extent, NativeBlock, OverSamples
from pipelines.features.loudness.kweighting import KWeighting
from pipelines.features.walk import measured
from schemas.audio import Audio, Samples

Vector = npt.NDArray[np.float64]

SEGMENT_S = 0.1
BLOCK_SEGMENTS = 4  # momentary: 400 ms, every 100 ms
SHORT_TERM_SEGMENTS = 30  # short-term: 3 s, every 100 ms
ABSOLUTE_GATE_LUFS = -70.0
_OFFSET = -0.691
_SURROUND = 10**0.15  # 1.41: sources at 60° to 120° to the side

# Weights by number of channels, in the order of WAVE files (front, centre, LFE, back, side). The
# LFE is not measured. Other numbers of channels: each counts 1.
CHANNEL_WEIGHTS: dict[int, tuple[float, ...]] = {
    4: (1, 1, _SURROUND, _SURROUND),
    5: (1, 1, 1, _SURROUND, _SURROUND),
    6: (1, 1, 1, 0, _SURROUND, _SURROUND),
    8: (1, 1, 1, 0, 1, 1, _SURROUND, _SURROUND),
}


def channel_weights(channels: int) -> tuple[float, ...]:
    """BS.1770-4 table 3 by speaker position, shape (channels,)."""
    return CHANNEL_WEIGHTS.get(channels, (1.0,) * channels)


class SegmentEnergies(OverSamples[Vector]):
    """Weighted mean square of the K-weighted signal in each whole 100 ms; shape (n // segment,)."""

    def __init__(self, extent: Extent) -> None:
        super().__init__(extent)
        weights = np.array(channel_weights(extent.channels))
        self._heard = np.flatnonzero(weights)
        self._weights = weights[self._heard]
        self._filter = KWeighting(extent.sample_rate_hz, len(self._heard))
        self._size = round(extent.sample_rate_hz * SEGMENT_S)
        self._sums = np.zeros(extent.samples // self._size + 1 if self._size else 0)
        self._whole = max(0, len(self._sums) - 1)

    def add(self, block: NativeBlock) -> None:
        if not self._whole:
            return
        heard = block.samples
        if len(self._heard) < self.extent.channels:
            heard = heard[self._heard]
        for weight, row in zip(self._weights, self._filter(heard), strict=True):
            self._add_row(weight, row, block.start)

    def result(self) -> Vector:
        return self._sums[: self._whole] / self._size

    def _add_row(self, weight: float, row: Samples, start: int) -> None:
        """Square and sum one channel: the segment it begins in, whole ones, and a beginning."""
        first, before = divmod(start, self._size)
        head = row[: self._size - before]
        self._sums[first] += weight * float(head @ head)
        count = (len(row) - len(head)) // self._size
        whole = row[len(head) : len(head) + count * self._size].reshape(count, self._size)
        self._sums[first + 1 : first + 1 + count] += weight * np.einsum("ij,ij->i", whole, whole)
        if len(tail := row[len(head) + whole.size :]):
            self._sums[first + 1 + count] += weight * float(tail @ tail)


def segment_energies(samples: Samples, sample_rate_hz: int) -> Vector:
    """`SegmentEnergies` of samples in memory, float32 of shape (channels, n)."""
    return measured(Audio(samples, sample_rate_hz), SegmentEnergies)


def integrated_loudness(energies: Vector) -> float | None:
    """Gated loudness in LUFS of segment energies; None when no block passes the absolute gate."""
    blocks = _running_mean(energies, BLOCK_SEGMENTS)
    blocks = blocks[_levels(blocks) > ABSOLUTE_GATE_LUFS]
    if not len(blocks):
        return None
    relative_gate = _level(float(blocks.mean())) - 10
    return _level(float(blocks[_levels(blocks) > relative_gate].mean()))


def loudness_range(energies: Vector) -> float | None:
    """Loudness range in LU (Tech 3342); None when nothing passes the absolute gate."""
    blocks = _running_mean(energies, SHORT_TERM_SEGMENTS)
    blocks = blocks[_levels(blocks) > ABSOLUTE_GATE_LUFS]
    if not len(blocks):
        return None
    levels = _levels(blocks)
    low, high = np.percentile(levels[levels > _level(float(blocks.mean())) - 20], [10, 95])
    return float(high - low)


def _running_mean(values: Vector, size: int) -> Vector:
    if len(values) < size:
        return np.zeros(0)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    means: Vector = np.maximum(sums[size:] - sums[:-size], 0.0) / size
    return means


def _levels(energies: Vector) -> Vector:
    levels: Vector = _OFFSET + 10 * np.log10(np.maximum(energies, 1e-30))
    return levels


def _level(energy: float) -> float:
    return float(_OFFSET + 10 * np.log10(max(energy, 1e-30)))
