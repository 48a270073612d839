"""Onsets per second: told from a score, and met by how densely it is composed.

The extractor hears an onset where the spectrum rises, so notes that begin together count once and
soft ones under loud ones not at all. `counted` follows that rule on the notes; what is left between
it and the sound is measured once the sound is there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from generation.sequencer.plan import Plan
from generation.sequencer.score import Score

_TOGETHER_S = 0.045  # notes nearer than this are one onset: two frames of the extractor
_FAINT = 0.3  # of the loudest stroke near it; fainter ones are not heard as onsets
_NEAR_S = 0.25
_TRIES = 5
_CLOSE = 0.04  # of the rate asked for

Compose = Callable[[Plan], Score]


def counted(score: Score) -> float:
    """Onsets per second of a score's bars."""
    times, strokes = _strokes(score)
    if not len(times):
        return 0.0
    groups = np.concatenate([[0], np.flatnonzero(np.diff(times) > _TOGETHER_S) + 1])
    at = times[groups]
    force = np.add.reduceat(strokes, groups)
    heard = 0
    left = np.searchsorted(at, at - _NEAR_S)
    right = np.searchsorted(at, at + _NEAR_S, side="right")
    for i in range(len(at)):
        heard += force[i] >= _FAINT * force[left[i] : right[i]].max()
    return heard / max(score.length_s, 1e-3)


def _strokes(score: Score) -> tuple[np.ndarray, np.ndarray]:
    """(time in seconds, force) of every note, by time; force is velocity squared."""
    found = [
        (score.seconds(note.start) + note.late_s, (note.velocity / 127) ** 2)
        for part in score.parts
        for note in part.notes
    ]
    found.sort()
    both = np.array(found).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def densities(plan: Plan, rate_hz: float, factor: float, compose: Compose) -> tuple[Plan, Score]:
    """The plan at the density that gives `rate_hz`, as far as any does, and its score.

    Parameters
    ----------
    factor : onsets that are heard for each that is counted, as an earlier try showed; 1 at first
    """
    low, high = 0.0, 1.0
    best: tuple[float, Plan, Score] | None = None
    density = plan.density
    for _ in range(_TRIES):
        tried = replace(plan, density=density)
        score = compose(tried)
        got = counted(score) * factor
        miss = abs(got / rate_hz - 1)
        if best is None or miss < best[0]:
            best = (miss, tried, score)
        if miss < _CLOSE:
            break
        if got < rate_hz:
            low = density
        else:
            high = density
        density = (low + high) / 2
    assert best is not None
    return best[1], best[2]
