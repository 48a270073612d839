"""How fast a hum is: suggestions from its onsets, and a person's taps, which decide.

A melody alone seldom tells its beat from the double or the half, so that every reading is offered
with what speaks for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipelines.melody.grid import Grid, gridded
from schemas.errors import InputError
from schemas.melody import Taps, TempoSuggestion

SLOWEST, FASTEST = 30.0, 300.0
LEAST_NOTES = 4
LEAST_TAPS = 3
MOST_TAPS = 2_000
SPREAD_OCTAVES = 0.35
USUAL_BPM = 105.0
"""A log-normal prior of the tempo that people tap to (van Noorden & Moelants 1999 find 120 for
music that is heard; what is hummed is a little slower)."""

_TRIED = 55.0 * 2 ** (np.arange(56) / 32)  # 55 … 180 BPM, 2 % apart
_SAME = 0.04
_MOST = 3
_DOUBLE = 0.4  # of the median interval
_OFF_BEAT = 0.25  # of a beat: a tap that far off is not of it


def suggest(onsets: Sequence[float]) -> tuple[TempoSuggestion, ...]:
    """At most three readings of the beat, most likely first; none for fewer than four onsets."""
    if len(onsets) < LEAST_NOTES:
        return ()
    grids = [gridded(onsets, float(bpm)) for bpm in _TRIED]
    scored = sorted(((_posterior(grid), grid) for grid in grids), key=lambda pair: -pair[0])
    kept: list[tuple[float, Grid]] = []
    for _, rough in scored:
        grid = _fitted(onsets, rough)
        if all(abs(grid.bpm / other.bpm - 1) > _SAME for _, other in kept):
            kept.append((_posterior(grid), grid))
        if len(kept) == 2 * _MOST:
            break
    kept.sort(key=lambda pair: -pair[0])
    weights = np.exp([0.5 * (score - kept[0][0]) for score, _ in kept])
    weights /= weights.sum()
    return tuple(
        TempoSuggestion(
            bpm=round(grid.bpm, 2),
            confidence=round(float(weight), 3),
            first_beat_s=round(grid.first_beat_s(onsets), 4),
        )
        for weight, (_, grid) in list(zip(weights, kept, strict=True))[:_MOST]
    )


def _posterior(grid: Grid) -> float:
    away = math.log2(grid.bpm / USUAL_BPM) / SPREAD_OCTAVES
    return grid.score - 0.5 * away**2


def _fitted(onsets: Sequence[float], grid: Grid) -> Grid:
    """The reading at the tempo that its own steps come to."""
    steps = np.diff(grid.steps) * grid.step_s
    apart = np.diff(np.asarray(onsets))
    ratio = float(np.median(apart / steps)) if len(steps) else 1.0
    bpm = min(FASTEST, max(SLOWEST, grid.bpm / ratio))
    return max((grid, gridded(onsets, bpm)), key=lambda one: one.score)


def tapped(times: Sequence[float]) -> Taps:
    """Tempo and place of the beat by a person's taps, in seconds on any clock.

    The beat is the median interval; a tap that was left out leaves an interval of two or three
    beats, which counts for as many; a double tap is dropped. A straight line through the taps that
    remain (beat number → time) gives tempo and place.

    Raises
    ------
    InputError
        For fewer than three taps, times that do not rise or are no numbers, taps that keep no beat,
        and tempi beyond 30 … 300 BPM.
    """
    taps = np.asarray(times, np.float64)
    _check(taps)
    given, taps = len(taps), _without_doubles(taps)
    beat = float(np.median(_single(np.diff(taps))))
    # Any of the first taps may be the one that is off: the one that most others follow is not.
    starts = (_counted(taps, beat, first) for first in range(min(3, len(taps))))
    numbers, kept = max(starts, key=lambda pair: len(pair[1]))
    if len(kept) < max(LEAST_TAPS, given / 2):
        raise InputError(
            f"taps: only {len(kept)} of {given} taps keep a beat; valid is an even pulse"
        )
    slope, first = np.polyfit(numbers, taps[kept], 1)
    bpm = 60.0 / float(slope)
    if not SLOWEST <= bpm <= FASTEST:
        raise InputError(f"taps: {bpm:.1f} BPM; valid is {SLOWEST:g} … {FASTEST:g} BPM")
    off = taps[kept] - (first + slope * np.asarray(numbers))
    return Taps(
        bpm=round(bpm, 2),
        first_beat_s=round(float(first), 4),
        used=len(kept),
        dropped=given - len(kept),
        spread_ms=round(1e3 * float(np.abs(off).mean()), 2),
    )


def _counted(taps: npt.NDArray[np.float64], beat: float, first: int) -> tuple[list[int], list[int]]:
    """Beat numbers and indices of the taps that keep the beat from tap `first` on."""
    numbers, kept = [0], [first]
    for i in range(first + 1, len(taps)):
        if numbers[-1] > 1:  # the longer they go on, the better they tell it
            beat = float(taps[kept[-1]] - taps[first]) / numbers[-1]
        beats = float(taps[i] - taps[kept[-1]]) / beat
        if round(beats) >= 1 and abs(beats - round(beats)) <= _OFF_BEAT:
            numbers.append(numbers[-1] + round(beats))
            kept.append(i)
    return numbers, kept


def _without_doubles(taps: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Without taps that follow another far too soon to be the next beat."""
    gaps = np.diff(taps)
    kept: npt.NDArray[np.float64] = taps[np.append(True, gaps > _DOUBLE * np.median(gaps))]
    return kept if len(kept) >= LEAST_TAPS else taps


def _single(intervals: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Intervals of one beat: without the half of a double tap, and without gaps."""
    middle = np.median(intervals)
    near: npt.NDArray[np.float64] = intervals[
        (intervals > 0.6 * middle) & (intervals < 1.5 * middle)
    ]
    return near if len(near) else intervals


def _check(taps: npt.NDArray[np.float64]) -> None:
    if not LEAST_TAPS <= len(taps) <= MOST_TAPS:
        raise InputError(f"taps: {len(taps)} taps; valid is {LEAST_TAPS} … {MOST_TAPS:,}")
    if not np.isfinite(taps).all():
        raise InputError("taps: a time that is no number; valid are seconds, as in 0,0.52,1.03")
    if (np.diff(taps) <= 0).any():
        raise InputError("taps: times do not rise; valid are seconds in order, as in 0,0.52,1.03")
