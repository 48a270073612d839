"""The outline of a piece: its sections, who plays, and the chords of every bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generation.sequencer.composition import form, harmony, progressions
from generation.sequencer.composition.bars import generator
from generation.sequencer.composition.casting import Seat, cast
from generation.sequencer.composition.chart import chart
from generation.sequencer.composition.leading import Band, band
from generation.sequencer.composition.progressions import Chosen
from generation.sequencer.composition.scales import scale
from generation.sequencer.composition.telling import telling
from generation.sequencer.composition.tune import Tune, tune
from generation.sequencer.plan import Plan
from generation.sequencer.score import ScoreChord
from generation.sequencer.styles.entry import StyleEntry

_DRAWS = 12  # of progressions, among which those are sought that tell a stated key

Choices = Mapping[str, Chosen]
"""By scale as the plan names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """`chords` are by bar, all of the piece; `seats` in the order of STEMS."""

    sections: tuple[form.Section, ...]
    chords: Sequence[harmony.BarChords]
    seats: tuple[Seat, ...]
    band: Band


def outline(plan: Plan, entry: StyleEntry) -> Outline:
    """Draw progressions, lay out the form and write the chords.

    Raises
    ------
    InputError
        When a scale, chord or sound of the plan is unknown.
    """
    asked = {plan.scale, *(one.scale for one in plan.sections if one.scale)}
    choices = {
        name: progressions.choose(name, entry, generator(plan, "harmony")) for name in sorted(asked)
    }
    choices[plan.scale] = _told(plan, entry, choices)
    sections, given = _form(plan, entry, choices)
    seats = cast(plan, entry, sections)
    leads = band(plan, seats, given)
    if leads.alone:
        choices = {name: progressions.unaccompanied(one) for name, one in choices.items()}
    if plan.chords:
        chords = chart(plan, sections, choices[plan.scale].scale)
    else:
        chords = harmony.write(plan, sections, _by_own_scale(choices), given)
    if not plan.sections:
        sections = form.lifted(sections, {seat.player.stem for seat in seats})
    return Outline(sections=sections, chords=chords, seats=seats, band=leads)


def _form(
    plan: Plan, entry: StyleEntry, choices: Choices
) -> tuple[tuple[form.Section, ...], Tune | None]:
    """The sections, and a given melody in its place among them."""
    chosen = choices[plan.scale]
    labels = (section.label for section in entry.form.sections)
    cycles = {label: chosen.cycle(form.role_of(label)) for label in labels}
    given = tune(plan, chosen.scale)
    scales = {name: one.scale for name, one in choices.items()}
    sections = form.sections(plan, entry, scales, cycles, given.bars if given else 0)
    return sections, given.placed_in(sections) if given else None


def _told(plan: Plan, entry: StyleEntry, choices: Choices) -> Chosen:
    """What a piece is made of in its main scale; where its key is stated, what tells it.

    A stated church mode is told by its own progressions, and stated chords are as they are.
    """
    if not plan.key_stated or plan.chords or progressions.is_church_mode(plan.scale):
        return choices[plan.scale]
    rng = generator(plan, "harmony")
    drawn = (progressions.choose(plan.scale, entry, rng) for _ in range(_DRAWS))

    def chords_of(one: Chosen) -> list[ScoreChord]:
        tried = {**choices, plan.scale: one}
        sections, given = _form(plan, entry, tried)
        written = harmony.write(plan, sections, _by_own_scale(tried), given)
        home = [
            bar
            for section in sections
            if section.tonic == plan.tonic
            for bar in written[section.first_bar : section.end_bar]
        ]
        return [chord for bar in home or written for chord in bar]

    return telling(drawn, chords_of, (plan.tonic, scale(plan.scale).minor))


def _by_own_scale(choices: Choices) -> Choices:
    return {one.scale: one for one in choices.values()}
