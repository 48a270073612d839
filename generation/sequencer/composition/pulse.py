"""How clearly the beat stands out: notes between the beats give way to those on them.

A tempo is heard at its octave where the notes between the beats are as strong as those on them. So
the slower the beat, the more room there is between beats for others to be taken for it, and the
more they give way. And a slow beat that is the same four times a bar is heard as half notes of one
twice as fast: bass and bass drum keep to the strong beats then, as in two, and snare and cymbals to
the weak ones. The lead keeps every note.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from generation.sequencer.score import Part, Score, ScoreNote
from generation.sequencer.styles.notation import DRUM_KEYS

_ON = 0.1  # of a beat: written so near to it, a note is on it
_SWUNG = 0.13  # of a beat: so near to its half, a note is halfway, swung or straight
_RAISED, _HALFWAY, _ELSEWHERE = 0.15, 1.0, 0.8
_SOFTEST, _LOUDEST = 8, 127
_SWAYS_FROM, _SWAYS_ALL = 102.0, 75.0  # BPM between which strong and weak beats come apart
_LOW = 0.75  # how far low voices give way on weak beats,
_PARTS = 0.5  # from which on they rest there where others play
_TIME = 0.5  # and cymbals on strong ones, as a foot on a hi-hat does
_LOWEST_PITCH = 50  # to 150 Hz: what a listener's foot follows
_LOW_KEYS = frozenset(DRUM_KEYS[voice] for voice in ("kick", "kick2"))
_TIME_KEYS = frozenset(
    DRUM_KEYS[voice]
    for voice in ("hat", "open", "ride", "shaker", "tambourine", "maracas", "snare", "clap", "rim")
)  # of these, what plays on weak beats anywhere rests on strong ones


def marked(score: Score, amount: float) -> Score:
    """The score with its beats brought out; `amount` 0 leaves it as it is, 1 is the most.

    How far strong and weak beats come apart is by the tempo alone: density is searched by way of
    `amount`.
    """
    if amount <= 0:
        return score
    beat = beat_quarters(score.beats, score.unit)
    beats = score.beats * 4 / score.unit / beat
    sways = beats > 1 and beats == round(beats)  # in 7/8 no beat is the half of another
    felt = score.tempi[0][1] / beat
    sway = math.log2(_SWAYS_FROM / felt) / math.log2(_SWAYS_FROM / _SWAYS_ALL)
    sway = min(1.0, max(0.0, sway)) if sways else 0.0
    grid = _Grid(beat, max(1, round(beats)), amount, sway)
    parts = tuple(_part(part, grid) for part in score.parts)
    return replace(score, parts=_parted(parts, grid) if sway >= _PARTS else parts)


def beat_quarters(beats: int, unit: int) -> float:
    """Length of the beat as it is felt, quarter notes: three quavers in 6/8, 9/8 and 12/8."""
    compound = unit == 8 and beats % 3 == 0 and beats > 3
    return 1.5 if compound else 4 / unit if unit < 8 else 1.0


@dataclass(frozen=True, slots=True)
class _Grid:
    """`beat` in quarter notes, `beats` of a bar; `sway`: how far strong and weak beats differ."""

    beat: float
    beats: int
    amount: float
    sway: float

    def place(self, start: float) -> tuple[int, float]:
        """The nearest beat, counted from the piece's start, and how far off it, beats."""
        nearest = round(start / self.beat)
        return nearest, abs(start / self.beat - nearest)

    def strong(self, beat: int) -> bool:
        within = beat % self.beats
        return within == 0 or (within % 2 == 0 and within < self.beats - 1 and self.beats > 3)


def _note(note: ScoreNote, stem: str, grid: _Grid) -> ScoreNote:
    beat, off = grid.place(note.start)
    if off >= _ON:
        factor = 1 - grid.amount * (_HALFWAY if off > 0.5 - _SWUNG else _ELSEWHERE)
    else:
        yields = _yields(note.pitch, stem, grid.strong(beat))
        factor = (1 + _RAISED * grid.amount) * (1 - grid.sway * yields)
    velocity = min(_LOUDEST, max(_SOFTEST, round(note.velocity * factor)))
    return replace(note, velocity=velocity)


def _part(part: Part, grid: _Grid) -> Part:
    return replace(part, notes=tuple(_note(note, part.stem, grid) for note in part.notes))


def _yields(pitch: float, stem: str, strong: bool) -> float:
    """How far a note gives way on a strong or a weak beat where these come apart."""
    if stem == "drums":
        return _TIME * (pitch in _TIME_KEYS) if strong else _LOW * (pitch in _LOW_KEYS)
    return 0.0 if strong or stem == "lead" or pitch > _LOWEST_PITCH else _LOW


def _answering(part: Part, grid: _Grid) -> frozenset[float]:
    """Keys of a drummer that rest on some beats for others; a snare that has no weak beat is the
    backbeat of a groove in half-time, and stays.
    """
    placed = [(note.pitch, *grid.place(note.start)) for note in part.notes]
    weak = frozenset(pitch for pitch, beat, off in placed if off < _ON and not grid.strong(beat))
    return (weak & _TIME_KEYS) | _LOW_KEYS


def _parted(parts: tuple[Part, ...], grid: _Grid) -> tuple[Part, ...]:
    """Low voices rest on weak beats and cymbals and snare on strong ones that others play: softer,
    they are heard all the same.
    """
    resting = [_resting(part, grid) for part in parts]
    played = {
        grid.place(note.start)[0]
        for part, rests in zip(parts, resting, strict=True)
        for note, rest in zip(part.notes, rests, strict=True)
        if grid.place(note.start)[1] < _ON and not rest
    }
    return tuple(
        replace(part, notes=_kept(part, [rest and grid.place(note.start)[0] in played
                                         for note, rest in zip(part.notes, rests, strict=True)]))
        for part, rests in zip(parts, resting, strict=True)
    )  # fmt: skip


def _resting(part: Part, grid: _Grid) -> list[bool]:
    """Of each note, whether it had better not be there if others are."""
    answering = _answering(part, grid)
    found = []
    for note in part.notes:
        beat, off = grid.place(note.start)
        yields = _yields(note.pitch, part.stem, grid.strong(beat)) > 0
        takes_part = part.stem != "drums" or note.pitch in answering
        found.append(off < _ON and yields and takes_part)
    return found


def _kept(part: Part, rests: Sequence[bool]) -> tuple[ScoreNote, ...]:
    """The part without what rests; a bass note rings on where the next is the same."""
    kept: list[ScoreNote] = []
    for note, rest in zip(part.notes, rests, strict=True):
        if not rest:
            kept.append(note)
        elif part.stem == "bass" and kept and kept[-1].pitch == note.pitch:
            length = note.start + note.length - kept[-1].start
            kept[-1] = replace(kept[-1], length=length)
    return tuple(kept)
