"""Hard wishes as ranges of features: what a stated tempo, level or "no vocals" means in numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mapping.predicting.distribution import Constraint
from mapping.predicting.learned import Learned
from mapping.predicting.scaling import Array
from mapping.reading.lexicon import lexicon
from mapping.reading.wishes import Wishes
from schemas.features import feature
from schemas.scales import denormalise

VOCALS_BORDER = 0.5
"""Instrumentalness above which a track has no vocals."""

EDGE, LEAN = 0.1, 0.5
"""How softly rows just outside a range lose their weight, in standard deviations: of a hard wish
those of the catalogue; of a word that only leans, those of what the prompt predicts without it."""

NARROWEST = 0.02
"""Least spread of such a prediction, in standard deviations of the catalogue."""


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


def leanings(learned: Learned, wishes: Wishes, weights: Array) -> tuple[Constraint, ...]:
    """Soft wishes about trained features, on the standardised scale.

    A word leans what the rest of the prompt predicts, given as the `weights` of the reference
    tracks: "slow" asks drum and bass for its own lower third, not for the catalogue's.
    """
    return tuple(
        _leaning(learned, s.feature, s.share, weights)
        for s in wishes.leanings
        if s.feature in learned.names
    )


def _leaning(learned: Learned, name: str, share: tuple[float, float], weights: Array) -> Constraint:
    target = learned.names.index(name)
    value = learned.reference.values[:, target]
    rows = np.flatnonzero((weights > 0) & ~np.isnan(value))
    if not len(rows):  # no track with weight has the feature
        rows = np.flatnonzero(~np.isnan(value))
        weights = learned.reference.uniform()
    rows = rows[np.argsort(value[rows], kind="stable")]
    value, portion = value[rows], weights[rows] / weights[rows].sum()
    low, high = np.interp(share, np.cumsum(portion) - portion / 2, value)
    spread = math.sqrt(float(portion @ np.square(value - portion @ value)))
    return Constraint(
        target=target,
        low=float(low) if share[0] > 0 else -math.inf,
        high=float(high) if share[1] < 1 else math.inf,
        spread=LEAN * max(spread, NARROWEST),
    )


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
