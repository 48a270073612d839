"""The bass player: the style's line over the chord that sounds, or one that walks to the next."""

from __future__ import annotations

import numpy as np

from generation.sequencer.composition.bar import Bar
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
from generation.sequencer.composition.scales import scale
from generation.sequencer.score import ScoreChord, ScoreNote
from generation.sequencer.styles.entry import Bass

_BASE = 100
_DEAD = 0.12  # quarter notes that a dead note sounds
_ASTRAY = 4  # semitones that a walking line may be off its way
_LEADS = 0.4  # density from which a line leads into the next chord
_WALK = (0.0, 0.1, 0.3)  # density from which the first, third and other beats are walked


def play_bass(bar: Bar, player: Player, bass: Bass) -> list[ScoreNote]:
    """The notes of one bar; positions from its start, pitches within the player's range."""
    if "bass" in bar.silent or bass.manner == "none":
        return []
    rng = bar.rng(player.name)
    if bass.manner == "walking":
        return _walked(bar, player, bass, rng)
    written = _written(bar, player, bass, rng)
    taken = [one.at for one in written]
    added = [] if bass.manner == "pedal" else between(taken, bar, rng, start=0.62)
    notes = []
    for one in _cut(let_through([*written, *added], bar.density)):
        pitch = _pitch(one, bar, bass, rng)
        length = _DEAD if one.symbol == "x" else one.length * bass.gate
        loud = {"x": 0.5, "+": 0.62}.get(one.symbol, 1.0)
        base = velocity(_BASE * loud, bar)
        notes.append(ScoreNote(one.at, length, _reach(pitch, player), base))
    return notes


def _written(bar: Bar, player: Player, bass: Bass, rng: np.random.Generator) -> list[Placed]:
    """The pattern, with the root where a chord comes in that the pattern passes over."""
    pattern = chosen(bass.patterns, bar, player.name)
    if bass.manner == "pedal" or pattern is None:
        return [Placed(c.start, c.length, "1", 0.05 * (c.start > 0)) for c in bar.chords]
    found = placed(fitted(pattern, bar), bar, rng)
    if "n" in pattern.text:
        return found
    for one in bar.chords:
        if not any(one.start - 1e-6 <= note.at < one.start + 0.6 for note in found):
            length = min(1.0, one.length)
            found.append(Placed(one.start, length, "1", 0.1 + 0.1 * (one.start > 0)))
    return found + _leading(found, pattern.text, bar, rng)


def _leading(found: list[Placed], text: str, bar: Bar, rng: np.random.Generator) -> list[Placed]:
    """A step into the next chord at the end of a fourth bar, now and then of others."""
    draw = float(rng.random())
    at = bar.quarters - 0.5
    moves = bar.next_chord is not None and bar.next_chord.bass != chord_at(bar, at).bass
    busy = any(note.at > at - 0.3 for note in found) or len(found) < 3
    if busy or not moves or "a" in text or draw > (0.75 if bar.bar_of_section % 4 == 3 else 0.12):
        return []
    return [Placed(at, 0.5, "a", _LEADS)]


def _cut(notes: list[Placed]) -> list[Placed]:
    """One note at a time: each ends where the next begins at the latest."""
    following = [*(one.at for one in notes[1:]), float("inf")][: len(notes)]
    return [
        Placed(one.at, min(one.length, after - one.at), one.symbol, one.enters)
        for one, after in zip(notes, following, strict=True)
        if after - one.at > 1e-6
    ]


def chord_at(bar: Bar, at: float) -> ScoreChord:
    """The chord that sounds at a position of the bar."""
    sounding = [one for one in bar.chords if one.start <= at + 1e-6]
    return sounding[-1] if sounding else bar.chords[0]


def chord_after(bar: Bar, at: float) -> ScoreChord:
    """The chord that follows the one at `at`; the same one at the end of the piece."""
    later = [one for one in bar.chords if one.start > at + 1e-6]
    return later[0] if later else bar.next_chord or chord_at(bar, at)


def chord_coming(bar: Bar, at: float, length: float) -> ScoreChord:
    """The chord that sounds when a note at `at` ends, half a beat later at least: what a player who
    anticipates plays already.
    """
    then = at + max(length, 0.5)
    if then < bar.quarters - 1e-6:
        return chord_at(bar, then)
    return bar.next_chord or chord_at(bar, at)


def _root(chord: ScoreChord, bass: Bass) -> int:
    """The chord's lowest pitch class in the octave that the style likes."""
    return bass.octave + (chord.bass - bass.octave) % 12


def _pitch(one: Placed, bar: Bar, bass: Bass, rng: np.random.Generator) -> int:
    chord = chord_at(bar, one.at)
    root = _root(chord, bass)
    if one.symbol == "n":
        return _root(chord_coming(bar, one.at, one.length), bass)
    if one.symbol == "a":
        return _approach(root, _root(chord_after(bar, one.at), bass), bar, bass, rng)
    if one.symbol == "l":
        return root + degree(chord, 5, bar) - 12
    if one.symbol.isdigit() and chord.bass == chord.pitch_classes[0]:
        return root + degree(chord, int(one.symbol), bar)
    return root + 12 * (one.symbol == "8")


def degree(chord: ScoreChord, number: int, bar: Bar) -> int:
    """Semitones of a degree over the chord's root: the chord's own, else the key's nearest."""
    if number in {1, 8}:
        return 12 * (number == 8)
    usual = {2: (2, 1), 3: (4, 3), 4: (5, 6), 5: (7, 6, 8), 6: (9, 8), 7: (10, 11, 9)}[number]
    root = chord.pitch_classes[0]
    in_chord = {(pc - root) % 12 for pc in chord.pitch_classes}
    in_key = {(pc - root) % 12 for pc in scale(bar.scale).classes(bar.tonic)}
    for own in (in_chord, in_key):
        if fitting := [step for step in usual if step in own]:
            return fitting[0]
    return usual[0]


def _approach(now: int, goal: int, bar: Bar, bass: Bass, rng: np.random.Generator) -> int:
    """A step below or above the goal, from the side where the line is: chromatic or in key."""
    side = -1 if now <= goal else 1
    both = [goal + step * way for way in (side, -side) for step in (1, 2)]
    near = [pitch for pitch in both if pitch != now and pitch >= bass.octave][:2]
    in_key = scale(bar.scale).classes(bar.tonic)
    keyed = [pitch for pitch in near if pitch % 12 in in_key] or near
    return keyed[0] if float(rng.random()) < 0.7 else near[0]


def _walked(bar: Bar, player: Player, bass: Bass, rng: np.random.Generator) -> list[ScoreNote]:
    """A note a beat: root, chord and scale tones on the way, a step into the next root."""
    beat = 1.5 if bar.unit == 8 and bar.beats % 3 == 0 else 1.0
    line = _line(bar, bass, beat, rng)
    skips = [(at + beat * 0.5, pitch, float(rng.uniform(0.56, 1.0))) for at, pitch, _ in line]
    notes = []
    for at, pitch, enters in sorted([*line, *skips]):
        if enters <= bar.density and at < bar.quarters - 1e-6:
            skip = any(at == one[0] for one in skips)
            base = velocity(_BASE * (0.7 if skip else 1.0), bar)
            notes.append(ScoreNote(at, beat, _reach(pitch, player), base))
    ends = [note.start for note in notes[1:]] + [bar.quarters]
    return [
        ScoreNote(n.start, (end - n.start) * 0.95, n.pitch, n.velocity)
        for n, end in zip(notes, ends, strict=True)
    ]


def _line(
    bar: Bar, bass: Bass, beat: float, rng: np.random.Generator
) -> list[tuple[float, int, float]]:
    """(position, pitch, density from which it plays) of every beat."""
    beats = [i * beat for i in range(max(1, int(bar.quarters / beat + 1e-6)))]
    line: list[tuple[float, int, float]] = []
    for index, at in enumerate(beats):
        chord, after = chord_at(bar, at), chord_after(bar, at)
        begins = any(abs(one.start - at) < beat / 2 for one in bar.chords)
        ends = index + 1 == len(beats) or chord_at(bar, beats[index + 1]) is not chord
        root, goal = _root(chord, bass), _root(after, bass)
        now = line[-1][1] if line else root
        pitch = _passing(chord, now, _on_the_way(now, goal, len(beats) - index), bar, rng)
        if begins or not line:
            pitch = root
        elif ends and after is not chord:
            pitch = _approach(line[-1][1], goal, bar, bass, rng)
        line.append((at, pitch, _WALK[0] if not index else _WALK[1 + (index % 2)]))
    return line


def _on_the_way(now: int, goal: int, left: int) -> float:
    """Where a line should be that has `left` more steps to the goal; a third off when it is there
    too early.
    """
    if abs(goal - now) < 3 and left > 2:
        return now + 3.5
    return now + (goal - now) / max(left, 1)


def _passing(chord: ScoreChord, now: int, goal: float, bar: Bar, rng: np.random.Generator) -> int:
    """A chord tone or, one time in three, a scale tone, up to a fourth from `now`: one of the two
    nearest to where it should be.
    """
    own = set(chord.pitch_classes)
    if float(rng.random()) < 0.34:
        own |= scale(bar.scale).classes(bar.tonic)
    near = [now + step for step in range(-5, 6) if step and (now + step) % 12 in own]
    near.sort(key=lambda pitch: (abs(pitch - goal), pitch))
    second = float(rng.random()) < 0.4 and len(near) > 1 and abs(near[1] - goal) <= _ASTRAY
    return near[second] if near else now


def _reach(pitch: int, player: Player) -> int:
    """The pitch, moved by octaves into the instrument's range."""
    while pitch < player.low and pitch + 12 <= player.high:
        pitch += 12
    while pitch > player.high and pitch - 12 >= player.low:
        pitch -= 12
    return pitch
