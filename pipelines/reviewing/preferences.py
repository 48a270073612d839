"""Listeners' choices and ratings: strengths with intervals, and how far listeners agree.

Bradley & Terry 1952, "Rank analysis of incomplete block designs": the odds that A is chosen over B
are exp(a - b); who cannot tell gives half a choice to each. A weak normal prior keeps strengths
finite where one has won always (Caron & Doucet 2012 do the same with a gamma prior). Krippendorff
2004, "Reliability in content analysis", for agreement: 1 is perfect, 0 is chance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.reviewing.material import Choice, Material, Opinion
from schemas.operations import Heard

PRIOR_DEVIATION = 1.5
"""Odds of 4.5 to 1 between two that nothing is known of are within one deviation."""

_Z = 1.959964
_STEPS = 50
_ORDER = {Heard.LOWER: -1.0, Heard.RIGHT: 0.0, Heard.HIGHER: 1.0}

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Strength:
    """`strength` in log-odds against the average; `low` and `high` bound it at 95 %."""

    name: str
    strength: float
    low: float
    high: float
    won: int
    compared: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far listeners agree on one thing: Krippendorff's alpha, None below two pairs of words."""

    what: str
    alpha: float | None
    units: int
    listeners: int


def strengths(
    pairs: Sequence[tuple[str, str]], ties: Sequence[tuple[str, str]] = ()
) -> tuple[Strength, ...]:
    """Of everything that won or lost in `pairs` (winner, loser) or was tied, strongest first."""
    heard = [*pairs, *ties]
    if not heard:
        return ()
    names = sorted({name for pair in heard for name in pair})
    index = {name: i for i, name in enumerate(names)}
    rows = [*heard, *((second, first) for first, second in ties)]
    weights = np.array([1.0] * len(pairs) + [0.5] * (2 * len(ties)))
    design = np.zeros((len(rows), len(names)))
    for row, (winner, loser) in enumerate(rows):
        design[row, index[winner]] += 1
        design[row, index[loser]] -= 1
    value, covariance = _fitted(design, weights)
    value = value - value.mean()
    centred = np.eye(len(names)) - 1 / max(1, len(names))
    spread = np.sqrt(np.diag(centred @ covariance @ centred))
    found = [
        Strength(
            name,
            float(value[i]),
            float(value[i] - _Z * spread[i]),
            float(value[i] + _Z * spread[i]),
            sum(winner == name for winner, _ in pairs),
            sum(name in pair for pair in heard),
        )
        for name, i in index.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.strength, one.name)))


def _fitted(design: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Most probable strengths, and the inverse of the curvature there (Newton's method)."""
    count = design.shape[1]
    value: Floats = np.zeros(count)
    prior: Floats = np.eye(count) / PRIOR_DEVIATION**2
    curvature = prior
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-design @ value))
        curvature = design.T @ (design * (weights * chance * (1 - chance))[:, None]) + prior
        step = np.linalg.solve(curvature, design.T @ (weights * (1 - chance)) - prior @ value)
        value = value + step
        if np.abs(step).max(initial=0.0) < 1e-9:
            break
    return value, np.asarray(np.linalg.inv(curvature), np.float64)


def by_generation(material: Material, criterion: str) -> tuple[Strength, ...]:
    """Strengths of generations by one criterion."""
    chosen = list(_by(material, criterion))
    return strengths(*_told_apart([((c.winner, c.loser), c.tied) for c in chosen]))


def by_engine(material: Material, criterion: str) -> tuple[Strength, ...]:
    """Strengths of engines: only choices between two different ones say something of them."""
    pairs = []
    for choice in _by(material, criterion):
        won, lost = (material.pieces.get(one) for one in (choice.winner, choice.loser))
        if won is not None and lost is not None and won.engine != lost.engine:
            pairs.append(((won.engine, lost.engine), choice.tied))
    return strengths(*_told_apart(pairs))


def _told_apart(
    pairs: Sequence[tuple[tuple[str, str], bool]],
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Pairs with a winner, and those without."""
    return [pair for pair, tied in pairs if not tied], [pair for pair, tied in pairs if tied]


def criteria(material: Material) -> tuple[str, ...]:
    """What choices were made by, the most frequent first."""
    listed = [choice.criterion for choice in material.choices]
    return tuple(sorted(set(listed), key=lambda one: (-listed.count(one), one)))


def _by(material: Material, criterion: str) -> Iterable[Choice]:
    return (choice for choice in material.choices if choice.criterion == criterion)


def agreements(material: Material) -> tuple[Agreement, ...]:
    """On ratings, on each feature's direction, and on which of two is better."""
    found = [_agreement("rating", material.opinions, lambda one: one.rating, None)]
    features = sorted({o.feature for o in material.opinions if o.heard and o.feature})
    found += [
        _agreement(name, material.opinions, lambda o: _ORDER[o.heard] if o.heard else None, name)
        for name in features
    ]
    units: dict[str, dict[str, float]] = {}
    for choice in material.choices:
        first, second = sorted((choice.winner, choice.loser))
        unit = f"{choice.criterion}:{first}:{second}"
        units.setdefault(unit, {})[choice.listener] = (
            0.5 if choice.tied else float(choice.winner == first)
        )
    if units:
        found.append(_of_units("choices", units))
    return tuple(one for one in found if one.units)


def _agreement(
    what: str,
    opinions: Iterable[Opinion],
    value: Callable[[Opinion], float | None],
    feature: str | None,
) -> Agreement:
    units: dict[str, dict[str, float]] = {}
    for one in opinions:
        number = value(one)
        if one.feature == feature and number is not None:
            units.setdefault(one.generation_id, {})[one.listener] = number
    return _of_units(what, units)


def _of_units(what: str, units: dict[str, dict[str, float]]) -> Agreement:
    shared = [list(words.values()) for words in units.values() if len(words) > 1]
    listeners = {listener for words in units.values() for listener in words}
    alpha = krippendorff(shared) if len(shared) > 1 else None
    return Agreement(what, alpha, len(shared), len(listeners))


def krippendorff(units: Sequence[Sequence[float]]) -> float | None:
    """Krippendorff's alpha with squared differences (interval scale); None where nothing varies.

    `units` hold the values that two or more listeners gave to each.
    """
    values = np.concatenate([np.asarray(unit, float) for unit in units])
    pairs = len(values)
    expected = 2 * pairs * float(np.sum(values**2)) - 2 * float(np.sum(values)) ** 2
    if expected <= 1e-12:
        return None
    observed = 0.0
    for unit in units:
        one = np.asarray(unit, float)
        within = 2 * len(one) * float(np.sum(one**2)) - 2 * float(np.sum(one)) ** 2
        observed += within / (len(one) - 1)
    return 1 - (pairs - 1) * observed / expected
