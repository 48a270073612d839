"""Quality: what the file, rather than the music, is like."""

from __future__ import annotations

import math

import numpy as np
import scipy.fft

from pipelines.features.analysis import PEAK_BLOCK, Analysis
from pipelines.features.loudness import frame_rms
from pipelines.features.registry import measures
from pipelines.features.spectrum import hann
from schemas.outcomes import NullReason
from schemas.protocols import Value

CLIP_LEVEL = 0.999
SILENCE_RMS = 1e-3  # -60 dBFS
BAND_FRAME = 4_096
BAND_FRAMES = 96  # spread evenly over the track
BAND_SMOOTHING = 5  # bins
BAND_RANGE_DB = 100.0  # below the strongest bin


@measures("clip_ratio", needs_sound=False)
def clip_ratio(analysis: Analysis) -> Value:
    """Share of samples, of all channels, at or beyond 0.999 of full scale."""
    samples = analysis.audio.samples
    if not samples.size:
        return NullReason.TOO_SHORT
    clipped = 0
    for channel, peaks in zip(samples, analysis.block_peaks, strict=True):
        blocks = np.flatnonzero(peaks >= CLIP_LEVEL)
        inside = (blocks[:, None] * PEAK_BLOCK + np.arange(PEAK_BLOCK)).ravel()
        inside = inside[inside < len(channel)]
        clipped += int(np.count_nonzero(np.abs(channel[inside]) >= CLIP_LEVEL))
    return clipped / samples.size


@measures("silence_ratio", needs_sound=False)
def silence_ratio(analysis: Analysis) -> Value:
    """Share of frames of the mono signal with an RMS under -60 dBFS."""
    if not len(analysis.signal):
        return NullReason.TOO_SHORT
    return float(np.count_nonzero(frame_rms(analysis) < SILENCE_RMS)) / analysis.frames


@measures("phase_correlation", needs_sound=False)
def phase_correlation(analysis: Analysis) -> Value:
    """Σ LR over √(Σ L² Σ R²) of the first two channels; SILENT when one of them is."""
    if analysis.audio.channels == 1:
        return NullReason.MONO
    products = analysis.products
    scale = math.sqrt(products[0, 0] * products[1, 1])
    if scale <= 0:
        return NullReason.SILENT
    return float(max(-1.0, min(1.0, products[0, 1] / scale)))  # rounding may exceed 1


@measures("effective_bandwidth_hz")
def effective_bandwidth_hz(analysis: Analysis) -> Value:
    """Highest frequency at which the mean spectrum lies within 100 dB of its strongest bin.

    Mean power of 96 frames of 4,096 samples, evenly spread, under a squared Hann window (its side
    lobes fall fast), smoothed over 5 bins; strongest channel, native rate.
    """
    audio = analysis.audio
    if audio.samples.shape[1] < BAND_FRAME:
        return NullReason.TOO_SHORT
    channel = audio.samples[int(np.diag(analysis.products).argmax())]
    last = len(channel) - BAND_FRAME
    starts = np.unique(np.linspace(0, last, BAND_FRAMES).astype(int))
    frames = np.stack([channel[start : start + BAND_FRAME] for start in starts])
    window = (hann(BAND_FRAME) ** 2).astype(np.float32)
    spectra = scipy.fft.rfft(frames * window, axis=1)
    mean = (spectra.real**2 + spectra.imag**2).mean(axis=0, dtype=np.float64)
    smooth = np.convolve(mean, np.ones(BAND_SMOOTHING) / BAND_SMOOTHING, "same")
    heard = np.flatnonzero(smooth > smooth.max() * 10 ** (-BAND_RANGE_DB / 10))
    if not smooth.max() > 0:
        return NullReason.SILENT
    return float(heard[-1] * audio.sample_rate_hz / BAND_FRAME)


@measures("duration_ratio", needs_sound=False)
def duration_ratio(analysis: Analysis) -> Value:
    """Decoded over declared duration."""
    declared = analysis.audio.declared_duration_s
    if declared is None or declared <= 0:
        return NullReason.NOT_DECLARED
    return analysis.duration_s / declared
