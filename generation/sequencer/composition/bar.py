"""One bar as every player sees it: harmony, place in the form, and whose turn it is.

`form` and `harmony` make the bars; the players (drums, bass, chords, lead, extra) fill them, each
drawing from the bar's own generator for its stem. So a stem or a bar can be drawn anew while all
else stays note for note.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from generation.sequencer.score import ScoreChord


def _no_taste(_name: str) -> np.random.Generator:
    return np.random.default_rng(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Positions in it count quarter notes from the bar's own start.

    Attributes
    ----------
    index : from the start of the piece
    start : of the bar, quarter notes from the start of the piece
    quarters : its length
    beats, unit : the time signature
    label : of its section: "intro", "verse", "chorus", "bridge", "break", "drop", "outro" …
    occurrence : 0 for the first section of that label, 1 for the next …
    bar_of_section, section_bars : where it is in the section
    first, last : of its section; the last is where fills go
    intensity : 0 … 1, of this bar: the section's, with builds
    density : 0 … 1, as in Plan
    tonic, scale : of this bar
    chords : in it, at least one; `start` from the bar's start
    next_chord : what follows the bar, for approach notes; None at the end; of a loop, its first
    silent : stems that rest in it
    events : names of what happens here: "guitar solo", "build", "drop", "fill", "break" …;
        "end": the last bar of a piece that closes
    rng : a player's name (its stem, or "chords:1" for the second player of a stem) → a fresh
        generator, the same for every bar that the same material returns in (a second chorus is
        drawn like the first), unless a bar seed says otherwise
    taste : a player's name → a fresh generator, the same in the whole piece: which of a style's
        patterns it likes
    tempo_bpm : of the quarter note, in this bar
    level : factors on velocities at its start and end, for fades and crescendi
    """

    index: int
    start: float
    quarters: float
    beats: int
    unit: int
    label: str
    occurrence: int
    bar_of_section: int
    section_bars: int
    intensity: float
    density: float
    tonic: int
    scale: str
    chords: tuple[ScoreChord, ...]
    next_chord: ScoreChord | None
    silent: frozenset[str]
    events: tuple[str, ...]
    rng: Callable[[str], np.random.Generator]
    taste: Callable[[str], np.random.Generator] = _no_taste
    tempo_bpm: float = 120.0
    level: tuple[float, float] = (1.0, 1.0)

    @property
    def first(self) -> bool:
        return self.bar_of_section == 0

    @property
    def last(self) -> bool:
        return self.bar_of_section == self.section_bars - 1
