"""The beat of a slow piece: what keeps to strong beats and what answers on weak ones."""

from __future__ import annotations

import pytest

from generation.sequencer.composition.pulse import marked
from generation.sequencer.planning.timing import pulse_for
from generation.sequencer.score import Part, Score, ScoreNote

KICK, SNARE, HAT = 36, 38, 42
SLOW = pulse_for(62)


def _score(
    beats: int = 4, unit: int = 4, snare: tuple[int, ...] = (0, 1, 2, 3), tempo: float = 62.0
) -> Score:
    """Two bars in which everybody plays every beat, and a lead as low as a bass."""
    quarters = beats * 4 / unit
    bars = [bar * quarters for bar in (0, 1)]
    every = [float(beat) for beat in range(int(2 * quarters))]

    def row(pitch: int, places: list[float]) -> list[ScoreNote]:
        return [ScoreNote(at, 1.0, pitch, 90) for at in places]

    drums = [*row(KICK, every), *row(HAT, [*every, *(at + 0.5 for at in every)])]
    drums += row(SNARE, [bar + at for bar in bars for at in snare])
    parts = [("drums", "kit_room", drums), ("bass", "electric_bass", row(40, every)),
             ("chords", "piano", row(60, every)), ("lead", "cello", row(45, every))]  # fmt: skip
    return Score(
        parts=tuple(Part(stem=stem, instrument=sound, notes=tuple(notes))
                    for stem, sound, notes in parts),
        sections=(), chords=(), tempi=((0.0, tempo),), beats=beats, unit=unit, bars=2,
    )  # fmt: skip


def _beats(score: Score, stem: str, pitch: int) -> list[float]:
    notes = next(part.notes for part in score.parts if part.stem == stem)
    return sorted(note.start for note in notes if note.pitch == pitch and note.start % 1 == 0)


def test_low_voices_keep_to_strong_beats_and_time_to_weak_ones() -> None:
    made = marked(_score(), SLOW)
    assert _beats(made, "drums", KICK) == [0, 2, 4, 6]
    assert _beats(made, "bass", 40) == [0, 2, 4, 6]
    assert _beats(made, "drums", SNARE) == [1, 3, 5, 7]
    assert _beats(made, "drums", HAT) == [1, 3, 5, 7]


def test_a_bass_rings_on_through_the_beat_that_it_leaves_out() -> None:
    bass = next(part for part in marked(_score(), SLOW).parts if part.stem == "bass")
    assert [note.length for note in bass.notes] == [2.0] * 4


def test_lead_and_chords_keep_every_note() -> None:
    made = marked(_score(), SLOW)
    assert _beats(made, "lead", 45) == _beats(made, "chords", 60) == list(range(8))


def test_a_snare_without_a_weak_beat_stays() -> None:
    assert _beats(marked(_score(snare=(2,)), SLOW), "drums", SNARE) == [2, 6]


def test_a_waltz_has_its_bass_on_one() -> None:
    assert _beats(marked(_score(3, 4, (1, 2)), SLOW), "bass", 40) == [0, 3]


@pytest.mark.parametrize(("beats", "unit", "tempo"), [(4, 4, 150.0), (7, 8, 62.0), (5, 8, 62.0)])
def test_fast_and_odd_bars_keep_all_notes(beats: int, unit: int, tempo: float) -> None:
    before = _score(beats, unit, (1,), tempo)
    made = marked(before, pulse_for(tempo))
    assert [len(part.notes) for part in made.parts] == [len(part.notes) for part in before.parts]


def test_a_slow_beat_stands_out_however_much_is_let_in_between() -> None:
    made = marked(_score(), 0.05)
    assert _beats(made, "drums", KICK) == [0, 2, 4, 6]


def test_a_beat_is_not_left_empty() -> None:
    """Where nobody else plays, a low voice only gives way."""
    alone = _score()
    bass = tuple(part for part in alone.parts if part.stem == "bass")
    made = marked(Score(parts=bass, sections=(), chords=(), tempi=alone.tempi, beats=4, unit=4,
                        bars=2), SLOW)  # fmt: skip
    loud = {note.start: note.velocity for note in made.parts[0].notes}
    assert len(loud) == 8
    assert loud[1.0] < 0.5 * loud[0.0]
