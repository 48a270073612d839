"""Performance: swing, lateness, strums, accents, fades."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from generation.sequencer.composition.bar import Bar
from generation.sequencer.composition.performance import LATEST_S, perform, weight_at
from generation.sequencer.composition.player import Player
from generation.sequencer.score import ScoreChord, ScoreNote
from generation.sequencer.styles.entry import Feel

CHORD = ScoreChord(start=0.0, length=4.0, symbol="C", pitch_classes=(0, 4, 7), bass=0)
BAR = Bar(
    index=2, start=8.0, quarters=4.0, beats=4, unit=4, label="verse", occurrence=0,
    bar_of_section=2, section_bars=8, intensity=0.6, density=0.5, tonic=0, scale="major",
    chords=(CHORD,), next_chord=None, silent=frozenset(), events=(),
    rng=lambda name: np.random.default_rng(len(name)),
)  # fmt: skip
PIANO = Player(stem="chords", name="chords", instrument="piano")
EXACT = Feel(looseness=0.0, accents=0.0, spread=0.0)


def quavers(velocity: int = 90) -> list[ScoreNote]:
    return [ScoreNote(i / 2, 0.5, 60 + i, velocity) for i in range(8)]


def test_without_feel_notes_are_where_they_were_written() -> None:
    played = perform(quavers(), BAR, PIANO, EXACT)
    assert [note.start for note in played] == [8 + i / 2 for i in range(8)]
    assert {note.late_s for note in played} == {0.0}
    assert {note.length for note in played} == {0.5}


def test_swing_moves_offbeats_and_keeps_beats() -> None:
    played = perform(quavers(), BAR, PIANO, replace(EXACT, swing=2 / 3))
    assert [note.start - 8 for note in played] == pytest.approx(
        [0, 2 / 3, 1, 5 / 3, 2, 8 / 3, 3, 11 / 3]
    )
    assert [note.length for note in played] == pytest.approx([2 / 3, 1 / 3] * 4)


def test_players_lean_and_scatter_within_their_bound() -> None:
    loose = Feel(looseness=1.0, late_ms={"chords": 18.0})
    played = [note for _ in range(5) for note in perform(quavers(), BAR, PIANO, loose)]
    late = [note.late_s for note in played]
    assert max(late) <= LATEST_S
    assert 0.012 < np.mean(late) < 0.024
    assert np.std(late) > 0.002
    hasty = perform(quavers(), BAR, PIANO, Feel(late_ms={"chords": -500.0}))
    assert {note.late_s for note in hasty} == {-LATEST_S}


def test_a_guitar_is_strummed_down_on_the_beat_and_up_off_it() -> None:
    chords = [ScoreNote(at, 0.5, pitch, 90) for at in (0.0, 0.5) for pitch in (40, 47, 52, 56)]
    guitar = replace(PIANO, instrument="acoustic_guitar")
    played = perform(chords, BAR, guitar, EXACT)
    down = [note.late_s for note in played[:4]]
    up = [note.late_s for note in played[4:]]
    assert down == sorted(down)
    assert up == sorted(up, reverse=True)
    assert 0.005 < max(down) <= LATEST_S
    assert {n.late_s for n in perform(chords, BAR, replace(PIANO, instrument="organ"), EXACT)} == {
        0
    }


def test_strong_beats_are_accented() -> None:
    played = perform(quavers(), BAR, PIANO, replace(EXACT, accents=1.0))
    loud = [note.velocity for note in played]
    assert loud[0] > loud[4] > loud[2] > loud[1]
    assert [weight_at(at, BAR) for at in (0.0, 2.0, 1.0, 0.5, 0.25)] == [1.0, 0.8, 0.6, 0.35, 0.1]
    six = replace(BAR, beats=6, unit=8, quarters=3.0)
    assert weight_at(1.5, six) > weight_at(0.5, six)


def test_a_phrase_swells_and_a_fade_dies_away() -> None:
    loud = [
        perform(quavers(), replace(BAR, bar_of_section=bar), PIANO, EXACT)[0].velocity
        for bar in range(4)
    ]
    assert loud[0] < loud[1] <= loud[2] > loud[3]
    fading = perform(quavers(), replace(BAR, level=(1.0, 0.2)), PIANO, EXACT)
    forces = [note.velocity for note in fading]
    assert forces == sorted(forces, reverse=True)
    assert forces[-1] < 0.4 * forces[0]
