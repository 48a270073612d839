"""Tonality: key, pitch classes, tuning.

Conventions: the 24 keys are C major … B major, then C minor … B minor. Noise, drums alone and fewer
than two pitch classes have no key: ATONAL, and with it all of this group.
"""

from __future__ import annotations

from pipelines.features.analysis import Analysis
from pipelines.features.registry import measures
from pipelines.features.tonality.frames import tonal_frames
from pipelines.features.tonality.keys import key_distribution, tonal_profile
from pipelines.features.tonality.pitch import SpectralPeaks
from schemas.outcomes import NullReason
from schemas.protocols import Value

LEAST_S = 1.0


@measures("key_probabilities", uses=[SpectralPeaks], minimum_s=LEAST_S)
def key_probabilities(analysis: Analysis) -> Value:
    keys = key_distribution(analysis)
    return NullReason.ATONAL if keys is None else tuple(float(x) for x in keys)


@measures("key_pitch_class", uses=[SpectralPeaks], minimum_s=LEAST_S)
def key_pitch_class(analysis: Analysis) -> Value:
    keys = key_distribution(analysis)
    return NullReason.ATONAL if keys is None else float(keys.argmax() % 12)


@measures("key_mode", uses=[SpectralPeaks], minimum_s=LEAST_S)
def key_mode(analysis: Analysis) -> Value:
    keys = key_distribution(analysis)
    return NullReason.ATONAL if keys is None else float(keys.argmax() < 12)


@measures("key_strength", uses=[SpectralPeaks], minimum_s=LEAST_S)
def key_strength(analysis: Analysis) -> Value:
    """Correlation with the profile of the most probable key; 0 when negative."""
    profile, keys = tonal_profile(analysis), key_distribution(analysis)
    if profile is None or keys is None:
        return NullReason.ATONAL
    return min(1.0, max(0.0, float(profile.correlations[keys.argmax()])))


@measures("chroma", uses=[SpectralPeaks], minimum_s=LEAST_S)
def chroma(analysis: Analysis) -> Value:
    profile = tonal_profile(analysis)
    if profile is None:
        return NullReason.ATONAL
    return tuple(float(x) for x in profile.classes / profile.classes.sum())


@measures("tuning_cents", uses=[SpectralPeaks], minimum_s=LEAST_S)
def tuning_cents(analysis: Analysis) -> Value:
    frames = tonal_frames(analysis)
    if frames is None or tonal_profile(analysis) is None:
        return NullReason.ATONAL
    return 100 * frames.tuning
