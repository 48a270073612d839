"""Rhythms of melodies: cells of two or three beats, drawn by how busy and how syncopated.

A cell is written in semiquavers: x begins a note, - holds it, . rests. Cells are ordered by their
number of notes and drawn by the inverse of their distribution function from one uniform number;
the weights have a monotone likelihood ratio in the notes wanted. So from the same draw a busier bar
never has fewer notes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

_STEP = 0.25  # quarter notes
_WIDTH = 0.33  # standard deviation of notes a beat around what is wanted
_OFF_WIDTH = 0.3  # the same of the share of syncopated notes

_WRITTEN: dict[float, str] = {
    1.0: "x--- x-x- x-xx xxx- ..x- x--x .... xxxx",
    1.5: "x----- x---x- x-x-x- x-x--- ..x-x- ....x- x--xx- xxx-x- x-xxx- ...... xxxxxx",
    2.0: "x------- x---x--- x-----x- x---x-x- x-x-x--- x-x-x-x- x--x--x- x--x---- ..x-x-x- "
    "..x-x--- x-x---x- x---..x- ....x-x- ..x---x- x--xx--- x--xx-x- ......x- ........ x---.... "
    "xxx-x-x- x-x-xxx- x--xx-xx xxx-xxx- x-xxx-xx xxxxx-x- xxxxxxx- xxxxxxxx ....x--- x-x-....",
    3.0: "x----------- x-------x--- x---x---x--- x-x-x---x--- x-----x-x--- x---x-x-x--- "
    "x---x------- x-x-x-x-x-x- x-----x-x-x- ....x---x--- x---x-x-x-x- x-x-x-x-x--- ............ "
    "x-------.... ..x-x-x-x--- x--x--x--x-- x-----x---x- ........x--- xxx-x-x-x-x- "
    "x-xxx-xxx-x- xxx-xxx-xxx- xxxxxxxxxxxx x-x---x---x-",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """`notes` are (start, length) in quarter notes; `syncopated` the share of notes that begin off
    the beat and sound through the next one.
    """

    length: float
    notes: tuple[tuple[float, float], ...]
    syncopated: float


@cache
def cells(length: float) -> tuple[Cell, ...]:
    """Cells of that length, fewest notes first; an odd length has those of the next longer, cut."""
    written = min((one for one in _WRITTEN if one >= length), default=max(_WRITTEN))
    steps = round(length / _STEP)
    texts = dict.fromkeys(text[:steps].ljust(steps, ".") for text in _WRITTEN[written].split())
    return tuple(sorted((_read(one) for one in texts), key=lambda c: len(c.notes)))


def _read(text: str) -> Cell:
    notes = []
    for index, sign in enumerate(text):
        if sign == "x":
            held = len(text[index + 1 :]) - len(text[index + 1 :].lstrip("-"))
            notes.append((index * _STEP, (1 + held) * _STEP))
    off = [
        start for start, length in notes if start % 1 and start + length > math.ceil(start) + 1e-9
    ]
    return Cell(len(text) * _STEP, tuple(notes), len(off) / max(1, len(notes)))


@cache
def groups(beats: int, unit: int) -> tuple[tuple[float, float], ...]:
    """How a bar divides: (start, length) of its groups of beats, quarter notes.

    4/4 is 2 + 2, 5/4 is 3 + 2, 6/8 two dotted crotchets, 7/8 crotchet, crotchet, dotted crotchet.
    """
    quarters = beats * 4 / unit
    if unit >= 8 and beats % 3 == 0 and quarters % 1.5 == 0:
        lengths = [1.5] * round(quarters / 1.5)
    elif quarters < 1 or quarters % 0.5:
        lengths = [1.0] * int(quarters) + ([quarters % 1] if quarters % 1 else [])
    elif quarters % 1:
        lengths = [1.0] * int(quarters - 1.5) + [1.5]
    elif quarters % 2:
        lengths = [3.0, *[2.0] * int((quarters - 3) / 2)] if quarters >= 3 else [1.0]
    else:
        lengths = [3.0] * round(quarters / 3) if beats == 6 else [2.0] * round(quarters / 2)
    starts = [sum(lengths[:i]) for i in range(len(lengths))]
    return tuple(zip(starts, lengths, strict=True))


def draw(length: float, chance: float, per_beat: float, syncopation: float) -> Cell:
    """The cell of that length that the uniform number `chance` picks."""
    found = cells(length)
    counts = Counter(len(one.notes) for one in found)
    weights = [_weight(one, per_beat, syncopation) / counts[len(one.notes)] for one in found]
    left = chance * sum(weights)
    for one, weight in zip(found, weights, strict=True):
        left -= weight
        if left < 0:
            return one
    return found[-1]


def _weight(one: Cell, per_beat: float, syncopation: float) -> float:
    busy = (len(one.notes) / one.length - per_beat) / _WIDTH
    off = (one.syncopated - syncopation) / _OFF_WIDTH
    return math.exp(-0.5 * (busy * busy + off * off)) + 1e-9


Rhythm = tuple[tuple[float, float], ...]
"""(start, length) of a bar's notes, quarter notes from its start."""


def bar_rhythm(
    places: Sequence[tuple[float, float]],
    chances: Sequence[float],
    per_beat: float,
    syncopation: float,
) -> Rhythm:
    """A bar out of one cell for each of its groups."""
    notes: list[tuple[float, float]] = []
    for (start, length), chance in zip(places, chances, strict=False):
        cell = draw(length, chance, per_beat, syncopation)
        notes += [(start + at, held) for at, held in cell.notes]
    return tuple(notes)
