"""Features that a caller fixes outright: their names, values and how near they must be met."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping

from schemas.errors import PromptError
from schemas.features import FEATURES, FeatureSpec
from schemas.scales import denormalise, normalise

TEMPO_SHARE = 0.04
"""A tempo may be missed by this share, as a stated one may."""

SCALE_SHARE = 0.02
"""Another feature by this share of its typical range."""

_LOCKABLE: dict[str, FeatureSpec] = {
    spec.name: spec for spec in FEATURES if spec.size == 1 and spec.scale != "circular"
}


def check_locks(locks: Mapping[str, float]) -> None:
    """Every name is a scalar feature and its value within the feature's range.

    Raises
    ------
    PromptError
        Names the feature and value, and the nearest valid name or the valid range.
    """
    if not isinstance(locks, Mapping):
        raise PromptError(f"locks: {locks!r}; valid is a mapping, as in {{'tempo_bpm': 128}}")
    for name, value in locks.items():
        spec = _LOCKABLE.get(name) if isinstance(name, str) else None
        if spec is None:
            raise PromptError(f"locks: no feature {name!r}; {_hint(str(name))}")
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value) or not spec.minimum <= value <= spec.maximum:
            unit = "" if spec.unit in ("1", "ratio") else f" {spec.unit}"
            raise PromptError(
                f"locks: {name} {value!r}; valid is {spec.minimum:g} … {spec.maximum:g}{unit}"
            )


def lock_range(name: str, value: float) -> tuple[float, float]:
    """Lowest and highest value that still meets a lock, in the feature's unit."""
    spec = _LOCKABLE[name]
    if name == "tempo_bpm":
        low, high = value * (1 - TEMPO_SHARE), value * (1 + TEMPO_SHARE)
    else:
        place = normalise(spec, value)
        low, high = (
            denormalise(spec, min(1.0, max(0.0, place + side)))
            for side in (-SCALE_SHARE, SCALE_SHARE)
        )
    # A value beyond the typical range lies at the end of the normalised one.
    return max(spec.minimum, min(low, value)), min(spec.maximum, max(high, value))


def _hint(name: str) -> str:
    if name in ("key", "key_pitch_class"):
        return 'the key has an option of its own, as in key="C minor"'
    near = difflib.get_close_matches(name, _LOCKABLE, 1)
    return f"did you mean {near[0]}?" if near else f"valid: {', '.join(_LOCKABLE)}"
