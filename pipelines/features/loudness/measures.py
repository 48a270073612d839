"""Level and dynamics.

Conventions: LUFS and LU by BS.1770-4 over all channels at the native rate; `rms` and
`dynamic_complexity` on the frames of the mono signal at 22,050 Hz; full scale is ±1.
"""

from __future__ import annotations

import math

import numpy as np

from pipelines.features.accumulate import Extent, OverSignal
from pipelines.features.analysis import Analysis
from pipelines.features.loudness.meter import SegmentEnergies, integrated_loudness, loudness_range
from pipelines.features.loudness.truepeak import TruePeak
from pipelines.features.registry import measures
from pipelines.features.spectrum import FRAME, HOP, Array
from schemas.audio import Samples
from schemas.outcomes import NullReason
from schemas.protocols import Value

AUDIBLE_DB = 60.0


class FrameRms(OverSignal[Array]):
    """Root mean square of each 2,048-sample frame, hop 512, zeros beyond the ends; (frames,)."""

    def __init__(self, extent: Extent) -> None:
        super().__init__(extent)
        # Of every 512 samples; a frame begins two before the signal does and lasts four.
        self._sums = np.zeros(extent.frames + FRAME // HOP - 1, np.float32)
        self._next = FRAME // HOP // 2

    def add(self, block: Samples) -> None:
        if short := -len(block) % HOP:
            block = np.concatenate([block, np.zeros(short, np.float32)])
        hops = block.reshape(-1, HOP)
        self._sums[self._next : self._next + len(hops)] = np.einsum("ij,ij->i", hops, hops)
        self._next += len(hops)

    def result(self) -> Array:
        frames = self.extent.frames
        total = sum(self._sums[shift : shift + frames] for shift in range(FRAME // HOP))
        rms: Array = np.sqrt(np.asarray(total) / np.float32(FRAME))
        return rms


@measures("loudness_lufs", uses=[SegmentEnergies], minimum_s=0.4)
def loudness_lufs(analysis: Analysis) -> Value:
    loudness = integrated_loudness(analysis.of(SegmentEnergies))
    return NullReason.SILENT if loudness is None else loudness


@measures("loudness_range_lu", uses=[SegmentEnergies], minimum_s=3.0)
def loudness_range_lu(analysis: Analysis) -> Value:
    found = loudness_range(analysis.of(SegmentEnergies))
    return NullReason.SILENT if found is None else found


@measures("true_peak_dbtp", uses=[TruePeak])
def true_peak_dbtp(analysis: Analysis) -> Value:
    return 20 * math.log10(analysis.of(TruePeak))


@measures("rms", uses=[FrameRms], needs_sound=False)
def rms(analysis: Analysis) -> Value:
    if not analysis.extent.signal:
        return NullReason.TOO_SHORT
    return float(analysis.of(FrameRms).mean(dtype=np.float64))


@measures("dynamic_complexity", uses=[FrameRms], minimum_s=1.0)
def dynamic_complexity(analysis: Analysis) -> Value:
    """Mean absolute deviation from their mean of frame levels within 60 dB of the loudest frame."""
    levels = 20 * np.log10(np.maximum(analysis.of(FrameRms).astype(np.float64), 1e-10))
    heard = levels[levels > levels.max() - AUDIBLE_DB]
    return float(np.abs(heard - heard.mean()).mean())
