"""Melody: rhythms, phrases, lines, solos, and a tune that was given."""

from __future__ import annotations

from itertools import pairwise

import pytest

from generation.sequencer.composition.compose import compose
from generation.sequencer.composition.melody import nearest, singable
from generation.sequencer.composition.rhythms import bar_rhythm, groups
from generation.sequencer.composition.tune import harmonised, tune
from generation.sequencer.plan import PartPlan, Plan, SectionPlan
from generation.sequencer.score import Score, ScoreNote
from generation.sequencer.styles.library import entries, entry
from schemas.parts import Note

LEADERS = [name for name, one in entries().items() if one.lead.manner != "none"]
ODE = [64, 64, 65, 67, 67, 65, 64, 62, 60, 60, 62, 64, 64, 62, 62]
"""Ode to Joy, its first four bars: Beethoven 1824."""
ODE_LENGTHS = [1.0] * 12 + [1.5, 0.5, 2.0]


def plan(style: str = "pop", **fields: object) -> Plan:
    given = {"tempo_bpm": 120.0, "tonic": 0, "scale": "major", "bars": 16, "seed": 5} | fields
    return Plan(styles=((style, 1.0),), **given)  # type: ignore[arg-type]


def ode(tempo: float = 120.0, sway_s: float = 0.0) -> tuple[Note, ...]:
    notes, at = [], 0.0
    for index, (pitch, length) in enumerate(zip(ODE, ODE_LENGTHS, strict=True)):
        start = max(0.0, at * 60 / tempo + (sway_s if index % 2 else -sway_s))
        notes.append(Note(start_s=start, duration_s=length * 54 / tempo, pitch=pitch))
        at += length
    return tuple(notes)


def lead(score: Score, index: int = 0) -> list[ScoreNote]:
    return list([part for part in score.parts if part.stem == "lead"][index].notes)


def within(score: Score, notes: list[ScoreNote], first: int, end: int) -> list[ScoreNote]:
    quarters = score.bar_quarters
    return [note for note in notes if first * quarters <= note.start < end * quarters]


def test_bars_of_every_metre_divide_into_groups() -> None:
    for beats in range(1, 13):
        for unit in (2, 4, 8, 16):
            places = groups(beats, unit)
            ends = [start + length for start, length in places]
            assert [start for start, _ in places] == pytest.approx([0.0, *ends[:-1]])
            assert ends[-1] == beats * 4 / unit


def test_a_busier_bar_never_has_fewer_notes() -> None:
    places = groups(4, 4)
    for draw in range(40):
        chances = [(draw * 0.37 + 0.1) % 1, (draw * 0.61 + 0.3) % 1]
        counts = [len(bar_rhythm(places, chances, wanted, 0.3)) for wanted in (0.3, 0.8, 1.5, 2.5)]
        assert counts == sorted(counts)
    spread = [len(bar_rhythm(places, [c / 20, c / 20], 1.0, 0.3)) for c in range(20)]
    assert 3 <= sum(spread) / 20 <= 5


def test_a_scale_bends_to_a_chord_that_leaves_the_key() -> None:
    assert singable(9, "minor", (4, 8, 11, 2)) == {9, 11, 0, 2, 4, 5, 8} - {9, 7} | {4, 8, 11, 2}
    assert singable(0, "major", (0, 4, 7)) == {0, 2, 4, 5, 7, 9, 11}
    assert nearest((60, 62, 64), 63) == 64
    assert nearest((60, 62, 64), 10) == 60


@pytest.mark.parametrize("style", LEADERS[::8])
def test_a_lead_stays_in_its_range_and_moves_mostly_by_step(style: str) -> None:
    score = compose(plan(style, bars=40))
    parts = [part for part in score.parts if part.stem == "lead"]
    assert parts
    notes = list(parts[0].notes)
    pitches = [note.pitch for note in notes]
    assert max(pitches) - min(pitches) <= 30
    moves = [abs(b.pitch - a.pitch) for a, b in pairwise(notes) if b.start - a.start < 4]
    if entry(style).lead.manner != "rolls" and len(moves) > 20:
        assert sum(move <= 4 for move in moves) / len(moves) >= 0.55, style
    assert sum(move > 12 for move in moves) <= 0.03 * len(moves), style


def test_a_chorus_returns_note_for_note_and_verses_are_another_tune() -> None:
    score = compose(plan(bars=60))
    found: dict[str, list[list[tuple[float, float]]]] = {}
    for section in score.sections:
        notes = within(score, lead(score), section.first_bar, section.end_bar - 1)
        at = section.first_bar * score.bar_quarters
        found.setdefault(section.label, []).append([(n.start - at, n.pitch) for n in notes])
    assert len(found["chorus"]) == 3
    assert found["chorus"][0] == found["chorus"][1]
    same = set(found["chorus"][0]) & set(found["verse"][0])
    assert len(same) < 0.4 * len(found["chorus"][0])
    first, second = (set(one) for one in found["verse"][:2])
    assert first != second
    assert len(first & second) > 0.5 * len(first)


def test_a_raised_chorus_is_the_same_tune_higher() -> None:
    score = compose(plan(bars=60, modulation=2))
    one, *_, last = [section for section in score.sections if section.label == "chorus"]
    quarters = score.bar_quarters
    before, after = (
        [(n.start - s.first_bar * quarters, n.pitch) for n in within(
            score, lead(score), s.first_bar, s.first_bar + s.bars - 1)]
        for s in (one, last)
    )  # fmt: skip
    assert [(at, pitch + 2) for at, pitch in before] == after


def test_phrases_breathe_and_pieces_close_on_the_tonic() -> None:
    for seed in range(6):
        score = compose(plan("folk", bars=24, seed=seed))
        notes = lead(score)
        assert round(notes[-1].pitch) % 12 == 0
        gaps = [b.start - (a.start + a.length) for a, b in pairwise(notes)]
        assert sum(gap >= 0.9 for gap in gaps) >= 3


def test_a_second_lead_answers_and_joins_in_choruses() -> None:
    parts = (
        PartPlan(stem="lead", instrument="trumpet"),
        PartPlan(stem="lead", instrument="saxophone"),
    )
    score = compose(plan(bars=60, parts=parts))
    first, second = lead(score, 0), lead(score, 1)
    verse = next(one for one in score.sections if one.label == "verse")
    chorus = next(one for one in score.sections if one.label == "chorus")
    in_verse = [
        {int(n.start / 4) for n in within(score, notes, verse.first_bar, verse.end_bar)}
        for notes in (first, second)
    ]
    assert all(in_verse)
    assert not in_verse[0] & in_verse[1]
    together = [
        {n.start: n.pitch for n in within(score, notes, chorus.first_bar, chorus.end_bar)}
        for notes in (first, second)
    ]
    shared = set(together[0]) & set(together[1])
    assert len(shared) >= 0.8 * len(together[0])
    assert all(3 <= together[0][at] - together[1][at] <= 12 for at in shared)


def test_a_given_tune_is_the_hook() -> None:
    score = compose(plan(bars=60, melody=ode(sway_s=0.03)))
    hooks = [section for section in score.sections if section.label == "chorus"]
    assert len(hooks) >= 2
    starts = [sum(ODE_LENGTHS[:i]) for i in range(15)]
    for section in hooks:
        notes = within(score, lead(score), section.first_bar, section.first_bar + 4)
        at = section.first_bar * 4
        assert [n.start - at for n in notes] == starts
        octaves = {n.pitch - pitch for n, pitch in zip(notes, ODE, strict=True)}
        assert len(octaves) == 1
        assert octaves.pop() % 12 == 0


def test_choruses_hold_the_whole_of_a_tune() -> None:
    notes = tuple(Note(start_s=bar * 2.0, duration_s=1.8, pitch=60 + bar % 8) for bar in range(12))
    score = compose(plan(bars=64, melody=notes))
    hooks = [section for section in score.sections if section.label == "chorus"]
    assert hooks
    assert all(section.bars >= 12 for section in hooks)
    pitches = [
        n.pitch % 12
        for n in within(score, lead(score), hooks[0].first_bar, hooks[0].first_bar + 12)
    ]
    assert pitches == [(60 + bar % 8) % 12 for bar in range(12)]


def test_triplets_are_kept() -> None:
    notes = tuple(
        Note(start_s=(bar * 4 + i / 3) / 2, duration_s=0.15, pitch=60 + i)
        for bar in range(2)
        for i in range(12)
    )
    found = tune(plan(melody=notes), "major")
    assert found is not None
    assert [note.start for note in found.in_bar(1)] == pytest.approx([i / 3 for i in range(12)])


def test_chords_that_fit_a_given_tune() -> None:
    found = tune(plan(melody=ode()), "major")
    assert found is not None
    assert found.bars == 4
    assert found.chords[0].symbol == "C"
    held = total = 0.0
    for bar, notes in found.notes.items():
        for note in notes:
            total += note.length
            held += note.length * (note.pitch % 12 in found.chords[bar].pitch_classes)
    assert held / total >= 0.55


def test_the_chords_of_a_scale_tune_end_at_home() -> None:
    notes = {
        bar: (ScoreNote(0.0, 2.0, pitch, 90), ScoreNote(2.0, 2.0, pitch + 4, 90))
        for bar, pitch in enumerate((60, 65, 67, 60))
    }
    kinds = harmonised(notes, 4, 0, "major", 4.0)
    assert [kind.symbol for kind in kinds] == ["C", "F", "G", "C"]


def test_an_instrument_that_a_section_lacks_is_silent_there() -> None:
    sections = (
        SectionPlan(label="verse", bars=8, absent=("flute",)),
        SectionPlan(label="chorus", bars=8),
    )
    parts = (PartPlan(stem="lead", instrument="flute"),)
    score = compose(plan(sections=sections, parts=parts))
    assert within(score, lead(score), 8, 16)
    assert not within(score, lead(score), 0, 8)


def test_what_is_absent_plays_nowhere() -> None:
    score = compose(plan("rock", bars=30, absent=("guitar",)))
    assert {part.stem for part in score.parts} >= {"drums", "bass", "chords"}
    assert not [part for part in score.parts if "guitar" in part.instrument]
    bare = compose(plan("rock", bars=30, absent=("drums", "lead")))
    assert {part.stem for part in bare.parts}.isdisjoint({"drums", "lead"})
