"""Melody: the outline of a bar is sung over its chords.

Notes on strong beats (the first, and the middle of an even bar), long notes and notes that are left
by leap are chord tones; the others step along the scale between them. Where a chord leaves the key,
the scale bends to it: over E7 in A minor G sharp takes the place of G.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

from generation.sequencer.composition.bar import Bar
from generation.sequencer.composition.performance import weight_at
from generation.sequencer.composition.scales import scale
from generation.sequencer.composition.theme import Sketch
from generation.sequencer.plan import Plan
from generation.sequencer.score import ScoreChord, ScoreNote
from generation.sequencer.styles.entry import Lead

STRONG = 0.75  # metrical weight from which a note must be of the chord
_LONG = 1.0  # quarter notes from which it must, wherever it stands
_STEP = 2  # semitones: a non-chord tone must be left by no more
_WIDEST = 8  # semitones between two notes of a bar at most
_CHORD_TONES = 4  # root, third, fifth, seventh: what lies above them is colour
_ARTICULATION = {"lyrical": 1.0, "ornamented": 0.95, "riff": 0.8, "rolls": 0.9, "bebop": 0.9}


@lru_cache(maxsize=4096)
def singable(tonic: int, name: str, chord: tuple[int, ...]) -> frozenset[int]:
    """Pitch classes for a melody over a chord: its tones, and the scale's that do not rub against
    one of them that is foreign to the key.
    """
    key = {(tonic + step) % 12 for step in scale(name).steps}
    in_key = scale(name).classes(tonic)
    foreign = {one for one in chord if one not in in_key}
    rubbing = {(one + shift) % 12 for one in foreign for shift in (-1, 1)}
    return frozenset((key - rubbing) | set(chord))


@lru_cache(maxsize=4096)
def ladder(classes: frozenset[int], low: int, high: int) -> tuple[int, ...]:
    """MIDI pitches of those classes in low … high, ascending."""
    return tuple(pitch for pitch in range(low, high + 1) if pitch % 12 in classes)


def nearest(ladder: Sequence[int], pitch: float) -> int:
    """The pitch of a ladder nearest to `pitch`; of two as near, the higher."""
    place = bisect_left(ladder, pitch)
    around = ladder[max(0, place - 1) : place + 1] or ladder[-1:]
    return min(reversed(around), key=lambda one: abs(one - pitch))


def chord_at(bar: Bar, position: float) -> ScoreChord:
    """The chord that sounds at a position of the bar."""
    sounding = [chord for chord in bar.chords if chord.start <= position + 1e-9]
    return sounding[-1] if sounding else bar.chords[0]


def melody_scale(bar: Bar, lead: Lead) -> str:
    """The scale that the lead sings in: its own where that fits the key's mode."""
    if lead.scale and scale(lead.scale).minor == scale(bar.scale).minor:
        return lead.scale
    return bar.scale


def raised(plan: Plan, bar: Bar) -> int:
    """Semitones, -5 … 6, by which a bar's key is above the piece's."""
    return (bar.tonic - plan.tonic + 5) % 12 - 5


def sing(bar: Bar, lead: Lead, sketch: Sketch) -> list[ScoreNote]:
    """A bar of melody."""
    low, high = lead.low, lead.high
    home = low + sketch.register * (high - low)
    name = melody_scale(bar, lead)
    steps = ladder(scale(name).classes(bar.tonic), low, high)
    base = steps.index(nearest(steps, home)) + sketch.anchor
    pitches: list[int] = []
    rhythm = sketch.rhythm
    for index, (start, length) in enumerate(rhythm):
        chord = chord_at(bar, start)
        place = min(len(steps) - 1, max(0, base + sketch.contour[index % len(sketch.contour)]))
        pitches.append(_pitch(bar, chord, name, (low, high), (steps[place], start, length)))
    if sketch.cadence:
        pitches[-1] = _goal(bar, rhythm[-1][0], sketch, (low, high), pitches[-1])
    pitches = _smoothed(bar, rhythm, pitches, (low, high))
    return _voiced(bar, lead, sketch, pitches)


def _pitch(
    bar: Bar,
    chord: ScoreChord,
    name: str,
    reach: tuple[int, int],
    note: tuple[int, float, float],
) -> int:
    wanted, start, length = note
    if weight_at(start, bar) >= STRONG or length >= _LONG:
        return nearest(chord_tones(chord, reach), wanted)
    return nearest(ladder(singable(bar.tonic, name, chord.pitch_classes), *reach), wanted)


def chord_tones(chord: ScoreChord, reach: tuple[int, int]) -> tuple[int, ...]:
    """Pitches of a chord, without its colours, in a range."""
    return ladder(frozenset(chord.pitch_classes[:_CHORD_TONES]), *reach)


def _goal(bar: Bar, start: float, sketch: Sketch, reach: tuple[int, int], wanted: int) -> int:
    """Where a cadence comes to rest: closed on the tonic where the chord has it, else on its root
    or third; open on another tone of the chord.
    """
    chord = chord_at(bar, start)
    tones = chord.pitch_classes[:3]
    if sketch.cadence == "open":
        choice = [one for one in tones if one != bar.tonic] or list(tones)
    else:
        choice = [one for one in tones if one == bar.tonic] or list(tones[:2])
    return nearest(ladder(frozenset(choice), *reach), wanted)


def _smoothed(
    bar: Bar, rhythm: Sequence[tuple[float, float]], pitches: list[int], reach: tuple[int, int]
) -> list[int]:
    """Non-chord tones are left by step, and nothing leaps further than a minor sixth."""
    sung = _stepped(bar, rhythm, _connected(bar, rhythm, pitches, reach), reach)
    for index in range(len(sung) - 2, -1, -1):
        tones = chord_tones(chord_at(bar, rhythm[index][0]), reach)
        onward = sung[index + 1]
        dissonant = sung[index] not in tones and abs(onward - sung[index]) > _STEP
        if dissonant or abs(onward - sung[index]) > _WIDEST:
            sung[index] = nearest(tones, (sung[index] + onward) / 2)
    return sung


def _connected(
    bar: Bar, rhythm: Sequence[tuple[float, float]], pitches: Sequence[int], reach: tuple[int, int]
) -> list[int]:
    """A short weak note that is reached and left by leap goes between its neighbours; where these
    are close, beside the one that follows.
    """
    sung = list(pitches)
    for index in range(1, len(sung) - 1):
        start, length = rhythm[index]
        before, now, after = sung[index - 1 : index + 2]
        leaps = abs(now - before) > _STEP and abs(after - now) > _STEP
        if leaps and length < _LONG and weight_at(start, bar) < STRONG:
            chord = chord_at(bar, start)
            steps = ladder(singable(bar.tonic, bar.scale, chord.pitch_classes), *reach)
            if abs(after - before) > _STEP:
                sung[index] = nearest(steps, (before + after) / 2)
            else:
                beside = [one for one in steps if 0 < abs(one - after) <= _STEP]
                sung[index] = min(beside, key=lambda one: abs(one - now), default=now)
    return sung


def _stepped(
    bar: Bar, rhythm: Sequence[tuple[float, float]], pitches: Sequence[int], reach: tuple[int, int]
) -> list[int]:
    """A short weak note between two of one pitch, or one that would be struck a third time, moves
    to the neighbour on the scale.
    """
    sung = list(pitches)
    for index in range(2, len(sung) - 1):
        start, length = rhythm[index]
        again = sung[index - 2] == sung[index - 1] == sung[index]
        if again and length < _LONG and weight_at(start, bar) < STRONG:
            chord = chord_at(bar, start)
            steps = ladder(singable(bar.tonic, bar.scale, chord.pitch_classes), *reach)
            up = sung[index + 1] > sung[index]
            beside = [one for one in steps if 0 < abs(one - sung[index]) <= 2]
            sung[index] = (max if up else min)(beside, default=sung[index])
    return sung


def _voiced(bar: Bar, lead: Lead, sketch: Sketch, pitches: Sequence[int]) -> list[ScoreNote]:
    """Lengths and velocities."""
    share = _ARTICULATION.get(lead.manner, 0.9)
    loud = 66 + 36 * bar.intensity
    notes = []
    for (start, length), pitch in zip(sketch.rhythm, pitches, strict=True):
        height = 0.6 * (pitch - (lead.low + lead.high) / 2)
        force = min(120, max(30, round(loud + height + 4 * min(length, 2))))
        held = min(length * share, bar.quarters - start)
        notes.append(ScoreNote(start, held, pitch, force))
    return notes
