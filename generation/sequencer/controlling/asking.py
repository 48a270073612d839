"""What a condition asks for as one number, and how strongly.

Strength orders conflicts: locks first (hard, soft, free), then whether a person stated it, then its
confidence. A hard condition outweighs any number of others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.conditioning import FeatureCondition
from schemas.parts import Lock, Source

_LOCKS = {Lock.HARD: 10_000.0, Lock.SOFT: 10.0, Lock.FREE: 1.0}
_STATED = 30.0
_LEAST_CONFIDENCE = 0.05


@dataclass(frozen=True, slots=True)
class Asked:
    """`value` in the feature's unit; `weight` is relative to other conditions."""

    feature: str
    value: float
    weight: float
    hard: bool


def asked_value(condition: FeatureCondition) -> float | None:
    """The value to aim for: stated, the heaviest mode, the median, or the middle of a range."""
    if condition.value is not None:
        return condition.value
    if condition.modes:
        return max(condition.modes, key=lambda mode: mode.weight).value
    if condition.quantiles is not None:
        return condition.quantiles.p50
    ends = [end for end in (condition.low, condition.high) if end is not None]
    return sum(ends) / len(ends) if ends else None


def means_something(condition: FeatureCondition) -> bool:
    """False for the catalogue's bare prior, of which nothing was claimed."""
    return condition.source is not Source.MODEL or (
        condition.lock is not Lock.FREE and condition.abstained is None
    )


def asked(features: Mapping[str, FeatureCondition]) -> dict[str, Asked]:
    """What is asked for by feature; conditions without any value are left out."""
    found = {}
    for name, condition in features.items():
        value = asked_value(condition)
        if value is not None:
            hard = condition.lock is Lock.HARD
            found[name] = Asked(name, value, _weight(condition), hard)
    return found


def _weight(condition: FeatureCondition) -> float:
    stated = _STATED if condition.source is Source.USER else 1.0
    confidence = max(condition.confidence, _LEAST_CONFIDENCE)
    return _LOCKS[condition.lock] * stated * confidence
