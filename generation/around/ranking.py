"""How far a candidate does what was asked, as one number.

    score = Σ weight · closeness / Σ weight          over what should or must be met

closeness is 1 for a hit and below 0.5 for a miss, less the farther off; what could not be measured
counts as 0.25, between a near and a far miss. Without anything asked every candidate scores 1, and
the first is taken.
"""

from __future__ import annotations

import math

from generation.around import asking, judging
from schemas.conditioning import ConditioningRequest
from schemas.features import feature
from schemas.generation import FeatureResult
from schemas.scales import normalise

_UNMEASURED = 0.25
_KIN = {
    "the relative key": 0.4,
    "the parallel key": 0.3,
    "a fifth above": 0.3,
    "a fifth below": 0.3,
}


def score(request: ConditioningRequest, results: tuple[FeatureResult, ...]) -> float:
    """0 … 1: 1 where all that should or must be met is met, or nothing is asked."""
    total = met = 0.0
    for one in results:
        share = judging.weight(request, one.feature)
        if share and one.asked is not None:
            total += share
            met += share * closeness(request, one)
    return met / total if total else 1.0


def closeness(request: ConditioningRequest, result: FeatureResult) -> float:
    if result.hit is None:
        return _UNMEASURED
    if result.hit:
        return 1.0
    if result.feature == "key":
        key = asking.key(request)
        kin = "" if key is None else judging.related(key, str(result.measured))
        return _KIN.get(kin, 0.1)
    return 0.5 * math.exp(-_excess(request, result))


def _excess(request: ConditioningRequest, result: FeatureResult) -> float:
    """How far beyond what is accepted a missed value lies, in tenths of the typical range."""
    condition = request.features.get(result.feature)
    limits = None if condition is None else judging.bounds(result.feature, condition)
    if limits is None or not isinstance(result.measured, float):
        return 1.0
    spec = feature(result.feature)
    edge = min(max(result.measured, limits.low), limits.high)
    return 10 * abs(normalise(spec, result.measured) - normalise(spec, edge))
