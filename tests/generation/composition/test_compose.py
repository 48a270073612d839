"""Any plan, however odd, gives a score that holds together; the same plan the same score."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from generation.sequencer.composition.compose import compose
from generation.sequencer.composition.performance import LATEST_S
from generation.sequencer.composition.scales import SCALES
from generation.sequencer.plan import STEMS, PartPlan, Plan, SectionPlan
from generation.sequencer.score import Score
from generation.sequencer.styles.library import entries
from generation.sequencer.synthesis.sounds import sounds
from schemas.errors import InputError
from schemas.parts import Chord, Event, Note

EVENTS = (
    "guitar solo", "drop", "build", "break", "fade out", "key change", "drum solo", "fill", "stop",
    "crescendo", "klingon solo", " Solo", "solo", "",
)  # fmt: skip
METRES = ((4, 4), (3, 4), (6, 8), (7, 8), (5, 4), (12, 8), (2, 2), (1, 4), (11, 16), (1, 16))


def some_section(draw: random.Random) -> SectionPlan:
    events = tuple(
        Event(
            name=draw.choice(EVENTS),
            start_s=draw.choice([None, 0.0, 5.0, 500.0]),
            duration_s=draw.choice([None, 0.0, 3.0, 900.0]),
        )
        for _ in range(draw.randint(0, 2))
    )
    return SectionPlan(
        label=draw.choice(["intro", "Chorus", "verse 2", "guitar solo", "x", "", "drop"]),
        bars=draw.randint(1, 9),
        tonic=draw.choice([None, 3, 11]),
        scale=draw.choice([None, "minor", "blues", "lydian"]),
        tempo_bpm=draw.choice([None, 60.0, 200.0]),
        intensity=draw.choice([None, 0.0, 1.0]),
        absent=draw.choice([(), ("drums",), ("bass", "lead"), ("guitar", "piano")]),
        events=events,
    )


def some_plan(seed: int) -> Plan:
    draw = random.Random(seed)
    beats, unit = draw.choice(METRES)
    melody = tuple(
        Note(start_s=draw.uniform(0, 12), duration_s=draw.uniform(0, 2), pitch=draw.uniform(0, 127))
        for _ in range(draw.choice([0, 0, 1, 30]))
    )
    chords = tuple(
        Chord(start_s=draw.uniform(0, 30), symbol=draw.choice(["C", "F#m7b5", "N", "Bb13/D"]))
        for _ in range(draw.choice([0, 0, 1, 4]))
    )
    parts = tuple(
        PartPlan(stem=draw.choice(STEMS[1:]), instrument=draw.choice(sorted(sounds())))
        for _ in range(draw.choice([0, 0, 1, 3]))
    )
    names = list(entries())
    weights = draw.choice([(1.0,), (0.6, 0.4), (0.5, 0.3, 0.2)])
    odd: dict[str, Any] = {
        "density": draw.choice([0.0, 0.5, 1.0]),
        "intensity": draw.choice([0.0, 0.6, 1.0]),
        "ending": draw.choice(["end", "loop", "cut"]),
        "feel": draw.choice([None, "half-time", "double-time"]),
        "modulation": draw.choice([0, 2, -1, 7]),
        "bar_seeds": draw.choice([{}, {0: {"lead": 3, "drums": 1}}]),
        "absent": draw.choice([(), ("drums", "bass", "chords", "extra"), ("piano", "guitar")]),
    }
    return Plan(
        styles=tuple((draw.choice(names), weight) for weight in weights),
        tempo_bpm=draw.uniform(30, 300),
        tonic=draw.randrange(12),
        scale=draw.choice(list(SCALES)),
        bars=draw.choice([1, 1, 2, 3, 5, 8, 13, 20]),
        beats=beats,
        unit=unit,
        parts=parts,
        sections=tuple(some_section(draw) for _ in range(draw.choice([0, 0, 1, 4]))),
        melody=melody,
        chords=chords,
        seed=draw.randrange(2**40),
        **odd,
    )


def check(score: Score, plan: Plan) -> None:
    end = score.bars * score.bar_quarters
    assert score.bars == plan.bars == sum(one.bars for one in score.sections)
    assert score.sections[0].first_bar == 0
    assert score.chords[0].start == 0
    assert sum(chord.length for chord in score.chords) == pytest.approx(end)
    assert score.tempi[0][0] == 0
    for part in score.parts:
        starts = [note.start for note in part.notes]
        assert starts == sorted(starts)
        for note in part.notes:
            assert 0 <= note.start < end
            assert note.length > 0
            assert note.start + note.length <= end + 1e-6
            assert 0 <= note.pitch <= 127
            assert 1 <= note.velocity <= 127
            assert abs(note.late_s) <= LATEST_S + 1e-9


@pytest.mark.parametrize("seed", range(30))
def test_any_plan_gives_a_sound_score(seed: int) -> None:
    plan = some_plan(seed)
    score = compose(plan)
    check(score, plan)
    assert score == compose(plan)


def test_negative_seeds_are_seeds() -> None:
    plan = replace(some_plan(3), seed=-5, stem_seeds={"drums": -1}, bar_seeds={0: {"bass": -9}})
    check(compose(plan), plan)
    assert compose(plan) != compose(replace(plan, seed=5))


@pytest.mark.slow
def test_a_thousand_odd_plans() -> None:
    for seed in range(1000, 2000):
        plan = some_plan(seed)
        check(compose(plan), plan)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"styles": (("klingon-opera", 1.0),)}, "klingon-opera"),
        ({"bars": 0}, "bars: 0; valid is 1"),
        ({"scale": "majr"}, "did you mean 'major'"),
        ({"parts": (PartPlan(stem="lead", instrument="trompet"),)}, "trompet.*trumpet"),
        ({"chords": (Chord(start_s=0, symbol="Cmaj99"),)}, "Cmaj99"),
    ],
)
def test_what_cannot_be_is_told(fields: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {
        "styles": (("pop", 1.0),), "tempo_bpm": 100, "tonic": 0, "scale": "major", "bars": 4,
    }  # fmt: skip
    with pytest.raises(InputError, match=message):
        compose(Plan(**given | fields))
