"""Onsets per second, met by how densely a piece is composed.

The extractor hears an onset where the spectrum rises, so notes that begin together count once, and
soft ones under loud ones not at all; above some six a second they run together. `counted` tells
onsets from the notes, cheaply and roughly; `Search` goes on from there with what is heard.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from generation.sequencer.plan import Plan
from generation.sequencer.score import Score

_TOGETHER_S = 0.045  # notes nearer than this are one onset: two frames of the extractor
_FAINT = 0.3  # of the loudest stroke near it; fainter ones are not heard as onsets
_NEAR_S = 0.25
_COUNTS = 3
_CLOSE_COUNT = 0.15
CLOSE = 0.05  # of the rate asked for
_LEAST_STEP, _LEAST_PULSE = 0.015, 0.04
_PULSES = 4  # tries beyond those of density
_HARDER, _FLATTER = 1.0, 0.3  # intensity at which everybody plays; factor on the pulse

Compose = Callable[[Plan], Score]
Vector = npt.NDArray[np.float64]


def counted(score: Score) -> float:
    """Onsets per second of a score's bars, by its notes."""
    times, strokes = _strokes(score)
    if not len(times):
        return 0.0
    groups = np.concatenate([[0], np.flatnonzero(np.diff(times) > _TOGETHER_S) + 1])
    at, force = times[groups], np.maximum.reduceat(strokes, groups)
    left = np.searchsorted(at, at - _NEAR_S)
    right = np.searchsorted(at, at + _NEAR_S, side="right")
    loudest = np.array([force[a:b].max() for a, b in zip(left, right, strict=True)])
    return float((force >= _FAINT * loudest).sum()) / max(score.length_s, 1e-3)


def _strokes(score: Score) -> tuple[Vector, Vector]:
    """(time in seconds, force) of every note, by time; force is velocity squared."""
    found = [
        (score.seconds(note.start) + note.late_s, (note.velocity / 127) ** 2)
        for part in score.parts
        for note in part.notes
    ]
    found.sort()
    both = np.array(found, dtype=np.float64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def first_guess(plan: Plan, rate_hz: float, compose: Compose) -> Plan:
    """The plan at a density that gives some `rate_hz` by `counted`."""
    low, high, best, density = 0.0, 1.0, (np.inf, plan), plan.density
    for _ in range(_COUNTS):
        tried = replace(plan, density=density)
        got = counted(compose(tried))
        best = min(best, (abs(got / rate_hz - 1), tried), key=lambda pair: pair[0])
        if best[0] < _CLOSE_COUNT:
            break
        low, high = (density, high) if got < rate_hz else (low, density)
        density = (low + high) / 2
    return best[1]


@dataclass(slots=True)
class Search:
    """Looks for the density at which `rate_hz` onsets per second are heard.

    `next` tells what to try after a plan was heard, None once it is near enough or cannot be
    nearer. Where the densest is not dense enough everybody is made to play, and then what is
    between the beats gives way less. Where density has no step that is near enough, the nearest
    with more is taken, and what is between its beats gives way further: that has no steps.
    """

    rate_hz: float
    tries: int
    _low: tuple[float, float] = (0.0, 0.3)
    _high: tuple[float, float | None] = (1.0, None)
    _heard: int = 0
    _above: tuple[float, Plan] | None = None
    _pulse: tuple[float, float] | None = None

    def next(self, plan: Plan, heard_hz: float) -> Plan | None:
        if abs(heard_hz / self.rate_hz - 1) < CLOSE:
            return None
        self._heard += 1
        if heard_hz > self.rate_hz and (self._above is None or heard_hz < self._above[0]):
            self._above = (heard_hz, plan)
        if self._pulse is None:
            after = self._by_density(plan, heard_hz) if self._heard <= self.tries else None
            if after is not None or self._above is None:
                return after
            self._pulse = (self._above[1].pulse, 1.0)
        elif heard_hz > self.rate_hz:
            self._pulse = (plan.pulse, self._pulse[1])
        else:
            self._pulse = (self._pulse[0], plan.pulse)
        return self._by_pulse(self._above, self._pulse)

    def _by_density(self, plan: Plan, heard_hz: float) -> Plan | None:
        density = plan.density
        if heard_hz < self.rate_hz:
            if density >= 1:
                return _pushed(plan)
            self._low = (density, heard_hz)
        else:
            self._high = (density, heard_hz)
        after = self._between()
        return None if abs(after - density) < _LEAST_STEP else replace(plan, density=after)

    def _between(self) -> float:
        """By regula falsi, held to the middle half of the bracket."""
        low, at_low = self._low
        high, at_high = self._high
        if at_high is None:
            return min(1.0, low + max(0.15, 0.6 * (high - low)))
        share = (self.rate_hz - at_low) / max(at_high - at_low, 1e-6)
        return low + (high - low) * min(0.8, max(0.2, share))

    def _by_pulse(
        self, above: tuple[float, Plan] | None, between: tuple[float, float]
    ) -> Plan | None:
        low, high = between
        over = self._heard >= self.tries + _PULSES or high - low < _LEAST_PULSE
        return None if above is None or over else replace(above[1], pulse=(low + high) / 2)


def _pushed(plan: Plan) -> Plan | None:
    """The densest plan with more in it that is heard; None where nothing is left to try."""
    if plan.intensity < _HARDER:
        return replace(plan, intensity=_HARDER)
    return replace(plan, pulse=_FLATTER * plan.pulse) if plan.pulse > 0.2 else None
