"""Lines that go their own way: bebop's runs, a banjo's rolls, graces, and a second voice.

Each takes a bar as `melody` has sung it, and gives it back as that manner would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle, islice

from generation.sequencer.composition.bar import Bar
from generation.sequencer.composition.melody import (
    STRONG,
    chord_at,
    chord_tones,
    ladder,
    melody_scale,
    nearest,
    singable,
)
from generation.sequencer.composition.performance import weight_at
from generation.sequencer.composition.rhythms import groups
from generation.sequencer.score import ScoreNote
from generation.sequencer.styles.entry import Lead

_CHROMATIC = (
    0.18  # share of a run's approach notes that are a semitone from their goal, in key or not
)
_CLOSE = 0.76  # quarter notes within which a note leads to the next
_GRACED = 0.45  # share of long notes with a grace note
_GRACE = 0.125  # quarter notes
_ROLLS = ((0, 1, 2, 3, 0, 1, 2, 3), (0, 2, 1, 3, 0, 2, 1, 3), (2, 1, 0, 3, 2, 1, 3, 0))
"""Forward, alternating and forward-backward roll: strings from the lowest; 3 is the drone."""
_FAST_ROLL = 2.6  # notes a beat from which a roll is in semiquavers


def run(
    notes: Sequence[ScoreNote], bar: Bar, lead: Lead, chances: Sequence[float]
) -> list[ScoreNote]:
    """Every note before a strong beat leads to it: by step of the scale, now and then by semitone,
    from the side that the line comes from (Baker 1988, "How to Play Bebop").
    """
    line = list(notes)
    name = melody_scale(bar, lead)
    for index in range(len(line) - 1):
        note, goal = line[index], line[index + 1]
        before = line[index - 1].pitch if index else note.pitch
        weak = weight_at(note.start, bar) < STRONG
        leads = weight_at(goal.start, bar) >= STRONG and goal.start - note.start <= _CLOSE
        if not weak or not (leads or note.pitch == before):
            continue
        side = 1 if before > goal.pitch else -1
        if leads and chances[index % len(chances)] < _CHROMATIC:
            pitch = goal.pitch + side
        else:
            chord = chord_at(bar, note.start)
            steps = ladder(singable(bar.tonic, name, chord.pitch_classes), lead.low, lead.high)
            beside = [one for one in steps if 0 < (one - goal.pitch) * side <= 3]
            pitch = min(beside, key=lambda one: abs(one - goal.pitch), default=note.pitch)
        line[index] = replace(note, pitch=pitch)
    return line


def roll(
    notes: Sequence[ScoreNote], bar: Bar, lead: Lead, per_beat: float, chance: float
) -> list[ScoreNote]:
    """Broken chords without a gap; where the sung bar has a note, that one is played."""
    step = 0.25 if per_beat >= _FAST_ROLL else 0.5
    pattern = _ROLLS[int(chance * len(_ROLLS))]
    sung = {note.start: note.pitch for note in notes if weight_at(note.start, bar) >= STRONG}
    loud = max((note.velocity for note in notes), default=80)
    home = notes[0].pitch if notes else (lead.low + lead.high) / 2
    line: list[ScoreNote] = []
    for start, length in groups(bar.beats, bar.unit):
        for place, string in enumerate(islice(cycle(pattern), round(length / step))):
            at = start + place * step
            tones = chord_tones(chord_at(bar, at), (lead.low, lead.high))
            first = tones.index(nearest(tones, home - 3))
            pitch = sung.get(at, tones[min(len(tones) - 1, first + string)])
            accent = 0 if at in sung or place == 0 else -12
            line.append(ScoreNote(at, step * 0.95, pitch, max(20, loud + accent)))
    return line


def graced(
    notes: Sequence[ScoreNote], bar: Bar, lead: Lead, chances: Sequence[float]
) -> list[ScoreNote]:
    """Long notes with a short one before them, from the step above."""
    line: list[ScoreNote] = []
    name = melody_scale(bar, lead)
    for index, note in enumerate(notes):
        room = note.start - (line[-1].start + _GRACE if line else 0.0)
        if note.length >= 0.7 and room >= _GRACE and chances[-1 - index] < _GRACED:
            chord = chord_at(bar, note.start)
            steps = ladder(singable(bar.tonic, name, chord.pitch_classes), lead.low, lead.high)
            above = [one for one in steps if 0 < one - note.pitch <= 3]
            if above:
                if line and line[-1].start + line[-1].length > note.start - _GRACE:
                    short = note.start - _GRACE - line[-1].start
                    line[-1] = replace(line[-1], length=short)
                grace = ScoreNote(
                    note.start - _GRACE, _GRACE, above[0], max(20, note.velocity - 18)
                )
                line.append(grace)
        line.append(note)
    return line


def with_third(notes: Sequence[ScoreNote], bar: Bar) -> list[ScoreNote]:
    """A bar on the tonic whose longest later note is the third, for a melody that nobody
    accompanies must itself tell major from minor.
    """
    line = list(notes)
    root, third = bar.chords[0].pitch_classes[:2] if bar.chords else (0, 0)
    if root != bar.tonic or len(line) < 2 or any(round(n.pitch) % 12 == third for n in line):
        return line
    index = max(range(1, len(line)), key=lambda i: line[i].length)
    up = (third - round(line[index].pitch) + 6) % 12 - 6
    line[index] = replace(line[index], pitch=line[index].pitch + up)
    return line


def second_voice(notes: Sequence[ScoreNote], bar: Bar, lead: Lead) -> list[ScoreNote]:
    """Along with a melody, a third or so below it: a chord tone on strong beats, else in scale."""
    line = []
    name = melody_scale(bar, lead)
    for note in notes:
        chord = chord_at(bar, note.start)
        strong = weight_at(note.start, bar) >= STRONG or note.length >= 1
        classes = (
            frozenset(chord.pitch_classes[:4])
            if strong
            else singable(bar.tonic, name, chord.pitch_classes)
        )
        below = [one for one in ladder(classes, lead.low - 9, lead.high) if one <= note.pitch - 3]
        if below:
            line.append(replace(note, pitch=below[-1], velocity=max(20, note.velocity - 10)))
    return line
