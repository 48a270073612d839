"""Performance: straight notes become played ones.

Onsets stay on the grid of the style's swing: `ScoreNote.start` is exact, and what a player is
behind or ahead of it stands in `late_s`, never more than LATEST_S either way. Loudness breathes
with the beat (accents), with the phrase (an arch over four bars) and by chance (scatter); a break,
build or fade is in the bar's intensity. All chance is drawn from the bar's own generator for the
player.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from generation.sequencer.composition.bar import Bar
from generation.sequencer.composition.player import Player
from generation.sequencer.score import ScoreNote
from generation.sequencer.styles.entry import Feel
from generation.sequencer.synthesis.sounds import sound

LATEST_S = 0.03
"""Bound of `late_s`: no player is further off the grid than this."""

_SCATTER_S = 0.006  # standard deviation of onsets at looseness 1
_SCATTER = 9.0  # standard deviation of velocities at spread 1
_ACCENT = 0.22  # how far the weakest position is below the strongest at accents 1
_PHRASE = 0.08  # how far an arch's ends are below its middle
_PHRASE_BARS = 4
_STRUM_S = {"guitar": 0.0045, "plucked": 0.0045, "keys": 0.0015}
"""Family of a sound → time from string to string of a chord, s."""
_SHORTEST = 1 / 32  # quarter notes


def perform(notes: Sequence[ScoreNote], bar: Bar, player: Player, feel: Feel) -> list[ScoreNote]:
    """A bar's straight notes as `player` plays them, with positions from the piece's start."""
    if not notes:
        return []
    chance = bar.rng(f"{player.name}:touch").standard_normal((len(notes), 2)).clip(-2.5, 2.5)
    held_back = feel.late_ms.get(player.stem, 0.0) / 1000
    strums = _strums(notes, player)
    played = []
    for note, strum, (time, force) in zip(notes, strums, chance.tolist(), strict=True):
        start = min(feel.swung(note.start), bar.quarters) if note.start > 0 else 0.0
        end = feel.swung(note.start + note.length)
        loud = note.velocity * (1 - feel.accents * _ACCENT * (1 - weight_at(note.start, bar)))
        loud = loud * _swell(note.start, bar) + feel.spread * _SCATTER * force
        late = note.late_s + held_back + strum + feel.looseness * _SCATTER_S * time
        played.append(
            ScoreNote(
                start=bar.start + start,
                length=max(_SHORTEST, end - start),
                pitch=note.pitch,
                velocity=int(min(127, max(1, round(loud)))),
                late_s=min(LATEST_S, max(-LATEST_S, late)),
            )
        )
    return played


def _strums(notes: Sequence[ScoreNote], player: Player) -> list[float]:
    """How much later than the first string each note of a chord sounds, s: upwards on the beat,
    downwards off it, as the hand goes; pianists roll a little too.
    """
    apart = _STRUM_S.get(sound(player.instrument).family, 0.0) if player.stem != "drums" else 0.0
    if not apart:
        return [0.0] * len(notes)
    together: dict[float, list[float]] = {}
    for note in notes:
        together.setdefault(note.start, []).append(note.pitch)
    ranks = {
        (start, pitch): rank
        for start, pitches in together.items()
        for rank, pitch in enumerate(sorted(pitches, reverse=start % 1 == 0.5))
    }
    return [apart * ranks[note.start, note.pitch] for note in notes]


def weight_at(position: float, bar: Bar) -> float:
    """Metrical weight of a position in a bar, 0 … 1: the downbeat 1, then the middle of an even
    bar, beats, half-beats, the rest (after Lerdahl & Jackendoff 1983, "A Generative Theory of Tonal
    Music", chapter 4).
    """
    beat = bar.quarters / bar.beats
    place = position / beat
    if position == 0:
        return 1.0
    if abs(place - round(place)) < 1e-6:
        strong = bar.beats // 2 if bar.beats % 2 == 0 else 0
        if bar.beats % 3 == 0 and bar.unit == 8:
            strong = 3
        return 0.8 if strong and round(place) % strong == 0 else 0.6
    return 0.35 if abs(2 * place - round(2 * place)) < 1e-6 else 0.1


def _swell(position: float, bar: Bar) -> float:
    """A phrase of four bars swells to its third and sinks; fades and crescendi go through it."""
    place = bar.bar_of_section % _PHRASE_BARS + 0.5
    arch = 1 - _PHRASE * (1 - math.sin(math.pi * place / _PHRASE_BARS))
    first, last = bar.level
    return arch * (first + (last - first) * position / bar.quarters)
