"""Melody: the lead's line."""

from __future__ import annotations

from generation.sequencer.composition.bar import Bar
from generation.sequencer.composition.player import Player
from generation.sequencer.score import ScoreNote
from generation.sequencer.styles.entry import Lead

_RESTS = frozenset({"intro", "build", "break"})


def play_lead(bar: Bar, player: Player, lead: Lead) -> list[ScoreNote]:
    """A bar of chord tones."""
    if bar.label in (_RESTS if not lead.roles else ()) or (
        lead.roles and bar.label not in lead.roles
    ):
        return []
    rng = bar.rng(player.name)
    notes = []
    position = 0.0
    while position < bar.quarters:
        chord = [c for c in bar.chords if c.start <= position][-1]
        step = float(rng.choice([0.5, 1.0, 1.0, 1.5, 2.0]))
        if rng.random() > lead.rest:
            choices = [
                p for p in range(lead.low, lead.high + 1) if p % 12 in chord.pitch_classes[:3]
            ]
            pitch = choices[int(rng.integers(len(choices)))]
            velocity = int(70 + 40 * bar.intensity)
            length = min(step, bar.quarters - position) * 0.9
            notes.append(ScoreNote(position, length, pitch, velocity))
        position += step
    return notes
