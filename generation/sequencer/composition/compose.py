"""A plan becomes a score: form, harmony, bars, players, performance, close.

    Plan ─form─▶ sections ─harmony─▶ chords ─bars─▶ Bar … ─players─▶ notes ─performance─▶ Score

Everything is drawn from `Plan.seed` (form and harmony), the stems' seeds (their notes) and bar
seeds. So the same plan gives the same score; a new seed for a stem changes that stem alone, one for
a bar of a stem that bar of it alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from generation.sequencer.composition import bars as bar_making
from generation.sequencer.composition import closing, form, harmony
from generation.sequencer.composition.bar import Bar
from generation.sequencer.composition.bass import play_bass
from generation.sequencer.composition.casting import Seat, cast, is_absent
from generation.sequencer.composition.comping import play_voice
from generation.sequencer.composition.drums import play_drums
from generation.sequencer.composition.melody import play_lead
from generation.sequencer.composition.performance import perform
from generation.sequencer.plan import Plan
from generation.sequencer.score import Part, Score, ScoreNote, ScoreSection
from generation.sequencer.styles.entry import Bass, Drums, Lead, StyleEntry
from generation.sequencer.styles.library import blend

_TAIL_S = 2.0


def compose(plan: Plan) -> Score:
    """Write the piece that `plan` describes.

    Raises
    ------
    InputError
        When a style, scale, chord or sound in it is unknown.
    """
    return compose_with(plan, blend(plan.styles))


def compose_with(plan: Plan, entry: StyleEntry) -> Score:
    """The same in a style that is given as such."""
    chosen = harmony.choose(plan, entry, bar_making.generator(plan, "harmony"))
    cycles = {
        section.label: chosen.cycle(form.role_of(section.label)) for section in entry.form.sections
    }
    sections = form.sections(plan, entry, chosen.scale, cycles)
    chords = harmony.write(plan, sections, chosen)
    bars = bar_making.make(plan, sections, chords)
    seats = cast(plan, entry)
    parts = tuple(_part(seat, bars, sections, plan, entry) for seat in seats)
    quarters = plan.beats * 4 / plan.unit
    return Score(
        parts=tuple(part for part in parts if part.notes),
        sections=tuple(_told(section) for section in sections),
        chords=harmony.timeline(chords, quarters),
        tempi=_tempi(sections, quarters),
        beats=plan.beats,
        unit=plan.unit,
        bars=plan.bars,
        tail_s=_TAIL_S if plan.ending == "end" else 0.0,
    )


def _part(
    seat: Seat, bars: Sequence[Bar], sections: Sequence[form.Section], plan: Plan, entry: StyleEntry
) -> Part:
    player = seat.player
    absent = {
        bar: is_absent(player.instrument, section.absent)
        for section in sections
        for bar in range(section.first_bar, section.end_bar)
    }
    notes: list[ScoreNote] = []
    for bar in bars:
        if player.stem in bar.silent or absent[bar.index]:
            continue
        straight = _bar_of(seat, bar)
        if plan.ending == "end" and bar.index == len(bars) - 1:
            straight = closing.close(straight, bar, player)
        notes += perform(straight, bar, player, entry.feel)
    return Part(
        stem=player.stem,
        instrument=player.instrument,
        notes=closing.tidy(notes, plan, len(bars)),
        weight=player.weight,
    )


def _bar_of(seat: Seat, bar: Bar) -> list[ScoreNote]:
    spec = seat.spec
    if isinstance(spec, Drums):
        return play_drums(bar, seat.player, spec)
    if isinstance(spec, Bass):
        return play_bass(bar, seat.player, spec)
    if isinstance(spec, Lead):
        return play_lead(bar, seat.player, spec)
    return play_voice(bar, seat.player, spec)


def _told(section: form.Section) -> ScoreSection:
    return ScoreSection(
        label=section.label,
        first_bar=section.first_bar,
        bars=section.bars,
        tonic=section.tonic,
        scale=section.scale,
        intensity=section.intensity,
    )


def _tempi(sections: Sequence[form.Section], quarters: float) -> tuple[tuple[float, float], ...]:
    """Where the tempo changes, from 0 on."""
    tempi: list[tuple[float, float]] = []
    for section in sections:
        if not tempi or tempi[-1][1] != section.tempo_bpm:
            tempi.append((section.first_bar * quarters, section.tempo_bpm))
    return tuple(tempi)
