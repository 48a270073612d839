"""Key, pitch classes and tuning by librosa: `chroma_cqt` and `estimate_tuning`.

Conventions and null rules are those of `pipelines.features.tonality.measures`; the key profiles are
those of Krumhansl & Kessler, which users of librosa put beside its chroma.
"""

from __future__ import annotations

import numpy as np

from pipelines.features.analysis import Analysis
from pipelines.features.reference.measures import Vector, reference, signal
from pipelines.features.registry import shared
from pipelines.features.spectrum import RATE_HZ
from pipelines.features.tonality.keys import tonal_profile
from schemas.outcomes import NullReason
from schemas.protocols import Value

# Krumhansl & Kessler 1982, from C.
MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
TEMPERATURE = 0.07  # of the softmax over profile correlations


@shared
def chroma_cqt(analysis: Analysis) -> Vector:
    import librosa

    mean: Vector = librosa.feature.chroma_cqt(y=signal(analysis), sr=RATE_HZ).mean(axis=1)
    return mean


@shared
def key_correlations(analysis: Analysis) -> Vector | None:
    """Correlation with the 24 Krumhansl profiles, shape (24,); None without a key."""
    if tonal_profile(analysis) is None or np.ptp(chroma_cqt(analysis)) == 0:
        return None
    keys = [np.roll(profile, tonic) for profile in (MAJOR, MINOR) for tonic in range(12)]
    return np.array([np.corrcoef(key, chroma_cqt(analysis))[0, 1] for key in keys])


@reference("key_probabilities")
def key_probabilities(analysis: Analysis) -> Value:
    correlations = key_correlations(analysis)
    if correlations is None:
        return NullReason.ATONAL
    odds = np.exp((correlations - correlations.max()) / TEMPERATURE)
    return tuple(float(x) for x in odds / odds.sum())


@reference("key_pitch_class")
def key_pitch_class(analysis: Analysis) -> Value:
    correlations = key_correlations(analysis)
    return NullReason.ATONAL if correlations is None else float(correlations.argmax() % 12)


@reference("key_mode")
def key_mode(analysis: Analysis) -> Value:
    correlations = key_correlations(analysis)
    return NullReason.ATONAL if correlations is None else float(correlations.argmax() < 12)


@reference("key_strength")
def key_strength(analysis: Analysis) -> Value:
    correlations = key_correlations(analysis)
    if correlations is None:
        return NullReason.ATONAL
    return min(1.0, max(0.0, float(correlations.max())))


@reference("chroma")
def chroma(analysis: Analysis) -> Value:
    if key_correlations(analysis) is None:
        return NullReason.ATONAL
    mean = chroma_cqt(analysis)
    return tuple(float(x) for x in mean / mean.sum())


@reference("tuning_cents")
def tuning_cents(analysis: Analysis) -> Value:
    import librosa

    if tonal_profile(analysis) is None:
        return NullReason.ATONAL
    return 100 * float(librosa.estimate_tuning(y=signal(analysis), sr=RATE_HZ))
