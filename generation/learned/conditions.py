"""A conditioning vector as a trained generator takes it: values, what is known of them, styles.

T features in the order of FEATURES, each on 0 … 1 of its typical range (`schemas.scales`); what is
not known is 0 with a 0 beside it, so that one network serves whole vectors and single wishes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schemas.conditioning import ConditioningRequest
from schemas.features import FeatureSpec, feature, targets
from schemas.scales import normalise
from schemas.styles import style, styles

Floats = npt.NDArray[np.float32]

LEARNED: tuple[str, ...] = tuple(
    spec.name
    for spec in targets()
    if spec.how == "measured" and spec.name not in ("loudness_lufs", "loudness_range_lu")
)
"""What leads the symbolic model. Loudness is the mastering's to set: notes do not decide it."""

HEARD: tuple[str, ...] = tuple(spec.name for spec in targets() if spec.how == "measured")
"""What leads the model of sound."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What leads a model.

    Attributes
    ----------
    values : float32 (T,), 0 … 1; 0 where not known
    known : float32 (T,), 1 or 0
    styles : (id, weight) of schemas/styles.toml, weights sum to 1; empty: none stated
    """

    values: Floats
    known: Floats
    styles: tuple[tuple[str, float], ...] = ()

    @property
    def vector(self) -> Floats:
        """values, then known: (2 T,)."""
        return np.concatenate([self.values, self.known])


def measured(
    features: Mapping[str, object],
    names: Sequence[str],
    styles: tuple[tuple[str, float], ...] = (),
) -> Conditions:
    """Conditions of a piece whose features were measured; anything but a number is not known."""
    values = np.zeros(len(names), np.float32)
    known = np.zeros(len(names), np.float32)
    for place, name in enumerate(names):
        value = features.get(name)
        if isinstance(value, int | float) and np.isfinite(value):
            values[place] = normalise(feature(name), float(value))
            known[place] = 1
    return Conditions(values, known, shares(styles))


def asked(request: ConditioningRequest, names: Sequence[str]) -> Conditions:
    """Conditions of a request: each feature's value, else the middle of its range or median."""
    wanted: dict[str, object] = {}
    for name, condition in request.features.items():
        value = condition.value
        if value is None and condition.low is not None and condition.high is not None:
            value = (condition.low + condition.high) / 2
        if value is None and condition.quantiles is not None:
            value = condition.quantiles.p50
        if value is None and condition.modes:
            value = condition.modes[0].value
        wanted[name] = value
    if request.key is not None and request.key.mode is not None:
        wanted["key_mode"] = float(request.key.mode == "major")
    return measured(wanted, names, tuple((s.id, s.weight) for s in request.styles))


def shares(weights: Sequence[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """`weights` without the zeros, heaviest first, scaled to sum to 1."""
    total = sum(weight for _, weight in weights)
    kept = [(name, weight / total) for name, weight in weights if weight > 0] if total > 0 else []
    return tuple(sorted(kept, key=lambda pair: -pair[1]))


def style_weights(stated: Sequence[tuple[str, float]], known: Sequence[str]) -> Floats:
    """Weights over `known` styles, float32 (len(known),), sum 1; zeros where nothing is stated.

    A style that was not trained on stands for its trained parents, else for its trained family;
    where there is none of these it counts as not stated.
    """
    found = np.zeros(len(known), np.float32)
    index = {name: place for place, name in enumerate(known)}
    for name, weight in shares(stated):
        near = [index[other] for other in _nearest(name, index)]
        found[near] += weight / max(1, len(near))
    total = float(found.sum())
    return found / total if total else found


def _nearest(name: str, index: Mapping[str, int]) -> list[str]:
    if name in index:
        return [name]
    known = {one.id for one in styles()}
    if name not in known:
        return []
    mine = style(name)
    parents = [parent for parent in mine.parents if parent in index]
    return parents or [one.id for one in styles() if one.family == mine.family and one.id in index]


def described(names: Sequence[str]) -> list[dict[str, object]]:
    """The features as a manifest keeps them: what must agree for a vector to mean the same."""
    specs: list[FeatureSpec] = [feature(name) for name in names]
    return [
        {"name": s.name, "version": s.version, "unit": s.unit, "scale": s.scale,
         "typical": list(s.typical or (s.minimum, s.maximum))}
        for s in specs
    ]  # fmt: skip
