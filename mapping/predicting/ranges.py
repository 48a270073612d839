"""Hard wishes as ranges of features: what a stated tempo, level or "no vocals" means in numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mapping.predicting.distribution import Constraint
from mapping.predicting.learned import Learned
from mapping.reading.lexicon import lexicon
from mapping.reading.wishes import Wishes
from schemas.features import feature
from schemas.scales import denormalise

VOCALS_BORDER = 0.5
"""Instrumentalness above which a track has no vocals."""

EDGE = 0.1
"""How softly rows just outside a hard range lose their weight, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Range:
    """A hard wish about one feature in natural units; None leaves a side open."""

    low: float | None
    high: float | None
    value: float | None = None


def ranges(learned: Learned, wishes: Wishes) -> tuple[dict[str, Range], tuple[str, ...]]:
    """Hard ranges by feature, and warnings for levels of features the catalogue cannot place."""
    found: dict[str, Range] = {}
    warnings = []
    for level in wishes.levels:
        found[level.feature] = _level(learned, level.feature, level.share)
        if level.feature not in learned.names:
            warnings.append(
                f"{level.in_words()}: the catalogue has too few values of {level.feature}; "
                "a typical range was taken"
            )
    for stated in wishes.values:
        found[stated.feature] = Range(stated.low, stated.high, stated.value)
    if wishes.tempo:
        found["tempo_bpm"] = Range(wishes.tempo.low, wishes.tempo.high, wishes.tempo.value)
    if wishes.key and wishes.key.mode is not None and "key_mode" in learned.names:
        mode = float(wishes.key.mode)
        found["key_mode"] = Range(mode, mode, mode)
    if wishes.vocals and "instrumentalness" in learned.names:
        if wishes.vocals.mode == "off":
            found.setdefault("instrumentalness", Range(VOCALS_BORDER, None))
        elif wishes.vocals.mode in ("on", "spoken"):
            found.setdefault("instrumentalness", Range(None, VOCALS_BORDER))
    return found, tuple(warnings)


def _level(learned: Learned, name: str, share: tuple[float, float]) -> Range:
    if name not in learned.names:
        bounds = [denormalise(feature(name), part) for part in share]
    else:
        bounds = [learned.level(name, part) for part in share]
        # Most tracks have next to no instrumentalness: the upper third of nothing is not "high".
        words = lexicon().features.get(name)
        if words and words.high_above is not None and share[1] == 1:
            bounds[0] = max(bounds[0], min(words.high_above, learned.level(name, 0.99)))
        if words and words.low_below is not None and share[0] == 0:
            bounds[1] = max(bounds[1], words.low_below)
    return Range(bounds[0] if share[0] > 0 else None, bounds[1] if share[1] < 1 else None)


def constraints(learned: Learned, wished: dict[str, Range]) -> tuple[Constraint, ...]:
    """The ranges of trained features on the standardised scale."""
    return tuple(
        Constraint(
            target=learned.names.index(name),
            low=-math.inf if r.low is None else learned.scaler.one(name, r.low),
            high=math.inf if r.high is None else learned.scaler.one(name, r.high),
            spread=EDGE,
        )
        for name, r in wished.items()
        if name in learned.names
    )
