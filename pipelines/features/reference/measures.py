"""The reference extractor: the same features written straight on librosa.

It is the oracle of the tests, the baseline of the benchmark and `--extractor librosa`; its features
are in `reference_rhythm`, `reference_tonality` and `reference_timbre`. What librosa does
not define (loudness, danceability, quality …) and the null rules are our own. librosa compiles on
its first call, which takes seconds to half a minute; it is imported only when asked for.

Conventions: all of librosa 0.11's defaults on its own mono mixdown at 22,050 Hz, so that nothing of
what is compared is shared with our single pass, but the choice of a channel where they cancel.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
import numpy.typing as npt

from pipelines.features.analysis import Analysis
from pipelines.features.extract import extract
from pipelines.features.registry import MeasureFunction, measures, shared
from pipelines.features.spectrum import RATE_HZ
from schemas.audio import Audio, whole
from schemas.protocols import FeatureValues

LIBROSA = "librosa"

TEMPERATURE = 0.07  # of the softmax over key correlations

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
    samples = np.ascontiguousarray(whole(analysis.audio).samples)
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
