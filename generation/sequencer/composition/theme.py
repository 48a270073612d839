"""Themes: what a section's melody is made of, before a chord is heard.

A section is sung in phrases of four bars. A phrase is a scheme of letters ("aabz"): a letter is a
motif, a rhythm and a contour that are drawn once and return wherever the letter does; z is the
cadence. The first phrase of a pair stays open, the second closes; a chorus reaches its highest bar
in its second phrase. Each bar starts from an anchor, a place on the scale, that does not depend on
how the bar before was realised: so a bar can be drawn anew while the others stay.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from generation.sequencer.composition.bar import Bar
from generation.sequencer.composition.bars import generator
from generation.sequencer.composition.rhythms import Rhythm, bar_rhythm, groups
from generation.sequencer.plan import Plan
from generation.sequencer.styles.entry import Lead

PHRASE_BARS = 4

Cadence = Literal["", "open", "closed", "final"]

SCHEMES: dict[str, tuple[str, ...]] = {
    "hook": ("abaz", "aabz", "aaaz", "abab"),
    "lyrical": ("abcz", "aabz", "abaz", "abaz"),
    "riff": ("aaaz", "aaab", "abab", "aaba"),
    "bebop": ("abcz", "abaz"),
    "rolls": ("aaab", "abab"),
    "sparse": ("a.az", "a.bz", "ab.z", "a..z"),
    "ornamented": ("abaz", "abcz", "aabz"),
    "call": ("ab.z", "a.az", "a.bz"),
}
"""Manner of Lead → schemes of a phrase; "." rests, z is the cadence."""

_SHAPES: tuple[tuple[int, ...], ...] = (
    (0, 1, 3, 1), (0, 2, 3, 0), (2, 1, 0, -1), (0, 1, 2, 2), (1, 0, 2, 0), (0, 2, 1, 0),
    (3, 2, 1, 0),
)  # fmt: skip
"""Anchors of a phrase's bars, in steps of the scale above the section's register."""

_REGISTER = {"verse": 0.3, "chorus": 0.5, "drop": 0.5, "solo": 0.5, "bridge": 0.4}
_MIDDLE = 0.42  # where in the lead's range a section lies that _REGISTER has not
_CLIMAX = 2  # steps by which the highest bar of a chorus is above the others
_BUSIER = {"solo": 1.5, "chorus": 1.1, "drop": 1.1, "outro": 0.8}
_SPARSEST, _BUSIEST = 0.35, 1.65  # factors on notes a beat at density 0 and 1
_MOVES = (-3, -2, -1, -1, -1, 0, 1, 1, 1, 2, 3)  # steps of a contour, by how often
_SMOOTH_MOVES = (-2, -1, -1, -1, 0, 1, 1, 1, 2)  # of one that sings
_SINGING = frozenset({"lyrical", "ornamented", "call"})
_MOST_A_BEAT = {"bebop": 2.0}  # bebop is quavers, however fast the beat
_MOST = 64  # notes of a motif at most
_REACH = 4  # steps that a contour may leave its anchor


@dataclass(frozen=True, slots=True)
class Sketch:
    """A bar of melody in outline.

    Attributes
    ----------
    rhythm : of its notes
    contour : a step of the scale from the anchor for each note
    anchor : steps of the scale above the section's register
    register : 0 … 1, place of the section in the lead's range
    cadence : how it ends
    chances : uniform numbers for whatever else is decided within the bar
    """

    rhythm: Rhythm
    contour: tuple[int, ...]
    anchor: int
    register: float
    cadence: Cadence
    chances: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Motif:
    rhythm: Rhythm
    contour: tuple[int, ...]
    chances: tuple[float, ...]


def section_theme(plan: Plan, lead: Lead, bars: Sequence[Bar]) -> list[Sketch | None]:
    """Outlines of one section's bars; None rests. `bars` are the bars of that section."""
    role = zlib.crc32(bars[0].label.encode())
    rng = generator(plan, "lead:theme", role)
    schemes = SCHEMES.get(lead.manner, SCHEMES["hook"])
    scheme = schemes[int(rng.integers(len(schemes)))]
    shape = _SHAPES[int(rng.integers(len(_SHAPES)))]
    tied = lead.manner in {"hook", "riff", "rolls", "call"}
    sketches: list[Sketch | None] = []
    for bar in bars:
        place = bar.bar_of_section
        letter = scheme[place % PHRASE_BARS]
        phrase = place // PHRASE_BARS
        if bar.last and lead.manner != "rolls":
            letter = "z"
        if bar.label == "solo" and letter in "abc":
            letter = chr(ord(letter) + 3 * phrase)
        step = shape[scheme.index(letter) if tied and letter in scheme else place % PHRASE_BARS]
        if bar.label in {"chorus", "drop", "solo"} and phrase % 2 == 1 and place % PHRASE_BARS == 2:
            step += _CLIMAX
        sketches.append(_sketch(plan, lead, bar, letter, step))
    return sketches


def _sketch(plan: Plan, lead: Lead, bar: Bar, letter: str, step: int) -> Sketch | None:
    if letter == ".":
        return None
    motif = _motif(_letter_rng(plan, bar, letter), lead, bar)
    cadence = _cadence(bar) if letter == "z" else ""
    rhythm = _cadence_rhythm(motif, bar) if cadence else _opened(motif, bar)
    return Sketch(
        rhythm=rhythm,
        contour=motif.contour,
        anchor=step,
        register=_REGISTER.get(bar.label, _MIDDLE),
        cadence=cadence,
        chances=motif.chances,
    )


def _letter_rng(plan: Plan, bar: Bar, letter: str) -> np.random.Generator:
    """The letter's own generator: the same wherever the letter returns, but for a bar's own seed.

    In a second verse the bars before the cadences are varied.
    """
    if "lead" in plan.bar_seeds.get(bar.index, {}):
        return bar.rng("lead:theme")
    varied = bar.label == "verse" and bar.bar_of_section % PHRASE_BARS == 2
    return generator(
        plan,
        "lead:motif",
        zlib.crc32(bar.label.encode()),
        ord(letter),
        bar.occurrence if varied else 0,
    )


def _motif(rng: np.random.Generator, lead: Lead, bar: Bar) -> _Motif:
    places = groups(bar.beats, bar.unit)
    chances = rng.random(len(places)).tolist()
    rhythm = bar_rhythm(places, chances, per_beat(lead, bar), lead.syncopation)
    rest = rng.random()
    if rest < lead.rest and len(places) > 1:
        rhythm = tuple(one for one in rhythm if one[0] < places[-1][0])
    return _Motif(rhythm, _contour(rng, lead), tuple(rng.random(_MOST).tolist()))


def per_beat(lead: Lead, bar: Bar) -> float:
    """Notes a beat that are wanted of the lead in a bar."""
    factor = _SPARSEST + (_BUSIEST - _SPARSEST) * bar.density
    wanted = lead.notes_per_beat * factor * _BUSIER.get(bar.label, 1.0)
    return min(wanted, _MOST_A_BEAT[lead.manner]) if lead.manner in _MOST_A_BEAT else wanted


def _contour(rng: np.random.Generator, lead: Lead) -> tuple[int, ...]:
    """A walk by step; after a leap it turns back by step (Narmour 1990, registral return)."""
    moves = rng.choice(_SMOOTH_MOVES if lead.manner in _SINGING else _MOVES, _MOST).tolist()
    place, last, walk = 0, 0, [0]
    for drawn in moves[1:]:
        move = drawn if abs(last) <= 2 else -1 if last > 0 else 1
        move = -move if abs(place + move) > _REACH else move
        place, last = place + move, move
        walk.append(place)
    return tuple(walk)


def _opened(motif: _Motif, bar: Bar) -> Rhythm:
    """A motif that says at least something."""
    return motif.rhythm or ((0.0, min(2.0, bar.quarters)),)


def _cadence(bar: Bar) -> Cadence:
    if "end" in bar.events:
        return "final"
    closes = bar.bar_of_section // PHRASE_BARS % 2 == 1 or bar.last
    return "closed" if closes else "open"


def _cadence_rhythm(motif: _Motif, bar: Bar) -> Rhythm:
    """What leads to it in the first half at most, a long note, a breath."""
    beat = bar.quarters / bar.beats
    if "end" in bar.events:
        return ((0.0, bar.quarters),)
    arrives = beat * max(1, bar.beats // 2) if motif.chances[0] < 0.5 and bar.beats > 1 else 0.0
    leading = tuple(one for one in motif.rhythm if one[0] + one[1] <= arrives + 1e-9)
    held = max(beat, bar.quarters - arrives - (beat if bar.beats > 2 else 0.0))
    return (*leading, (arrives, min(held, bar.quarters - arrives)))
