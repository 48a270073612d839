"""A whole piece: the composer's form and players, the model's notes.

Sections, who plays in which of them, tempo and key are the plan's (and come from the same rules as
in the embedded engine). Chords are the model's own, unless they are stated; every note is.
"""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np

from generation.contract import Progress, silent
from generation.learned.artifact import Loaded
from generation.learned.conditions import Conditions, style_weights
from generation.learned.symbolic.descriptions import lead_of
from generation.learned.symbolic.events import (
    FIRST_STEM,
    LABEL,
    NO_CHORD,
    TICKS,
    Events,
    chord_code,
    facts_in,
    shift_of,
)
from generation.learned.symbolic.layout import Shape
from generation.learned.symbolic.playing import Touch, decode
from generation.learned.symbolic.sampling import BarOrder, Manner, Writer
from generation.sequencer.composition.compose import compose
from generation.sequencer.composition.scales import scale
from generation.sequencer.plan import STEMS, Plan
from generation.sequencer.score import Score, ScoreSection
from generation.sequencer.styles.library import blend

_TONIC = {False: 0, True: 1}  # code of the tonic's triad: major, minor


def write_score(
    loaded: Loaded,
    plan: Plan,
    conditions: Conditions,
    *,
    keep_key: bool = True,
    manner: Manner | None = None,
    progress: Progress = silent,
) -> Score:
    """The score of `plan` in the model's notes, led by `conditions`.

    Parameters
    ----------
    keep_key : hold notes to the scale of their section and the chord that sounds
    """
    frame = compose(plan)
    manifest = loaded.manifest
    writer = Writer(
        loaded.arrays,
        Shape(**manifest.shape),
        lead_of(loaded.arrays, conditions),
        style_weights(conditions.styles or plan.styles, manifest.styles),
        manner or Manner(),
    )
    orders = bar_orders(frame, plan, keep_key)
    bars: list[Events] = []
    first: dict[str, list[Events]] = {}
    for section in frame.sections:
        known = first.get(section.label, [])
        written: list[Events] = []
        for place in range(section.bars):
            order = orders[section.first_bar + place]
            returns = place < len(known) - 1 and place < section.bars - 1
            bar = _again(known[place], order) if returns else writer.bar(bars, order)
            bars.append(bar)
            written.append(bar)
            progress(len(bars) / len(orders), "writing bars")
        first.setdefault(section.label, written)
    touch = Touch(blend(plan.styles).feel, plan.seed)
    parts, chords = decode(np.concatenate(bars), frame.sections, _players(frame), touch)
    return replace(frame, parts=parts, chords=chords or frame.chords)


def bar_orders(frame: Score, plan: Plan, keep_key: bool) -> list[BarOrder]:
    """What each bar of the form is told."""
    ticks = round(frame.bar_quarters * TICKS)
    orders = []
    for section in frame.sections:
        mute = frozenset(
            FIRST_STEM + number
            for number, stem in enumerate(STEMS)
            if not _plays(frame, section, stem)
        )
        in_key = scale(section.scale).classes(0) if keep_key else None
        for place in range(section.bars):
            bar = section.first_bar + place
            closes = plan.ending == "end" and bar == frame.bars - 1
            chords = _stated(frame, bar, section) if plan.chords else None
            if closes and not plan.chords:
                chords = ((0, _TONIC[scale(section.scale).minor]),)
            orders.append(
                BarOrder(
                    facts=facts_in(section, place, ticks),
                    chords=chords,
                    scale=in_key,
                    silent=mute,
                    closes=closes,
                    seed=_seed(plan.seed, section.label, bar),
                )
            )
    return orders


def _plays(frame: Score, section: ScoreSection, stem: str) -> bool:
    start = section.first_bar * frame.bar_quarters
    end = start + section.bars * frame.bar_quarters
    return any(
        start - 1e-6 <= note.start < end - 1e-6
        for part in frame.parts
        if part.stem == stem
        for note in part.notes
    )


def _stated(frame: Score, bar: int, section: ScoreSection) -> tuple[tuple[int, int], ...]:
    """(tick, code) of the chords of a bar; the one that goes on from before at tick 0."""
    start, shift = bar * frame.bar_quarters, shift_of(section.tonic)
    found: dict[int, int] = {}
    for chord in frame.chords:
        at = round((chord.start - start) * TICKS)
        if at < round(frame.bar_quarters * TICKS) and chord.start + chord.length > start + 1e-6:
            found[max(0, at)] = chord_code(chord.pitch_classes, shift)
    return tuple((tick, code) for tick, code in sorted(found.items()) if code < NO_CHORD)


def _again(bar: Events, order: BarOrder) -> Events:
    """A bar that returns: the same notes, in the place that it now has."""
    made = bar.copy()
    made[:, LABEL : LABEL + len(order.facts.row())] = order.facts.row()
    return made


def _players(frame: Score) -> dict[str, tuple[str, float]]:
    """Of each stem the part that speaks for it, as `events.encode` has it."""
    players: dict[str, tuple[str, float]] = {}
    for stem in STEMS:
        parts = [part for part in frame.parts if part.stem == stem]
        if parts:
            lead = max(parts, key=lambda part: (part.weight, len(part.notes)))
            players[stem] = lead.instrument, lead.weight
    return players


def _seed(seed: int, label: str, bar: int) -> int:
    return int(np.random.default_rng([seed, zlib.crc32(label.encode()), bar]).integers(2**62))
