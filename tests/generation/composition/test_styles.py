"""The style library: complete, blended by weight, and refused where it is wrong."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from generation.sequencer.composition.chords import parse_roman
from generation.sequencer.styles import library
from generation.sequencer.styles.entry import Feel, StyleEntry, Voice
from generation.sequencer.styles.library import blend, closest, default_parts, entries, entry, shelf
from generation.sequencer.styles.notation import BASS_SIGNS, quarters, read_pattern
from generation.sequencer.styles.pattern import Groove, Pattern
from generation.sequencer.styles.shelf import read_forms, read_grooves, read_harmony, read_lines
from generation.sequencer.synthesis.sounds import sound, sounds
from schemas.errors import InputError
from schemas.styles import style, styles

ASKED_FOR = {
    "uk-garage", "2-step", "bass-house", "house", "techno", "trance", "dubstep",
    "drum-and-bass", "jungle", "trap", "boom-bap", "lo-fi", "synthwave", "ambient", "funk",
    "disco", "soul", "reggae", "ska", "rock", "punk", "metal", "country", "bluegrass", "folk",
    "jazz", "swing", "bossa-nova", "samba", "salsa", "tango", "waltz", "blues", "orchestral",
    "piano-ballad",
}  # fmt: skip


def voices(one: StyleEntry) -> tuple[Voice, ...]:
    return (*one.chords, *one.extra)


def patterns(one: StyleEntry) -> list[Pattern]:
    """Of bass and voices."""
    by_role = [one.bass.patterns, *(voice.patterns for voice in voices(one))]
    return [pattern for roles in by_role for found in roles.values() for pattern in found]


def grooves(one: StyleEntry) -> list[Groove]:
    played = [groove for found in one.drums.grooves.values() for groove in found]
    return [*played, *one.drums.fills]


# ── Completeness ──────────────────────────────────────────────────────────────────────────────


def test_every_style_of_the_lexicon_can_be_played() -> None:
    assert set(entries()) >= ASKED_FOR
    assert len(entries()) >= 60
    for one in styles():
        assert entry(one.id).id == closest(one.id) in entries()


@pytest.mark.parametrize(
    ("wanted", "left", "found"),
    [
        ("gabber", {"house", "hardstyle", "jazz"}, "hardstyle"),  # of its family, the fastest
        ("deep-house", {"house", "techno"}, "house"),  # its parent
        ("neo-soul", {"jazz", "soul", "rock"}, "soul"),
        ("grime", {"house", "jazz"}, "house"),  # its grandparent
        ("jazz", {"bebop", "rock"}, "bebop"),  # a child
        ("gagaku", {"raga", "house"}, "raga"),  # of its family
        ("beatboxing", {"hip-hop", "ambient"}, "hip-hop"),
    ],
)
def test_what_has_no_entry_is_played_by_its_nearest(
    wanted: str, left: set[str], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = {name: one for name, one in entries().items() if name in left}
    monkeypatch.setattr(library, "entries", lambda: some)
    assert closest.__wrapped__(wanted) == found


def test_an_unknown_style_is_told_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"unknown id 'hause'; did you mean house"):
        entry("hause")


def test_every_sound_exists_and_voicings_lie_within_it() -> None:
    for one in entries().values():
        assert sound(one.drums.kit).kit, one.id
        for name in (*one.bass.sounds, *one.lead.sounds):
            assert name in sounds(), (one.id, name)
        for voice in voices(one):
            for name in voice.sounds:
                low, high = sound(name).range
                assert low <= voice.centre <= high, (one.id, name, voice.centre)


def test_instruments_are_those_that_the_lexicon_calls_typical() -> None:
    """By family of sound: most of what the lexicon names is among those who play."""
    alike = {"guitar": "guitar", "electric_guitar": "guitar", "acoustic_guitar": "guitar"}
    shares = {}
    for one in entries().values():
        playing = {part.instrument for part in default_parts(one)} | set(one.lead.sounds)
        playing |= {name for voice in voices(one) for name in voice.sounds}
        families = {sound(name).family for name in playing}
        if any(groove.rows for groove in grooves(one)):
            families.add("kit")
        wanted = [alike.get(name, sound(name).family) for name in style(one.id).instruments]
        shares[one.id] = sum(family in families for family in wanted) / len(wanted)
    assert min(shares.values()) >= 0.5, min(shares, key=lambda name: shares[name])
    assert sum(shares.values()) / len(shares) >= 0.9


def test_patterns_fill_their_bars_on_a_grid_of_quavers_or_semiquavers() -> None:
    for one in entries().values():
        for pattern in patterns(one):
            assert pattern.grid in {0.25, 0.5, 1.0}, (one.id, pattern.text)
            assert all(
                step.at + step.length <= pattern.bar_quarters * pattern.bars + 1e-9
                for step in pattern.steps
            )
        for groove in grooves(one):
            for row in groove.rows:
                assert row.pattern.bar_quarters == quarters(groove.metre)


def test_the_first_metre_of_a_style_has_patterns_of_its_own() -> None:
    for one in entries().values():
        bar = quarters(style(one.id).metres[0])
        for by_role in (one.bass.patterns, *(voice.patterns for voice in one.chords)):
            found = [pattern for options in by_role.values() for pattern in options]
            assert not found or any(p.bar_quarters == bar for p in found), one.id


def test_verse_and_chorus_have_different_chords_and_closes_end_on_the_tonic() -> None:
    for one in entries().values():
        for mode, by_role in one.harmony.progressions.items():
            assert set(by_role["verse"]) != set(by_role["chorus"])
            last = one.harmony.cadence[mode][-1][-1]
            assert parse_roman(last, 0, one.harmony.scales[mode]).root == 0, (one.id, last)


# ── Blending ──────────────────────────────────────────────────────────────────────────────────


def test_a_blend_keeps_the_drums_of_the_heaviest_and_shares_the_rest_by_weight() -> None:
    both = blend((("house", 0.7), ("jazz", 0.3)))
    house, jazz = entry("house"), entry("jazz")
    assert both.drums == house.drums
    assert (both.harmony, both.chords) == (jazz.harmony, jazz.chords)
    assert (both.lead, both.bass, both.form) == (house.lead, house.bass, house.form)
    assert blend((("jazz", 0.3), ("house", 0.7))) == both
    assert blend((("funk", 1.0),)) == entry("funk")
    assert blend((("funk", 1.0), ("metal", 0.0))) == entry("funk")


def test_the_more_a_style_weighs_the_more_it_gives() -> None:
    def given(weight: float) -> int:
        both, other = blend((("rock", 1 - weight), ("bossa-nova", weight))), entry("bossa-nova")
        names = library.GIVEN_FIRST
        return sum(getattr(both, name) is getattr(other, name) for name in names)

    counts = [given(weight) for weight in (0.05, 0.2, 0.35, 0.49)]
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert counts[-1] >= 3


def test_three_styles_each_give_something() -> None:
    three = blend((("techno", 0.4), ("jazz", 0.3), ("salsa", 0.3)))
    assert three.drums == entry("techno").drums
    assert three.harmony == entry("jazz").harmony
    assert three.lead == entry("salsa").lead


# ── Feel and notation ─────────────────────────────────────────────────────────────────────────


def test_swing_moves_the_second_half_and_keeps_the_order() -> None:
    swung = Feel(swing=0.667, pair=1.0).swung
    assert swung(0.0) == 0.0
    assert swung(0.5) == pytest.approx(0.667)
    assert swung(3.0) == pytest.approx(3.0)
    at = [i / 24 for i in range(97)]
    assert [Feel().swung(one) for one in at] == pytest.approx(at)
    moved = [swung(one) for one in at]
    assert moved == sorted(moved)
    assert Feel(swing=0.6, pair=0.5).swung(1.25) == pytest.approx(1.3)


def test_a_pattern_is_read_with_its_holds_and_bars() -> None:
    two = read_pattern("1--. 5-.. | ..a- ....", 4.0, BASS_SIGNS)
    assert (two.bars, two.grid) == (2, 0.5)
    assert [(s.at, s.length, s.symbol) for s in two.steps] == [
        (0.0, 1.5, "1"), (2.0, 1.0, "5"), (5.0, 1.0, "a"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1.5z", "unknown sign 'z'"),
        ("1...|1..", "bars of"),
        ("", "bars of"),
        (".-1.", "step 2 is a hold after a rest"),
    ],
)
def test_a_pattern_that_is_wrong_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_pattern(text, 4.0, BASS_SIGNS)


# ── Bad data is refused, with its place ───────────────────────────────────────────────────────

GOOD = """
[house]
grooves = ["house"]
bass = { sounds = ["bass"], patterns = ["1..."] }
chords = [{ sounds = ["piano"], patterns = ["x..."] }]
lead = { sounds = ["flute"] }
harmony = "pop"
form = "song"
"""


def read(text: str) -> dict[str, StyleEntry]:
    return library.read_entries(tomllib.loads(text), shelf())


def test_a_minimal_entry_is_enough() -> None:
    assert read(GOOD)["house"].drums.kit == "kit_acoustic"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[house]", "[hause]", r"hause: no style of that id"),
        ("form =", "forn =", r"house: unknown field 'forn'; did you mean 'form'"),
        ('"song"', '"sonng"', r"house: unknown form 'sonng'; did you mean 'song'"),
        ('harmony = "pop"', "", r"house: harmony is missing"),
        ('["house"]', '["huose"]', r"house: grooves: unknown groove 'huose'; did you mean"),
        ('["1..."]', '["1..z"]', r"house: bass: '1..z': unknown sign 'z'"),
        ('["x..."]', '{ chorus = ["x..."] }', r"house: chords: .*verse is missing"),
        ('["x..."]', '{ verse = ["x..."], hook = ["x..."] }', r"chords: unknown role 'hook'"),
        ('["flute"]', '["flute"], manner = "wild"', r"lead: manner: 'wild'; valid is hook"),
        ('["flute"]', '["flute"], rest = 2', r"lead: rest: 2; valid is 0.0 … 1.0"),
        ('["flute"]', '["flute"], low = "c"', r"lead: low: 'c'; valid is a number"),
        ('["flute"]', '"flute"', r"lead: sounds: 'flute'; valid is a list of words"),
        ('["flute"]', '["flute"], brightness = 1', r"lead: unknown field 'brightness'"),
        ('form = "song"', 'form = "song"\nfeel = { swing = 0.9 }', r"feel: swing: 0.9; valid"),
        ('form = "song"', 'form = "song"\nlike = "disco"', r"like 'disco': no entry"),
        ('form = "song"', 'form = "song"\nlike = "house"', r"like 'house': .* circle"),
        ('form = "song"', 'form = "song"\nmetre = "4-4"', r"metre '4-4'; valid is as in 4/4"),
        ('[{ sounds = ["piano"], patterns = ["x..."] }]', "[]", r"chords: at least one voice"),
    ],
)  # fmt: skip
def test_a_bad_entry_is_refused_with_its_field(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(ValueError, match=message):
        read(GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    ("reader", "data", "message"),
    [
        (read_grooves, {"a": {"kik": "X..."}}, r"grooves.toml: a: unknown voice 'kik'; .*'kick'"),
        (read_grooves, {"a": {"kick": "X.y."}}, r"grooves.toml: a: .*unknown sign 'y'"),
        (read_grooves, {"a": {"kick": ["X...", 2]}}, r"a: kick: enters at 2; valid"),
        (read_grooves, {"a": {"metre": "x", "kick": "X"}}, r"a: metre 'x'; valid is as in 4/4"),
        (read_lines, {"bas": {}}, r"lines.toml: unknown part 'bas'"),
        (read_lines, {"bass": {"4/4": {"a": "1.z"}}}, r"lines.toml: bass.4/4.a: .*sign 'z'"),
        (read_harmony, {"a": {"minor": {"verse": ["i | IX"]}}}, r"harmony.toml: a: .*'IX'"),
        (read_harmony, {"a": {"minor": {"verse": ["i | "]}}}, r"a: .* a bar without a chord"),
        (read_harmony, {"a": {"dorian": {}}}, r"a: modes \['dorian'\]; valid are major, minor"),
        (read_forms, {"a": {"sections": [["verse", 8, 1.5]]}}, r"forms.toml: a: section verse"),
        (read_forms, {"a": {"sections": [["verse", 8, 0.5]]}}, r"a: hook 'chorus' is no section"),
        (read_forms, {"a": {"sections": [["vers", 8, 0.5]]}}, r"unknown role 'vers'"),
    ],
)
def test_bad_shared_data_is_refused_with_its_place(
    reader: Any, data: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        reader(data)


def test_every_groove_line_harmony_and_form_is_used() -> None:
    """Nothing lies about that no style plays."""
    texts = {
        name: resources.files(library.__package__).joinpath(f"{name}.toml").read_text("utf-8")
        for name in library.FAMILIES
    }
    raw = [one for text in texts.values() for one in tomllib.loads(text).values()]
    named: set[str] = set()
    for one in raw:
        named |= set(_words(one))
    assert set(shelf().grooves) - named == {"hands"}  # of percussionists beside a drummer
    assert (set(shelf().bass) | set(shelf().chords)) - named == set()
    assert set(shelf().harmony) - named == set()
    assert set(shelf().forms) - named == set()


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [word for one in value.values() for word in _words(one)]
    return [word for one in value for word in _words(one)] if isinstance(value, list) else []


def test_the_page_on_styles_names_them_all() -> None:
    page = (Path(__file__).parents[3] / "docs" / "style-library.md").read_text("utf-8")
    words = set(re.findall(r"[\w-]+", page))
    assert set(entries()) - words == set()
    assert f"How {len(entries())} styles" in page
    fills = sum(name.startswith("fill") for name in shelf().grooves)
    assert f"{len(shelf().grooves) - fills - 1} grooves and {fills} fills" in page
    assert f"{len(shelf().bass)} bass lines and {len(shelf().chords)} patterns" in page
