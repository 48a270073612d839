"""The starter and a catalogue's own mapping in one answer: the catalogue takes over as it grows.

Per feature the two distributions are mixed, the starter's with the share that `evidence` leaves to
it: as a pool of both, which is wide where they disagree, and not as an average, which would put a
tempo between 87 and 174. What is stated outright is the catalogue's to place and stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mapping.predicting import answer
from mapping.predicting.learned import Learned
from mapping.predicting.scaling import Array, to_axis
from mapping.predicting.tempo_modes import tempo_modes
from mapping.starter.shift import Shift
from schemas.conditioning import QUANTILE_LEVELS, FeatureCondition, KeyCondition, Quantiles
from schemas.features import FeatureSpec, feature
from schemas.parts import Lock

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


def blend(
    local: Side, prior: Side, shares: dict[str, float], shifts: dict[str, Shift]
) -> tuple[dict[str, FeatureCondition], KeyCondition]:
    """The local answer with the starter's mixed in; features only the starter knows come last.

    `shares` are the starter's by feature of the local mapping, and "key" for the key.
    """
    found: dict[str, FeatureCondition] = {}
    for name, ours in local.conditions.items():
        theirs = prior.conditions.get(name)
        if ours.lock is Lock.HARD or theirs is None or name not in shares:
            found[name] = ours
        else:
            found[name] = _mixed(feature(name), (ours, theirs), shares[name], shifts.get(name))
    if "tempo_bpm" in found and found["tempo_bpm"].lock is not Lock.HARD:
        found["tempo_bpm"] = _with_modes(
            found["tempo_bpm"], local, prior, shifts.get("tempo_bpm", Shift())
        )
    for name, theirs in prior.conditions.items():
        found.setdefault(name, theirs)
    return found, _mixed_key(local.key, prior.key, shares["key"])


def _mixed(
    spec: FeatureSpec,
    sides: tuple[FeatureCondition, FeatureCondition],
    share: float,
    shift: Shift | None,
) -> FeatureCondition:
    ours, theirs = sides
    update: dict[str, object] = {
        "prior_share": share,
        "confidence": (1 - share) * ours.confidence + share * theirs.confidence,
        "lock": (theirs if share > 0.5 else ours).lock,
        "abstained": (theirs if share > 0.5 else ours).abstained,
    }
    if spec.name == "key_mode":  # a mixture of 0 and 1 has no value between
        nearer = theirs if share > 0.5 else ours
        update |= {"value": nearer.value, "quantiles": nearer.quantiles}
    elif ours.quantiles and theirs.quantiles:
        mixed = pooled(spec, (ours.quantiles, theirs.quantiles), share, shift or Shift())
        update |= {"value": mixed.p50, "quantiles": mixed}
    return ours.model_copy(update=update)


def pooled(
    spec: FeatureSpec, sides: tuple[Quantiles, Quantiles], share: float, shift: Shift
) -> Quantiles:
    """Quantiles of the mixture of two distributions, each straight between its quantiles."""
    ours, theirs = (to_axis((spec,), np.array(q.values())[:, None])[:, 0] for q in sides)
    knots = [_knots(ours), _knots(shift.place(theirs, float(theirs[2])))]
    grid = np.unique(np.concatenate(knots))
    parts = [np.interp(grid, k, _EDGES, left=0, right=1) for k in knots]
    mixture = (1 - share) * parts[0] + share * parts[1]
    axis = np.interp(QUANTILE_LEVELS, mixture, grid)
    natural = np.exp2(axis) if spec.scale == "log2" else axis
    values = np.maximum.accumulate(np.clip(natural, spec.minimum, spec.maximum)).tolist()
    return Quantiles(**dict(zip(("p05", "p25", "p50", "p75", "p95"), values, strict=True)))


def _knots(quantiles: Array) -> Array:
    """The quantiles with both ends, rising strictly: equal ones would make steps without end."""
    low = quantiles[0] - _TAIL * (quantiles[1] - quantiles[0])
    high = quantiles[-1] + _TAIL * (quantiles[-1] - quantiles[-2])
    rising: Array = np.array([low, *quantiles, high]) + 1e-9 * np.arange(len(quantiles) + 2)
    return rising


def _with_modes(
    mixed: FeatureCondition, local: Side, prior: Side, shift: Shift
) -> FeatureCondition:
    share = mixed.prior_share or 0.0
    (ours, theirs) = (side.learned.natural[:, _tempo(side.learned)] for side in (local, prior))
    octave = np.log2(theirs)
    placed = np.exp2(shift.place(octave, _middle(octave, prior.weights)))
    bpm = np.concatenate([ours, np.clip(placed, 30, 300)])
    weights = np.concatenate([(1 - share) * local.weights, share * prior.weights])
    modes = tempo_modes(bpm, weights)
    return mixed.model_copy(update={"modes": modes, "value": modes[0].value}) if modes else mixed


def _tempo(learned: Learned) -> int:
    return learned.names.index("tempo_bpm")


def _middle(values: Array, weights: Array) -> float:
    order = np.argsort(values)
    half = int(np.searchsorted(np.cumsum(weights[order]), 0.5 * weights.sum()))
    return float(values[order][min(half, len(values) - 1)])


def _mixed_key(ours: KeyCondition, theirs: KeyCondition, share: float) -> KeyCondition:
    if ours.lock is Lock.HARD:
        return ours
    pairs = zip(ours.probabilities, theirs.probabilities, strict=True)
    mixed = np.array([(1 - share) * a + share * b for a, b in pairs])
    mixed /= mixed.sum()
    sure = answer.key_confidence(mixed)
    return ours.model_copy(update={"probabilities": tuple(mixed.tolist()), "confidence": sure})
