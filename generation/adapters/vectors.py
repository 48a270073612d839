"""A vector, or a request, as the flat array that a projector reads.

For T features: values, low, high, confidence (T each), 24 key probabilities; 4·T + 24 numbers of
0 … 1, as `vector` of the rows of `mapping.torch_dataset`, which trains other generators on
the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from generation.around import asking
from schemas.answers import ConditioningVector, Vector
from schemas.conditioning import ConditioningRequest, FeatureCondition
from schemas.features import FeatureSpec, feature
from schemas.scales import normalise

KEYS = 24
Flat = npt.NDArray[np.float32]


def width(names: Sequence[str]) -> int:
    return 4 * len(names) + KEYS


def flatten(vector: Vector, names: Sequence[str]) -> Flat:
    """`vector` by the features of a projector, float32 (4·T + 24,).

    A feature that the vector does not have is open: in the middle, anywhere from 0 to 1, with no
    confidence.
    """
    place = {name: i for i, name in enumerate(vector.names)}
    rows = []
    for part, unknown in (("values", 0.5), ("low", 0.0), ("high", 1.0), ("confidence", 0.0)):
        numbers = getattr(vector, part)
        rows += [numbers[place[name]] if name in place else unknown for name in names]
    return np.array([*rows, *vector.key_probabilities], np.float32)


def flat_of(request: ConditioningRequest, names: Sequence[str]) -> Flat:
    """The same from a request: its own vector where it has one, else from what it asks.

    What is stated stands with its confidence; a stated key is certain, and the rest is open.
    """
    if isinstance(request, ConditioningVector):
        return flatten(request.vector, names)
    columns = [_places(feature(name), request.features.get(name)) for name in names]
    key = _key(request)
    return np.array([*(v for part in zip(*columns, strict=True) for v in part), *key], np.float32)


def asked(request: ConditioningRequest, names: Sequence[str]) -> dict[str, float]:
    """Features of a projector that the request wants, and their values, in their units."""
    found = {}
    for name, condition in asking.wanted(request).items():
        value = asking.aim(name, condition)
        if name in names and value is not None:
            found[name] = value
    return found


def _places(
    spec: FeatureSpec, condition: FeatureCondition | None
) -> tuple[float, float, float, float]:
    value = None if condition is None else asking.aim(spec.name, condition)
    if condition is None or value is None:
        return 0.5, 0.0, 1.0, 0.0
    q = condition.quantiles
    low, high = (q.p05, q.p95) if q else (condition.low, condition.high)
    return (
        normalise(spec, value),
        normalise(spec, value if low is None else low),
        normalise(spec, value if high is None else high),
        condition.confidence,
    )


def _key(request: ConditioningRequest) -> Sequence[float]:
    """24 probabilities; spread over what is left open of a key."""
    condition = request.key
    if condition is not None and condition.probabilities:
        return condition.probabilities
    key = asking.key(request)
    allowed = np.ones((2, 12))
    if key is not None and key.pitch_class is not None:
        allowed *= np.arange(12) == key.pitch_class
    if key is not None and key.major is not None:
        allowed *= np.array([[key.major], [not key.major]])
    spread: list[float] = (allowed / allowed.sum()).ravel().tolist()
    return spread
