"""Players of chords: stabs, strums, montunos, broken chords, all from patterns over voicings."""

from __future__ import annotations

import numpy as np

from generation.sequencer.composition.bar import Bar
from generation.sequencer.composition.bass import chord_at, chord_coming
from generation.sequencer.composition.patterns import (
    Placed,
    between,
    chosen,
    fitted,
    let_through,
    placed,
    velocity,
)
from generation.sequencer.composition.player import Player
from generation.sequencer.composition.voicing import voiced
from generation.sequencer.score import ScoreChord, ScoreNote
from generation.sequencer.styles.entry import Voice

_BASE = {"X": 104, "x": 88, "o": 64, "m": 58, "d": 94, "u": 70, "N": 104, "n": 88, "+": 50}
_NOTE_BASE = 84
_MUTED = 0.14  # quarter notes
_UP = 4  # strings that an upstroke reaches
_FILLED_FROM = {"comping": 0.66, "arp": 0.52}


def comp(bar: Bar, player: Player, voice: Voice) -> list[ScoreNote]:
    """The notes of a player of kind "comping" or "arp" in one bar, by position."""
    rng = bar.rng(player.name)
    notes: list[ScoreNote] = []
    for index, one in enumerate(_signs(bar, player, voice, rng)):
        notes += _sounded(one, index, bar, player, voice)
    return notes


def _signs(bar: Bar, player: Player, voice: Voice, rng: np.random.Generator) -> list[Placed]:
    """What is played at the bar's density: the pattern, a chord where one comes in that the pattern
    passes over, and what density adds.
    """
    pattern = chosen(voice.patterns, bar, player.name)
    if pattern is None:
        return [Placed(one.start, one.length, "x", 0.0) for one in bar.chords]
    written = placed(fitted(pattern, bar), bar, rng)
    if voice.kind == "comping" and not set("Nn") & set(pattern.text):
        written += _passed_over(bar, written)
    start = _FILLED_FROM.get(voice.kind, 0.66)
    added = between([one.at for one in written], bar, rng, start=start)
    return let_through([*written, *added], bar.density)


def _passed_over(bar: Bar, written: list[Placed]) -> list[Placed]:
    """Chords within the bar that come in while an earlier one would be held."""
    later = [one for one in bar.chords if one.start > 1e-6]
    return [
        Placed(one.start, min(one.length, bar.quarters - one.start), "x", 0.2)
        for one in later
        if any(w.at < one.start - 1e-6 and w.at + w.length > one.start + 1e-6 for w in written)
        and not any(abs(w.at - one.start) < 1e-6 for w in written)
    ]


def _sounded(one: Placed, index: int, bar: Bar, player: Player, voice: Voice) -> list[ScoreNote]:
    coming = one.symbol in "Nn"
    chord = chord_coming(bar, one.at, one.length) if coming else chord_at(bar, one.at)
    pitches, base = _pitches(one, index, chord, player, voice)
    length = _length(one, bar, voice)
    loud = velocity(base * voice.loud, bar)
    return [ScoreNote(one.at, length, pitch, loud) for pitch in pitches]


def _length(one: Placed, bar: Bar, voice: Voice) -> float:
    """To the end of the sign or of its chord, whichever comes first, times the gate."""
    if one.symbol == "m":
        return min(_MUTED, one.length)
    length = one.length
    if one.symbol not in "Nn":
        chord = chord_at(bar, one.at)
        ends = chord.start + chord.length
        if one.at < ends - 1e-6:
            length = min(length, ends - one.at)
    return max(0.05, length * voice.gate)


def _pitches(
    one: Placed, index: int, chord: ScoreChord, player: Player, voice: Voice
) -> tuple[tuple[int, ...], float]:
    """Pitches of one sign, and its velocity at usual loudness."""
    reach = (player.low, player.high)
    full = voiced(chord, voice.voicing, voice.centre, reach, player.instrument)
    if one.symbol == "b":
        return (_bass_note(chord, voice, reach),), _NOTE_BASE + 6
    if one.symbol.isdigit():
        return (nth(full, int(one.symbol), player.high),), _NOTE_BASE
    if one.symbol == "+" and (voice.kind == "arp" or _broken(voice)):
        return (nth(full, index % len(full) + 1, player.high),), _NOTE_BASE * 0.72
    if one.symbol == "u":
        full = full[-_UP:]
    return full, _BASE[one.symbol] * (0.82 if len(full) > 4 else 1.0)


def _broken(voice: Voice) -> bool:
    texts = (pattern.text for patterns in voice.patterns.values() for pattern in patterns)
    return any(sign.isdigit() for text in texts for sign in text)


def nth(pitches: tuple[int, ...], number: int, high: int) -> int:
    """Note `number` (from 1) of a voicing that goes on an octave higher; `high` is not passed."""
    octave, place = divmod(number - 1, len(pitches))
    pitch = pitches[place] + 12 * octave
    while pitch > high:
        pitch -= 12
    return pitch


def _bass_note(chord: ScoreChord, voice: Voice, reach: tuple[int, int]) -> int:
    """The chord's bass an octave and more under the voicing."""
    low = max(reach[0], voice.centre - 24)
    return low + (chord.bass - low) % 12
