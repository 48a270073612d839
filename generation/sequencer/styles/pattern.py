"""What is played over and over: patterns of signs, and the grooves that drummers make of them.

Positions and lengths are quarter notes from the start of the pattern.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One sign of a pattern; `length` grows with the holds ("-") after it."""

    at: float
    length: float
    symbol: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """Signs over one bar or more, each of `bar_quarters`; `grid` is the length of one step.

    Drums: X accent, x hit, o soft, g ghost; r, t, q: the step is split in 2, 3, 4.
    Bass: 1 … 8 the degree over the chord's root (3 and 7 as the chord has them, 8 the octave),
    n the root of the chord to come, a a step to it, x a dead note, l the fifth below.
    Chords: X x o the voicing loud, usual, soft; m short and muted; d u strummed down, up; b its
    bass note; 1 … 6 one note of it from the lowest; N n as X x of the chord that comes next.
    """

    text: str
    bar_quarters: float
    bars: int
    grid: float
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One voice of a groove: a General MIDI drum key, and the density from which it plays."""

    voice: str
    key: int
    pattern: Pattern
    enters: float = 0.0


@dataclass(frozen=True, slots=True)
class Groove:
    """What the drummer plays; no rows: nothing. `metre` as in "4/4"."""

    name: str
    metre: str
    rows: tuple[Row, ...]
