"""The starter and a catalogue's own mapping in one answer: the catalogue takes over as it grows.

Per feature the two distributions are mixed, the starter's with the share that `evidence` leaves to
it: as a pool of both, which is wide where they disagree, and not as an average, which would put a
tempo between 87 and 174. What is stated outright is the catalogue's to place and stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapping.predicting import answer
from mapping.predicting.learned import Learned
from mapping.predicting.ranges import Range
from mapping.predicting.scaling import Array, to_axis
from mapping.predicting.tempo_modes import tempo_modes
from mapping.starter.rows import KEY_MODE_SURE
from mapping.starter.shift import Shift
from schemas.conditioning import QUANTILE_LEVELS, FeatureCondition, KeyCondition, Quantiles
from schemas.features import FeatureSpec, feature
from schemas.parts import Lock, Source

NOTHING = 1e-3
"""Share of the heaviest row's weight below which a row does not count."""

_EDGES = (0.0, *QUANTILE_LEVELS, 1.0)
_TAIL = 0.3
"""How far a distribution reaches beyond its 5% and 95% points, of the way to the next quantile."""


@dataclass(frozen=True, slots=True)
class Side:
    """One answer: `conditions` by feature, and the rows with their `weights` it comes from."""

    learned: Learned
    weights: Array
    conditions: dict[str, FeatureCondition]
    key: KeyCondition


@dataclass(frozen=True, slots=True)
class PriorSide:
    """The starter's answer: natural `quantiles` (T, 5), `confidence` (T,), `soft` (T,) wishes, and
    the ranges that are `stated`."""

    learned: Learned
    weights: Array
    quantiles: Array
    confidence: Array
    soft: npt.NDArray[np.bool_]
    stated: dict[str, Range]

    def condition(self, name: str) -> FeatureCondition:
        """A condition that is all the starter's, but for what is stated."""
        at = self.learned.names.index(name)
        if name in self.stated:
            return answer.hard(feature(name), self.stated[name], self.quantiles[at])
        return FeatureCondition(
            value=float(self.quantiles[at, 2]),
            quantiles=quantiles_of(self.quantiles[at].tolist()),
            unit=feature(name).unit,
            source=Source.MODEL,
            confidence=float(self.confidence[at]),
            lock=Lock.SOFT if self.soft[at] else Lock.FREE,
            prior_share=1.0,
        )


def blend(
    local: Side, prior: PriorSide, shares: dict[str, float], shifts: dict[str, Shift]
) -> tuple[dict[str, FeatureCondition], KeyCondition]:
    """The local answer with the starter's mixed in; features only the starter knows come last.

    `shares` are the starter's by feature of the local mapping, and "key" for the key.
    """
    found: dict[str, FeatureCondition] = {}
    for name, ours in local.conditions.items():
        if ours.lock is Lock.HARD or name not in prior.learned.names or name not in shares:
            found[name] = ours
        else:
            found[name] = _mixed(ours, prior, name, shares[name], shifts.get(name, Shift()))
    if "tempo_bpm" in found and found["tempo_bpm"].lock is not Lock.HARD:
        found["tempo_bpm"] = _with_modes(
            found["tempo_bpm"], local, prior, shifts.get("tempo_bpm", Shift())
        )
    for name in prior.learned.names:
        if name not in found:
            found[name] = prior.condition(name)
    return found, _mixed_key(local.key, prior, shares["key"])


def _mixed(
    ours: FeatureCondition, prior: PriorSide, name: str, share: float, shift: Shift
) -> FeatureCondition:
    at = prior.learned.names.index(name)
    theirs = prior.quantiles[at]
    theirs_lock = Lock.SOFT if prior.soft[at] else Lock.FREE
    update: dict[str, object] = {
        "prior_share": share,
        "confidence": (1 - share) * ours.confidence + share * float(prior.confidence[at]),
        "lock": theirs_lock if share > 0.5 else ours.lock,
        "abstained": None if share > 0.5 else ours.abstained,
    }
    if ours.quantiles is None:
        return ours.model_copy(update=update)
    if name == "key_mode":  # a mixture of 0 and 1 has no value between
        mixed = quantiles_of(theirs.tolist()) if share > 0.5 else ours.quantiles
    else:
        natural = np.array([ours.quantiles.values(), theirs])
        mixed = pooled(prior.learned.specs[at], natural, share, shift)
    return ours.model_copy(update=update | {"value": mixed.p50, "quantiles": mixed})


def quantiles_of(values: Sequence[float]) -> Quantiles:
    p05, p25, p50, p75, p95 = values
    return Quantiles(p05=p05, p25=p25, p50=p50, p75=p75, p95=p95)


def pooled(spec: FeatureSpec, sides: Array, share: float, shift: Shift) -> Quantiles:
    """Quantiles of the mixture of two distributions, each straight between its quantiles.

    `sides` (2, 5) are natural quantiles of the catalogue and of the starter, whose is `share`.
    """
    ours, theirs = to_axis((spec,), sides[..., None])[..., 0]
    knots = [_knots(ours), _knots(shift.place(theirs, float(theirs[2])))]
    grid = np.sort(np.concatenate(knots))
    parts = [np.interp(grid, k, _EDGES, left=0, right=1) for k in knots]
    mixture = (1 - share) * parts[0] + share * parts[1]
    axis = np.interp(QUANTILE_LEVELS, mixture, grid).round(7)  # 0 is 0 again, not a billionth
    natural = np.exp2(axis) if spec.scale == "log2" else axis
    inside = np.maximum.accumulate(np.clip(natural, spec.minimum, spec.maximum))
    return quantiles_of(inside.tolist())


def _knots(quantiles: Array) -> Array:
    """The quantiles with both ends, rising strictly: equal ones would make steps without end."""
    low = quantiles[0] - _TAIL * (quantiles[1] - quantiles[0])
    high = quantiles[-1] + _TAIL * (quantiles[-1] - quantiles[-2])
    rising: Array = np.array([low, *quantiles, high]) + 1e-9 * np.arange(len(quantiles) + 2)
    return rising


def _with_modes(
    mixed: FeatureCondition, local: Side, prior: PriorSide, shift: Shift
) -> FeatureCondition:
    share = mixed.prior_share or 0.0
    (ours, own), (theirs, others) = (_tempi(side) for side in (local, prior))
    octave = np.log2(theirs)
    placed = np.exp2(shift.place(octave, _middle(octave, others)))
    bpm = np.concatenate([ours, np.clip(placed, 30, 300)])
    modes = tempo_modes(bpm, np.concatenate([(1 - share) * own, share * others]))
    return mixed.model_copy(update={"modes": modes, "value": modes[0].value}) if modes else mixed


def _tempi(side: Side | PriorSide) -> tuple[Array, Array]:
    """Tempi of the rows that count, and their weights."""
    rows = np.flatnonzero(side.weights > NOTHING * side.weights.max())
    return side.learned.natural[rows, side.learned.names.index("tempo_bpm")], side.weights[rows]


def _middle(values: Array, weights: Array) -> float:
    order = np.argsort(values)
    half = int(np.searchsorted(np.cumsum(weights[order]), 0.5 * weights.sum()))
    return float(values[order][min(half, len(values) - 1)])


def _mixed_key(ours: KeyCondition, prior: PriorSide, share: float) -> KeyCondition:
    if ours.lock is Lock.HARD or not ours.probabilities:
        return ours
    major = float(prior.weights @ prior.learned.natural[:, prior.learned.names.index("key_mode")])
    likely = KEY_MODE_SURE * major + (1 - KEY_MODE_SURE) * (1 - major)
    theirs = np.repeat([likely, 1 - likely], 12) / 12
    mixed = (1 - share) * np.array(ours.probabilities) + share * theirs
    mixed /= mixed.sum()
    sure = answer.key_confidence(mixed)
    return ours.model_copy(update={"probabilities": tuple(mixed.tolist()), "confidence": sure})
