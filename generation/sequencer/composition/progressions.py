"""Progressions: which of a style's chords a piece is made of.

A style has progressions by role of section, in roman numerals; one of each is drawn for a piece.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from generation.sequencer.composition import modes
from generation.sequencer.composition.chords import parse_roman
from generation.sequencer.composition.scales import scale as scale_of
from generation.sequencer.styles.entry import (
    ROLES,
    STANDS_FOR,
    Harmony,
    Mode,
    Progression,
    StyleEntry,
)

_PLAIN_CLOSE: dict[Mode, Progression] = {
    "major": (("V",), ("I",)),
    "minor": (("V",), ("i",)),
}
_ALONE = {
    "major": ("I | IV | V | I", "I | I | V | I", "IV | I | V | I"),
    "minor": ("i | iv | V | i", "i | i | V | i", "iv | i | V | i"),
}
_ENOUGH = 3  # progressions of a role from which a style needs no variants
_SHORT_CYCLE = 4  # bars
_NUMERAL = re.compile(r"^([b#]?[IViv]+)(.*)$")
_STANDS_IN = {
    "IV": "ii", "ii": "IV", "vi": "IV", "iii": "vi", "VI": "iv", "iv": "VI", "VII": "v", "v": "VII",
    "III": "VI",
}  # fmt: skip
_STILL_APART = 0.64
_AS_GOOD = 0.08  # by which a pair may be more alike than the least alike one, where all are
_APART = 0.55  # likeness up to which a verse is told from a chorus by its chords


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What music in one scale is made of in a piece.

    Attributes
    ----------
    scale : of melodies
    degrees : the scale whose degrees the numerals count
    progressions : by role
    close : the last bars of the piece
    """

    scale: str
    degrees: str
    progressions: Mapping[str, Progression]
    close: Progression

    @property
    def home(self) -> str:
        """The tonic's triad."""
        return "i" if scale_of(self.degrees).minor else "I"

    def cycle(self, role: str) -> int:
        """Bars after which the harmony of a role comes round."""
        return len(self.progressions[role])


def choose(asked: str, entry: StyleEntry, rng: np.random.Generator) -> Chosen:
    """Draw a progression for every role, in the scale that is asked for.

    "major" and "minor" are read as the style has them (dorian in funk). A mode that the style is
    not at home in has progressions of its own; other scales are sung over the style's.
    """
    name = scale_of(asked).name
    mode: Mode = "minor" if scale_of(name).minor else "major"
    harmony = entry.harmony
    at_home = harmony.scales.get(mode, mode)
    scale = at_home if name == mode else name
    degrees = scale_of(at_home).name
    own = {} if degrees == name else modes.progressions(name)
    by_role = {role: varied(found) for role, found in (own or _of_mode(harmony, mode)).items()}
    degrees = name if own else degrees
    close = own["close"][0] if own else harmony.cadence.get(mode) or _PLAIN_CLOSE[mode]
    drawn = {role: _drawn(by_role[role], rng) for role in ROLES if role in by_role}
    if "verse" in by_role and "chorus" in by_role:
        drawn["verse"], drawn["chorus"] = _apart(by_role["verse"], by_role["chorus"], degrees, rng)
    if name == "harmonic minor" != at_home:
        drawn = {role: _leading(one) for role, one in drawn.items()}
    return Chosen(
        scale=scale,
        degrees=degrees,
        progressions={role: _standing(drawn, role) for role in ROLES},
        close=close,
    )


def is_church_mode(name: str) -> bool:
    """Whether a scale is one whose progressions avoid what tells a major or minor key."""
    return bool(modes.progressions(scale_of(name).name))


def _of_mode(harmony: Harmony, mode: Mode) -> Mapping[str, tuple[Progression, ...]]:
    other: Mode = "major" if mode == "minor" else "minor"
    return harmony.progressions.get(mode) or harmony.progressions[other]


def _leading(progression: Progression) -> Progression:
    """With the leading tone in its dominants, and with a dominant before it comes round."""
    bars = [
        tuple("V" + one[1:] if one.startswith("v") and one[1:2] != "i" else one for one in bar)
        for bar in progression
    ]
    if bars[-1][-1] in {"VII", "VI", "III"}:
        bars[-1] = (*bars[-1][:-1], "V")
    return tuple(bars)


def unaccompanied(chosen: Chosen) -> Chosen:
    """For a melody that nobody accompanies: plain cadences, for it alone must tell the key."""
    if chosen.degrees not in _ALONE:
        return chosen
    verse, chorus, bridge = (modes.read(text) for text in _ALONE[chosen.degrees])
    found = {"verse": verse, "chorus": chorus, "bridge": bridge}
    return replace(
        chosen,
        progressions={role: _standing(found, role) for role in ROLES},
        close=verse[-2:],
    )


def varied(written: tuple[Progression, ...]) -> tuple[Progression, ...]:
    """With variants where a style has written few: one chord in mid-cycle makes way for another of
    its function (Riemann 1893, "Vereinfachte Harmonielehre"). Longer cycles, such as a blues, are
    what they are.
    """
    variants: list[Progression] = []
    for one in written if len(written) < _ENOUGH else ():
        for bar in range(1, len(one) - 1) if len(one) == _SHORT_CYCLE else ():
            found = _NUMERAL.match(one[bar][0])
            if found and len(one[bar]) == 1 and found[1] in _STANDS_IN:
                stand_in = _coloured(_STANDS_IN[found[1]], found[2])
                if (stand_in,) not in (one[bar - 1], one[bar + 1]):
                    variants.append((*one[:bar], (stand_in,), *one[bar + 1 :]))
    return (*written, *variants)


def _coloured(numeral: str, colour: str) -> str:
    """With the seventh of the key where the chord that it stands in for has one."""
    if colour == "5":
        return f"{numeral}5"
    if colour not in {"7", "9", "maj7", "maj9"}:
        return numeral
    return numeral + ("maj7" if numeral.isupper() else "7")


def _drawn(alternatives: Sequence[Progression], rng: np.random.Generator) -> Progression:
    return alternatives[int(rng.integers(len(alternatives)))]


def _apart(
    verses: Sequence[Progression],
    choruses: Sequence[Progression],
    scale: str,
    rng: np.random.Generator,
) -> tuple[Progression, Progression]:
    """A verse and a chorus whose chords share few tones, bar by bar; where all share many, one of
    those that share least.
    """
    pairs = [(likeness(one, other, scale), one, other) for one in verses for other in choruses]
    least = min(like for like, _, _ in pairs)
    limit = max(_APART, least + 1e-9, min(least + _AS_GOOD, _STILL_APART))
    apart = [(one, other) for like, one, other in pairs if like <= limit]
    return apart[int(rng.integers(len(apart)))]


def likeness(one: Progression, other: Progression, scale: str) -> float:
    """Mean over the bars of two progressions, in order, of the cosine of their pitch classes."""
    bars = math.lcm(len(one), len(other))
    total = 0.0
    for bar in range(bars):
        first = _classes(one[bar % len(one)], scale)
        second = _classes(other[bar % len(other)], scale)
        total += float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))
    return total / bars


def _classes(bar: tuple[str, ...], scale: str) -> npt.NDArray[np.float64]:
    """How strong each pitch class is in a bar's chords; roots sound in the bass too."""
    found = np.zeros(12)
    for numeral in bar:
        kind = parse_roman(numeral, 0, scale)
        found[list(kind.pitch_classes)] += 1
        found[kind.bass] += 1
    return found


def _standing(drawn: Mapping[str, Progression], role: str) -> Progression:
    while role not in drawn and role in STANDS_FOR:
        role = STANDS_FOR[role]
    return drawn[role] if role in drawn else next(iter(drawn.values()))
