"""A melody that was given (hummed, drawn, uploaded): set to the grid, harmonised, brought back.

It is the piece's hook: choruses and drops play it, transposed with their key. Chords for it are
found bar by bar by dynamic programming over the key's own triads: how much of the tune they hold,
how well they follow each other, and that it begins and ends at home.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from generation.sequencer.composition.chords import ChordKind, parse_roman
from generation.sequencer.composition.form import Section
from generation.sequencer.composition.scales import scale as scale_of
from generation.sequencer.plan import Plan
from generation.sequencer.score import ScoreNote

_HOOKS = frozenset({"chorus", "drop"})

_GRID, _TRIPLET = 0.25, 1 / 3  # quarter notes
_CLEARLY = 0.5  # share of the error of semiquavers up to which triplets are meant
_LONGEST_BARS = 512
_OUTSIDE = -0.7  # what a quarter note of the tune that is foreign to its chord takes off
_DOWNBEAT = 1.6  # factor on notes that begin a bar
_HOME, _CLOSE = 0.8, 1.5  # for the tonic in the first bar, and in the last

_TRIADS: dict[bool, dict[str, float]] = {
    False: {"I": 0.35, "IV": 0.2, "V": 0.25, "vi": 0.1, "ii": 0.1, "iii": -0.1},
    True: {"i": 0.35, "iv": 0.2, "V": 0.1, "v": 0.0, "VI": 0.15, "III": 0.05, "VII": 0.15},
}
"""Minor? → the triads of the key that are tried, and how likely each is."""

_FOLLOWING: dict[tuple[int, int], float] = {
    (5, 1): 0.4, (4, 5): 0.3, (2, 5): 0.35, (4, 1): 0.2, (1, 4): 0.2, (1, 5): 0.15, (1, 6): 0.15,
    (6, 4): 0.3, (6, 2): 0.2, (5, 6): 0.15, (3, 6): 0.2, (3, 4): 0.15, (7, 1): 0.2, (7, 3): 0.2,
    (6, 7): 0.2, (5, 4): -0.1, (2, 1): -0.1,
}  # fmt: skip
"""Degrees of two chords in a row → how well the second follows (after Piston, "Harmony")."""

_SAME = -0.15  # for a chord that stays
_NUMBER = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tune:
    """`notes` by bar, positions from the bar's start; `chords` one a bar, in the plan's key;
    `roles` of the sections that play it.
    """

    notes: Mapping[int, tuple[ScoreNote, ...]]
    bars: int
    chords: tuple[ChordKind, ...]
    roles: frozenset[str] = _HOOKS

    def placed_in(self, sections: Sequence[Section]) -> Tune:
        """Played by the choruses and drops; without any, by what is neither intro nor outro; else
        by all.
        """
        roles = {section.role for section in sections}
        choice = roles & _HOOKS or roles - {"intro", "outro"} or roles
        return replace(self, roles=frozenset(choice))

    def in_bar(self, bar_of_section: int) -> tuple[ScoreNote, ...]:
        return self.notes.get(bar_of_section % self.bars, ())


def tune(plan: Plan, scale: str) -> Tune | None:
    """The plan's melody on the grid of its tempo; None where none is given."""
    if not plan.melody:
        return None
    quarters = plan.beats * 4 / plan.unit
    placed = _placed(plan)
    first_bar = int(placed[0].start / quarters + 1e-9)
    end = max(note.start + note.length for note in placed) - first_bar * quarters
    bars = min(_LONGEST_BARS, max(1, math.ceil(end / quarters - 0.26)))
    notes: dict[int, list[ScoreNote]] = {}
    for note in placed:
        bar = int(note.start / quarters + 1e-9) - first_bar
        if bar < bars:
            at = note.start - (first_bar + bar) * quarters
            notes.setdefault(bar, []).append(ScoreNote(at, note.length, note.pitch, note.velocity))
    by_bar = {bar: tuple(found) for bar, found in notes.items()}
    return Tune(
        notes=by_bar, bars=bars, chords=harmonised(by_bar, bars, plan.tonic, scale, quarters)
    )


def _placed(plan: Plan) -> list[ScoreNote]:
    """Notes in quarter notes, on the grid, one at a time."""
    per_s = plan.tempo_bpm / 60
    grid = _grid([note.start_s * per_s for note in plan.melody])
    line: list[ScoreNote] = []
    for note in sorted(plan.melody, key=lambda one: one.start_s):
        start = round(note.start_s * per_s / grid) * grid
        length = max(grid, round(note.duration_s * per_s / grid) * grid)
        if line and start <= line[-1].start:
            continue
        if line and line[-1].start + line[-1].length > start:
            last = line[-1]
            line[-1] = ScoreNote(last.start, start - last.start, last.pitch, last.velocity)
        line.append(ScoreNote(start, length, round(note.pitch), note.velocity))
    return line


def _grid(starts: Sequence[float]) -> float:
    """Semiquavers, or triplet quavers where they are clearly nearer to the onsets."""

    def error(step: float) -> float:
        return sum(abs(at - round(at / step) * step) for at in starts) / step

    return _TRIPLET if error(_TRIPLET) < _CLEARLY * error(_GRID) else _GRID


def harmonised(
    notes: Mapping[int, Sequence[ScoreNote]], bars: int, tonic: int, scale: str, quarters: float
) -> tuple[ChordKind, ...]:
    """A triad of the key for every bar."""
    likely = _TRIADS[scale_of(scale).minor]
    kinds = {numeral: parse_roman(numeral, tonic, scale) for numeral in likely}
    home = next(iter(likely))
    best: dict[str, tuple[float, tuple[str, ...]]] = {}
    for bar in range(bars):
        fits = {
            one: likely[one] + _fit(kinds[one], notes, bar, quarters)
            + (_HOME if bar == 0 and one == home else 0.0)
            + (_CLOSE if bar == bars - 1 and one == home else 0.0)
            for one in likely
        }  # fmt: skip
        best = _onward(best, fits)
    path = max(best.values(), key=lambda found: found[0])[1]
    return tuple(kinds[one] for one in path)


def _onward(
    best: Mapping[str, tuple[float, tuple[str, ...]]], fits: Mapping[str, float]
) -> dict[str, tuple[float, tuple[str, ...]]]:
    """One bar more: for each chord the best way to it."""
    step: dict[str, tuple[float, tuple[str, ...]]] = {}
    for one, fit in fits.items():
        ways = [(score + _follows(path[-1], one), path) for score, path in best.values()] or [
            (0.0, ())
        ]
        score, path = max(ways, key=lambda way: way[0])
        step[one] = (score + fit, (*path, one))
    return step


def _follows(before: str, after: str) -> float:
    if before == after:
        return _SAME
    return _FOLLOWING.get((_NUMBER[before.lower()], _NUMBER[after.lower()]), 0.0)


def _fit(
    kind: ChordKind, notes: Mapping[int, Sequence[ScoreNote]], bar: int, quarters: float
) -> float:
    """How much of the bar's tune a chord holds, quarter notes."""
    total = 0.0
    for note in notes.get(bar, ()):
        held = min(note.length, quarters - note.start) * (_DOWNBEAT if note.start == 0 else 1.0)
        inside = round(note.pitch) % 12 in kind.pitch_classes
        total += held if inside else _OUTSIDE * held
    before = notes.get(bar - 1, ())
    if before and before[-1].start + before[-1].length > quarters:
        held = min(quarters, before[-1].start + before[-1].length - quarters)
        inside = round(before[-1].pitch) % 12 in kind.pitch_classes
        total += held if inside else _OUTSIDE * held
    return total
