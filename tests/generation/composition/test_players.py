"""Players: what they play in a bar, what density and intensity do, and the marks of genres."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from generation.sequencer.composition import patterns
from generation.sequencer.composition.bar import Bar
from generation.sequencer.composition.bass import play_bass
from generation.sequencer.composition.chords import parse_roman
from generation.sequencer.composition.compose import compose
from generation.sequencer.composition.drums import play_drums
from generation.sequencer.composition.extra import play_voice
from generation.sequencer.composition.player import Player
from generation.sequencer.composition.voicing import LOWEST_CLOSE, TUNINGS, voiced
from generation.sequencer.plan import Plan
from generation.sequencer.score import ScoreChord, ScoreNote
from generation.sequencer.styles.entry import StyleEntry, Voice
from generation.sequencer.styles.library import entries, entry
from generation.sequencer.styles.notation import BASS_SIGNS, CHORD_SIGNS, DRUM_KEYS, read_pattern
from generation.sequencer.synthesis.sounds import sound
from schemas.styles import style

KICK, SNARE, RIM, CLAVES = (DRUM_KEYS[name] for name in ("kick", "snare", "rim", "claves"))


def chord(numeral: str, start: float = 0.0, length: float = 4.0) -> ScoreChord:
    kind = parse_roman(numeral, 0, "major")
    return ScoreChord(
        start=start,
        length=length,
        symbol=kind.symbol,
        pitch_classes=kind.pitch_classes,
        bass=kind.bass,
    )


def bar(number: int = 0, metre: str = "4/4", **fields: Any) -> Bar:
    """Bar `number` of an eight-bar verse on C that goes to F, at usual density."""
    beats, unit = (int(part) for part in metre.split("/"))
    quarters = beats * 4 / unit

    def rng(name: str) -> np.random.Generator:
        return np.random.default_rng([zlib.crc32(name.encode()), number])

    given: dict[str, Any] = {
        "index": number + 8, "start": (number + 8) * quarters, "quarters": quarters,
        "beats": beats, "unit": unit, "label": "verse", "occurrence": 0, "bar_of_section": number,
        "section_bars": 8, "intensity": 0.7, "density": 0.5, "tonic": 0, "scale": "major",
        "chords": (chord("I", 0.0, quarters),), "next_chord": chord("IV"), "silent": frozenset(),
        "events": (), "rng": rng, "tempo_bpm": 110.0,
    }  # fmt: skip
    return Bar(**given | fields)


def player(stem: str, instrument: str) -> Player:
    low, high = sound(instrument).range
    return Player(stem=stem, name=stem, instrument=instrument, low=low, high=high)


def drums(style_id: str, **fields: Any) -> list[ScoreNote]:
    one = entry(style_id).drums
    return play_drums(bar(**fields), player("drums", one.kit), one)


def bass(style_id: str, **fields: Any) -> list[ScoreNote]:
    one = entry(style_id).bass
    return play_bass(bar(**fields), player("bass", one.sounds[0]), one)


def voice(one: Voice, stem: str = "chords", **fields: Any) -> list[ScoreNote]:
    return play_voice(bar(**fields), player(stem, one.sounds[0]), one)


def at(notes: Sequence[ScoreNote], *keys: int) -> list[float]:
    """Positions of notes, of those pitches alone when some are named."""
    return sorted({round(n.start, 3) for n in notes if not keys or n.pitch in keys})


# ── Marks of genres: what a musician would miss ───────────────────────────────────────────────


@pytest.mark.parametrize("style_id", ["house", "techno", "trance", "disco", "hardstyle", "edm"])
def test_four_on_the_floor(style_id: str) -> None:
    notes = drums(style_id, metre="4/4")
    assert {0.0, 1.0, 2.0, 3.0} <= set(at(notes, KICK))
    assert {0.5, 1.5, 2.5, 3.5} <= set(at(notes, DRUM_KEYS["open"], DRUM_KEYS["hat"]))


def test_two_step_has_no_kick_on_two_and_four_nor_four_on_the_floor() -> None:
    for number in (0, 1):
        notes = drums("2-step", number=number)
        assert not {1.0, 2.0, 3.0} & set(at(notes, KICK))
        assert 0.0 in at(notes, KICK)
        assert {1.0, 3.0} <= set(at(notes, SNARE))
    assert entry("2-step").feel.swing > 0.58
    assert entry("2-step").feel.pair == 0.5


def test_one_drop_leaves_one_empty_and_strikes_on_three() -> None:
    assert at(drums("reggae"), KICK) == [2.0]
    assert at(drums("reggae"), RIM) == [2.0]


def test_half_time_styles_have_their_backbeat_on_three_alone() -> None:
    for style_id in ("dubstep", "trap"):
        backbeat = at(drums(style_id), SNARE, DRUM_KEYS["clap"])
        assert backbeat == [2.0], style_id


def test_rock_and_pop_have_their_backbeats_on_two_and_four() -> None:
    for style_id in ("rock", "pop", "boom-bap", "soul", "country", "funk"):
        loud = [n for n in drums(style_id) if n.pitch in {SNARE, RIM} and n.velocity > 80]
        assert {1.0, 3.0} <= set(at(loud)), style_id


def test_motown_snare_is_on_every_beat() -> None:
    assert set(at(drums("motown"), SNARE)) == {0.0, 1.0, 2.0, 3.0}


def test_salsa_is_played_on_the_son_clave() -> None:
    assert at(drums("salsa"), CLAVES) == [0.0, 0.75, 1.5, 2.5, 3.0]


def test_salsa_bass_anticipates_the_next_chord() -> None:
    notes = bass("salsa")
    assert 0.0 not in at(notes)
    last = max(notes, key=lambda n: n.start)
    assert (last.start, last.pitch % 12) == (3.5, 5)
    held = [n for n in notes if n.start == 1.5]
    assert [n.pitch % 12 for n in held] == [0]  # the chord does not change on the third beat


def test_bossa_clave_is_on_the_rim_over_two_bars() -> None:
    assert at(drums("bossa-nova"), RIM) == [0.0, 1.5, 3.0]
    assert at(drums("bossa-nova", number=1), RIM) == [1.0, 2.5]


def test_dembow_is_a_tresillo_against_four_on_the_floor() -> None:
    notes = drums("reggaeton")
    assert at(notes, KICK) == [0.0, 1.0, 2.0, 3.0]
    assert at(notes, SNARE) == [0.75, 1.5, 2.75, 3.5]


def test_jazz_rides_and_its_foot_is_on_two_and_four() -> None:
    notes = drums("swing")
    assert {0.0, 1.0, 1.5, 2.0, 3.0, 3.5} == set(at(notes, DRUM_KEYS["ride"]))
    assert at(notes, DRUM_KEYS["pedal"]) == [1.0, 3.0]
    feel = entry("swing").feel
    assert feel.swung(0.5) / (1 - feel.swung(0.5)) == pytest.approx(1.94, abs=0.1)


def test_jazz_bass_walks_a_note_a_beat_by_small_steps_into_the_next_root() -> None:
    for number in range(8):
        notes = bass("jazz", number=number)
        assert at(notes) == [0.0, 1.0, 2.0, 3.0]
        assert notes[0].pitch % 12 == 0
        assert all(abs(a.pitch - b.pitch) <= 9 for a, b in itertools.pairwise(notes))
        assert (notes[-1].pitch - 5) % 12 in {1, 2, 10, 11}


def test_train_beat_is_semiquavers_on_the_snare_that_lean_on_the_backbeat() -> None:
    country = replace(entry("country").drums, fills=())
    train = [g for g in country.grooves["verse"] if g.name == "train"]
    only = replace(country, grooves={"verse": tuple(train)})
    notes = play_drums(bar(density=0.55), player("drums", "kit_acoustic"), only)
    snare = [n for n in notes if n.pitch == SNARE]
    assert len(at(snare)) >= 14
    loudest = max(n.velocity for n in snare)
    assert at([n for n in snare if n.velocity == loudest]) == [1.0, 3.0]


def test_drum_and_bass_kicks_on_one_and_the_third_and_a_half() -> None:
    notes = drums("drum-and-bass")
    assert at(notes, KICK)[:2] == [0.0, 2.5]
    assert set(at(notes, SNARE)) >= {1.0, 3.0}


def test_jungle_second_bar_has_a_late_backbeat() -> None:
    one = entry("jungle").drums
    amen = {"verse": tuple(g for g in one.grooves["verse"] if g.name == "amen")}
    first, second = (
        play_drums(bar(number), player("drums", one.kit), replace(one, grooves=amen))
        for number in (0, 1)
    )
    loud = [[n for n in bar_ if n.pitch == SNARE and n.velocity > 90] for bar_ in (first, second)]
    assert {1.0, 3.0} <= set(at(loud[0]))
    assert 3.5 in at(loud[1])
    assert 3.0 not in at(loud[1])


def test_waltz_is_oom_pah_pah() -> None:
    about = {"metre": "3/4", "chords": (chord("I", 0.0, 3.0),)}
    assert at(bass("waltz", **about)) == [0.0]
    pah = voice(entry("waltz").chords[0], **about)
    assert at(pah) == [1.0, 2.0]


def test_polka_is_bass_and_after_beat() -> None:
    about = {"metre": "2/4", "chords": (chord("I", 0.0, 2.0),)}
    assert at(bass("polka", **about)) == [0.0, 1.0]
    assert at(voice(entry("polka").chords[0], **about)) == [0.5, 1.5]


def test_ska_and_reggae_guitars_play_off_the_beat() -> None:
    assert at(voice(entry("ska").chords[0])) == [0.5, 1.5, 2.5, 3.5]
    assert at(voice(entry("reggae").chords[0])) == [1.0, 3.0]


def test_bluegrass_has_chop_rolls_and_two_beat() -> None:
    mandolin, banjo = entry("bluegrass").chords[1:]
    assert at(voice(mandolin)) == [1.0, 3.0]
    assert len(at(voice(banjo))) == 16
    assert at(bass("bluegrass"))[:2] == [0.0, 2.0]


def test_metal_gallops_or_chugs_low_and_muted() -> None:
    notes = voice(entry("metal").chords[0])
    assert len(at(notes)) >= 10
    assert sum(n.length <= 0.15 for n in notes) > len(notes) / 2
    assert min(n.pitch for n in notes) <= 48


def test_disco_bass_jumps_octaves() -> None:
    octaves = read_pattern("1.8.1.8.1.8.1.8.", 4.0, BASS_SIGNS)
    line = replace(entry("disco").bass, patterns={"verse": (octaves,)})
    notes = play_bass(bar(), player("bass", "electric_bass"), line)
    steps = [b.pitch - a.pitch for a, b in itertools.pairwise(notes)]
    assert set(steps) == {12, -12}


def test_trance_bass_leaves_the_kick_alone() -> None:
    rolling = [p for p in entry("trance").bass.patterns["verse"] if p.text.startswith(".")]
    assert rolling
    for pattern in rolling:
        assert not {step.at for step in pattern.steps} & {0.0, 1.0, 2.0, 3.0}


def test_trap_hats_roll() -> None:
    rolls = {step.symbol for g in entry("trap").drums.grooves["verse"] for row in g.rows
             if row.voice == "hat" for step in row.pattern.steps}  # fmt: skip
    assert rolls & {"r", "t", "q"}
    found = at(drums("trap", density=0.5), DRUM_KEYS["hat"])
    assert any(0 < b - a < 0.2 for a, b in itertools.pairwise(found))


def test_samba_surdo_answers_on_two() -> None:
    notes = drums("samba", metre="2/4", chords=(chord("I", 0.0, 2.0),))
    assert at(notes, DRUM_KEYS["surdo"]) == [1.0]


# ── Density ───────────────────────────────────────────────────────────────────────────────────

SOME = ("house", "jazz", "samba", "ambient", "metal", "waltz", "lo-fi", "celtic")


def everybody(one: StyleEntry, **fields: Any) -> dict[str, list[ScoreNote]]:
    """The notes of a bar by player; the lead is not among them."""
    metre = style(one.id).metres[0]
    length = bar(metre=metre).quarters
    about = {"metre": metre, "chords": (chord("I", 0.0, length),), "tempo_bpm": 100.0} | fields
    parts = {"drums": drums(one.id, **about), "bass": bass(one.id, **about)}
    for stem, found in (("chords", one.chords), ("extra", one.extra)):
        parts |= {f"{stem}{i}": voice(v, stem, **about) for i, v in enumerate(found)}
    return parts


@pytest.mark.parametrize("style_id", SOME)
def test_a_denser_bar_holds_all_places_of_a_sparser_one(style_id: str) -> None:
    one = entry(style_id)
    for number in (0, 3, 7):
        before: dict[str, set[float]] = {}
        for density in np.linspace(0, 1, 9):
            now = everybody(one, number=number, density=float(density))
            places = {name: set(at(notes)) for name, notes in now.items()}
            for name, found in before.items():
                assert found <= places[name], (style_id, name, density)
            before = places


def test_a_roll_keeps_its_strokes_where_a_stroke_after_it_is_left_out() -> None:
    for density in (0.25, 0.3, 0.35, 0.4):
        sparse, usual = (
            set(at(drums("trap", number=1, density=d), DRUM_KEYS["hat"])) for d in (density, 0.5)
        )
        assert sparse <= usual


def test_density_reaches_far_in_every_style() -> None:
    """Onsets per second of all players but the lead, at 100 BPM."""

    def rate(one: StyleEntry, density: float) -> float:
        metre = style(one.id).metres[0]
        bars = [everybody(one, number=n, density=density) for n in (0, 1)]
        places = sum(len({p for notes in b.values() for p in at(notes)}) for b in bars)
        return places / (2 * bar(metre=metre).quarters * 0.6)

    low, usual, high = (
        np.array([rate(one, density) for one in entries().values()]) for density in (0.0, 0.5, 1.0)
    )
    assert (low <= usual).all()
    assert (usual <= high).all()
    assert float(np.median(low)) <= 1.0
    assert float(low.max()) <= 2.5
    assert float(high.min()) >= 6.0
    assert float(np.median(high)) >= 9.0


def test_density_comes_in_small_steps() -> None:
    def count(density: float) -> int:
        bars = [everybody(entry("house"), number=n, density=density) for n in range(8)]
        return sum(len(at(notes)) for parts in bars for notes in parts.values())

    counts = [count(float(density)) for density in np.linspace(0.5, 1, 21)]
    assert max(np.diff(counts)) <= 0.25 * (counts[-1] - counts[0])


# ── Intensity, fills, silence ─────────────────────────────────────────────────────────────────


def test_harder_playing_is_louder_in_every_stem() -> None:
    soft, hard = (everybody(entry("rock"), intensity=value) for value in (0.3, 1.0))
    for name in ("drums", "bass", "chords0"):
        means = [np.mean([n.velocity for n in part[name]]) for part in (soft, hard)]
        assert means[1] > 1.3 * means[0], name


def test_voices_wait_for_their_intensity_but_not_when_asked_for() -> None:
    late = replace(entry("house").chords[1], enters=0.6)
    organ = player("chords", "house_organ")
    assert play_voice(bar(intensity=0.5), organ, late) == []
    assert play_voice(bar(intensity=0.7), organ, late)
    assert play_voice(bar(intensity=0.2), replace(organ, asked=True), late)


def test_a_percussionist_does_not_play_the_drummers_notes() -> None:
    kit = entry("rock").drums
    second = replace(player("drums", "percussion"), name="drums:1")
    keys = {note.pitch for note in play_drums(bar(), second, kit)}
    assert keys & {DRUM_KEYS["conga1"], DRUM_KEYS["shaker"]}
    assert not keys & {KICK, SNARE, DRUM_KEYS["hat"]}


def test_a_section_ends_with_a_fill_and_a_loud_one_opens_with_a_crash() -> None:
    plain, last = (drums("rock", number=n) for n in (5, 7))
    assert at(plain) != at(last)
    assert {n.pitch for n in last} & {50, 47, 43, SNARE}
    opening = drums("rock", number=0, label="chorus", intensity=0.8)
    assert 0.0 in at(opening, DRUM_KEYS["crash"])


def test_silent_stems_rest() -> None:
    rests = {"silent": frozenset({"drums", "bass", "chords", "extra"})}
    assert not any(everybody(entry("house"), **rests).values())


def test_a_quiet_snare_is_a_rim_click() -> None:
    quiet = drums("rock", intensity=0.15)
    assert SNARE not in {n.pitch for n in quiet}
    assert RIM in {n.pitch for n in quiet}


def test_a_build_grows() -> None:
    counts = [
        len(drums("trance", number=n, label="build", intensity=0.5 + 0.05 * n)) for n in (0, 7)
    ]
    assert counts[1] > 1.3 * counts[0]


# ── Metres ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("metre", ["2/4", "3/4", "5/4", "6/8", "7/8", "9/8", "12/8", "4/4"])
def test_any_style_in_any_metre_stays_in_its_bar(metre: str) -> None:
    for style_id in SOME:
        one = entry(style_id)
        length = bar(metre=metre).quarters
        chords = (chord("I", 0.0, length / 2), chord("V7", length / 2, length / 2))
        for number in (0, 7):
            about = {"metre": metre, "chords": chords, "number": number, "density": 0.8}
            parts = everybody(one, **about)
            for name, notes in parts.items():
                assert all(0 <= n.start < length for n in notes), (style_id, name)
            kicks = [n for n in parts["drums"] if n.pitch == KICK]
            if style_id in {"house", "metal"}:
                assert min(n.start for n in kicks) == 0.0


def test_compound_metres_go_in_threes() -> None:
    notes = drums("house", metre="6/8", chords=(chord("I", 0.0, 3.0),))
    assert at(notes, KICK) == [0.0, 1.5]
    assert all(round(place * 2, 6) % 1 == 0 for place in at(notes))


def test_a_pattern_of_four_beats_is_windowed_into_two_bars_of_two() -> None:
    pattern = read_pattern("1234", 4.0, CHORD_SIGNS)
    found = [
        [s.symbol for s in patterns.fitted(pattern, bar(n, metre="2/4"))] for n in (0, 1, 2)
    ]  # fmt: skip
    assert found == [["1", "2"], ["3", "4"], ["1", "2"]]


# ── Pitches ───────────────────────────────────────────────────────────────────────────────────


def test_bass_notes_agree_with_the_chord_and_lie_in_range() -> None:
    strong = agree = 0
    for one in entries().values():
        if one.bass.manner == "none":
            continue
        low, high = sound(one.bass.sounds[0]).range
        for numeral in ("I", "vi7", "V7", "bVII"):
            notes = bass(one.id, chords=(chord(numeral),), next_chord=chord("I"))
            assert all(low <= n.pitch <= high for n in notes), one.id
            for note in notes:
                if note.start in {0.0, 2.0}:
                    strong += 1
                    agree += note.pitch % 12 in chord(numeral).pitch_classes
    assert agree / strong >= 0.95


NUMERALS = ("I", "IV", "V7", "vi7", "ii9", "Imaj7", "V13", "viiø7", "I5", "Isus4", "bVII", "iii")


@pytest.mark.parametrize("kind", ["close", "open", "shell", "power", "guitar", "quartal"])
def test_voicings_hold_the_chord_within_reach(kind: str) -> None:
    for numeral in NUMERALS:
        for reach in ((40, 84), (48, 96)):
            one = chord(numeral)
            found = voiced(one, kind, 60, reach)
            assert list(found) == sorted(set(found)), (numeral, found)
            assert all(reach[0] <= pitch <= reach[1] for pitch in found)
            if kind in {"close", "shell", "open", "guitar"}:
                assert {p % 12 for p in found} <= set(one.pitch_classes)
                assert len(found) >= min(2, len(one.pitch_classes))
            if kind == "close":
                assert found[0] >= LOWEST_CLOSE
                assert found[-1] - found[0] <= 12


def test_guitar_voicings_can_be_gripped() -> None:
    strings = TUNINGS[""]
    for numeral in NUMERALS:
        found = voiced(chord(numeral), "guitar", 57, (40, 84))
        assert 3 <= len(found) <= 6, (numeral, found)
        assert found[0] % 12 == chord(numeral).pitch_classes[0]
        assert all(any(0 <= pitch - open_ <= 13 for open_ in strings) for pitch in found)


def test_parts_move_little_from_chord_to_chord() -> None:
    """Mean motion a voice, semitones, against the least that any inversion in reach would make."""
    moved, roots = [], []
    names = ("I", "vi", "IV", "V", "I", "iii", "IV", "ii", "V", "I")
    found = [voiced(chord(name), "close", 62, (48, 96)) for name in names]
    for a, b in itertools.pairwise(found):
        moved.append(np.mean(np.abs(np.subtract(a, b))))
    for a, b in itertools.pairwise(names):
        step = (chord(b).pitch_classes[0] - chord(a).pitch_classes[0] + 6) % 12 - 6
        roots.append(abs(step))
    assert np.mean(moved) <= 2.5
    assert np.mean(moved) < 0.7 * np.mean(roots)


def test_chords_follow_changes_within_a_bar() -> None:
    pad = Voice(sounds=("strings",), kind="pad", centre=62)
    two = (chord("I", 0.0, 2.0), chord("V", 2.0, 2.0))
    notes = voice(pad, chords=two)
    for one in two:
        sounding = {n.pitch % 12 for n in notes if n.start == one.start}
        assert sounding == set(one.pitch_classes)
    held = replace(
        pad, kind="comping", patterns={"verse": (read_pattern("x---", 4.0, CHORD_SIGNS),)}
    )
    assert at(voice(held, chords=two)) == [0.0, 2.0]


# ── Drawing ───────────────────────────────────────────────────────────────────────────────────


def test_the_same_bar_is_the_same_and_another_generator_another() -> None:
    one = entry("funk")

    def other(name: str) -> np.random.Generator:
        return np.random.default_rng([1, zlib.crc32(name.encode())])

    first, again = (everybody(one, density=0.8) for _ in range(2))
    assert first == again
    anew = everybody(one, density=0.8, rng=other)
    assert anew["drums"] != first["drums"]


def test_a_player_draws_by_its_own_name_alone() -> None:
    drawn: list[str] = []

    def rng(name: str) -> np.random.Generator:
        drawn.append(name)
        return np.random.default_rng(0)

    about = bar(rng=rng, taste=rng)
    play_drums(about, player("drums", "kit_909"), entry("house").drums)
    assert set(drawn) == {"drums"}
    drawn.clear()
    play_voice(about, replace(player("chords", "piano"), name="chords:1"), entry("house").chords[0])
    assert set(drawn) == {"chords:1"}


# ── Every style composes ──────────────────────────────────────────────────────────────────────


def composed(style_id: str, metre: str, tempo: float, scale: str, bars: int = 4) -> None:
    beats, unit = (int(part) for part in metre.split("/"))
    plan = Plan(
        styles=((style_id, 1.0),), tempo_bpm=tempo, tonic=3, scale=scale, bars=bars, beats=beats,
        unit=unit, seed=4,
    )  # fmt: skip
    score = compose(plan)
    stems = {part.stem for part in score.parts}
    assert len(stems) >= 2, style_id
    end = score.bars * score.bar_quarters
    for part in score.parts:
        low, high = sound(part.instrument).range
        for note in part.notes:
            assert 0 <= note.start < end
            assert 1 <= note.velocity <= 127
            assert low <= note.pitch <= high, (style_id, part.instrument, note.pitch)


def test_every_style_composes_in_its_usual_metre() -> None:
    for number, style_id in enumerate(entries()):
        about = style(style_id)
        scale = ("major", "minor")[number % 2]
        composed(style_id, about.metres[0], about.tempo[number % 2], scale)


@pytest.mark.slow
@pytest.mark.parametrize("style_id", list(entries()))
def test_every_style_composes_at_its_extremes(style_id: str) -> None:
    about = style(style_id)
    for metre in about.metres:
        for tempo in about.tempo:
            for scale in ("major", "minor"):
                composed(style_id, metre, tempo, scale, bars=16)


def test_bars_of_a_section_are_not_all_the_same() -> None:
    """At usual density, of every style that has drums: the fourth bar leads on."""
    varied = with_drums = 0
    for style_id, one in entries().items():
        if not any(g.rows for g in one.drums.grooves["verse"]):
            continue
        metre = style(style_id).metres[0]
        length = bar(metre=metre).quarters
        about = {"metre": metre, "chords": (chord("I", 0.0, length),)}
        bars = [drums(style_id, number=number, **about) for number in range(4)]
        with_drums += 1
        varied += len({tuple((n.start, n.pitch) for n in notes) for notes in bars}) > 1
    assert varied / with_drums >= 0.9


def test_bass_lines_lead_into_the_next_chord() -> None:
    line = replace(
        entry("soul").bass, patterns={"verse": (read_pattern("1-..1...5-......", 4.0, BASS_SIGNS),)}
    )
    bars = [play_bass(bar(n), player("bass", "electric_bass"), line) for n in range(16)]
    led = [notes[-1] for notes in bars if notes[-1].start == 3.5]
    assert 1 <= len(led) <= 8
    assert all((note.pitch - 5) % 12 in {1, 2, 10, 11} for note in led)
    stays = [
        play_bass(bar(n, next_chord=chord("I")), player("bass", "electric_bass"), line)
        for n in range(16)
    ]
    assert not [notes for notes in stays if notes[-1].start == 3.5]
