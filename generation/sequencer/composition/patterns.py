"""A written pattern in a bar of any metre, and which of its notes a density lets through.

Every note that may ever be played has the density from which it is: `Placed.enters`. What a bar
plays at one density is therefore part of what it plays at any higher one, so onsets per second rise
with density and never fall. What is written comes in below 0.5, strong places first; what is added
between (`between`) above.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from generation.sequencer.composition.bar import Bar
from generation.sequencer.styles.library import for_role
from generation.sequencer.styles.pattern import Pattern, Step

USUAL = 0.5
"""The density at which a style plays what is written."""

_JITTER = 0.07  # of `enters`, so that density lets notes in one by one
_STRENGTHS = (0.0, 0.07, 0.13, 0.23, 0.34, 0.42)  # `enters` by metric level
_SIGNS = {"X": -0.08, "o": 0.04, "g": 0.08, "r": 0.05, "t": 0.05, "q": 0.05, "m": 0.04, "u": 0.04}
_FASTEST_HZ = 16.0  # notes a second beyond which nothing is added


@dataclass(frozen=True, slots=True)
class Placed:
    """A sign at its place in a bar, quarter notes from the bar's start."""

    at: float
    length: float
    symbol: str
    enters: float


def level(at: float, bar: Bar) -> int:
    """Metric level of a position: 0 the bar's start, 1 its middle or third beat group, 2 a beat,
    3 half a beat, 4 a quarter of one, 5 finer. The beat of 6/8, 9/8 and 12/8 is the dotted quarter.
    """
    beat = 1.5 if compound(bar) else 1.0
    if at < 1e-6:
        return 0
    if _on(at, 2 * beat):
        return 1
    if _on(at, beat):
        return 2
    if _on(at, 0.5):
        return 3
    return 4 if _on(at, 0.25) else 5


def compound(bar: Bar) -> bool:
    """Whether three quavers make a beat: 6/8, 9/8, 12/8."""
    return bar.unit == 8 and bar.beats % 3 == 0


def _on(at: float, grid: float) -> bool:
    return abs(at / grid - round(at / grid)) < 1e-6


def chosen(by_role: Mapping[str, tuple[Pattern, ...]], bar: Bar, name: str) -> Pattern | None:
    """The pattern that player `name` keeps to in sections of this role; None when there is none.

    Patterns of the bar's own metre come before others.
    """
    patterns: Sequence[Pattern] = for_role(by_role, bar.label) or ()
    fitting = [one for one in patterns if _metre_fits(one, bar)] or list(patterns)
    if not fitting:
        return None
    return fitting[int(bar.taste(name).integers(len(fitting)))]


def _metre_fits(pattern: Pattern, bar: Bar) -> bool:
    return abs(pattern.bar_quarters - bar.quarters) < 1e-6


def fitted(pattern: Pattern, bar: Bar) -> list[Step]:
    """The steps of `pattern` that fall into `bar`, counted from the bar's start.

    A pattern of another length is windowed where one divides the other (2/4 in 4/4 and back),
    stretched beat by beat into compound metres, else cut at the end of the bar, or lengthened by
    its own second half.
    """
    if compound(bar) and not _metre_fits(pattern, bar) and pattern.bar_quarters != 6.0:
        return _compounded(pattern, bar)
    whole = pattern.bar_quarters * pattern.bars
    if _metre_fits(pattern, bar) or _divides(bar.quarters, pattern.bar_quarters):
        return _window(pattern, bar.bar_of_section * bar.quarters % whole, bar.quarters)
    start = bar.bar_of_section % pattern.bars * pattern.bar_quarters
    taken = _window(pattern, start, min(bar.quarters, pattern.bar_quarters))
    at = pattern.bar_quarters
    while at < bar.quarters - 1e-6:
        half = pattern.bar_quarters / 2
        more = _window(pattern, start + half, min(half, bar.quarters - at))
        taken += [replace(one, at=one.at + at) for one in more]
        at += half
    return taken


def _divides(one: float, other: float) -> bool:
    low, high = sorted((one, other))
    return _on(high, low)


def _window(pattern: Pattern, start: float, length: float) -> list[Step]:
    """Steps in `length` quarters from `start`, going round the pattern."""
    whole = pattern.bar_quarters * pattern.bars
    found = []
    for turn in range(int((start + length) // whole) + 1):
        for step in pattern.steps:
            at = step.at + turn * whole - start
            if -1e-9 <= at < length - 1e-6:
                found.append(Step(max(0.0, at), step.length, step.symbol))
    return found


def _compounded(pattern: Pattern, bar: Bar) -> list[Step]:
    beats = bar.quarters / 1.5
    start = bar.bar_of_section * beats % (pattern.bar_quarters * pattern.bars)
    found: dict[float, Step] = {}
    for step in _window(pattern, start, beats):
        beat, share = divmod(step.at + 1e-9, 1.0)
        place = 0.0 if share < 0.2 else 0.5 if share < 0.4 else 1.0
        at = beat * 1.5 + place
        found.setdefault(at, Step(at, max(0.5, step.length * 1.5), step.symbol))
    return list(found.values())


def placed(
    steps: Iterable[Step], bar: Bar, rng: np.random.Generator, floor: float = 0.0
) -> list[Placed]:
    """Steps with the density from which each is played: by metric level and sign, a little
    scattered, below USUAL; a layer that enters at `floor` beyond that does so as a whole.
    """
    found = []
    for step in steps:
        usual = _STRENGTHS[level(step.at, bar)] + _SIGNS.get(step.symbol, 0.0)
        usual += float(rng.uniform(-_JITTER, _JITTER))
        enters = min(max(usual, 0.0), USUAL - 0.01)
        if floor > 0:
            enters = floor + (enters / USUAL - 0.5) * 0.1
        found.append(Placed(step.at, step.length, step.symbol, min(max(enters, 0.0), 1.0)))
    return found


def between(
    taken: Iterable[float], bar: Bar, rng: np.random.Generator, start: float = 0.51
) -> list[Placed]:
    """Places on the grid that nothing takes, each with the density (`start` … 1) from which it is
    filled, evenly spread: quavers, then semiquavers, then demisemiquavers where the tempo leaves
    room; in each of them in drawn order.
    """
    busy = {round(at, 4) for at in taken}
    free: list[tuple[float, float]] = []
    for grid in (0.5, 0.25, 0.125):
        if bar.tempo_bpm / 60 / grid > _FASTEST_HZ:
            break
        places = [index * grid for index in range(round(bar.quarters / grid))]
        places = [at for at in places if round(at, 4) not in busy]
        busy |= {round(at, 4) for at in places}
        free += [(places[int(i)], grid) for i in rng.permutation(len(places))]
    step = (1.0 - start) / max(len(free), 1)
    return [Placed(at, grid, "+", start + step * (i + 0.5)) for i, (at, grid) in enumerate(free)]


def let_through(notes: Iterable[Placed], density: float, *, ring: bool = True) -> list[Placed]:
    """What is played at `density`, by position. With `ring`, a note that ended where a dropped one
    began rings through it.
    """
    kept: list[Placed] = []
    for note in sorted(notes, key=lambda one: (one.at, one.enters)):
        if note.enters <= density:
            kept.append(note)
        elif ring and kept and note.symbol != "+" and abs(_end(kept[-1]) - note.at) < 1e-6:
            kept[-1] = replace(kept[-1], length=_end(note) - kept[-1].at)
    return kept


def _end(note: Placed) -> float:
    return note.at + note.length


def loudness(bar: Bar) -> float:
    """Factor on velocities: 0.5 at intensity 0, 1 at 0.77, 1.15 at 1."""
    return 0.5 + 0.65 * bar.intensity


def velocity(base: float, bar: Bar) -> int:
    """MIDI velocity 1 … 127 of a note that is `base` in a piece of usual loudness."""
    return int(min(127, max(1, round(base * loudness(bar)))))
