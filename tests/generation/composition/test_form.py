"""Form: whole bars that fill a length, sections as stated, tempi, keys, endings, events."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from generation.sequencer.composition.compose import compose
from generation.sequencer.composition.fitting import FormPart, fit
from generation.sequencer.composition.form import role_of
from generation.sequencer.plan import Plan, SectionPlan
from generation.sequencer.score import Score
from generation.sequencer.styles.library import entries
from schemas.parts import Event

SONG = [
    FormPart(*one)
    for one in (
        ("intro", 4, 0.3), ("verse", 8, 0.5), ("chorus", 8, 0.8), ("verse", 8, 0.55),
        ("chorus", 8, 0.85), ("bridge", 8, 0.5), ("chorus", 8, 0.9), ("outro", 4, 0.4),
    )
]  # fmt: skip


def names(parts: list[FormPart]) -> str:
    return " ".join(part.label for part in parts)


def plan(style: str = "pop", **fields: object) -> Plan:
    given = {"tempo_bpm": 120.0, "tonic": 2, "scale": "major", "bars": 16, "seed": 5} | fields
    return Plan(styles=((style, 1.0),), **given)  # type: ignore[arg-type]


def heard(score: Score, stem: str, first_bar: int, end_bar: int) -> list[float]:
    quarters = score.bar_quarters
    return [
        note.start
        for part in score.parts
        if part.stem == stem
        for note in part.notes
        if first_bar * quarters <= note.start < end_bar * quarters
    ]


@pytest.mark.parametrize(
    ("seconds", "form"),
    [
        (15, "chorus"),
        (30, "intro verse chorus outro"),
        (60, "intro verse chorus verse chorus outro"),
        (120, "intro verse chorus verse chorus bridge chorus outro"),
    ],
)
def test_a_song_keeps_what_its_length_has_room_for(seconds: int, form: str) -> None:
    assert names(fit(SONG, round(seconds / 2), 2.0)) == form


def test_every_number_of_bars_is_filled() -> None:
    for bars in range(1, 130):
        for bar_s in (0.9, 2.0, 5.0):
            for ends in (True, False):
                found = fit(SONG, bars, bar_s, ends=ends)
                assert sum(part.bars for part in found) == bars
                assert min(part.bars for part in found) >= 1


def test_sections_of_one_label_are_equally_long_and_in_whole_phrases() -> None:
    for bars in range(24, 130):
        found = fit(SONG, bars, 2.0)
        body = [part for part in found if part.label in {"verse", "chorus"}]
        lengths = {
            label: {p.bars for p in body if p.label == label} for label in ("verse", "chorus")
        }
        assert all(len(found) == 1 for found in lengths.values())
        assert all(min(found) % 4 == 0 for found in lengths.values()), (bars, lengths)


def test_a_blues_stays_in_twelves() -> None:
    form = [FormPart("intro", 4, 0.3), *[FormPart("verse", 12, 0.6, 12)] * 3]
    found = fit(form, 40, 2.0, hook="verse")
    assert [part.bars for part in found if part.label == "verse"] == [12, 12, 12]


def test_a_long_piece_goes_round_its_middle() -> None:
    found = fit(SONG, 300, 2.0)
    assert found[0].label == "intro"
    assert found[-1].label == "outro"
    assert names(found).count("chorus") > 10
    assert max(part.bars for part in found) <= 16


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("Chorus 2", "chorus"), ("hook", "chorus"), ("guitar solo", "solo"),
        ("Pre-Chorus", "build"), ("breakdown", "break"), ("final chorus", "chorus"),
        ("middle eight", "bridge"),
        ("something else", "verse"), ("B", "chorus"), ("2", "verse"), ("coda", "outro"),
    ],
)  # fmt: skip
def test_what_people_call_sections(label: str, role: str) -> None:
    assert role_of(label) == role


def asked() -> Iterator[SectionPlan]:
    yield SectionPlan(label="intro", bars=3, intensity=0.2, absent=("drums",))
    yield SectionPlan(label="verse", bars=5, tempo_bpm=90.0)
    yield SectionPlan(label="Big Chorus", bars=4, tonic=5, scale="minor")
    yield SectionPlan(label="break", bars=2, absent=("bass",))


def test_stated_sections_are_honoured() -> None:
    score = compose(plan(bars=14, sections=tuple(asked())))
    told = [(one.label, one.first_bar, one.bars) for one in score.sections]
    assert told == [("intro", 0, 3), ("verse", 3, 5), ("Big Chorus", 8, 4), ("break", 12, 2)]
    assert score.sections[0].intensity == 0.2
    assert (score.sections[2].tonic, score.sections[2].scale) == (5, "minor")
    assert not heard(score, "drums", 0, 3)
    assert heard(score, "drums", 3, 12)
    assert not heard(score, "bass", 12, 14)
    assert score.tempi == ((0.0, 120.0), (12.0, 90.0), (32.0, 120.0))
    assert score.length_s == pytest.approx(9 * 2 + 5 * 4 * 60 / 90)


def test_what_a_plan_lacks_or_has_beyond_its_sections() -> None:
    two = (SectionPlan(label="verse", bars=4), SectionPlan(label="chorus", bars=4))
    assert [one.bars for one in compose(plan(bars=11, sections=two)).sections] == [4, 7]
    assert [one.bars for one in compose(plan(bars=6, sections=two)).sections] == [4, 2]
    assert [one.bars for one in compose(plan(bars=3, sections=two)).sections] == [3]


def test_the_last_chorus_is_raised_when_asked() -> None:
    score = compose(plan(bars=60, modulation=2))
    tonics = [(one.label, one.tonic) for one in score.sections]
    hooks = [tonic for label, tonic in tonics if label == "chorus"]
    assert hooks == [2] * (len(hooks) - 1) + [4]
    assert tonics[-1] == ("outro", 4)
    assert tonics[0] == ("intro", 2)


def test_a_solo_is_played_by_its_instrument_alone() -> None:
    solo = SectionPlan(
        label="verse", bars=8, events=(Event(name="Sax solo", start_s=8.0, duration_s=8.0),)
    )
    score = compose(plan(bars=16, sections=(SectionPlan(label="chorus", bars=8), solo)))
    leads = {part.instrument: part.notes for part in score.parts if part.stem == "lead"}
    assert "saxophone" in leads
    starts = [note.start / score.bar_quarters for note in leads["saxophone"]]
    assert min(starts) >= 12
    others = [n for name, notes in leads.items() if name != "saxophone" for n in notes]
    assert others
    assert not [n for n in others if 12 <= n.start / score.bar_quarters < 16]


def test_a_build_gets_louder_and_a_drop_is_loudest() -> None:
    events = (Event(name="build", start_s=0.0, duration_s=16.0),)
    sections = (
        SectionPlan(label="verse", bars=8, intensity=0.4, events=events),
        SectionPlan(label="drop", bars=8),
    )
    score = compose(plan("house", bars=16, tempo_bpm=120.0, sections=sections))
    loud = [
        [n.velocity for p in score.parts for n in p.notes if a <= n.start / 4 < b]
        for a, b in ((0, 2), (6, 8), (8, 16))
    ]
    means = [sum(one) / len(one) for one in loud]
    assert means[0] + 4 < means[1] < means[2] + 4


def test_how_a_piece_ends() -> None:
    closed = compose(plan(bars=16))
    assert closed.tail_s > 0
    assert closed.chords[-1].pitch_classes[0] == 2
    last = [n for p in closed.parts if p.stem != "drums" for n in p.notes if n.start >= 60]
    assert last
    assert all(n.start <= 61 and n.start + n.length > 63 for n in last)
    loop = compose(plan(bars=16, ending="loop"))
    assert loop.tail_s == 0
    assert {one.label for one in loop.sections}.isdisjoint({"intro", "outro"})
    assert all(n.start + n.length <= 64 + 1e-9 for p in loop.parts for n in p.notes)
    cut = compose(plan(bars=16, ending="cut"))
    assert cut.tail_s == 0


def silent_bars(score: Score) -> set[int]:
    sounding = {
        bar
        for part in score.parts
        for note in part.notes
        for bar in range(int(note.start / 4 + 1e-9), int((note.start + note.length) / 4 - 1e-9) + 1)
    }
    return set(range(score.bars)) - sounding


def test_no_bar_is_silent() -> None:
    for style in list(entries())[::9]:
        assert not silent_bars(compose(plan(style, bars=14))), style


@pytest.mark.slow
def test_no_bar_of_any_style_is_silent() -> None:
    for style in entries():
        for bars in (4, 30, 60):
            assert not silent_bars(compose(plan(style, bars=bars))), (style, bars)


def test_fades_and_key_changes_are_events() -> None:
    sections = (
        SectionPlan(label="verse", bars=8),
        SectionPlan(label="chorus", bars=8, events=(Event(name="Key change"),)),
        SectionPlan(label="outro", bars=8, events=(Event(name="fade out"),)),
    )
    score = compose(plan(bars=24, sections=sections))
    assert [one.tonic for one in score.sections] == [2, 4, 4]
    loud = [
        [n.velocity for p in score.parts for n in p.notes if bar <= n.start / 4 < bar + 2]
        for bar in (16, 21)
    ]
    assert sum(loud[1]) / len(loud[1]) < 0.6 * sum(loud[0]) / len(loud[0])


def test_half_time_and_double_time_move_the_drums_alone() -> None:
    hits: dict[str | None, list[float]] = {}
    others = []
    for feel in (None, "half-time", "double-time"):
        score = compose(plan("rock", bars=24, feel=feel))
        hits[feel] = [
            note.start
            for part in score.parts
            if part.stem == "drums"
            for note in part.notes
            if note.pitch in {38, 40}
        ]
        others.append([part for part in score.parts if part.stem != "drums"])
    assert others[0] == others[1] == others[2]
    assert len(hits["half-time"]) < 0.7 * len(hits[None]) < 0.5 * len(hits["double-time"])
    verse = next(one for one in score.sections if one.label == "verse")
    on = {start % 4 for start in hits["half-time"] if 4 <= start / 4 - verse.first_bar < 7}
    assert 2.0 in on
