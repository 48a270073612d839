"""Measures of a score, without a sound of it: is it in key, on the grid, of one mind, of a form?

    in_key             share of a part's notes, by length, whose pitch class is of the scale that
                       its section is in, or of the chord that sounds
    chord_tones        share of a part's notes on strong beats that are of the chord that sounds
    bass_agreement     the same of the bass for root, third and fifth alone
    on_grid            share of onsets written on the style's grid and played within GRID_S of it
    bar_chroma         pitch classes of every bar, weighted by length and velocity
    section_similarity of two sections: the mean over their bars, in order, of the cosine between
                       their chroma, as on a diagonal of a self-similarity matrix (Foote 1999,
                       "Visualizing music and audio using self-similarity")

Pitched parts are all but the stem "drums", noises and effects.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from generation.sequencer.composition.scales import scale
from generation.sequencer.score import Part, Score, ScoreChord, ScoreNote, ScoreSection
from generation.sequencer.synthesis.sounds import sound

Chroma = npt.NDArray[np.float64]

GRID_S = 0.03
"""How far an onset may be off the grid: what a listener takes for one onset (Hirsh 1959 puts the
threshold of order at 20 ms, and ensembles are 30 to 50 ms apart: Rasch 1979)."""

_UNPITCHED = frozenset({"atmosphere", "effect", "hits", "drums", "kit"})
_HOOKS = frozenset({"chorus", "drop"})
_DIVISIONS = (16, 12)  # of a quarter note, as rolls of a hi-hat need them
_WRITTEN = 0.004  # quarter notes: what rounding may make of a written position


def pitched(score: Score) -> tuple[Part, ...]:
    """Parts whose pitches are heard as such."""
    return tuple(
        part
        for part in score.parts
        if part.stem != "drums" and sound(part.instrument).family not in _UNPITCHED
    )


def chord_under(score: Score, position: float) -> ScoreChord:
    """The chord that sounds at a position, quarter notes from the start."""
    starts = [chord.start for chord in score.chords]
    return score.chords[max(0, bisect_right(starts, position + 1e-6) - 1)]


def section_under(score: Score, position: float) -> ScoreSection:
    bar = min(score.bars - 1, int(position / score.bar_quarters + 1e-6))
    return next(one for one in score.sections if one.first_bar <= bar < one.first_bar + one.bars)


def in_key(score: Score, notes: Iterable[ScoreNote], with_chords: bool = True) -> float:
    """Share of the notes' length in key; `with_chords` counts tones of a foreign chord as in it."""
    inside = total = 0.0
    for note in notes:
        section = section_under(score, note.start)
        classes = set(scale(section.scale).classes(section.tonic))
        if with_chords:
            classes |= set(chord_under(score, note.start).pitch_classes)
        total += note.length
        inside += note.length if round(note.pitch) % 12 in classes else 0.0
    return inside / total if total else 1.0


def strong(score: Score, notes: Iterable[ScoreNote]) -> list[ScoreNote]:
    """Notes on the downbeat and in the middle of bars with an even number of beats."""
    half = score.bar_quarters / 2 if score.beats % 2 == 0 else score.bar_quarters
    return [note for note in notes if abs((note.start + half / 2) % half - half / 2) < 0.02]


def chord_tones(score: Score, notes: Iterable[ScoreNote], members: int = 12) -> float:
    """Share of the notes on strong beats that are among the first `members` tones of the chord."""
    heard = strong(score, notes)
    hits = [
        round(note.pitch) % 12 in chord_under(score, note.start).pitch_classes[:members]
        or round(note.pitch) % 12 == chord_under(score, note.start).bass
        for note in heard
    ]
    return sum(hits) / len(hits) if hits else 1.0


def bass_agreement(score: Score) -> float:
    """Share of the bass on strong beats that is root, third or fifth (or the slash bass)."""
    notes = [note for part in score.parts if part.stem == "bass" for note in part.notes]
    return chord_tones(score, notes, 3)


def on_grid(score: Score, swung: Sequence[float] = ()) -> float:
    """Share of all onsets that are written on the grid and played within GRID_S of it.

    The grid is sixteenths and twelfths of a quarter note, and `swung`: places within one (0 … 1)
    where the style's swing puts them.
    """
    places = sorted({i / d for d in _DIVISIONS for i in range(d + 1)} | set(swung))
    notes = [note for part in score.parts for note in part.notes]
    near = [
        min(abs(note.start % 1 - place) for place in places) <= _WRITTEN
        and abs(note.late_s) <= GRID_S
        for note in notes
    ]
    return sum(near) / len(near) if near else 1.0


def bar_chroma(score: Score) -> Chroma:
    """Shape (bars, 12); a note counts in the bars that it sounds in."""
    chroma = np.zeros((score.bars, 12))
    quarters = score.bar_quarters
    for part in pitched(score):
        for note in part.notes:
            end = min(note.start + note.length, score.bars * quarters)
            bar = int(note.start / quarters + 1e-9)
            while bar < score.bars and bar * quarters < end - 1e-9:
                share = min(end, (bar + 1) * quarters) - max(note.start, bar * quarters)
                chroma[bar, round(note.pitch) % 12] += max(0.0, share) * note.velocity
                bar += 1
    return chroma


def section_similarity(chroma: Chroma, one: ScoreSection, other: ScoreSection) -> float:
    """0 … 1. A section in another key is compared as it sounds, not transposed."""
    bars = min(one.bars, other.bars)
    first = chroma[one.first_bar : one.first_bar + bars]
    second = chroma[other.first_bar : other.first_bar + bars]
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    cosines = np.divide((first * second).sum(axis=1), norms, where=norms > 0, out=np.ones(bars))
    return float(cosines.mean())


def returns(score: Score) -> list[float]:
    """Similarities of every two choruses (or drops) of the piece that are in one key."""
    chroma = bar_chroma(score)
    hooks = [one for one in score.sections if one.label in _HOOKS]
    pairs = [(a, b) for a, b in combinations(hooks, 2) if a.tonic == b.tonic and a.label == b.label]
    return [section_similarity(chroma, a, b) for a, b in pairs]


def contrasts(score: Score) -> list[float]:
    """Similarities of every verse with every chorus (or drop) of the piece in its key."""
    chroma = bar_chroma(score)
    verses = [one for one in score.sections if one.label == "verse"]
    hooks = [one for one in score.sections if one.label in _HOOKS]
    return [section_similarity(chroma, a, b) for a in verses for b in hooks if a.tonic == b.tonic]
