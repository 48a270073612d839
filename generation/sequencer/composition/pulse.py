"""How clearly the beat stands out: notes between the beats give way to those on them.

A tempo is heard at its octave where the notes between the beats are as strong as those on them. So
the slower the beat, the more room there is between beats for others to be taken for it, and the
more they give way. Only velocities change, note by note, whatever the others do.
"""

from __future__ import annotations

from dataclasses import replace

from generation.sequencer.score import Part, Score, ScoreNote

_ON = 0.13  # of a beat: played so near to it, a note is on it
_RAISED, _HALFWAY, _ELSEWHERE = 0.15, 1.0, 0.8
_SOFTEST, _LOUDEST = 8, 127


def marked(score: Score, amount: float) -> Score:
    """The score with its beats brought out; `amount` 0 leaves it as it is, 1 is the most."""
    if amount <= 0:
        return score
    beat = beat_quarters(score.beats, score.unit)
    return replace(score, parts=tuple(_part(part, beat, amount) for part in score.parts))


def beat_quarters(beats: int, unit: int) -> float:
    """Length of the beat as it is felt, quarter notes: three quavers in 6/8, 9/8 and 12/8."""
    compound = unit == 8 and beats % 3 == 0 and beats > 3
    return 1.5 if compound else 4 / unit if unit < 8 else 1.0


def _part(part: Part, beat: float, amount: float) -> Part:
    return replace(part, notes=tuple(_note(note, beat, amount) for note in part.notes))


def _note(note: ScoreNote, beat: float, amount: float) -> ScoreNote:
    place = (note.start / beat) % 1.0
    if min(place, 1 - place) < _ON:
        factor = 1 + _RAISED * amount
    else:
        factor = 1 - amount * (_HALFWAY if abs(place - 0.5) < _ON else _ELSEWHERE)
    velocity = min(_LOUDEST, max(_SOFTEST, round(note.velocity * factor)))
    return replace(note, velocity=velocity)
