"""Tonality: key, pitch classes, tuning.

Conventions: the 24 keys are C major … B major, then C minor … B minor. Noise, drums alone and fewer
than two pitch classes have no key: ATONAL, and with it all of this group.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipelines.features.analysis import Analysis
from pipelines.features.pitch import PitchProfile, pitch_profile
from pipelines.features.registry import measures, shared
from schemas.outcomes import NullReason
from schemas.protocols import Value

LEAST_S = 1.0
LEAST_FOCUS, MOST_FOCUS = 0.05, 0.35
NOISE_FOCUS = 2.5  # times what noise reaches on average
LEAST_CLASSES = 2.2
TEMPERATURE = 0.07  # of the softmax over profile correlations

# Faraldo et al. 2016, "Key estimation in electronic dance music" (profile bgate, from C).
MAJOR = (1.00, 0.00, 0.42, 0.00, 0.53, 0.37, 0.00, 0.77, 0.00, 0.38, 0.21, 0.30)
MINOR = (1.00, 0.00, 0.36, 0.39, 0.00, 0.38, 0.00, 0.74, 0.27, 0.00, 0.42, 0.23)


def standardised(profiles: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Rows of mean 0 and norm 1, so that a product is a correlation."""
    centred = profiles - profiles.mean(axis=-1, keepdims=True)
    result: npt.NDArray[np.float64] = centred / np.linalg.norm(centred, axis=-1, keepdims=True)
    return result


_PROFILES = standardised(
    np.array([np.roll(profile, tonic) for profile in (MAJOR, MINOR) for tonic in range(12)])
)


@shared
def tonal_profile(analysis: Analysis) -> PitchProfile | None:
    """The pitch profile; None where the sound has no key."""
    profile = pitch_profile(analysis)
    if profile is None or profile.distinct < LEAST_CLASSES:
        return None
    least = min(max(NOISE_FOCUS * profile.noise_focus, LEAST_FOCUS), MOST_FOCUS)
    return profile if profile.focus >= least else None


@shared
def key_correlations(analysis: Analysis) -> npt.NDArray[np.float64] | None:
    """Correlation of the pitch classes with each key profile, shape (24,)."""
    profile = tonal_profile(analysis)
    return None if profile is None else _PROFILES @ standardised(profile.classes)


@measures("key_probabilities", minimum_s=LEAST_S)
def key_probabilities(analysis: Analysis) -> Value:
    correlations = key_correlations(analysis)
    if correlations is None:
        return NullReason.ATONAL
    odds = np.exp((correlations - correlations.max()) / TEMPERATURE)
    return tuple(float(x) for x in odds / odds.sum())


@measures("key_pitch_class", minimum_s=LEAST_S)
def key_pitch_class(analysis: Analysis) -> Value:
    correlations = key_correlations(analysis)
    return NullReason.ATONAL if correlations is None else float(correlations.argmax() % 12)


@measures("key_mode", minimum_s=LEAST_S)
def key_mode(analysis: Analysis) -> Value:
    correlations = key_correlations(analysis)
    return NullReason.ATONAL if correlations is None else float(correlations.argmax() < 12)


@measures("key_strength", minimum_s=LEAST_S)
def key_strength(analysis: Analysis) -> Value:
    """Correlation with the best profile; 0 when negative, as for music in no key."""
    correlations = key_correlations(analysis)
    if correlations is None:
        return NullReason.ATONAL
    return min(1.0, max(0.0, float(correlations.max())))


@measures("chroma", minimum_s=LEAST_S)
def chroma(analysis: Analysis) -> Value:
    profile = tonal_profile(analysis)
    if profile is None:
        return NullReason.ATONAL
    return tuple(float(x) for x in profile.classes / profile.classes.sum())


@measures("tuning_cents", minimum_s=LEAST_S)
def tuning_cents(analysis: Analysis) -> Value:
    profile = tonal_profile(analysis)
    return NullReason.ATONAL if profile is None else 100 * profile.tuning
