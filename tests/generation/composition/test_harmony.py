"""Harmony: scales, chord symbols, roman numerals, progressions, charts, closes."""

from __future__ import annotations

import pytest

from generation.sequencer.composition.bars import generator
from generation.sequencer.composition.chords import parse_roman, parse_symbol
from generation.sequencer.composition.compose import compose
from generation.sequencer.composition.progressions import choose, likeness
from generation.sequencer.composition.scales import SCALES, scale
from generation.sequencer.plan import Plan, SectionPlan
from generation.sequencer.score import Score
from generation.sequencer.styles.library import entries, entry
from schemas.errors import InputError
from schemas.parts import Chord


def plan(style: str = "pop", **fields: object) -> Plan:
    given = {"tempo_bpm": 120.0, "tonic": 0, "scale": "major", "bars": 16, "seed": 5} | fields
    return Plan(styles=((style, 1.0),), **given)  # type: ignore[arg-type]


def symbols(score: Score) -> list[str]:
    return [chord.symbol for chord in score.chords]


@pytest.mark.parametrize(
    ("symbol", "root", "classes", "bass"),
    [
        ("C", 0, {0, 4, 7}, 0), ("Cm7", 0, {0, 3, 7, 10}, 0), ("F#7sus4/E", 6, {6, 11, 1, 4}, 4),
        ("Bb6/9", 10, {10, 2, 5, 7, 0}, 10), ("G7/B", 7, {7, 11, 2, 5}, 11),
        ("EbΔ", 3, {3, 7, 10, 2}, 3), ("C♯°7", 1, {1, 4, 7, 10}, 1), ("Dø", 2, {2, 5, 8, 0}, 2),
        ("A-7", 9, {9, 0, 4, 7}, 9), ("E7#9", 4, {4, 8, 11, 2, 7}, 4), ("G5", 7, {7, 2}, 7),
    ],
)  # fmt: skip
def test_symbols(symbol: str, root: int, classes: set[int], bass: int) -> None:
    found = parse_symbol(symbol)
    assert found is not None
    assert (found.root, set(found.pitch_classes), found.bass) == (root, classes, bass)
    assert found.pitch_classes[0] == root


@pytest.mark.parametrize("symbol", ["N", "N.C.", " NC "])
def test_no_chord(symbol: str) -> None:
    assert parse_symbol(symbol) is None


def test_every_symbol_that_we_write_is_read_again() -> None:
    for style in entries():
        for chord in (c for c in compose(plan(style, bars=4)).chords):
            again = parse_symbol(chord.symbol)
            assert again is not None
            assert again.pitch_classes == chord.pitch_classes
        if style == "house":
            break


@pytest.mark.parametrize(
    ("symbol", "part"), [("H7", "H7"), ("Cfoo", "foo"), ("C/x", "x"), ("C/Gm", "Gm"), ("", "")]
)
def test_a_wrong_symbol_is_named(symbol: str, part: str) -> None:
    with pytest.raises(InputError, match=f"chord .*{part}.*valid"):
        parse_symbol(symbol)


@pytest.mark.parametrize(
    ("numeral", "tonic", "name", "symbol"),
    [
        ("I", 0, "major", "C"), ("ii7", 0, "major", "Dm7"), ("V7/ii", 0, "major", "A7"),
        ("bVII", 0, "major", "Bb"), ("viio7", 0, "major", "Bdim7"), ("viiø7", 0, "major", "Bm7b5"),
        ("VI", 9, "minor", "F"), ("VII", 9, "minor", "G"), ("#viio", 9, "minor", "Abdim"),
        ("V7", 9, "harmonic minor", "E7"), ("VII", 9, "harmonic minor", "G"),
        ("IV", 2, "dorian", "G"), ("II", 4, "phrygian", "F"), ("VII", 7, "mixolydian", "F"),
        ("V7/7", 0, "major", "G7/F"), ("I/3", 0, "major", "C/E"), ("im9", 0, "minor", "Cm9"),
        ("immaj7", 0, "minor", "Cmmaj7"), ("V+", 0, "major", "Gaug"), ("i5", 0, "minor", "C5"),
    ],
)  # fmt: skip
def test_numerals_count_the_degrees_of_the_scale(
    numeral: str, tonic: int, name: str, symbol: str
) -> None:
    assert parse_roman(numeral, tonic, name).symbol == symbol


def test_wrong_names_are_told_with_the_nearest() -> None:
    with pytest.raises(InputError, match="no roman numeral"):
        parse_roman("VIII", 0, "major")
    with pytest.raises(InputError, match="did you mean 'dorian'"):
        scale("dorain")
    assert scale("Harmonic-Minor") is SCALES["harmonic minor"]
    assert scale("Ionian") is SCALES["major"]
    with pytest.raises(InputError, match="unknown scale"):
        compose(plan(scale="klingon"))


def test_every_scale_has_seven_degrees_that_ascend() -> None:
    for one in SCALES.values():
        assert len(one.degrees) == 7
        assert list(one.degrees) == sorted(one.degrees)
        assert one.steps[0] == one.degrees[0] == 0
        assert one.steps == tuple(sorted(set(one.steps)))


@pytest.mark.parametrize("name", list(SCALES))
def test_every_scale_can_be_played(name: str) -> None:
    for style in ("pop", "funk", "deep-house"):
        score = compose(plan(style, scale=name, tonic=7, bars=18))
        assert score.chords[0].pitch_classes[0] == 7
        assert score.chords[-1].pitch_classes[0] == 7
        third = 3 if scale(name).minor else 4
        assert (7 + 7 - third) % 12 not in score.chords[0].pitch_classes[:3]


@pytest.mark.parametrize(
    ("name", "tell_tale"), [("dorian", 9), ("phrygian", 1), ("lydian", 6), ("mixolydian", 10)]
)
def test_a_mode_shows_what_it_differs_by(name: str, tell_tale: int) -> None:
    score = compose(plan(scale=name, bars=24))
    in_key = scale(name).classes(0)
    classes = [chord.pitch_classes for chord in score.chords]
    assert sum(tell_tale in one for one in classes) >= len(classes) / 4
    assert all(set(one) <= in_key for one in classes)


def test_verse_and_chorus_differ_where_the_style_lets_them() -> None:
    for seed in range(6):
        for mode in ("major", "minor"):
            chosen = choose(mode, entry("pop"), generator(plan(seed=seed), "harmony"))
            verse, chorus = chosen.progressions["verse"], chosen.progressions["chorus"]
            assert likeness(verse, chorus, mode) <= 0.55


def test_other_seeds_draw_other_progressions() -> None:
    drawn = {tuple(symbols(compose(plan(seed=seed, bars=30)))) for seed in range(8)}
    assert len(drawn) >= 4


def test_a_chart_is_followed_and_comes_round() -> None:
    stated = [("Dm7", 0.0), ("G7", 2.0), ("Cmaj7", 4.0), ("A7b9", 6.0)]
    chords = tuple(Chord(start_s=at, symbol=name) for name, at in stated)
    score = compose(plan(bars=8, chords=chords))
    assert symbols(score) == ["Dm7", "G7", "Cmaj7", "A7b9"] * 2
    assert [chord.start for chord in score.chords] == [4.0 * i for i in range(8)]
    bass = next(part for part in score.parts if part.stem == "bass")
    first = {note.start: round(note.pitch) % 12 for note in bass.notes}
    assert [first[4.0 * i] for i in range(4)] == [2, 7, 0, 9]


def test_a_chart_in_full_is_not_repeated_and_no_chord_holds_the_one_before() -> None:
    stated = [("Am", 0.0), ("N", 4.0), ("F/A", 9.0), ("E7", 13.0)]
    chords = tuple(Chord(start_s=at, symbol=name) for name, at in stated)
    score = compose(plan(bars=8, chords=chords, tonic=9, scale="minor"))
    assert [(c.symbol, c.start) for c in score.chords] == [("Am", 0.0), ("F/A", 18.0), ("E7", 26.0)]
    with pytest.raises(InputError, match="Xm"):
        compose(plan(chords=(Chord(start_s=0, symbol="Xm"),)))


def test_chords_fall_on_beats_in_every_metre() -> None:
    for beats, unit in ((3, 4), (5, 4), (6, 8), (7, 8), (2, 4), (12, 8)):
        score = compose(plan("jazz", beats=beats, unit=unit, bars=12))
        beat = 4 / unit
        for chord in score.chords:
            assert abs(chord.start / beat * 2 - round(chord.start / beat * 2)) < 1e-9
        length = score.bars * score.bar_quarters
        assert sum(chord.length for chord in score.chords) == pytest.approx(length)


def test_a_section_in_another_mode_has_its_own_progressions() -> None:
    sections = (
        SectionPlan(label="verse", bars=8),
        SectionPlan(label="chorus", bars=8, tonic=9, scale="minor"),
    )
    score = compose(plan(sections=sections))
    later = [chord for chord in score.chords if chord.start >= 32]
    in_key = scale("harmonic minor").classes(9)
    assert later[-1].pitch_classes[:2] == (9, 0)
    assert all(set(chord.pitch_classes[:3]) <= in_key for chord in later), symbols(score)
