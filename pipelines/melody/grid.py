"""Sung onsets on a grid: which subdivision each note is meant to fall on.

People who hum keep no metronome, so that distances from note to note are matched, and not times
from the start. What a note length and a place within the beat cost are their code lengths: the
shortest description of the onsets wins (minimum description length, as in Cemgil & Kappen 2003,
"Monte Carlo methods for tempo tracking and rhythm quantization").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

JITTER_S, DRIFT = 0.025, 0.05
"""How far an onset is from where it is meant: so many seconds, and a share of the distance."""

TAP_S = 0.04
"""How far people tap from the beat."""

_DIVISIONS = (4, 3)  # sixteenths, or triplets of eighths
_PLACES = {
    4: np.log([0.66, 0.04, 0.26, 0.04]),
    3: np.log([0.62, 0.17, 0.21]),
}
_LENGTHS = {
    4: {1: 0.04, 2: 0.26, 3: 0.03, 4: 0.38, 6: 0.08, 8: 0.13, 12: 0.03, 16: 0.02},
    3: {1: 0.15, 2: 0.15, 3: 0.38, 6: 0.14, 9: 0.04, 12: 0.02},
}
_OTHER = 0.004
_PRIOR = {4: np.log(0.85), 3: np.log(0.15)}
_REACH = 2


@dataclass(frozen=True, slots=True)
class Grid:
    """Onsets as multiples of a subdivision.

    Attributes
    ----------
    bpm : float
    division : int
        Subdivisions of a beat: 4, or 3 for triplets.
    steps : tuple of int
        Of each onset, from the first beat of the grid; the first is 0 … division - 1.
    score : float
        Log-probability of the onsets and this reading of them; comparable between tempi.
    """

    bpm: float
    division: int
    steps: tuple[int, ...]
    score: float

    @property
    def step_s(self) -> float:
        return 60.0 / self.bpm / self.division

    def first_beat_s(self, onsets: Sequence[float]) -> float:
        """Where step 0 lies, by all onsets, seconds; may be before the recording begins."""
        times, steps = np.asarray(onsets), np.asarray(self.steps)
        return float(np.median(times - steps * self.step_s))


def gridded(onsets: Sequence[float], bpm: float, phase_s: float | None = None) -> Grid:
    """The most probable reading of `onsets` (s, rising, one or more) at `bpm`.

    `phase_s` is the time of any one beat, where it is known: the first onset is then read by it.
    """
    return max((_read(onsets, bpm, d, phase_s) for d in _DIVISIONS), key=lambda grid: grid.score)


def _read(onsets: Sequence[float], bpm: float, division: int, phase_s: float | None) -> Grid:
    step = 60.0 / bpm / division
    places = _PLACES[division]
    score = places.copy()
    if phase_s is not None:
        # A person has said where the beat lies: that most notes fall on it says less then.
        away = (onsets[0] - phase_s) / step - np.arange(division)
        away -= division * np.rint(away / division)
        score = -0.5 * (away * step / TAP_S) ** 2
        places = places / 4
    came: list[dict[int, tuple[int, int]]] = []
    for before, at in pairwise(onsets):
        apart = at - before
        spread = JITTER_S + DRIFT * apart
        nearest = round(apart / step)
        after = np.full(division, -np.inf)
        back: dict[int, tuple[int, int]] = {}
        for length in range(max(1, nearest - _REACH), max(1, nearest) + _REACH + 1):
            fit = -0.5 * ((apart - length * step) / spread) ** 2 - np.log(spread)
            fit += np.log(_LENGTHS[division].get(length, _OTHER))
            for place in range(division):
                to = (place + length) % division
                total = score[place] + fit + places[to]
                if total > after[to]:
                    after[to], back[to] = total, (place, length)
        score = after
        came.append(back)
    return Grid(bpm, division, _steps(score, came), float(score.max() + _PRIOR[division]))


def _steps(
    score: npt.NDArray[np.float64], came: list[dict[int, tuple[int, int]]]
) -> tuple[int, ...]:
    place, lengths = int(score.argmax()), []
    for back in reversed(came):
        place, length = back[place]
        lengths.append(length)
    found = [place]
    for length in reversed(lengths):
        found.append(found[-1] + length)
    return tuple(found)
