"""A monotone curve from one scale to another, and what it is worth on tracks it has not seen.

Isotonic regression (pool adjacent violators), averaged over quantiles of x into at most 16 knots,
with straight lines between them and flat beyond. A feature on a log2 scale is fitted in octaves.
Errors are means over five folds that keep the tracks of an artist together. Where taking the number
as it is does at least as well, the curve is the identity.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from schemas.features import FeatureSpec

VERSION = 1
MINIMUM_TRACKS = 30
MINIMUM_RHO = 0.4
KNOTS = 16
FOLDS = 5
_ROWS_A_KNOT = 5

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Values of tracks that have both: x of a set, y of the reference. Holders keep folds apart."""

    x: Values
    y: Values
    holders: Sequence[str]


@dataclass(frozen=True, slots=True)
class Curve:
    """Knots, x strictly ascending and y not descending."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    def __call__(self, values: Values) -> Values:
        """Values on the scale of the reference."""
        return np.asarray(np.interp(values, self.x, self.y), np.float64)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A calibration, or why there is none (`reason`); errors in the unit of the feature."""

    curve: Curve | None
    method: str
    tracks: int
    spearman: float | None = None
    error_before: float | None = None
    error_after: float | None = None
    error_constant: float | None = None
    reason: str | None = None


def calibrate(spec: FeatureSpec, pairs: Pairs, *, same_unit: bool) -> Fitted:
    """The best of isotonic and, in the same unit, identity; none where neither tells more than the
    median does."""
    count = len(pairs.x)
    if reason := _categorical(spec, pairs):
        return Fitted(None, "none", count, reason=reason)
    if count < MINIMUM_TRACKS:
        return Fitted(
            None, "none", count, reason=f"{count} tracks have both; {MINIMUM_TRACKS} are needed"
        )
    rho = spearman(pairs.x, pairs.y)
    before = float(np.abs(pairs.x - pairs.y).mean())
    after, constant = _held_out(spec, pairs)
    identity = same_unit and before <= after
    found = Fitted(
        curve=_identity(spec) if identity else fit(spec, pairs.x, pairs.y),
        method="identity" if identity else "isotonic",
        tracks=count,
        spearman=rho,
        error_before=before,
        error_after=min(before, after) if identity else after,
        error_constant=constant,
    )
    reason = _not_good_enough(found)
    return found if reason is None else _without(found, reason)


def _categorical(spec: FeatureSpec, pairs: Pairs) -> str | None:
    """Why a feature has no curve at all: its values are names, not amounts."""
    if spec.scale == "circular" or spec.name in ("key_mode", "time_signature"):
        if len(pairs.x) == 0:
            return f"{spec.name} has no order to keep; no track has both"
        agree = np.mean(pairs.x == pairs.y)
        return f"{spec.name} has no order to keep; {agree:.0%} of {len(pairs.x)} tracks agree"
    return None


def _not_good_enough(found: Fitted) -> str | None:
    assert found.error_after is not None
    assert found.error_constant is not None
    if found.spearman is None or found.spearman < MINIMUM_RHO:
        said = "undefined" if found.spearman is None else f"{found.spearman:.2f}"
        return f"rank correlation is {said}; {MINIMUM_RHO} is needed"
    if found.error_after >= found.error_constant:
        return "on held-out tracks the curve tells no more than the median does"
    return None


def _without(found: Fitted, reason: str) -> Fitted:
    return Fitted(
        None, "none", found.tracks, found.spearman, found.error_before, found.error_after,
        found.error_constant, reason,
    )  # fmt: skip


def fit(spec: FeatureSpec, x: Values, y: Values) -> Curve:
    """Isotonic curve through (x, y), in at most KNOTS knots."""
    from scipy.optimize import isotonic_regression

    order = np.argsort(x, kind="stable")
    x, target = x[order], _to_scale(spec, y[order])
    level = np.asarray(isotonic_regression(target).x, np.float64)
    edges = np.linspace(0, len(x), min(KNOTS, max(2, len(x) // _ROWS_A_KNOT)) + 1).astype(int)
    knots: list[tuple[float, float]] = []
    for low, high in pairwise(edges):
        at, value = float(np.median(x[low:high])), float(level[low:high].mean())
        if knots and at <= knots[-1][0]:
            knots[-1] = (knots[-1][0], value)
        else:
            knots.append((at, value))
    if len(knots) == 1:  # one value of x throughout: flat
        knots.append((knots[0][0] + 1.0, knots[0][1]))
    back = _from_scale(spec, np.array([value for _, value in knots]))
    back = np.clip(back, spec.minimum, spec.maximum)
    return Curve(tuple(at for at, _ in knots), tuple(float(value) for value in back))


def spearman(x: Values, y: Values) -> float | None:
    """Rank correlation, ties at their mean rank; None where one side is constant."""
    from scipy.stats import rankdata

    a, b = rankdata(x), rankdata(y)
    if a.std() == 0 or b.std() == 0:
        return None
    return float(np.clip(np.corrcoef(a, b)[0, 1], -1, 1))


def _identity(spec: FeatureSpec) -> Curve:
    ends = (float(spec.minimum), float(spec.maximum))
    return Curve(ends, ends)


def _held_out(spec: FeatureSpec, pairs: Pairs) -> tuple[float, float]:
    """Mean absolute errors on held-out tracks: of the curve, and of the median."""
    folds = np.array([_fold(holder) for holder in pairs.holders])
    predicted, constant = np.empty_like(pairs.y), np.empty_like(pairs.y)
    for fold in range(FOLDS):
        test = folds == fold
        train = ~test if (~test).sum() >= 2 else np.ones_like(test)
        if test.any():
            predicted[test] = fit(spec, pairs.x[train], pairs.y[train])(pairs.x[test])
            constant[test] = np.median(pairs.y[train])
    return float(np.abs(predicted - pairs.y).mean()), float(np.abs(constant - pairs.y).mean())


def _fold(holder: str) -> int:
    return hashlib.blake2b(holder.encode(), digest_size=4).digest()[0] % FOLDS


def _to_scale(spec: FeatureSpec, values: Values) -> Values:
    return np.log2(np.maximum(values, 1e-9)) if spec.scale == "log2" else values


def _from_scale(spec: FeatureSpec, values: Values) -> Values:
    return np.exp2(values) if spec.scale == "log2" else values
