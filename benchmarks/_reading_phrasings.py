"""Ways to state a tempo or a key, in two families written apart.

`DEVELOPMENT` may be looked at while rules are written; `HELD_OUT` was committed before them and is
for judging alone. Both are filled in by a seeded draw. `NO_KEY` and `NO_TEMPO` state none, though
they hold the same words.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from schemas.features import KEY_NAMES

Family = Literal["development", "held-out"]

DEVELOPMENT_TEMPO = (
    "{b} BPM", "{b}bpm", "at {b} bpm", "around {b} BPM", "tempo: {b}", "a tempo of {b}",
    "{b} beats per minute", "bpm is {b}", "BPM={b}", "{b}-bpm", "the bpm is {b}", "♩ = {b}",
    "with a tempo of {b} beats per minute", "{words} bpm", "roughly {b} bpm", "~{b} BPM",
    "{low}-{high} bpm", "between {low} and {high} BPM", "tempo around {b}", "{low} to {high} bpm",
)  # fmt: skip
HELD_OUT_TEMPO = (
    "clocking in at {b} bpm", "set the tempo to {b}", "make it {b} BPM please", "({b} bpm)",
    "running at {b} beats a minute", "{words} beats per minute", "a steady {b} bpm pulse",
    "Tempo = {b} BPM", "tempo marking {b} bpm", "♩={b}", "about {b} B.P.M.", "@{b}bpm",
    "somewhere between {low} and {high} bpm", "from {low} up to {high} bpm", "bpm {b}",
    "a brisk {b}bpm", "approx. {b} bpm", "tempo ~{b}", "M.M. = {b}", "{low}–{high} BPM",
    "the tempo should be {b}", "a {b} bpm groove", "at a pace of {b} bpm",
    "tempo of around {words}",
)  # fmt: skip
DEVELOPMENT_KEY = (
    "in {t} {m}", "in the key of {t} {m}", "key: {t} {m}", "{t} {m}", "in {t}{short}",
    "the key is {t} {m}", "{t}-{m}", "in {t} {three}", "key of {spelt} {m}", "in {spelt} {m}",
    "{german}", "in {solfege}",
)  # fmt: skip
HELD_OUT_KEY = (
    "key={t}{short}", "written in {spelt} {m}", "{T}{three}", "the tonality is {t} {m}",
    "tonal centre {t} {m}", "({t} {m})", "{sign} {m}", "played in {t}{short}", "KEY OF {TM}",
    "modulating nowhere, just {t} {m}", "key signature: {t} {m}", "set in {sign}-{m}",
    "in der Tonart {german}", "tonalité {solfege}", "{lower} {m} key", "in {t} {harmonic} minor",
    "in {t} {mode}", "it is in {lower} {m}",
)  # fmt: skip
DEVELOPMENT_FRAMES = (
    "{s} techno {k}, {x}", "a {s} song {k}, {x}", "{x} {s} jazz trio {k}", "{k}, {x}, {s} ambient",
    "make me a {s} track {k} {x}", "{s} house, {x}, {k}", "{x}, {s} ballad, {k}",
)  # fmt: skip
HELD_OUT_FRAMES = (
    "I need a {s} piece, {k}, {x}, for a short film", "{x}; {k}; {s} drill with strings",
    "Could you write {s} lo-fi beats {k}? {x}.", "{s} soul from the 1970s, {x}, {k}, no drums",
    "{k} - {x} - {s} synthwave with an 808", "an advert: {s}, {x}. {k}. 30 seconds",
    "{s} bossa nova, {k}, {x}, 4/4", "track 7: {s} trance, {x}, {k}",
)  # fmt: skip
WORDS = ("dark", "happy", "melodic", "warm 90s", "lo-fi", "female-led", "cinematic", "a minor hit,")

NO_KEY = (
    "in a minor key", "a major hit", "a minor blues feel", "I am a fan of soul", "Am I dreaming",
    "AM radio sound", "a flat tone", "be sharp and bright", "a major label pop song",
    "music for a minor character", "a B-side ballad", "an A-list production",
    "do it in a major way",
    "a minor incident with a major outcome", "vitamin C pop", "plan B", "as sharp as a knife",
    "he is a major in the army", "D-beat punk", "E-bow guitar", "C-beam lights at the DMs",
    "a natural sound", "G-funk", "R&B from a major city", "G. Love and a minor chord of sadness",
    "grade A music", "do mi sol, la la la", "la vida", "sol y mar", "re-recorded", "mi amor",
    "a dim room", "a mixed bag", "A capella", "ambient dub, a minor masterpiece", "B movie score",
    "a sharp snare", "flat and dull", "E-piano chords", "the A team", "F1 race", "C64 chiptune",
    "a maj0r l3tdown", "give me an A", "Dm me your ideas", "I'm in a major rush",
    "A minor inconvenience",
)  # fmt: skip
"""Of "in a minor key" the mode alone is stated; none of these names a tonic."""

NO_TEMPO = (
    "house of the 1990s", "an 808 kick", "in 4/4", "in 1977", "the summer of 69", "track 12",
    "a 303 acid line", "SP-1200 grit", "2:30 long", "90s rave", "909 hats", "192 kHz", "24 bars",
    "step 16 sequencer", "at 22 years old", "a 12-string guitar", "100% acoustic", "at 45 rpm",
    "an upbeat song for 2024", "the beats of 100 drummers", "blink 182", "a 7/8 groove",
    "three minutes", "60 seconds of rain", "studio 54", "route 66", "U2", "maroon 5", "120 dB loud",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Phrasing:
    """A prompt, the tempo (`bpm`, or the range `low` … `high`) and the key that it states.

    `key` is 0 … 23, minor from 12.
    """

    text: str
    low: float
    high: float
    key: int


def phrasings(count: int, family: Family, seed: int = 0) -> list[Phrasing]:
    """`count` prompts of one family, the same for the same seed."""
    rng = random.Random(f"{family} {seed}")
    return [_phrasing(rng, family) for _ in range(count)]


def _phrasing(rng: random.Random, family: Family) -> Phrasing:
    held_out = family == "held-out"
    tempo = rng.choice(HELD_OUT_TEMPO if held_out else DEVELOPMENT_TEMPO)
    bpm = rng.choice((rng.randint(40, 240), rng.randint(800, 1800) / 10))
    if "{words}" in tempo:
        bpm = rng.randint(40, 199)
    low, high = (bpm, bpm)
    if "{low}" in tempo:
        low = rng.randint(40, 180)
        high = low + rng.choice((5, 8, 10, 20))
    said = tempo.format(b=f"{bpm:g}", words=_in_words(int(bpm)), low=f"{low:g}", high=f"{high:g}")
    key = rng.randrange(24)
    template = rng.choice(HELD_OUT_KEY if held_out else DEVELOPMENT_KEY)
    if "minor" in template:
        key = 12 + key % 12
    frame = rng.choice(HELD_OUT_FRAMES if held_out else DEVELOPMENT_FRAMES)
    words = WORDS if held_out else WORDS[:-1]
    text = frame.format(s=rng.choice(words), k=_key(rng, template, key), x=said)
    return Phrasing(text, float(low), float(high), key)


_GERMAN = ("c", "cis", "d", "es", "e", "f", "fis", "g", "as", "a", "b", "h")
_SOLFEGE = ("do", "do dièse", "ré", "mi bémol", "mi", "fa", "fa dièse", "sol", "la bémol", "la",
            "si bémol", "si")  # fmt: skip
_MODES: dict[bool, tuple[str, ...]] = {
    True: ("lydian", "mixolydian", "ionian"),
    False: ("dorian", "phrygian", "aeolian"),
}


def _key(rng: random.Random, template: str, key: int) -> str:
    major, tonic = key < 12, KEY_NAMES[key % 12]
    mode = "major" if major else "minor"
    german = _GERMAN[key % 12]
    parts: dict[str, Callable[[], str]] = {
        "harmonic": lambda: rng.choice(("harmonic", "natural", "melodic")),
        "mode": lambda: rng.choice(_MODES[major]),
    }
    return template.format(
        t=tonic, T=tonic, m=mode, short="maj" if major else "m", three="maj" if major else "min",
        spelt=_spelt(tonic), sign=tonic[0] + {"#": "♯", "b": "♭"}.get(tonic[1:], ""),
        TM=f"{tonic} {mode.upper()}", lower=tonic.lower() if len(tonic) > 1 else tonic,
        german=f"{german.capitalize()}-Dur" if major else f"{german}-Moll",
        solfege=f"{_SOLFEGE[key % 12]} {'majeur' if major else 'mineur'}",
        **{name: choose() for name, choose in parts.items()},
    )  # fmt: skip


def _spelt(tonic: str) -> str:
    if tonic.endswith("#"):
        return f"{tonic[0]} sharp"
    return f"{tonic[0]}-flat" if len(tonic) > 1 else tonic


_ONES = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
         "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
         "nineteen")  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def _in_words(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    small = _ONES[rest] if rest < 20 else f"{_TENS[rest // 10]}-{_ONES[rest % 10]}".rstrip("-")
    if not hundreds:
        return small
    return f"{_ONES[hundreds]} hundred{' and ' + small if small else ''}"
