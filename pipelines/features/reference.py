"""The reference extractor: the same features written straight on librosa.

It is the oracle of the tests, the baseline of the benchmark and `--extractor librosa`. What librosa
does not define (loudness, danceability, quality …) and the null rules are our own. librosa compiles
on its first call, which takes seconds to half a minute; it is imported only when asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
import numpy.typing as npt

from pipelines.features.analysis import Analysis
from pipelines.features.extract import extract
from pipelines.features.pulse import pulse
from pipelines.features.registry import MeasureFunction, measures, shared
from pipelines.features.spectrum import HOP, RATE_HZ
from pipelines.features.timbre import MFCCS
from pipelines.features.tonality import TEMPERATURE, standardised, tonal_profile
from schemas.audio import Audio
from schemas.outcomes import NullReason
from schemas.protocols import FeatureValues, Value

LIBROSA = "librosa"

# Krumhansl & Kessler 1982, from C.
MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)

Vector = npt.NDArray[np.float64]


def reference(name: str) -> Callable[[MeasureFunction], MeasureFunction]:
    """`@measures` for this extractor."""
    return measures(name, extractor=LIBROSA)


def extract_reference(audio: Audio, groups: Collection[str] | None = None) -> FeatureValues:
    """Measure `groups` (all by default) with librosa; the contract of `extract`."""
    return extract(audio, groups, extractor=LIBROSA)


@shared
def signal(analysis: Analysis) -> npt.NDArray[np.float32]:
    """Mono at 22,050 Hz by librosa's own mixdown and resampling."""
    import librosa

    weights = analysis.mix_weights
    samples = np.ascontiguousarray(analysis.audio.samples)
    chosen = librosa.to_mono(samples) if weights.min() == weights.max() else weights @ samples
    resampled: npt.NDArray[np.float32] = librosa.resample(
        chosen, orig_sr=analysis.audio.sample_rate_hz, target_sr=RATE_HZ
    )
    return resampled


@shared
def magnitude(analysis: Analysis) -> npt.NDArray[np.float32]:
    import librosa

    return np.asarray(np.abs(librosa.stft(signal(analysis))))


@shared
def onset_envelope(analysis: Analysis) -> Vector:
    import librosa

    return np.asarray(librosa.onset.onset_strength(y=signal(analysis), sr=RATE_HZ))


@shared
def beats(analysis: Analysis) -> tuple[float, npt.NDArray[np.intp]]:
    """Tempo in BPM and the frames of the beats."""
    import librosa

    tempo, frames = librosa.beat.beat_track(onset_envelope=onset_envelope(analysis), sr=RATE_HZ)
    return float(np.ravel(tempo)[0]), frames


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
    keys = np.array([np.roll(profile, tonic) for profile in (MAJOR, MINOR) for tonic in range(12)])
    return standardised(keys) @ standardised(chroma_cqt(analysis))


@shared
def mfcc(analysis: Analysis) -> Vector:
    import librosa

    return np.asarray(librosa.feature.mfcc(y=signal(analysis), sr=RATE_HZ, n_mfcc=MFCCS))


@shared
def spectral_centroid(analysis: Analysis) -> Vector:
    import librosa

    return np.asarray(librosa.feature.spectral_centroid(S=magnitude(analysis), sr=RATE_HZ))


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


@reference("rms")
def rms(analysis: Analysis) -> Value:
    import librosa

    if not len(signal(analysis)):
        return NullReason.TOO_SHORT
    return float(librosa.feature.rms(y=signal(analysis)).mean())


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
