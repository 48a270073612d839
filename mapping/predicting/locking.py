"""Hard ranges of what a caller locks, over those that the prompt states."""

from __future__ import annotations

from collections.abc import Mapping

from mapping.predicting.ranges import Range
from mapping.reading.locks import lock_range


def locked(
    found: Mapping[str, Range], locks: Mapping[str, float]
) -> tuple[dict[str, Range], tuple[str, ...]]:
    """The ranges `found` with what is locked in their place, and warnings where that differs."""
    fixed = {name: Range(*lock_range(name, value), value) for name, value in locks.items()}
    warnings = tuple(
        f"the lock ({name} {locks[name]:g}) overrides the prompt"
        for name in fixed
        if name in found and not _holds(found[name], locks[name])
    )
    return dict(found) | fixed, warnings


def in_words(locks: Mapping[str, float]) -> tuple[str, ...]:
    """What is locked, as an answer's `understood` lists it."""
    return tuple(f"{name} locked at {value:g}" for name, value in locks.items())


def _holds(stated: Range, value: float) -> bool:
    low, high = stated.low, stated.high
    return (low is None or low <= value) and (high is None or value <= high)
