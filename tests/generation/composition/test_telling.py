"""Chords that tell their key, and pieces whose key is stated."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generation.sequencer.composition.chords import parse_roman
from generation.sequencer.composition.harmony import sounding
from generation.sequencer.composition.modes import read
from generation.sequencer.composition.outline import outline
from generation.sequencer.composition.telling import CLEAR, margin, telling
from generation.sequencer.plan import Plan
from generation.sequencer.score import ScoreChord
from generation.sequencer.styles.library import entries, entry

SHORT = 8  # bars: what fifteen seconds hold


def chords(text: str, tonic: int, scale: str) -> list[ScoreChord]:
    return [
        sounding(parse_roman(numeral, tonic, scale), 4.0 * bar, 4.0)
        for bar, numerals in enumerate(read(text))
        for numeral in numerals
    ]


def heard(plan: Plan) -> list[ScoreChord]:
    written = outline(plan, entry(plan.styles[0][0])).chords
    return [chord for bar in written for chord in bar]


def plan(style: str, **given: object) -> Plan:
    fields = {"tempo_bpm": 120.0, "tonic": 0, "scale": "minor", "bars": SHORT} | given
    return Plan(styles=((style, 1.0),), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize(("scale", "text"), [("major", "I|IV|V|I"), ("minor", "i|iv|V|i")])
def test_a_plain_cadence_tells_its_key_and_no_other(tonic: int, scale: str, text: str) -> None:
    written = chords(text, tonic, scale)
    told = [
        (other, minor)
        for other in range(12)
        for minor in (False, True)
        if margin(written, other, minor) > 0
    ]
    assert told == [(tonic, scale == "minor")]
    assert margin(written, tonic, scale == "minor") >= CLEAR


@pytest.mark.parametrize("text", ["VI|III|VII|iv", "III|VII|iv|VI", "iv|VI|III|VII"])
def test_a_chorus_that_avoids_the_tonic_does_not_tell_it(text: str) -> None:
    assert margin(chords(text, 9, "minor"), 9, True) < 0


def test_longer_chords_say_more() -> None:
    tonic, other = chords("I | V", 0, "major")
    long_home = [replace(tonic, length=12.0), other]
    long_away = [tonic, replace(other, length=12.0)]
    assert margin(long_home, 0, False) > 0 > margin(long_away, 0, False)


def test_nothing_to_choose_among_is_an_error() -> None:
    with pytest.raises(ValueError, match="drawn"):
        telling((), lambda _: [], (0, True))


@pytest.mark.parametrize("mode", ["major", "minor"])
def test_short_pieces_in_a_stated_key_tell_it(mode: str) -> None:
    """Of all styles; without a stated key many do not, which is what this is for."""
    told = {True: 0, False: 0}
    for number, name in enumerate(sorted(entries())):
        for stated in told:
            one = plan(name, tonic=number % 12, scale=mode, seed=number, key_stated=stated)
            told[stated] += margin(heard(one), one.tonic, mode == "minor") >= CLEAR
    assert told[True] >= 0.97 * len(entries())
    assert told[False] < 0.9 * told[True]


def test_a_stated_key_leaves_pieces_that_tell_it_already() -> None:
    plain = plan("blues", scale="major", bars=12)
    assert margin(heard(plain), 0, False) >= CLEAR
    assert heard(replace(plain, key_stated=True)) == heard(plain)


def test_a_stated_key_is_written_alike_in_every_key() -> None:
    low, high = (plan("trance", tonic=tonic, key_stated=True, seed=5) for tonic in (0, 7))
    assert [[(pc + 7) % 12 for pc in chord.pitch_classes] for chord in heard(low)] == [
        list(chord.pitch_classes) for chord in heard(high)
    ]


def test_a_church_mode_keeps_its_own_progressions() -> None:
    modal = plan("folk", scale="lydian", seed=3)
    assert heard(replace(modal, key_stated=True)) == heard(modal)


def test_pieces_of_one_stated_key_still_differ() -> None:
    """Not much less than those of a key that is left open."""
    kinds = {True: 0, False: 0}
    for stated in kinds:
        for style in ("pop", "house", "jazz", "rock", "trance", "folk"):
            pieces = (heard(plan(style, key_stated=stated, seed=seed)) for seed in range(8))
            kinds[stated] += len({tuple(chord.symbol for chord in piece) for piece in pieces})
    assert kinds[True] >= 0.6 * kinds[False]
