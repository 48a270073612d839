"""Features as a vector space: which dimensions there are, how they are scaled and compared.

Conventions
- A dimension is one component of a feature: frequencies and tempo on log2, a pitch class as cosine
  and sine of its angle (period 12), everything else as it is.
- Robust standardising on the catalogue: (x − median) / (1.4826 · MAD), where MAD is 0 by the spread
  of the middle 90 %; cut at ±4; then to mean 0 and variance 1, so that two tracks drawn at random
  differ by 2 in square on average.
- A missing value takes the catalogue's mean, and what is not known counts as far as a random value
  would be: with z on the other side, the expected square of the difference, z² + 1; 2 when both are
  missing. So tracks of which little is known do not seem near to all others. `covered` says which
  share of the weight both tracks have values for.
- The distance is half the weighted mean of squared differences: 0 the same, 1 as far as chance.
- Weights: one of each group (`GROUP_WEIGHTS`), shared equally among its features that some track of
  the catalogue has, and by each feature among its components. They are a judgement about music, not
  a measurement. What the track that is asked about lacks weighs nothing.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schemas.errors import ContractError
from schemas.features import FEATURES, FeatureSpec, groups

Array = npt.NDArray[np.float32]

GROUP_WEIGHTS: dict[str, float] = {
    "rhythm": 1.0,
    "tonality": 0.5,
    "loudness": 0.5,
    "timbre": 1.0,
    "structure": 0.25,
    "perceptual": 1.0,
    "quality": 0.0,
}
"""Weight of each group; of a group that is not named here, 0.5. Quality says nothing of the music,
but may be asked for."""

NOT_COMPARED = frozenset({
    "tempo_candidates", "tempo_candidate_weights", "tempo_confidence", "downbeat_confidence",
    "key_probabilities", "key_strength", "tuning_cents",
})  # fmt: skip
"""Says again what another feature says, or how sure a measurement is: in no vector."""

_CUT = 4.0
_SAMPLE = 50_000


@dataclass(frozen=True, slots=True)
class Dimension:
    """One coordinate: component `index` of `feature`, as it is ("linear", "log2", "cos", "sin")."""

    feature: str
    index: int
    axis: str


def compared(features: Iterable[FeatureSpec] = FEATURES) -> tuple[FeatureSpec, ...]:
    """Features that have dimensions."""
    return tuple(spec for spec in features if spec.name not in NOT_COMPARED)


def dimensions(features: Iterable[FeatureSpec] = FEATURES) -> tuple[Dimension, ...]:
    """All coordinates, in the order of FEATURES."""
    found: list[Dimension] = []
    for spec in compared(features):
        axes = ("cos", "sin") if spec.scale == "circular" else (spec.scale,)
        found += [Dimension(spec.name, i, axis) for i in range(spec.size) for axis in axes]
    return tuple(found)


def raw_matrix(columns: Mapping[str, npt.NDArray[np.float64]], dims: Sequence[Dimension]) -> Array:
    """Values on their axes, float32 (tracks, dimensions), NaN where there is none.

    `columns` holds, by feature, float64 (tracks, size).
    """
    rows = next(iter(columns.values())).shape[0] if columns else 0
    found = np.full((rows, len(dims)), np.nan, np.float32)
    for j, dim in enumerate(dims):
        values = columns[dim.feature][:, dim.index]
        if dim.axis == "log2":
            values = np.log2(np.where(values > 0, values, np.nan))
        elif dim.axis in ("cos", "sin"):
            values = getattr(np, dim.axis)(values * (2 * np.pi / 12))
        found[:, j] = values
    return found


@dataclass(frozen=True, slots=True)
class Scaling:
    """Constants of the standardising, each float32 (dimensions,)."""

    centre: Array
    spread: Array
    mean: Array
    deviation: Array

    @classmethod
    def of(cls, raw: Array) -> Scaling:
        """Constants of a catalogue, from at most 50,000 of its rows, evenly taken."""
        rows = raw[:: max(1, len(raw) // _SAMPLE)]
        columns = [_robust(rows[:, j]) for j in range(raw.shape[1])]
        centre, spread = (np.array([c[i] for c in columns], np.float32) for i in range(2))
        cut = np.clip((rows - centre) / spread, -_CUT, _CUT)
        known = np.isfinite(cut)
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, cut, 0).sum(axis=0) / count
        variance = np.where(known, (cut - mean) ** 2, 0).sum(axis=0) / count
        deviation = np.where(variance > 1e-6, np.sqrt(variance), 1.0)
        return cls(centre, spread, mean.astype(np.float32), deviation.astype(np.float32))

    def standardised(self, raw: Array) -> Array:
        """Float32 of the same shape: mean 0, variance 1 over the catalogue; NaN stays NaN."""
        cut = np.clip((raw - self.centre) / self.spread, -_CUT, _CUT)
        found: Array = ((cut - self.mean) / self.deviation).astype(np.float32)
        return found

    def as_lists(self) -> dict[str, list[float]]:
        names = ("centre", "spread", "mean", "deviation")
        return {name: [float(x) for x in getattr(self, name)] for name in names}

    @classmethod
    def from_lists(cls, lists: Mapping[str, Sequence[float]]) -> Scaling:
        names = ("centre", "spread", "mean", "deviation")
        return cls(*(np.array(lists[name], np.float32) for name in names))


def _robust(values: Array) -> tuple[float, float]:
    """Median and spread of one column; 0 and 1 when there is nothing to go by."""
    known = values[np.isfinite(values)].astype(np.float64)
    if known.size == 0:
        return 0.0, 1.0
    centre = float(np.median(known))
    low, high = np.quantile(known, (0.05, 0.95))
    for spread in (
        1.4826 * float(np.median(np.abs(known - centre))),
        float(high - low) / 3.29,  # of a normal distribution, 3.29 deviations
        float(known.std()),
    ):
        if spread > 1e-9:
            return centre, spread
    return centre, 1.0


def weights(
    features: Iterable[FeatureSpec],
    present: frozenset[str],
    factors: Mapping[str, float] | None = None,
) -> Array:
    """Weight of each dimension, float32 (dimensions,), sum 1.

    `present` are the features that some track has; the others weigh nothing. `factors` multiply:
    the name of a group all of its features, that of a feature it alone. What weighs 0 by default
    weighs its factor times 0.5 (a group) once it is named.

    Raises
    ------
    ContractError
        An unknown name (with the nearest), a factor that is negative or no number, or nothing left.
    """
    listed = tuple(features)
    given = checked_factors(listed, factors or {})
    members = groups(spec for spec in compared(listed) if spec.name in present)
    by_feature: dict[str, float] = {}
    for group, specs in members.items():
        plain = GROUP_WEIGHTS.get(group, 0.5)
        named = group in given or any(spec.name in given for spec in specs)
        share = (plain or (0.5 if named else 0.0)) * given.get(group, 1.0) / len(specs)
        for spec in specs:
            asked = plain or group in given or spec.name in given
            by_feature[spec.name] = share * given.get(spec.name, 1.0) if asked else 0.0
    dims = dimensions(listed)
    sizes = Counter(d.feature for d in dims)
    shares = [by_feature.get(d.feature, 0.0) / sizes[d.feature] for d in dims]
    found = np.array(shares, np.float32)
    if not found.sum() > 0:
        raise ContractError("the weights leave no feature to compare by")
    scaled: Array = found / found.sum()
    return scaled


def checked_factors(
    features: Sequence[FeatureSpec], factors: Mapping[str, float]
) -> Mapping[str, float]:
    """`factors`, once each name is a group or a compared feature and each value is sensible."""
    valid = [*groups(compared(features)), *(spec.name for spec in compared(features))]
    for name, value in factors.items():
        if name not in valid:
            near = difflib.get_close_matches(name, valid, 1)
            hint = f"did you mean {near[0]}?" if near else f"valid are {', '.join(valid)}"
            raise ContractError(f"weight {name!r}: no such group or feature; {hint}")
        if not (np.isfinite(value) and 0 <= value <= 100):
            raise ContractError(f"weight {name}={value!r}: valid is 0 … 100")
    return factors


def squared(query: Array, rows: Array) -> Array:
    """Squared difference by dimension, float32 (tracks, dimensions); expected where unknown."""
    known_query, known_rows = np.isfinite(query), np.isfinite(rows)
    q = np.where(known_query, query, 0)
    r = np.where(known_rows, rows, 0)
    found: Array = (r - q) ** 2 + (~known_rows).astype(np.float32) + (~known_query)
    return found


def distances(query: Array, rows: Array, weight: Array) -> Array:
    """Distance of each row to `query`, float32 (tracks,); 0 the same, 1 as far as chance.

    As `squared(query, rows) @ weight / 2`, without an array of all differences.
    """
    known = np.isfinite(query)
    missing = np.isnan(rows)
    r = np.where(missing, np.float32(0), rows)
    wq = np.where(known, weight * query, 0).astype(np.float32)
    constant = float(np.nansum(weight * query * query)) + float(weight[~known].sum())
    twice = (r * r) @ weight - 2 * (r @ wq) + missing.astype(np.float32) @ weight + constant
    found: Array = np.maximum(twice / 2, 0).astype(np.float32)
    return found


def coverage(query: Array, rows: Array, weight: Array) -> Array:
    """Share of the weight for which both have a value, float32 (tracks,)."""
    both = np.isfinite(query) & np.isfinite(rows)
    found: Array = both.astype(np.float32) @ weight
    return found


def embedded(rows: Array, weight: Array) -> Array:
    """Rows as points whose squared distances are `distances` up to a constant of the query.

    One coordinate more than there are dimensions: the root of the weight of what is missing. A
    query has 0 there (`embedded_query`), so a missing value costs its expected difference.
    """
    known = np.isfinite(rows)
    points = np.where(known, rows, 0) * np.sqrt(weight)
    missing = np.sqrt(np.maximum((~known).astype(np.float32) @ weight, 0))
    found: Array = np.column_stack([points, missing]).astype(np.float32)
    return found


def embedded_query(query: Array, weight: Array) -> Array:
    point = np.where(np.isfinite(query), query, 0) * np.sqrt(weight)
    found: Array = np.append(point, 0).astype(np.float32)
    return found


def restricted(weight: Array, query: Array) -> tuple[Array, float]:
    """`weight` on what `query` has, sum 1 again, and the share that was left; 0 where none was."""
    kept = np.where(np.isfinite(query), weight, 0).astype(np.float32)
    share = float(kept.sum())
    found: Array = kept / share if share > 0 else kept
    return found, share
