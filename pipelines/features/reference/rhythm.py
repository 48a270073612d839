"""Tempo, beats and onsets by librosa: `beat_track`, `tempogram` and `onset_detect`.

Conventions and null rules are those of `pipelines.features.rhythm.measures`: no pulse, no tempo.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipelines.features.analysis import Analysis
from pipelines.features.reference.measures import onset_envelope, reference
from pipelines.features.registry import shared
from pipelines.features.rhythm.pulse import pulse
from pipelines.features.spectrum import HOP, RATE_HZ
from schemas.outcomes import NullReason
from schemas.protocols import Value


@shared
def beats(analysis: Analysis) -> tuple[float, npt.NDArray[np.intp]]:
    """Tempo in BPM and the frames of the beats."""
    import librosa

    tempo, frames = librosa.beat.beat_track(onset_envelope=onset_envelope(analysis), sr=RATE_HZ)
    return float(np.ravel(tempo)[0]), frames


@reference("tempo_bpm")
def tempo_bpm(analysis: Analysis) -> Value:
    return beats(analysis)[0] or NullReason.NO_PULSE if pulse(analysis) else NullReason.NO_PULSE


@reference("tempo_confidence")
def tempo_confidence(analysis: Analysis) -> Value:
    """Mean local autocorrelation of the onset envelope at the beat's lag."""
    import librosa

    if pulse(analysis) is None or not (tempo := beats(analysis)[0]):
        return NullReason.NO_PULSE
    tempogram = librosa.feature.tempogram(onset_envelope=onset_envelope(analysis), sr=RATE_HZ)
    lag = min(round(60 * RATE_HZ / HOP / tempo), len(tempogram) - 1)
    return max(0.0, float(tempogram[lag].mean()))


@reference("tempo_candidates")
def tempo_candidates(analysis: Analysis) -> Value:
    tempo = tempo_bpm(analysis)
    return (tempo,) if isinstance(tempo, float) else tempo


@reference("tempo_candidate_weights")
def tempo_candidate_weights(analysis: Analysis) -> Value:
    tempo = tempo_bpm(analysis)
    return (1.0,) if isinstance(tempo, float) else tempo


@reference("beat_strength")
def beat_strength(analysis: Analysis) -> Value:
    if pulse(analysis) is None or not len(beats(analysis)[1]):
        return NullReason.NO_PULSE
    envelope = onset_envelope(analysis)
    return float(envelope[beats(analysis)[1]].mean() / envelope.mean())


@reference("onset_rate_hz")
def onset_rate_hz(analysis: Analysis) -> Value:
    import librosa

    found = librosa.onset.onset_detect(onset_envelope=onset_envelope(analysis), sr=RATE_HZ)
    return len(found) / analysis.duration_s
