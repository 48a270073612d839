"""Level and dynamics.

Conventions: LUFS and LU by BS.1770-4 over all channels at the native rate; `rms` and
`dynamic_complexity` on the frames of the mono signal at 22,050 Hz; full scale is ±1.
"""

from __future__ import annotations

import math

import numpy as np

from pipelines.features import meter
from pipelines.features.analysis import Analysis
from pipelines.features.onsets import onset_rate
from pipelines.features.registry import measures, shared
from pipelines.features.spectrum import FRAME, HOP, Array
from pipelines.features.truepeak import true_peak
from schemas.outcomes import NullReason
from schemas.protocols import Value

_AUDIBLE_DB = 60.0

# Energy: a logistic of loudness, onset density and brightness, each about a mid-point and over a
# spread that music shows; docs/features.md states it in full.
ENERGY_LOUDNESS_LUFS = (-16.0, 5.0)
ENERGY_ONSETS_HZ = (3.0, 2.0)
ENERGY_BRIGHTNESS_OCTAVES = (math.log2(1_800.0), 1.0)
ENERGY_WEIGHTS = (1.0, 0.6, 0.6)


@shared
def segment_energies(analysis: Analysis) -> meter.Vector:
    return meter.segment_energies(analysis.audio.samples, analysis.audio.sample_rate_hz)


@shared
def frame_rms(analysis: Analysis) -> Array:
    """Root mean square of each 2,048-sample frame, hop 512; shape (frames,)."""
    signal = analysis.signal
    padded = np.zeros(FRAME + len(signal) // HOP * HOP, np.float32)
    part = signal[: len(padded) - FRAME // 2]
    padded[FRAME // 2 : FRAME // 2 + len(part)] = part
    hops = padded.reshape(-1, HOP)
    sums = np.einsum("ij,ij->i", hops, hops)
    per_frame = FRAME // HOP
    frames = analysis.frames
    total = sum(sums[shift : shift + frames] for shift in range(per_frame))
    rms: Array = np.sqrt(np.asarray(total) / np.float32(FRAME))
    return rms


@measures("loudness_lufs", minimum_s=0.4)
def loudness_lufs(analysis: Analysis) -> Value:
    loudness = meter.integrated_loudness(segment_energies(analysis))
    return NullReason.SILENT if loudness is None else loudness


@measures("loudness_range_lu", minimum_s=3.0)
def loudness_range_lu(analysis: Analysis) -> Value:
    loudness_range = meter.loudness_range(segment_energies(analysis))
    return NullReason.SILENT if loudness_range is None else loudness_range


@measures("true_peak_dbtp")
def true_peak_dbtp(analysis: Analysis) -> Value:
    return 20 * math.log10(true_peak(analysis.audio.samples, analysis.block_peaks))


@measures("rms", needs_sound=False)
def rms(analysis: Analysis) -> Value:
    if not len(analysis.signal):
        return NullReason.TOO_SHORT
    return float(frame_rms(analysis).mean(dtype=np.float64))


@measures("dynamic_complexity", minimum_s=1.0)
def dynamic_complexity(analysis: Analysis) -> Value:
    """Mean absolute deviation from their mean of frame levels within 60 dB of the loudest frame."""
    levels = 20 * np.log10(np.maximum(frame_rms(analysis).astype(np.float64), 1e-10))
    heard = levels[levels > levels.max() - _AUDIBLE_DB]
    return float(np.abs(heard - heard.mean()).mean())


@measures("energy", uses=["mel", "centroid"], minimum_s=1.0)
def energy(analysis: Analysis) -> Value:
    """Logistic of the weighted, centred loudness, onset rate and log brightness."""
    loudness = meter.integrated_loudness(segment_energies(analysis))
    if loudness is None:
        return NullReason.SILENT
    brightness = float(analysis.statistic("centroid").mean(dtype=np.float64))
    terms = (
        (loudness, ENERGY_LOUDNESS_LUFS),
        (onset_rate(analysis), ENERGY_ONSETS_HZ),
        (math.log2(max(brightness, 1.0)), ENERGY_BRIGHTNESS_OCTAVES),
    )
    total = sum(
        weight * (value - middle) / spread
        for weight, (value, (middle, spread)) in zip(ENERGY_WEIGHTS, terms, strict=True)
    )
    return 1 / (1 + math.exp(-total))
