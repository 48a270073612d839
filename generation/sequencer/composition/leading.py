"""Who leads when: the lead's players share out the themes of a piece among them.

The first player sings wherever the style lets it. Others answer: they take phrases by turns, and
in choruses sing along a third or so below. An instrument whose solo is asked for leads alone
meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import median

from generation.sequencer.composition import lines
from generation.sequencer.composition.bar import Bar
from generation.sequencer.composition.casting import Seat, means
from generation.sequencer.composition.melody import raised, sing
from generation.sequencer.composition.player import Player
from generation.sequencer.composition.theme import PHRASE_BARS, Sketch, per_beat, section_theme
from generation.sequencer.composition.tune import Tune
from generation.sequencer.plan import Plan
from generation.sequencer.score import ScoreNote
from generation.sequencer.styles.entry import Lead

_RESTS = frozenset({"intro", "build", "break"})
_TOGETHER = frozenset({"chorus", "drop", "outro"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The players of the stem "lead". `alone`: nobody else carries the music,
    so they rest nowhere."""

    plan: Plan
    players: tuple[Player, ...]
    alone: bool
    tune: Tune | None = None


def play_lead(
    band: Band, player: Player, lead: Lead, bars: Sequence[Bar]
) -> dict[int, list[ScoreNote]]:
    """The straight notes of every bar in which `player` leads, by the bar's index."""
    played: dict[int, list[ScoreNote]] = {}
    for _, group in groupby(bars, key=lambda bar: bar.index - bar.bar_of_section):
        section = list(group)
        for bar, sketch in zip(section, section_theme(band.plan, lead, section), strict=True):
            turn = _turn(band, player, lead, bar)
            if turn != "rest":
                notes = _bar(band, lead, bar, sketch)
                if turn == "second":
                    notes = lines.second_voice(notes, bar, lead)
                played[bar.index] = notes
    return played


def _turn(band: Band, player: Player, lead: Lead, bar: Bar) -> str:
    """first, second or rest: what a player does in a bar."""
    soloing = soloists(bar, band.players)
    if soloing:
        return "first" if player in soloing else "rest"
    if player.soloist or not (band.alone or _leads_in(bar, player, lead)):
        return "rest"
    regular = [one for one in band.players if not one.soloist]
    if bar.label in _TOGETHER:
        return "first" if player == regular[0] else "second"
    phrase = bar.bar_of_section // PHRASE_BARS + bar.occurrence
    return "first" if regular[phrase % len(regular)] == player else "rest"


def soloists(bar: Bar, players: Sequence[Player]) -> list[Player]:
    """Players of whom an event of the bar says that they have a solo ("guitar solo")."""
    wanted = [event.removesuffix("solo").strip() for event in bar.events if event.endswith("solo")]
    return [one for one in players if any(means(name, one.instrument) for name in wanted if name)]


def _leads_in(bar: Bar, player: Player, lead: Lead) -> bool:
    if lead.roles and not player.asked:
        return bar.label in lead.roles
    return bar.label not in _RESTS


def _bar(band: Band, lead: Lead, bar: Bar, sketch: Sketch | None) -> list[ScoreNote]:
    if band.tune and bar.label in band.tune.roles and "end" not in bar.events:
        return _tune_bar(band.plan, band.tune, lead, bar)
    if sketch is None:
        return []
    up = raised(band.plan, bar)
    reach = replace(lead, low=lead.low + up, high=lead.high + up)
    notes = sing(bar, reach, sketch)
    if sketch.cadence == "final":
        return notes
    sung = _mannered(notes, reach, bar, sketch)
    return lines.with_third(sung, bar) if band.alone else sung


def _mannered(notes: list[ScoreNote], lead: Lead, bar: Bar, sketch: Sketch) -> list[ScoreNote]:
    """A sung bar as the style's lead would have it."""
    if lead.manner == "bebop":
        return lines.run(notes, bar, lead, sketch.chances)
    if lead.manner == "rolls":
        return lines.roll(notes, bar, lead, per_beat(lead, bar), sketch.chances[0])
    if lead.manner == "ornamented":
        return lines.graced(notes, bar, lead, sketch.chances)
    return notes


def _tune_bar(plan: Plan, tune: Tune, lead: Lead, bar: Bar) -> list[ScoreNote]:
    """A bar of the given tune in the bar's key, by octaves where the lead can play it."""
    pitches = [note.pitch for notes in tune.notes.values() for note in notes]
    middle = (lead.low + lead.high) / 2
    octaves = round((middle - median(pitches)) / 12) * 12
    up = raised(plan, bar)
    return [
        replace(note, pitch=_within(note.pitch + octaves + up, lead))
        for note in tune.in_bar(bar.bar_of_section)
    ]


def _within(pitch: float, lead: Lead) -> float:
    while pitch > lead.high + 3:
        pitch -= 12
    while pitch < lead.low - 3:
        pitch += 12
    return pitch


def band(plan: Plan, seats: Sequence[Seat], tune: Tune | None) -> Band:
    """The lead's players of a cast."""
    players = tuple(seat.player for seat in seats if seat.player.stem == "lead")
    others = {seat.player.stem for seat in seats} - {"lead", "extra"}
    return Band(plan=plan, players=players, alone=not others, tune=tune)
