"""A piece as notes: what composition writes, and what synthesis and MIDI read.

Positions and lengths are in quarter notes from the start; `late_s` is how far a player is behind
the grid, in seconds. Pitches are MIDI numbers; in the stem "drums" they are General MIDI drum keys
(36 kick, 38 snare, 42 closed hat, 46 open hat …).
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass

from generation.sequencer.plan import Ending


@dataclass(frozen=True, slots=True)
class ScoreNote:
    start: float
    length: float
    pitch: float
    velocity: int
    late_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The notes of one player, ordered by start."""

    stem: str
    instrument: str
    notes: tuple[ScoreNote, ...]
    weight: float = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSection:
    label: str
    first_bar: int
    bars: int
    tonic: int
    scale: str
    intensity: float

    @property
    def end_bar(self) -> int:
        """The first bar after it."""
        return self.first_bar + self.bars


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreChord:
    """`pitch_classes` with the root first; `bass` is the pitch class of the lowest note."""

    start: float
    length: float
    symbol: str
    pitch_classes: tuple[int, ...]
    bass: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """`tempi` are (quarter note, BPM of the quarter) from 0 on; at least one."""

    parts: tuple[Part, ...]
    sections: tuple[ScoreSection, ...]
    chords: tuple[ScoreChord, ...]
    tempi: tuple[tuple[float, float], ...]
    beats: int
    unit: int
    bars: int
    tail_s: float = 0.0
    """How long the last notes may ring beyond the last bar."""
    ending: Ending = "end"

    @property
    def bar_quarters(self) -> float:
        return self.beats * 4 / self.unit

    @property
    def length_s(self) -> float:
        """Length of the bars without the tail, s."""
        return self.seconds(self.bars * self.bar_quarters)

    def seconds(self, quarter: float) -> float:
        """Time of a position, s."""
        starts = [at for at, _ in self.tempi]
        last = max(0, bisect.bisect_right(starts, quarter) - 1)
        passed = sum((starts[i + 1] - starts[i]) * 60 / self.tempi[i][1] for i in range(last))
        return passed + (quarter - starts[last]) * 60 / self.tempi[last][1]

    def bpm_at(self, quarter: float) -> float:
        """Tempo at a position, BPM of the quarter."""
        passed = bisect.bisect_right([at for at, _ in self.tempi], quarter) - 1
        return self.tempi[max(0, passed)][1]
