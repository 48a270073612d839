"""Key, tuning and their nulls on music made by code, whose key is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks._truth import Truth, read_truth, write_truth
from pipelines.features.analysis import Analysis
from pipelines.features.extract import extract
from pipelines.features.tonality.chords import chord_shares, triad_correlations
from pipelines.features.tonality.frames import tonal_frames
from pipelines.features.tonality.keys import (
    CHANNELS,
    key_between,
    key_log_odds,
    key_weights,
    probabilities,
)
from pipelines.features.tonality.pitch import SpectralPeaks
from schemas.audio import Audio
from schemas.errors import InputError
from schemas.features import groups
from schemas.outcomes import NullReason
from tests.features import synth


def analysed(*channels: synth.Signal) -> Analysis:
    return Analysis(synth.audio(*channels), [SpectralPeaks])


def test_transposing_the_channels_transposes_the_answer() -> None:
    channels = np.random.default_rng(0).normal(size=(len(CHANNELS), 12))
    odds = key_log_odds(channels).reshape(2, 12)
    for steps in range(12):
        moved = key_log_odds(np.roll(channels, steps, axis=1)).reshape(2, 12)
        np.testing.assert_allclose(moved, np.roll(odds, steps, axis=1), atol=1e-9)


def test_transposing_the_music_transposes_the_probabilities() -> None:
    found = []
    for tonic in (0, 5, 9):
        values = extract(synth.audio(synth.chords(tonic, True, 8)), ["tonality"])
        found.append(np.roll(np.reshape(values["key_probabilities"], (2, 12)), -tonic, axis=1))
    assert np.allclose(found[0], found[1], atol=0.15)
    assert np.allclose(found[0], found[2], atol=0.15)


def test_probabilities_are_probabilities_of_the_key_that_is_given() -> None:
    values = extract(synth.song(100, 7, False, 10), ["tonality"])
    chances = np.array(values["key_probabilities"])
    assert chances.shape == (24,)
    assert chances.min() >= 0
    assert chances.sum() == pytest.approx(1)
    assert chances.argmax() == 12 + 7
    assert (values["key_pitch_class"], values["key_mode"]) == (7, 0)
    assert np.sum(values["chroma"]) == pytest.approx(1)  # type: ignore[arg-type]  # a tuple


def test_drums_under_the_chords_do_not_move_the_key() -> None:
    for tonic, major in ((2, True), (10, False)):
        values = extract(synth.song(120, tonic, major, 12), ["tonality"])
        assert (values["key_pitch_class"], values["key_mode"]) == (tonic, float(major))


@pytest.mark.parametrize("cents", [-45, -30, -20, -10, 10, 20, 30, 45])
def test_tuning_is_found_and_does_not_move_the_key(cents: float) -> None:
    values = extract(synth.audio(synth.chords(3, True, 6, cents=cents)), ["tonality"])
    assert values["tuning_cents"] == pytest.approx(cents, abs=3)
    assert (values["key_pitch_class"], values["key_mode"]) == (3, 1)


def _syllables(seconds: float) -> synth.Signal:
    """Speech-like: a gliding buzz in formants, in bursts of different lengths."""
    time = synth.times(seconds)
    pitch = 110 * 2 ** (0.5 * np.sin(2 * np.pi * 0.7 * time) + 0.3 * np.sin(2 * np.pi * 1.9 * time))
    phase = 2 * np.pi * np.cumsum(pitch) / synth.RATE_HZ
    buzz = sum(np.sin(n * phase) / (1 + ((n * pitch - 600) / 200) ** 2) for n in range(1, 16))
    return 0.2 * buzz * (np.sin(2 * np.pi * 3.1 * time) > 0) + synth.noise(seconds, 0.01)


@pytest.mark.parametrize(
    "signal",
    [
        synth.noise(12) * np.exp(-20 * (synth.times(12) % 0.5)),
        synth.noise(12),
        np.cumsum(synth.noise(12, 0.01)) * np.exp(-synth.times(12) / 50) * 0.01,
        _syllables(12),
        synth.sine(220, 12) + synth.sine(440, 12, 0.2),
    ],
    ids=["strokes of noise", "noise", "brown noise", "speech-like", "octaves"],
)
def test_no_key_where_there_is_none(signal: synth.Signal) -> None:
    values = extract(synth.audio(signal), ["tonality"])
    assert {values[s.name] for s in groups()["tonality"]} == {NullReason.ATONAL}


def test_faint_noise_before_the_music_has_no_say() -> None:
    music = synth.chords(4, False, 10)
    quiet = np.concatenate([synth.noise(10, 1e-5), music])
    alone, after = (extract(synth.audio(x), ["tonality"]) for x in (music, quiet))
    assert after["key_pitch_class"] == alone["key_pitch_class"] == 4
    assert after["key_mode"] == 0


@pytest.mark.parametrize(
    ("first", "second"), [((0, True), (3, True)), ((9, False), (0, False)), ((7, True), (8, True))]
)
def test_keys_of_the_parts_of_a_modulation(
    first: tuple[int, bool], second: tuple[int, bool]
) -> None:
    analysis = analysed(np.concatenate([synth.chords(*first, 16), synth.chords(*second, 16)]))
    for (tonic, major), start in ((first, 0.0), (second, 16.0)):
        found = key_between(analysis, start + 0.4, start + 15.6)
        assert found is not None
        assert (found.pitch_class, found.mode) == (tonic, int(major))
        assert 0.5 < found.strength <= 1


def test_key_between_is_none_where_there_is_no_key() -> None:
    silence = np.zeros(synth.RATE_HZ * 8)
    analysis = analysed(np.concatenate([synth.chords(0, True, 12), silence]))
    assert key_between(analysis, 14, 19) is None
    assert key_between(analysis, 5, 5) is None
    assert key_between(analysis, 30, 40) is None
    assert key_between(analysed(synth.noise(10)), 0, 10) is None


def test_sums_over_a_stretch_are_those_of_its_frames() -> None:
    frames = tonal_frames(analysed(synth.chords(0, True, 10)))
    assert frames is not None
    profile = frames.profile(2.0, 6.0)
    inside = (frames.times_s >= 2.0) & (frames.times_s < 6.0)
    assert profile is not None
    np.testing.assert_allclose(profile.classes, frames.votes[inside].mean(axis=0))
    np.testing.assert_allclose(profile.minor, frames.chords[inside, 12:].mean(axis=0))


@pytest.mark.parametrize("third", [4, 3])
def test_a_triad_is_heard_as_itself(third: int) -> None:
    votes = np.zeros((5, 12))
    votes[:, [2, 2 + third, 9]] = 1
    shares = chord_shares(triad_correlations(votes), np.zeros((5, 12)))
    assert (shares.argmax(axis=1) == (2 if third == 4 else 14)).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_weights_have_the_shape_that_the_model_reads() -> None:
    model = key_weights()
    assert model.weights.shape == (2, len(CHANNELS), 12)
    assert model.bias.shape == (2,)
    assert probabilities(np.zeros(24)) == pytest.approx(np.full(24, 1 / 24))


def test_shorter_than_a_frame() -> None:
    second = Audio(synth.chords(0, True, 1)[None].astype(np.float32)[:, :44_100], 44_100)
    assert extract(second, ["tonality"])["tuning_cents"] is not None
    half = synth.audio(synth.chords(0, True, 1)[:20_000])
    assert extract(half, ["tonality"])["key_mode"] is NullReason.TOO_SHORT


def test_truth_table_round_trip(tmp_path) -> None:  # type: ignore[no-untyped-def]  # a fixture
    (tmp_path / "a.wav").write_bytes(b"")
    clips = [Truth(tmp_path / "a.wav", 120.0, 6, 0, "jazz", "Swing", "swing", "4/4", 0.1, 0.2)]
    write_truth(tmp_path / "t.csv", clips)
    assert read_truth(tmp_path / "t.csv") == clips


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a.wav,fast,C,major,x", "row 2, column tempo_bpm: 'fast'"),
        ("a.wav,-3,C,major,x", "row 2, column tempo_bpm"),
        ("b.wav,100,C,major,x", "row 2, column path"),
        ("a.wav,100,H,major,x", "row 2, column key: 'H'"),
        ("a.wav,100,C,dorian,x", "row 2, column mode: 'dorian'"),
        ("a.wav,100,A minor,major,x", "row 2, column key"),
    ],
)
def test_truth_table_names_what_is_wrong(tmp_path, row: str, message: str) -> None:  # type: ignore[no-untyped-def]  # a fixture
    (tmp_path / "a.wav").write_bytes(b"")
    (tmp_path / "t.csv").write_text("path,tempo_bpm,key,mode,genre\n" + row + "\n")
    with pytest.raises(InputError, match=message):
        read_truth(tmp_path / "t.csv")
