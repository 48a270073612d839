"""Tempo and key of music whose tempo and key are known."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.features.analysis import Analysis
from pipelines.features.extract import extract
from pipelines.features.rhythm.beat_tracking import track_beats
from pipelines.features.rhythm.onsets import onset_frames
from tests.features import synth


@pytest.mark.parametrize("bpm", [82, 97, 120, 128, 145])
def test_tempo_of_a_drum_loop(bpm: float) -> None:
    values = extract(synth.audio(synth.drums(bpm, 15)), ["rhythm"])
    assert values["tempo_bpm"] == pytest.approx(bpm, rel=0.01)
    assert values["tempo_candidates"][0] == values["tempo_bpm"]  # type: ignore[index]  # a tuple


@pytest.mark.parametrize("bpm", [60, 70, 160, 174, 180])
def test_extreme_tempi_are_among_the_candidates(bpm: float) -> None:
    """Which octave is the beat is open there; the right one is offered."""
    candidates = extract(synth.audio(synth.drums(bpm, 15)), ["rhythm"])["tempo_candidates"]
    assert any(x == pytest.approx(bpm, rel=0.02) for x in candidates)  # type: ignore[union-attr]  # a tuple


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize("major", [True, False])
def test_key_of_a_cadence(tonic: int, major: bool) -> None:
    values = extract(synth.audio(synth.chords(tonic, major, 8)), ["tonality"])
    assert (values["key_pitch_class"], values["key_mode"]) == (tonic, float(major))
    best = int(np.argmax(values["key_probabilities"]))  # type: ignore[arg-type]  # a tuple
    assert best == tonic + (0 if major else 12)


@pytest.mark.parametrize("cents", [-40, -15, 0, 25, 45])
def test_tuning(cents: float) -> None:
    values = extract(synth.audio(synth.chords(9, True, 8, cents=cents)), ["tonality"])
    assert values["tuning_cents"] == pytest.approx(cents, abs=3)
    assert values["key_pitch_class"] == 9


def test_onsets_and_beats_fall_on_the_strokes() -> None:
    analysis = Analysis(synth.audio(synth.drums(120, 10)), ["mel"])
    strokes = np.arange(1, 39) * 0.25 * 22_050 / 512
    found = onset_frames(analysis)
    assert all(np.abs(found - stroke).min() <= 2 for stroke in strokes)
    assert len(found) <= len(strokes) + 2
    envelope = np.zeros(430)
    envelope[np.round(strokes[1::2]).astype(int)] = 1
    beats = track_beats(envelope, 120)
    assert np.diff(beats)[:-1] == pytest.approx(0.5 * 22_050 / 512, abs=1.5)


def test_sustained_sound_is_harmonic_and_strokes_are_not() -> None:
    held = extract(synth.audio(synth.chords(0, True, 6, decay=0)), ["timbre"])["harmonic_ratio"]
    struck = extract(synth.audio(synth.drums(120, 6)), ["timbre"])["harmonic_ratio"]
    assert held > 0.8  # type: ignore[operator]  # a float
    assert struck < 0.5  # type: ignore[operator]  # a float


def test_danceability_ranks_a_beat_above_a_drift() -> None:
    time = synth.times(20)
    drift = synth.noise(20) * (1 + 0.8 * np.sin(2 * np.pi * time / 17))
    beat = extract(synth.audio(synth.drums(120, 20)), ["rhythm"])["danceability"]
    slow = extract(synth.audio(drift), ["rhythm"])["danceability"]
    assert beat > slow  # type: ignore[operator]  # floats
