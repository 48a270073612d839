"""A score as a row of events, and back.

Positions are on a grid of 12 ticks a quarter note, which holds sixteenths and triplets. Pitches are
written as if the tonic were C, moved by the nearer way (-5 … +6 semitones), so that all keys are
one. Events of a bar are ordered by position, kind and pitch. Columns of an event, int16:

    kind      BAR, CHORD, or a stem
    position  ticks from the start of the bar
    pitch     MIDI number with the tonic at C; drum key; of a CHORD its code (root · 10 + quality)
    length    index into LENGTHS
    velocity  1 … 127 in 8 steps
    label, intensity, place, left, ticks   of the bar: section, 0 … 7, bar of the section (0 … 7),
              bars left in it (0 … 3), length in ticks
    chord     code of the chord that sounds, NO_CHORD where none does

After compound words (Hsiao et al. 2021) with REMI's explicit bars and chords (Huang & Yang 2020).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generation.sequencer.plan import STEMS
from generation.sequencer.score import Score, ScoreNote, ScoreSection
from generation.sequencer.styles.entry import Feel

Events = npt.NDArray[np.int16]
Row = tuple[int, int, int, int, int]
"""position, kind, pitch, length, velocity"""

TICKS = 12
LONGEST_BAR = 8 * TICKS
BAR, CHORD, FIRST_STEM = 0, 1, 2
KINDS = FIRST_STEM + len(STEMS)
DRUMS = FIRST_STEM + STEMS.index("drums")
LENGTHS: tuple[int, ...] = (1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 36, 48, 72, 96)
VELOCITIES = 8
LABELS: tuple[str, ...] = (
    "verse", "chorus", "intro", "bridge", "outro", "break", "build", "drop", "solo", "other",
)  # fmt: skip
INTENSITIES, PLACES, LEFT = 8, 8, 4
QUALITIES: tuple[tuple[int, ...], ...] = (
    (0, 4, 7), (0, 3, 7), (0, 3, 6), (0, 4, 8), (0, 4, 7, 10), (0, 4, 7, 11), (0, 3, 7, 10),
    (0, 3, 6, 10), (0, 5, 7), (0, 7),
)  # fmt: skip
SUFFIXES: tuple[str, ...] = ("", "m", "dim", "aug", "7", "maj7", "m7", "m7b5", "sus4", "5")
NO_CHORD = 12 * len(QUALITIES)
CHORD_CODES = NO_CHORD + 1

COLUMNS: tuple[str, ...] = (
    "kind", "position", "pitch", "length", "velocity",
    "label", "intensity", "place", "left", "ticks", "chord",
)  # fmt: skip
KIND, POSITION, PITCH, LENGTH, VELOCITY, LABEL, INTENSITY, PLACE, BARS_LEFT, BAR_TICKS, HARMONY = (
    range(len(COLUMNS))
)


@dataclass(frozen=True, slots=True)
class BarFacts:
    """What a bar is told of itself, in the columns of an event."""

    label: int
    intensity: int
    place: int
    left: int
    ticks: int

    def row(self) -> list[int]:
        return [self.label, self.intensity, self.place, self.left, self.ticks]


def shift_of(tonic: int) -> int:
    """Semitones that a tonic lies above the nearer C: -5 … 6."""
    return tonic if tonic <= 6 else tonic - 12


def bar_facts(score: Score) -> list[BarFacts]:
    """One for each bar of `score`."""
    ticks = min(LONGEST_BAR, round(score.bar_quarters * TICKS))
    found = [BarFacts(LABELS.index("other"), 4, 0, 0, ticks)] * score.bars
    for section in score.sections:
        for place in range(section.bars):
            if section.first_bar + place < score.bars:
                found[section.first_bar + place] = facts_in(section, place, ticks)
    return found


def facts_in(section: ScoreSection, place: int, ticks: int) -> BarFacts:
    label = section.label if section.label in LABELS else "other"
    return BarFacts(
        LABELS.index(label),
        min(INTENSITIES - 1, int(section.intensity * INTENSITIES)),
        min(PLACES - 1, place),
        min(LEFT - 1, section.bars - 1 - place),
        ticks,
    )


STRAIGHT = Feel(swing=0.5, looseness=0.0)


def encode(score: Score, feel: Feel = STRAIGHT) -> Events:
    """Events of `score`, int16 (n, 11), written straight: the swing of `feel` is taken out.

    A stem's leading player speaks for it; drums are merged.
    """
    facts = bar_facts(score)
    shifts = _shifts(score)
    ticks = facts[0].ticks if facts else 4 * TICKS
    rows: list[set[Row]] = [set() for _ in facts]
    heard = np.array([feel.swung(tick / TICKS) for tick in range(ticks + 1)])
    for kind, note in _notes(score):
        bar = int((note.start + 1e-6) // score.bar_quarters)
        position = int(np.abs(heard - (note.start - bar * score.bar_quarters)).argmin())
        if position == ticks:
            bar, position = bar + 1, 0
        if 0 <= bar < len(facts):
            pitch = round(note.pitch) - (0 if kind == DRUMS else shifts[bar])
            length = length_code(note.length)
            rows[bar].add((position, kind, min(127, max(0, pitch)), length, note.velocity // 16))
    for chord in score.chords:
        bar, position = divmod(round(chord.start * TICKS), ticks)
        if 0 <= bar < len(facts):
            code = chord_code(chord.pitch_classes, shifts[bar])
            if code < NO_CHORD:
                rows[bar].add((position, CHORD, code, 0, 0))
    return _flat(rows, facts)


def _flat(
    rows: Sequence[Iterable[tuple[int, int, int, int, int]]], facts: list[BarFacts]
) -> Events:
    found: list[list[int]] = []
    sounding = NO_CHORD
    for bar, fact in zip(rows, facts, strict=True):
        found.append([BAR, 0, 0, 0, 0, *fact.row(), sounding])
        last = (-1, -1, -1)
        for position, kind, pitch, length, velocity in sorted(bar):
            if (position, kind, pitch) == last:
                continue  # one player, one key, one moment: one note
            last = (position, kind, pitch)
            sounding = pitch if kind == CHORD else sounding
            found.append([kind, position, pitch, length, velocity, *fact.row(), sounding])
    return np.array(found, np.int16).reshape(-1, len(COLUMNS))


def _notes(score: Score) -> Iterable[tuple[int, ScoreNote]]:
    for place, stem in enumerate(STEMS):
        parts = [part for part in score.parts if part.stem == stem and part.notes]
        if stem != "drums" and parts:
            parts = [max(parts, key=lambda part: (part.weight, len(part.notes)))]
        for part in parts:
            for note in part.notes:
                yield FIRST_STEM + place, note


def _shifts(score: Score) -> list[int]:
    shifts = [0] * score.bars
    for section in score.sections:
        for bar in range(section.first_bar, min(score.bars, section.first_bar + section.bars)):
            shifts[bar] = shift_of(section.tonic)
    return shifts


def length_code(quarters: float) -> int:
    """Index of the nearest of LENGTHS, by ratio."""
    ticks = max(1.0, quarters * TICKS)
    return int(np.argmin(np.abs(np.log(np.array(LENGTHS) / ticks))))


def chord_code(pitch_classes: Sequence[int], shift: int = 0) -> int:
    """Code of a chord, root first, by the quality that shares most with it; NO_CHORD: no notes."""
    if not pitch_classes:
        return NO_CHORD
    root = pitch_classes[0]
    heard = {(pitch - root) % 12 for pitch in pitch_classes}
    overlap = [
        len(heard & set(quality)) * 2 - len(set(quality) - heard) - len(heard - set(quality))
        for quality in QUALITIES
    ]
    return (root - shift) % 12 * len(QUALITIES) + int(np.argmax(overlap))


def chord_classes(code: int) -> tuple[int, ...]:
    """Pitch classes of a code, root first, with the tonic at 0; none for NO_CHORD."""
    if code >= NO_CHORD:
        return ()
    root, quality = divmod(code, len(QUALITIES))
    return tuple((root + step) % 12 for step in QUALITIES[quality])
