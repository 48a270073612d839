"""Level and spectrum by librosa: the functions of their names, averaged over all frames.

Conventions: those of `pipelines.features.timbre.measures` and `loudness`. `dynamic_complexity` and
`silence_ratio` are our definitions on librosa's frames.
"""

from __future__ import annotations

import numpy as np

from pipelines.features.analysis import Analysis
from pipelines.features.loudness.measures import AUDIBLE_DB
from pipelines.features.quality import SILENCE_RMS
from pipelines.features.reference.measures import Vector, magnitude, reference, signal
from pipelines.features.registry import shared
from pipelines.features.spectrum import RATE_HZ
from pipelines.features.timbre.measures import MFCCS
from schemas.outcomes import NullReason
from schemas.protocols import Value


@shared
def mfcc(analysis: Analysis) -> Vector:
    import librosa

    return np.asarray(librosa.feature.mfcc(y=signal(analysis), sr=RATE_HZ, n_mfcc=MFCCS))


@shared
def spectral_centroid(analysis: Analysis) -> Vector:
    import librosa

    return np.asarray(librosa.feature.spectral_centroid(S=magnitude(analysis), sr=RATE_HZ))


@shared
def frame_rms(analysis: Analysis) -> Vector:
    """Shape (frames,)."""
    import librosa

    level: Vector = librosa.feature.rms(y=signal(analysis))[0].astype(np.float64)
    return level


@reference("rms")
def rms(analysis: Analysis) -> Value:
    if not len(signal(analysis)):
        return NullReason.TOO_SHORT
    return float(frame_rms(analysis).mean())


@reference("dynamic_complexity")
def dynamic_complexity(analysis: Analysis) -> Value:
    levels = 20 * np.log10(np.maximum(frame_rms(analysis), 1e-10))
    heard = levels[levels > levels.max() - AUDIBLE_DB]
    return float(np.abs(heard - heard.mean()).mean())


@reference("silence_ratio")
def silence_ratio(analysis: Analysis) -> Value:
    if not len(signal(analysis)):
        return NullReason.TOO_SHORT
    return float((frame_rms(analysis) < SILENCE_RMS).mean())


@reference("brightness_hz")
def brightness_hz(analysis: Analysis) -> Value:
    return float(spectral_centroid(analysis).mean())


@reference("brightness_std_hz")
def brightness_std_hz(analysis: Analysis) -> Value:
    return float(spectral_centroid(analysis).std())


@reference("bandwidth_hz")
def bandwidth_hz(analysis: Analysis) -> Value:
    import librosa

    return float(librosa.feature.spectral_bandwidth(S=magnitude(analysis), sr=RATE_HZ).mean())


@reference("rolloff_hz")
def rolloff_hz(analysis: Analysis) -> Value:
    import librosa

    return float(librosa.feature.spectral_rolloff(S=magnitude(analysis), sr=RATE_HZ).mean())


@reference("flatness")
def flatness(analysis: Analysis) -> Value:
    import librosa

    return float(librosa.feature.spectral_flatness(S=magnitude(analysis)).mean())


@reference("contrast")
def contrast(analysis: Analysis) -> Value:
    import librosa

    bands = librosa.feature.spectral_contrast(S=magnitude(analysis), sr=RATE_HZ)
    return tuple(float(x) for x in bands.mean(axis=1))


@reference("zcr")
def zcr(analysis: Analysis) -> Value:
    import librosa

    return float(librosa.feature.zero_crossing_rate(signal(analysis)).mean())


@reference("mfcc_mean")
def mfcc_mean(analysis: Analysis) -> Value:
    return tuple(float(x) for x in mfcc(analysis).mean(axis=1))


@reference("mfcc_std")
def mfcc_std(analysis: Analysis) -> Value:
    return tuple(float(x) for x in mfcc(analysis).std(axis=1))
