"""What librosa defines equals librosa 0.11, within the tolerance that each FeatureSpec states."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from pipelines.features.analysis import Analysis
from pipelines.features.extract import extract
from pipelines.features.rhythm.onsets import onset_strength
from pipelines.features.spectrum import mel_filters
from schemas.audio import Audio, Samples
from schemas.features import FEATURES, FeatureSpec
from schemas.outcomes import NullReason
from tests.features import synth

DEFINED_BY_LIBROSA = [s for s in FEATURES if s.tolerance is not None and "librosa" in s.source]
# Our definitions on librosa's frames, in dB and as a share of the frames.
ON_FRAMES_OF_LIBROSA = {"dynamic_complexity": 1e-3, "silence_ratio": 1e-9}
GROUPS = {spec.group for spec in DEFINED_BY_LIBROSA} | {"quality"}


def _signals() -> dict[str, Audio]:
    song = synth.song(118, 2, False, 6)
    bass = synth.chords(0, True, 6) + synth.sine(60, 6, 0.6)  # nothing above 6 kHz
    gap = synth.drums(90, 6)
    gap[100_000:200_000] = 0
    clicks = np.zeros(5 * synth.RATE_HZ)
    clicks[::11_025] = 0.8
    return {
        "song": song,
        "8 kHz": synth.song(100, 5, True, 6, rate_hz=8_000),
        "11.025 kHz": synth.song(90, 8, False, 4, rate_hz=11_025),
        "22.05 kHz": synth.song(140, 7, True, 6, rate_hz=22_050),
        "32 kHz": synth.song(110, 1, True, 3, rate_hz=32_000),
        "48 kHz": synth.song(75, 3, True, 3, rate_hz=48_000),
        "96 kHz": synth.song(100, 5, True, 4, rate_hz=96_000),
        "192 kHz": synth.song(130, 9, True, 2, rate_hz=192_000),
        "odd length": Audio(song.samples[:, :100_003], 44_100),
        "mono": synth.audio(synth.drums(100, 4) + synth.chords(0, True, 4)),
        "antiphase": synth.audio(gap, -gap),
        "noise": synth.audio(synth.noise(5)),
        "full scale noise": synth.audio(synth.noise(3, 1.0).clip(-1, 1)),
        "tone": synth.audio(synth.sine(3_000, 5)),
        "highest tone": synth.audio(synth.sine(10_900, 3)),
        "lossy": Audio(_lossy(song.samples, 44_100), 44_100),
        "empty top": synth.audio(bass),
        "loud bass": synth.audio(0.95 * synth.sine(45, 5) + 1e-3 * synth.sine(2_000, 5)),
        "digital silence inside": synth.audio(gap),
        "silence with clicks": synth.audio(clicks),
        "quiet": synth.audio(1e-3 * synth.drums(100, 4)),
        "offset": synth.audio(synth.drums(100, 4) + 0.2),
        "constant": synth.audio(np.full(100_000, 0.5)),
        "six channels": synth.audio(*(synth.noise(3, 0.1, seed=n) for n in range(6))),
        "shorter than a frame": Audio(song.samples[:, :1_500], 44_100),
        "two frames": Audio(song.samples[:, :4_000], 44_100),
    }


def _lossy(samples: Samples, rate_hz: int) -> Samples:
    """As a codec at a low rate leaves it: nothing above 4 kHz, and holes in time below."""
    spectra = np.fft.rfft(samples)
    spectra[:, int(8_000 / rate_hz * spectra.shape[1]) :] = 0
    cut: Samples = np.fft.irfft(spectra, samples.shape[1]).astype(np.float32)
    cut[np.abs(cut) < 2e-4] = 0
    return cut


SIGNALS = _signals()


@pytest.fixture(scope="module", params=SIGNALS)
def both(request: pytest.FixtureRequest) -> tuple[dict[str, object], dict[str, object]]:
    """(ours, librosa's) values of the groups that librosa defines."""
    from pipelines.features.reference.measures import extract_reference

    audio = SIGNALS[request.param]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # librosa and numba warn about short input
        return dict(extract(audio, GROUPS)), dict(extract_reference(audio, GROUPS))


def test_there_is_something_to_compare() -> None:
    names = {spec.name for spec in DEFINED_BY_LIBROSA}
    assert {"brightness_hz", "contrast", "mfcc_mean", "mfcc_std", "zcr", "rms"} <= names


@pytest.mark.parametrize("spec", DEFINED_BY_LIBROSA, ids=lambda spec: spec.name)
def test_equals_librosa(
    spec: FeatureSpec, both: tuple[dict[str, object], dict[str, object]]
) -> None:
    ours, theirs = (values[spec.name] for values in both)
    assert spec.tolerance is not None
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=spec.tolerance)


@pytest.mark.parametrize("name", ON_FRAMES_OF_LIBROSA)
def test_equals_ours_on_the_frames_of_librosa(
    name: str, both: tuple[dict[str, object], dict[str, object]]
) -> None:
    ours, theirs = (values[name] for values in both)
    if isinstance(ours, NullReason):
        assert ours is theirs
    else:
        assert ours == pytest.approx(theirs, abs=ON_FRAMES_OF_LIBROSA[name])


@pytest.mark.parametrize(
    "name", ["song", "noise", "digital silence inside", "silence with clicks", "lossy", "loud bass"]
)
def test_onset_envelope_equals_librosa(name: str) -> None:
    import librosa

    analysis = Analysis(SIGNALS[name])
    theirs = librosa.onset.onset_strength(y=analysis.signal, sr=22_050)
    np.testing.assert_allclose(onset_strength(analysis), theirs, atol=1e-4)


def test_mel_filters_equal_librosa() -> None:
    import librosa

    theirs = librosa.filters.mel(sr=22_050, n_fft=2_048)
    np.testing.assert_allclose(mel_filters(), theirs.T, atol=1e-9)


def test_resampled_mixdown_equals_librosa() -> None:
    import librosa

    audio = SIGNALS["odd length"]
    mono = librosa.to_mono(np.ascontiguousarray(audio.samples))
    theirs = librosa.resample(mono, orig_sr=44_100, target_sr=22_050)
    np.testing.assert_array_equal(Analysis(audio).signal, theirs)
