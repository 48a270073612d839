"""A missing value is null with its reason, never invented."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.features.extract import extract
from schemas.audio import Audio
from schemas.errors import ContractError
from schemas.features import FEATURES, groups
from schemas.outcomes import NullReason
from tests.features import synth

RHYTHM = {"tempo_bpm", "tempo_confidence", "tempo_candidates", "tempo_candidate_weights"}
TONALITY = {spec.name for spec in groups()["tonality"]}
OF_THE_FILE = {"rms", "clip_ratio", "silence_ratio", "phase_correlation", "duration_ratio"}
TONE = synth.sine(440, 10)


def reasons(audio: Audio, names: set[str]) -> set[object]:
    values = extract(audio)
    return {values[name] for name in names}


@pytest.mark.parametrize("scale", [0.0, 5e-5])
def test_silence_has_no_music(scale: float) -> None:
    values = extract(synth.audio(synth.noise(21, 1.0).clip(-1, 1) * scale))
    for spec in FEATURES:
        if spec.name not in OF_THE_FILE and spec.how == "measured":
            assert values[spec.name] is NullReason.SILENT, spec.name
    assert values["silence_ratio"] == 1.0
    assert values["clip_ratio"] == 0.0


@pytest.mark.parametrize(
    "signal",
    [
        TONE,
        synth.sine(1_000, 10),
        np.full(441_000, 0.5),
        synth.noise(10),
        synth.noise(4, seed=3),
        synth.noise(60, seed=4),
        synth.chords(0, True, 10, chord_s=10, decay=0),
    ],
    ids=["440 Hz", "1 kHz", "constant", "noise", "short noise", "long noise", "held chord"],
)
def test_no_pulse_no_tempo(signal: np.ndarray) -> None:
    names = RHYTHM | {"beat_strength"}
    assert reasons(synth.audio(signal), names) == {NullReason.NO_PULSE}


@pytest.mark.parametrize("seconds", [1, 2, 5, 20])
@pytest.mark.parametrize("seed", range(4))
def test_noise_has_neither_key_nor_tempo(seconds: float, seed: int) -> None:
    values = extract(synth.audio(synth.noise(seconds, seed=seed)), ["rhythm", "tonality"])
    assert values["key_pitch_class"] is NullReason.ATONAL
    assert values["tempo_bpm"] in (NullReason.NO_PULSE, NullReason.TOO_SHORT)


@pytest.mark.parametrize(
    "signal",
    [TONE, np.full(441_000, 0.5), synth.drums(120, 10) * 0 + synth.noise(10)],
    ids=["one tone", "constant", "noise"],
)
def test_no_pitches_no_key(signal: np.ndarray) -> None:
    assert reasons(synth.audio(signal), TONALITY) == {NullReason.ATONAL}


@pytest.mark.parametrize("samples", [0, 1, 441, 4_410])
def test_too_short(samples: int) -> None:
    values = extract(synth.audio(TONE[5 : 5 + samples]))
    names = {s.name for g in ("rhythm", "tonality") for s in groups()[g]}
    names |= {"loudness_lufs", "loudness_range_lu", "energy", "harmonic_ratio"}
    assert {values[name] for name in names} == {NullReason.TOO_SHORT}


def test_channels_that_cancel_are_still_measured() -> None:
    loop = synth.drums(120, 8)
    values, alone = extract(synth.audio(loop, -loop)), extract(synth.audio(loop))
    assert values["phase_correlation"] == pytest.approx(-1.0)
    assert values["tempo_bpm"] == alone["tempo_bpm"]
    assert values["brightness_hz"] == alone["brightness_hz"]


def test_phase_correlation() -> None:
    left, right = synth.noise(3), synth.noise(3, seed=1)
    same = extract(synth.audio(left, 0.5 * left), ["quality"])["phase_correlation"]
    apart = extract(synth.audio(left, right), ["quality"])["phase_correlation"]
    assert same == pytest.approx(1.0)
    assert apart == pytest.approx(0.0, abs=0.02)
    assert extract(synth.audio(left), ["quality"])["phase_correlation"] is NullReason.MONO
    one_side = extract(synth.audio(left, 0 * left), ["quality"])["phase_correlation"]
    assert one_side is NullReason.SILENT


def test_perceptual_features_need_a_model() -> None:
    values = extract(synth.audio(synth.drums(100, 4)), ["perceptual"])
    assert set(values.values()) == {NullReason.NO_MODEL}


def test_declared_duration() -> None:
    half = extract(synth.audio(TONE, declared_s=20.0), ["quality"])["duration_ratio"]
    assert half == pytest.approx(0.5)
    unknown = extract(synth.audio(TONE), ["quality"])["duration_ratio"]
    assert unknown is NullReason.NOT_DECLARED


def test_clipping_and_bandwidth() -> None:
    values = extract(synth.audio(synth.noise(4, 2.0).clip(-1, 1)), ["quality"])
    clipped = float((np.abs(synth.noise(4, 2.0)) >= 0.999).mean())
    assert values["clip_ratio"] == pytest.approx(clipped)
    assert values["effective_bandwidth_hz"] == pytest.approx(22_050, rel=0.01)


def test_effective_bandwidth_finds_a_low_rate_source() -> None:
    import soxr

    upsampled = soxr.resample(synth.noise(4, rate_hz=8_000), 8_000, 44_100)
    values = extract(synth.audio(upsampled), ["quality"])
    assert values["effective_bandwidth_hz"] == pytest.approx(4_000, rel=0.03)


def test_out_of_range_is_null_and_never_clamped() -> None:
    loud = synth.audio(synth.noise(3, 1.0) * 1e6)
    values = extract(loud, ["loudness"])
    assert values["loudness_lufs"] is NullReason.OUT_OF_RANGE
    assert values["rms"] is NullReason.OUT_OF_RANGE


def test_only_the_groups_asked_for() -> None:
    audio = synth.song(100, 0, True, 4)
    values = extract(audio, ["quality", "timbre"])
    assert set(values) == {s.name for s in FEATURES if s.group in ("quality", "timbre")}
    everything = extract(audio)
    assert {name: everything[name] for name in values} == values
    with pytest.raises(ContractError, match="valid: loudness, perceptual"):
        extract(audio, ["rythm"])
