"""A plan becomes a score: form, harmony, bars, players, performance, close.

    Plan ─form─▶ sections ─harmony─▶ chords ─bars─▶ Bar … ─players─▶ notes ─performance─▶ Score

Everything is drawn from `Plan.seed` (form and harmony), the stems' seeds (their notes) and bar
seeds. So the same plan gives the same score; a new seed for a stem changes that stem alone, one for
a bar of a stem that bar of it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generation.sequencer.composition import bars as bar_making
from generation.sequencer.composition import closing, form, harmony
from generation.sequencer.composition.bar import Bar
from generation.sequencer.composition.bass import play_bass
from generation.sequencer.composition.casting import Seat, is_absent
from generation.sequencer.composition.drums import play_drums
from generation.sequencer.composition.extra import play_voice
from generation.sequencer.composition.feel import felt
from generation.sequencer.composition.leading import Band, play_lead
from generation.sequencer.composition.outline import outline
from generation.sequencer.composition.performance import perform
from generation.sequencer.composition.player import PlayBar
from generation.sequencer.composition.pulse import marked
from generation.sequencer.plan import Plan
from generation.sequencer.score import Part, Score, ScoreNote, ScoreSection
from generation.sequencer.styles.entry import Bass, Drums, Lead, StyleEntry
from generation.sequencer.styles.library import blend
from schemas.errors import InputError

_TAIL_S = 2.0


def compose(plan: Plan) -> Score:
    """Write the piece that `plan` describes.

    Raises
    ------
    InputError
        When a style, scale, chord or sound in it is unknown, or it has no bar.
    """
    if plan.bars < 1:
        raise InputError(f"bars: {plan.bars}; valid is 1 and more")
    return marked(compose_with(plan, blend(plan.styles)), plan.pulse)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """What all players of a piece share."""

    plan: Plan
    entry: StyleEntry
    sections: tuple[form.Section, ...]
    bars: tuple[Bar, ...]
    band: Band

    def section_of(self, bar: Bar) -> form.Section:
        return next(one for one in self.sections if one.first_bar <= bar.index < one.end_bar)


def compose_with(plan: Plan, entry: StyleEntry) -> Score:
    """The same in a style that is given as such."""
    drawn = outline(plan, entry)
    sections, chords = drawn.sections, drawn.chords
    bars = tuple(bar_making.make(plan, sections, chords))
    piece = _Piece(plan=plan, entry=entry, sections=sections, bars=bars, band=drawn.band)
    parts = tuple(_part(seat, piece) for seat in drawn.seats)
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
        ending=plan.ending,
    )


def _part(seat: Seat, piece: _Piece) -> Part:
    player = seat.player
    notes: list[ScoreNote] = []
    straight = _straight(seat, piece)
    for bar in piece.bars:
        section = piece.section_of(bar)
        if player.stem in bar.silent or is_absent(player.instrument, section.absent):
            continue
        written = straight(bar)
        if "end" in bar.events:
            written = closing.close(written, bar, player)
        notes += perform(written, bar, player, piece.entry.feel)
    return Part(
        stem=player.stem,
        instrument=player.instrument,
        notes=closing.tidy(notes, piece.plan, len(piece.bars)),
        weight=player.weight,
    )


def _straight(seat: Seat, piece: _Piece) -> PlayBar:
    """What writes a bar of the seat's notes."""
    spec, player = seat.spec, seat.player
    if isinstance(spec, Drums):
        return felt(lambda bar: play_drums(bar, player, spec), piece.plan.feel)
    if isinstance(spec, Bass):
        return lambda bar: play_bass(bar, player, spec)
    if isinstance(spec, Lead):
        sung = play_lead(piece.band, player, spec, piece.bars)
        return lambda bar: sung.get(bar.index, [])
    return lambda bar: play_voice(bar, player, spec)


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
