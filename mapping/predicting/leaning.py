"""Soft wishes over weighted rows: adjectives, comparatives, and words of several senses.

A word leans what the rest of the prompt predicts, given as the weights of the reference tracks:
"slow" asks drum and bass for its own lower third, not for the catalogue's. A word of several senses
gives the mixture of what each sense alone would give.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mapping.predicting.distribution import Constraint
from mapping.predicting.learned import Learned
from mapping.predicting.scaling import Array
from mapping.reading.statements import AmbiguousStatement, LeaningStatement, ShiftStatement
from mapping.reading.wishes import Wishes

LEAN = 0.5
"""How softly rows beyond where a word leans lose their weight: share of the spread of what the
prompt predicts without the word."""

NARROWEST = 0.02
"""Least spread of such a prediction, in standard deviations of the catalogue."""

NORMAL_QUARTILES = 1.349
"""Distance of the quartiles of a normal distribution, in standard deviations."""

LEAST_ROBUST = 0.3
"""Share of the standard deviation that the quartiles may not undercut: many features pile up."""

OUTERMOST = (0.02, 0.98)
"""Shares of the catalogue beyond which no comparative moves."""

Weigh = Callable[[str], Array]
"""Weights of the reference tracks for a text: what "than house" is compared with."""


@dataclass(frozen=True, slots=True)
class SenseChange:
    """What choosing one sense alone would do to one feature's median, in its unit."""

    feature: str
    towards: int
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class Leant:
    """The weights after all soft wishes, the features they concern, and what each sense would do.

    `changes` runs parallel to `Wishes.senses`, and within each to its senses.
    """

    weights: Array
    meant: frozenset[str]
    changes: tuple[tuple[tuple[SenseChange, ...], ...], ...] = ()


Part = LeaningStatement | ShiftStatement


def lean(
    learned: Learned,
    weights: Array,
    wished: Wishes,
    weigh: Weigh | None = None,
    compare: bool = True,
) -> Leant:
    """Move `weights` (n,) by the soft wishes. `weigh` gives what a comparative compares with.

    Without `compare` it is not worked out what each sense of a word would change.
    """
    base = weights
    direct: tuple[Part, ...] = (*wished.leanings, *wished.shifts)
    limits = [limit for part in direct if (limit := _limit(learned, base, part, weigh)) is not None]
    weights = learned.reference.reweigh(base, tuple(limits))
    changes = []
    for statement, chosen in wished.senses:
        alone = [_by_parts(learned, base, s.parts, weigh) for s in statement.senses]
        if compare:
            changes.append(_changes(learned, base, statement, alone))
        if chosen is None:
            if weights is not base:
                alone = [_by_parts(learned, weights, s.parts, weigh) for s in statement.senses]
            weights = _mixed(statement, alone)
    mixed = (part for s in wished.ambiguous for sense in s.senses for part in sense.parts)
    meant = frozenset(p.feature for p in (*direct, *mixed) if p.feature in learned.names)
    return Leant(weights, meant, tuple(changes))


def _mixed(statement: AmbiguousStatement, alone: Sequence[Array]) -> Array:
    """The mixture of what each sense `alone` gives, by their weights."""
    mixed = np.zeros_like(alone[0])
    for sense, weights in zip(statement.senses, alone, strict=True):
        mixed += sense.weight * weights
    total: Array = mixed / mixed.sum()
    return total


def _by_parts(
    learned: Learned, weights: Array, parts: Sequence[Part], weigh: Weigh | None
) -> Array:
    limits = (_limit(learned, weights, part, weigh) for part in parts)
    return learned.reference.reweigh(weights, tuple(limit for limit in limits if limit is not None))


def _changes(
    learned: Learned, before: Array, statement: AmbiguousStatement, alone: Sequence[Array]
) -> tuple[tuple[SenseChange, ...], ...]:
    return tuple(
        tuple(_change(learned, before, after, part) for part in sense.parts)
        for sense, after in zip(statement.senses, alone, strict=True)
    )


def _change(learned: Learned, before: Array, after: Array, part: Part) -> SenseChange:
    up = part.direction if isinstance(part, ShiftStatement) else 1 if part.share[1] == 1 else -1
    if part.feature not in learned.names:
        return SenseChange(part.feature, up, None, None)
    target = learned.names.index(part.feature)
    middles = (_quantile(*_sorted(learned, w, target), 0.5) for w in (before, after))
    first, second = (_natural(learned, target, middle) for middle in middles)
    return SenseChange(part.feature, up, first, second)


def _natural(learned: Learned, target: int, value: float) -> float:
    row = np.zeros(len(learned.names))
    row[target] = value
    return float(learned.scaler.natural(row)[target])


def _limit(learned: Learned, weights: Array, part: Part, weigh: Weigh | None) -> Constraint | None:
    """What a word asks of its feature, standardised; None where that is not learned."""
    if part.feature not in learned.names:
        return None
    target = learned.names.index(part.feature)
    value, portion = _sorted(learned, weights, target)
    spread = _spread(value, portion)
    if isinstance(part, LeaningStatement):
        low, high = (_quantile(value, portion, share) for share in part.share)
        return Constraint(
            target=target,
            low=low if part.share[0] > 0 else -math.inf,
            high=high if part.share[1] < 1 else math.inf,
            spread=LEAN * spread,
        )
    if part.than and weigh is not None:
        value, portion = _sorted(learned, weigh(part.than), target)
    # Between the spread of the style itself and that of all music.
    step = part.direction * part.amount * math.sqrt(spread)
    edges = learned.reference.edges(target, OUTERMOST)
    middle = _quantile(value, portion, 0.5)
    border = float(np.clip(middle + step, min(edges[0], middle), max(edges[1], middle)))
    return Constraint(
        target=target,
        low=border if part.direction > 0 else -math.inf,
        high=border if part.direction < 0 else math.inf,
        spread=LEAN * spread,
    )


def _sorted(learned: Learned, weights: Array, target: int) -> tuple[Array, Array]:
    """Known values of a target in order, and their shares of the weight."""
    reference = learned.reference
    rows = reference.order[: int(reference.counts[target]), target]
    portion = weights[rows]
    total = float(portion.sum())
    if total <= 0:  # no track with weight has the feature
        portion, total = np.ones(len(rows)), float(len(rows))
    some = portion > 0
    return reference.values[rows[some], target], portion[some] / total


def _spread(value: Array, portion: Array) -> float:
    """Standard deviation, or what the quartiles say of it where a few far tracks inflate it."""
    deviation = math.sqrt(float(portion @ np.square(value - portion @ value)))
    quartiles = _quantile(value, portion, 0.75) - _quantile(value, portion, 0.25)
    robust = min(max(quartiles / NORMAL_QUARTILES, LEAST_ROBUST * deviation), deviation)
    return max(robust, NARROWEST)


def _quantile(value: Array, portion: Array, share: float) -> float:
    return float(np.interp(share, np.cumsum(portion) - portion / 2, value))
