"""Events as played notes and named chords: the way back from `events.encode`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from generation.learned.symbolic.events import (
    BAR,
    BAR_TICKS,
    CHORD,
    FIRST_STEM,
    KIND,
    LENGTH,
    LENGTHS,
    PITCH,
    POSITION,
    QUALITIES,
    SUFFIXES,
    TICKS,
    VELOCITY,
    Events,
    shift_of,
)
from generation.sequencer.plan import STEMS
from generation.sequencer.score import Part, ScoreChord, ScoreNote, ScoreSection
from generation.sequencer.styles.entry import Feel
from schemas.features import KEY_NAMES


class Touch:
    """How written notes are played: the feel's swing and lateness, and loudness between the steps.

    Drawn from `seed`, note by note; no onset is further than `late` s from the grid of the swing.
    """

    LATEST_S = 0.03

    def __init__(self, feel: Feel, seed: int) -> None:
        self._feel = feel
        self._rng = np.random.default_rng([seed, 7])

    def played(self, row: list[int], bar_start: float, stem: str, pitch: int) -> ScoreNote:
        """The note of one event, in a bar that starts at `bar_start` (quarter notes)."""
        straight = row[POSITION] / TICKS
        start = self._feel.swung(straight)
        end = self._feel.swung(straight + LENGTHS[row[LENGTH]] / TICKS)
        scatter, force = self._rng.standard_normal(), self._rng.integers(0, 16)
        late = self._feel.late_ms.get(stem, 0.0) / 1000 + 0.006 * self._feel.looseness * scatter
        return ScoreNote(
            bar_start + start,
            max(1 / 32, end - start),
            float(pitch),
            min(127, max(1, row[VELOCITY] * 16 + int(force))),
            float(np.clip(late, -self.LATEST_S, self.LATEST_S)),
        )


def score_chord(start: float, length: float, code: int, shift: int) -> ScoreChord:
    """The chord of a code, `shift` semitones up."""
    root, quality = divmod(code, len(QUALITIES))
    root = (root + shift) % 12
    classes = tuple((root + step) % 12 for step in QUALITIES[quality])
    return ScoreChord(
        start=start,
        length=length,
        symbol=KEY_NAMES[root] + SUFFIXES[quality],
        pitch_classes=classes,
        bass=root,
    )


def decode(
    events: Events,
    sections: Sequence[ScoreSection],
    instruments: Mapping[str, tuple[str, float]],
    touch: Touch,
) -> tuple[tuple[Part, ...], tuple[ScoreChord, ...]]:
    """Parts and chords of `events`, each bar in the key of its section, played with `touch`.

    `instruments` has (instrument, weight) by stem; a stem that it lacks is left out.
    """
    shifts = {
        section.first_bar + place: shift_of(section.tonic)
        for section in sections
        for place in range(section.bars)
    }
    notes: dict[str, list[ScoreNote]] = {stem: [] for stem in STEMS}
    chords: list[tuple[float, int, int]] = []
    bar, start, ticks = -1, 0, 0
    for row in events.tolist():
        if row[KIND] == BAR:
            bar, start, ticks = bar + 1, start + ticks, row[BAR_TICKS]
            continue
        shift = shifts.get(bar, 0)
        if row[KIND] == CHORD:
            chords.append(((start + row[POSITION]) / TICKS, row[PITCH], shift))
            continue
        stem = STEMS[row[KIND] - FIRST_STEM]
        pitch = row[PITCH] + (0 if stem == "drums" else shift)
        notes[stem].append(touch.played(row, start / TICKS, stem, min(127, max(0, pitch))))
    parts = tuple(
        Part(stem=stem, instrument=instruments[stem][0], notes=tuple(notes[stem]),
             weight=instruments[stem][1])
        for stem in STEMS
        if notes[stem] and stem in instruments
    )  # fmt: skip
    return parts, _chords(chords, (start + ticks) / TICKS)


def _chords(found: list[tuple[float, int, int]], end: float) -> tuple[ScoreChord, ...]:
    if not found:
        return ()
    ends = [at for at, _, _ in found[1:]] + [end]
    return tuple(
        score_chord(at, max(stop - at, 1 / TICKS), code, shift)
        for (at, code, shift), stop in zip(found, ends, strict=True)
    )
