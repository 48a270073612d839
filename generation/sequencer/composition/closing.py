"""How parts end: the last chord rings, and no note runs into the next of its own pitch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from generation.sequencer.composition.bar import Bar
from generation.sequencer.composition.player import Player
from generation.sequencer.plan import Plan
from generation.sequencer.score import ScoreNote

_CRASHES = {49, 52, 55, 57}
_LOUD = 0.6  # intensity from which a cymbal closes the piece


def close(notes: Sequence[ScoreNote], bar: Bar, player: Player) -> list[ScoreNote]:
    """The last bar of a piece: what falls on its first beat, held; the rest is silence."""
    first = min((note.start for note in notes), default=0.0)
    struck = [note for note in notes if note.start - first < 0.26]
    if player.stem == "drums":
        together = [replace(note, start=0.0) for note in struck if note.start == first]
        if together and bar.intensity >= _LOUD and not _CRASHES & {n.pitch for n in together}:
            together.append(ScoreNote(0.0, bar.quarters, 49, round(60 + 50 * bar.intensity)))
        return together
    return [replace(note, start=note.start - first, length=bar.quarters) for note in struck]


def tidy(notes: Sequence[ScoreNote], plan: Plan, bars: int) -> tuple[ScoreNote, ...]:
    """Ordered by start; a note ends where the next of its pitch begins, and none outlasts a piece
    that loops or is cut.
    """
    end = bars * plan.beats * 4 / plan.unit
    ordered = sorted(notes, key=lambda note: (note.start, note.pitch))
    following: dict[float, float] = {}
    kept: list[ScoreNote] = []
    for note in reversed(ordered):
        room = min(following.get(note.pitch, end), end) - note.start
        if room > 1e-6:
            kept.append(note if note.length <= room else replace(note, length=room))
            following[note.pitch] = note.start
    return tuple(reversed(kept))
