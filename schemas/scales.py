"""Values on their feature's scale: the typical range, and places in it from 0 to 1."""

from __future__ import annotations

import math

from schemas.features import FeatureSpec


def typical_range(spec: FeatureSpec) -> tuple[float, float]:
    return spec.typical or (spec.minimum, spec.maximum)


def normalise(spec: FeatureSpec, value: float) -> float:
    """Place `value` on 0 … 1 of the feature's typical range, on its scale, clipped at the ends."""
    low, high = typical_range(spec)
    if spec.scale == "log2":
        low, high, value = (math.log2(max(x, 1e-9)) for x in (low, high, value))
    return min(1.0, max(0.0, (value - low) / (high - low)))


def denormalise(spec: FeatureSpec, position: float) -> float:
    """Inverse of `normalise` inside the typical range; `position` is 0 … 1."""
    low, high = typical_range(spec)
    if spec.scale == "log2":
        return float(2 ** (math.log2(low) + position * (math.log2(high) - math.log2(low))))
    return low + position * (high - low)
