"""Tempo, metre and length."""

from __future__ import annotations

import math
import re

import numpy as np

from generation.sequencer.controlling.asking import asked_value, means_something
from generation.sequencer.plan import Ending
from generation.sequencer.planning.choosing import StyleWeights
from generation.sequencer.planning.log import Log
from schemas.conditioning import ConditioningRequest, FeatureCondition
from schemas.parts import Lock
from schemas.styles import style

SLOWEST_BPM, FASTEST_BPM = 40.0, 240.0
SHORTEST_S, LONGEST_S = 1.0, 600.0
USUAL_S = 30.0
_PART_OF_A_BAR = 0.35  # a last bar of which less would sound is not begun: the close rings instead
_METRES = frozenset({"2/4", "3/4", "4/4", "5/4", "6/4", "7/4", "5/8", "6/8", "7/8", "9/8", "12/8"})
_NEAR = 1.12  # a tempo the model suggests may lie so far outside its style's range


def choose_tempo(
    request: ConditioningRequest, styles: StyleWeights, rng: np.random.Generator, log: Log
) -> float:
    """BPM of the beat as it is felt; what had to be clamped is in the log."""
    low, high = style(styles[0][0]).tempo
    drawn = float(np.round(low + (high - low) * rng.beta(2.5, 2.5)))
    condition = request.features.get("tempo_bpm")
    if condition is None:
        return drawn
    wanted = _tempo_of(condition, low, high)
    if wanted is None or not means_something(condition):
        return drawn
    return tempo_within(wanted, log)


def tempo_within(wanted: float, log: Log) -> float:
    """The tempo asked for, or the nearest that is played; which one is in the log."""
    tempo = min(max(wanted, SLOWEST_BPM), FASTEST_BPM)
    note = "" if tempo == wanted else f"it plays {SLOWEST_BPM:g} … {FASTEST_BPM:g} BPM"
    log.took("tempo_bpm", tempo, note)
    if note:
        log.note(f"tempo_bpm: {wanted:g} BPM was asked; {note}, so {tempo:g} BPM")
    return tempo


def _tempo_of(condition: FeatureCondition, low: float, high: float) -> float | None:
    """The tempo asked for; of a model's several likely ones, the heaviest that the style plays."""
    if condition.lock is not Lock.HARD:
        inside = [m for m in condition.modes if low / _NEAR <= m.value <= high * _NEAR]
        if inside:
            return max(inside, key=lambda mode: mode.weight).value
    return asked_value(condition)


def choose_metre(request: ConditioningRequest, styles: StyleWeights, log: Log) -> tuple[int, int]:
    """(beats, unit) of the time signature: stated, or the style's usual."""
    usual = style(styles[0][0]).metres[0]
    said = request.time_signature or _metre_feature(request, log) or usual
    if said not in _METRES:
        log.note(f"time signature {said} cannot be played: {usual} instead; valid: "
                 f"{', '.join(sorted(_METRES))}")  # fmt: skip
        log.ignore(f"time_signature: {said}")
        said = usual
    beats, unit = re.fullmatch(r"(\d+)/(\d+)", said).groups()  # type: ignore[union-attr]
    return int(beats), int(unit)


def _metre_feature(request: ConditioningRequest, log: Log) -> str | None:
    condition = request.features.get("time_signature")
    if condition is None or not means_something(condition):
        return None
    value = asked_value(condition)
    if value is None:
        return None
    log.took("time_signature", float(round(value)))
    return f"{round(value)}/4"


def pulse_for(tempo_bpm: float) -> float:
    """Plan.pulse: the slower the beat, the more is between beats that could be taken for it.

    Chosen on the requests of `./dev bench generation --develop`.
    """
    return min(0.85, max(0.25, 0.8 - 0.45 * math.log2(tempo_bpm / 75)))


def choose_length(request: ConditioningRequest, log: Log) -> float:
    """Seconds, 30 where nothing is said."""
    wanted = request.duration_s or USUAL_S
    length = min(max(wanted, SHORTEST_S), LONGEST_S)
    if length != wanted:
        log.note(f"length: {wanted:g} s was asked; it makes {SHORTEST_S:g} … {LONGEST_S:g} s, "
                 f"so {length:g} s")  # fmt: skip
    return length


def bars_for(length_s: float, bar_s: float, ending: Ending) -> int:
    """Whole bars that fill a length.

    A loop is the whole bars nearest to it. Otherwise the last bar may be cut short, since the close
    is held through it; a remainder of a third of a bar or less is left to the last notes to ring.
    """
    if ending == "loop":
        return max(1, round(length_s / bar_s))
    return max(1, math.ceil(length_s / bar_s - _PART_OF_A_BAR))
