"""Chords that a plan states, with times in seconds, as the bars of a piece."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from generation.sequencer.composition.chords import ChordKind, parse_roman, parse_symbol
from generation.sequencer.composition.form import Section
from generation.sequencer.composition.harmony import BarChords, sounding
from generation.sequencer.composition.scales import scale as scale_of
from generation.sequencer.plan import Plan
from generation.sequencer.score import ScoreChord

_GRID = 0.5  # quarter notes
_ROUND = 0.6  # share of the piece up to which a chart is taken as a cycle that comes round

Placed = tuple[float, ChordKind]
"""(position in quarter notes, chord)."""


def quarter_at(seconds: float, sections: Sequence[Section], quarters: float) -> float:
    """The position that is reached after `seconds` at the sections' tempi, quarter notes."""
    left = seconds
    for section in sections:
        length_s = section.bars * quarters * 60 / section.tempo_bpm
        if left < length_s:
            return section.first_bar * quarters + left * section.tempo_bpm / 60
        left -= length_s
    last = sections[-1]
    return last.end_bar * quarters + left * last.tempo_bpm / 60


def chart(plan: Plan, sections: Sequence[Section], scale: str) -> list[BarChords]:
    """The stated chords by bar. What begins later than the piece, or says "N" (no chord), is
    passed over: the chord before goes on; before the first one, the tonic. A short chart comes
    round again and again.

    Raises
    ------
    InputError
        When a symbol is none.
    """
    quarters = plan.beats * 4 / plan.unit
    end = plan.bars * quarters
    placed = [
        (round(quarter_at(one.start_s, sections, quarters) / _GRID) * _GRID, kind)
        for one in sorted(plan.chords, key=lambda one: one.start_s)
        if (kind := parse_symbol(one.symbol)) is not None
    ]
    placed = _cycled([one for one in placed if one[0] < end], quarters, end)
    if not placed or placed[0][0] > 0:
        home = "i" if scale_of(scale).minor else "I"
        placed = [(0.0, parse_roman(home, plan.tonic, scale)), *placed]
    return [_bar(placed, bar * quarters, quarters) for bar in range(plan.bars)]


def _cycled(placed: list[Placed], quarters: float, end: float) -> list[Placed]:
    """Again from its beginning until the end, where it is short enough to be a cycle."""
    if len(placed) < 2:
        return placed
    starts = [at for at, _ in placed]
    gap = median(b - a for a, b in pairwise(starts))
    length = max(1, round((starts[-1] + gap - starts[0]) / quarters)) * quarters
    if starts[-1] + gap > _ROUND * end or length <= starts[-1] - starts[0]:
        return placed
    rounds = int((end - starts[0]) / length) + 1
    return [
        (at + turn * length, kind)
        for turn in range(rounds)
        for at, kind in placed
        if at + turn * length < end
    ]


def _bar(placed: Sequence[Placed], start: float, quarters: float) -> BarChords:
    before = [one for one in placed if one[0] <= start]
    inside = [one for one in placed if start < one[0] < start + quarters]
    here: list[Placed] = [(start, before[-1][1]), *inside]
    ends = [*(at for at, _ in here[1:]), start + quarters]
    chords: list[ScoreChord] = [
        sounding(kind, at - start, until - at)
        for (at, kind), until in zip(here, ends, strict=True)
        if until > at
    ]
    return tuple(chords)
