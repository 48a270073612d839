"""Quality: what the file, rather than the music, is like."""

from __future__ import annotations

import bisect
import math

import numpy as np
import scipy.fft

from pipelines.features.accumulate import Extent, NativeBlock, OverSamples
from pipelines.features.analysis import Analysis
from pipelines.features.loudness.measures import FrameRms
from pipelines.features.registry import measures
from pipelines.features.spectrum import hann
from pipelines.features.walk import Products
from schemas.audio import Samples
from schemas.outcomes import NullReason
from schemas.protocols import Value

CLIP_LEVEL = 0.999
SILENCE_RMS = 1e-3  # -60 dBFS
BAND_FRAME = 4_096
BAND_FRAMES = 96  # spread evenly over the track
BAND_SMOOTHING = 5  # bins
BAND_RANGE_DB = 100.0  # below the strongest bin
ROUNDING_POWER = 2.0**-30 / 12  # of a sample rounded to 16 bits
ROUNDING_MARGIN = 10.0  # dithered rounding has 4 times the power, and bins scatter about it


class ClippedSamples(OverSamples[int]):
    """Number of samples, of all channels, at or beyond 0.999 of full scale."""

    def __init__(self, extent: Extent) -> None:
        super().__init__(extent)
        self._count = 0

    def add(self, block: NativeBlock) -> None:
        if block.peak >= CLIP_LEVEL:
            self._count += int(np.count_nonzero(np.abs(block.samples) >= CLIP_LEVEL))

    def result(self) -> int:
        return self._count


class BandFrames(OverSamples[Samples]):
    """Frames of 4,096 samples, up to 96 spread evenly over the track; (channels, frames, 4096)."""

    def __init__(self, extent: Extent) -> None:
        super().__init__(extent)
        last = extent.samples - BAND_FRAME
        spread = np.unique(np.linspace(0, last, BAND_FRAMES).astype(int))
        self._starts = [int(start) for start in spread if last >= 0]
        self._frames = np.empty((extent.channels, len(self._starts), BAND_FRAME), np.float32)

    def add(self, block: NativeBlock) -> None:
        end = block.start + block.samples.shape[1]
        first = bisect.bisect_right(self._starts, block.start - BAND_FRAME)
        for index in range(first, bisect.bisect_left(self._starts, end)):
            start = self._starts[index]
            low, high = max(start, block.start), min(start + BAND_FRAME, end)
            part = block.samples[:, low - block.start : high - block.start]
            self._frames[:, index, low - start : high - start] = part

    def result(self) -> Samples:
        return self._frames


@measures("clip_ratio", uses=[ClippedSamples], needs_sound=False)
def clip_ratio(analysis: Analysis) -> Value:
    """Share of samples, of all channels, at or beyond 0.999 of full scale."""
    values = analysis.extent.samples * analysis.extent.channels
    return analysis.of(ClippedSamples) / values if values else NullReason.TOO_SHORT


@measures("silence_ratio", uses=[FrameRms], needs_sound=False)
def silence_ratio(analysis: Analysis) -> Value:
    """Share of frames of the mono signal with an RMS under -60 dBFS."""
    if not analysis.extent.signal:
        return NullReason.TOO_SHORT
    return float(np.count_nonzero(analysis.of(FrameRms) < SILENCE_RMS)) / analysis.frames


@measures("phase_correlation", uses=[Products], needs_sound=False)
def phase_correlation(analysis: Analysis) -> Value:
    """Σ LR over √(Σ L² Σ R²) of the first two channels; SILENT when one of them is."""
    if analysis.audio.channels == 1:
        return NullReason.MONO
    products = analysis.products
    scale = math.sqrt(products[0, 0] * products[1, 1])
    if scale <= 0:
        return NullReason.SILENT
    return float(max(-1.0, min(1.0, products[0, 1] / scale)))  # rounding may exceed 1


@measures("effective_bandwidth_hz", uses=[BandFrames, Products])
def effective_bandwidth_hz(analysis: Analysis) -> Value:
    """Highest frequency at which the mean spectrum lies within 100 dB of its strongest bin.

    Mean power of 96 frames of 4,096 samples, evenly spread, under a squared Hann window (its side
    lobes fall fast), smoothed over 5 bins; strongest channel, native rate. What lies within 10 dB
    of the noise of rounding to 16 bits does not count: it fills the spectrum of whatever was
    rounded, an upsampled source included.
    """
    if analysis.extent.samples < BAND_FRAME:
        return NullReason.TOO_SHORT
    frames = analysis.of(BandFrames)[int(np.diag(analysis.products).argmax())]
    window = (hann(BAND_FRAME) ** 2).astype(np.float32)
    spectra = scipy.fft.rfft(frames * window, axis=1)
    mean = (spectra.real**2 + spectra.imag**2).mean(axis=0, dtype=np.float64)
    smooth = np.convolve(mean, np.ones(BAND_SMOOTHING) / BAND_SMOOTHING, "same")
    rounding = ROUNDING_MARGIN * ROUNDING_POWER * float((window**2).sum())
    heard = np.flatnonzero(smooth > max(smooth.max() * 10 ** (-BAND_RANGE_DB / 10), rounding))
    if not len(heard):
        return NullReason.SILENT
    return float(heard[-1] * analysis.extent.sample_rate_hz / BAND_FRAME)


@measures("duration_ratio", needs_sound=False)
def duration_ratio(analysis: Analysis) -> Value:
    """Decoded over declared duration."""
    declared = analysis.audio.declared_duration_s
    if declared is None or declared <= 0:
        return NullReason.NOT_DECLARED
    return analysis.duration_s / declared
