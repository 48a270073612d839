"""Harmony: which chord sounds when.

The progressions of a piece (`progressions`) return whenever their section does. The piece begins
and closes on its tonic, and a section that ends in mid-cycle still ends with the cycle's
turnaround. Chords that a plan states are taken as they stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from generation.sequencer.composition.chords import ChordKind, parse_roman
from generation.sequencer.composition.form import Section
from generation.sequencer.composition.progressions import Chosen
from generation.sequencer.composition.tune import Tune
from generation.sequencer.plan import Plan
from generation.sequencer.score import ScoreChord

BarChords = tuple[ScoreChord, ...]
"""The chords of a bar, `start` from the bar's start; together as long as the bar."""


def write(
    plan: Plan,
    form: Sequence[Section],
    choices: Mapping[str, Chosen],
    tune: Tune | None = None,
) -> list[BarChords]:
    """The chords of every bar of the piece; sections that play a given tune have its chords.

    `choices` are by scale of the sections.
    """
    quarters = plan.beats * 4 / plan.unit
    bars: list[BarChords] = []
    for index, section in enumerate(form):
        chosen = choices[section.scale]
        closes = index == len(form) - 1 and plan.ending == "end"
        if tune and section.role in tune.roles:
            bars += _under_tune(plan, section, tune, chosen if closes else None)
            continue
        numerals = _section_numerals(section, chosen)
        if index == 0:
            numerals[0] = _opened(numerals[0], chosen)
        if closes:
            numerals = _closed(numerals, chosen)
        bars += [_bar(one, section, chosen, quarters, plan.beats) for one in numerals]
    return bars


def _under_tune(
    plan: Plan, section: Section, tune: Tune, closing: Chosen | None
) -> list[BarChords]:
    """The tune's own chords, in the section's key; `closing` has the last bar of the piece."""
    quarters = plan.beats * 4 / plan.unit
    raised = section.tonic - plan.tonic
    bars = [
        spread([tune.chords[bar % tune.bars].transposed(raised)], quarters, plan.beats)
        for bar in range(section.bars)
    ]
    if closing:
        bars[-1] = _bar(closing.close[-1], section, closing, quarters, plan.beats)
    return bars


def _section_numerals(section: Section, chosen: Chosen) -> list[tuple[str, ...]]:
    """A section's bars; where it ends in mid-cycle, it ends with the cycle's last bar."""
    progression = chosen.progressions[section.role]
    numerals = [progression[bar % len(progression)] for bar in range(section.bars)]
    if section.bars % len(progression) and section.bars > 2:
        numerals[-1] = progression[-1]
    return numerals


def _opened(bar: tuple[str, ...], chosen: Chosen) -> tuple[str, ...]:
    """The first bar of the piece, which must tell its key."""
    first = parse_roman(bar[0], 0, chosen.degrees)
    return bar if first.root == 0 else (chosen.home, *bar[1:])


def _closed(numerals: list[tuple[str, ...]], chosen: Chosen) -> list[tuple[str, ...]]:
    """With the close in its last bars, as far as there are more bars than it has."""
    close = list(chosen.close)[-max(1, len(numerals) - 1) :]
    return [*numerals[: len(numerals) - len(close)], *close]


def _bar(
    numerals: tuple[str, ...], section: Section, chosen: Chosen, quarters: float, beats: int
) -> BarChords:
    kinds = [parse_roman(one, section.tonic, chosen.degrees) for one in numerals]
    return spread(kinds, quarters, beats)


def spread(kinds: Sequence[ChordKind], quarters: float, beats: int) -> BarChords:
    """Chords in about equal parts of a bar, each beginning on a beat (or half-beat, if many)."""
    beat = quarters / beats if len(kinds) <= beats else quarters / (2 * beats)
    starts = [round(i * quarters / len(kinds) / beat) * beat for i in range(len(kinds))]
    ends = [*starts[1:], quarters]
    return tuple(
        sounding(kind, start, end - start)
        for kind, start, end in zip(kinds, starts, ends, strict=True)
        if end > start
    )


def sounding(kind: ChordKind, start: float, length: float) -> ScoreChord:
    return ScoreChord(
        start=start,
        length=length,
        symbol=kind.symbol,
        pitch_classes=kind.pitch_classes,
        bass=kind.bass,
    )


def timeline(bars: Sequence[BarChords], quarters: float) -> tuple[ScoreChord, ...]:
    """The chords of a piece from its start; a chord that goes on is one."""
    merged: list[ScoreChord] = []
    for index, bar in enumerate(bars):
        for chord in bar:
            if merged and merged[-1].symbol == chord.symbol:
                merged[-1] = replace(merged[-1], length=merged[-1].length + chord.length)
            else:
                merged.append(replace(chord, start=index * quarters + chord.start))
    return tuple(merged)
