"""Bars out of form and harmony, and the generators that players draw from."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from generation.sequencer.composition.bar import Bar
from generation.sequencer.composition.dynamics import intensity_at, level_at
from generation.sequencer.composition.form import Section
from generation.sequencer.composition.harmony import BarChords
from generation.sequencer.plan import Plan
from generation.sequencer.score import ScoreChord

_SEEDS = 1 << 64  # negative seeds are seeds too
_SPARSER = {"intro": 0.8, "outro": 0.8, "break": 0.7}
"""Role → factor on density."""


def generator(plan: Plan, name: str, *place: int) -> np.random.Generator:
    """What `name` (a player, "melody", "lead:touch" …) draws from at a place of the material.

    The stem before the colon decides the seed: its own where the plan has one.
    """
    stem = name.partition(":")[0]
    seed = plan.stem_seeds.get(stem, plan.seed)
    return np.random.default_rng([seed % _SEEDS, zlib.crc32(name.encode()), *place])


def _drawn_at(plan: Plan, section: Section, bar: int) -> Callable[[str], np.random.Generator]:
    """The bar's `rng`. Sections of one role draw alike, but for their last bars' fills."""
    own = plan.bar_seeds.get(section.first_bar + bar, {})
    turn = section.occurrence if bar == section.bars - 1 else 0
    place = (zlib.crc32(section.role.encode()), bar, turn)

    def rng(name: str) -> np.random.Generator:
        stem = name.partition(":")[0]
        if stem in own:
            return np.random.default_rng([own[stem] % _SEEDS, zlib.crc32(name.encode()), 1])
        return generator(plan, name, *place)

    return rng


def _taste(plan: Plan, name: str) -> np.random.Generator:
    return generator(plan, f"{name}:taste")


def _next(plan: Plan, harmony: Sequence[BarChords], bar: int) -> ScoreChord | None:
    """The chord after a bar; the last bar of a loop leads to the first."""
    if bar + 1 < len(harmony):
        return harmony[bar + 1][0]
    return harmony[0][0] if plan.ending == "loop" else None


def _events(plan: Plan, section: Section, bar: int) -> tuple[str, ...]:
    """Names of what happens in a bar; "end" is the last one of a piece that closes."""
    ends = plan.ending == "end" and section.first_bar + bar == plan.bars - 1
    return (*section.names_at(bar), *(("end",) if ends else ()))


def make(plan: Plan, form: Sequence[Section], harmony: Sequence[BarChords]) -> list[Bar]:
    """Every bar of the piece, in order."""
    quarters = plan.beats * 4 / plan.unit
    made: list[Bar] = []
    for index, section in enumerate(form):
        following = form[index + 1] if index + 1 < len(form) else None
        for bar in range(section.bars):
            place = section.first_bar + bar
            made.append(
                Bar(
                    index=place,
                    start=place * quarters,
                    quarters=quarters,
                    beats=plan.beats,
                    unit=plan.unit,
                    label=section.role,
                    occurrence=section.occurrence,
                    bar_of_section=bar,
                    section_bars=section.bars,
                    intensity=intensity_at(section, bar, following),
                    density=plan.density * _SPARSER.get(section.role, 1.0),
                    tonic=section.tonic,
                    scale=section.scale,
                    chords=harmony[place],
                    next_chord=_next(plan, harmony, place),
                    silent=section.silent,
                    events=_events(plan, section, bar),
                    level=level_at(section, bar),
                    rng=_drawn_at(plan, section, bar),
                    taste=partial(_taste, plan),
                    tempo_bpm=section.tempo_bpm,
                )
            )
    return made
