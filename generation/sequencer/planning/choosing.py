"""Which styles are played: named, found in the words, or nearest to what the features say."""

from __future__ import annotations

import math

import numpy as np

from generation.sequencer.controlling.asking import Asked, asked, means_something
from generation.sequencer.planning.log import Log
from schemas.conditioning import ConditioningRequest
from schemas.features import FEATURES
from schemas.style import LEVELS, Style
from schemas.styles import find_styles, style, styles

MOST_STYLES = 3
_NEAREST = 5
_TYPICAL = {spec.name: spec.typical or (spec.minimum, spec.maximum) for spec in FEATURES}
_SCALES = {spec.name: spec.scale for spec in FEATURES}

StyleWeights = tuple[tuple[str, float], ...]


def choose_styles(request: ConditioningRequest, rng: np.random.Generator, log: Log) -> StyleWeights:
    """(id of schemas/styles.toml, weight), heaviest first; weights sum to 1.

    Raises
    ------
    InputError
        When the request names a style that does not exist.
    """
    named = {style(one.id).id: one.weight for one in request.styles if one.weight > 0}
    if not named:
        found = dict.fromkeys(mention.style.id for mention in find_styles(request.prompt.text))
        named = dict.fromkeys(found, 1.0)
    if not named:
        return ((_nearest(request, rng, log), 1.0),)
    heaviest = sorted(named.items(), key=lambda item: (-item[1], item[0]))
    if len(heaviest) > MOST_STYLES:
        left = ", ".join(name for name, _ in heaviest[MOST_STYLES:])
        log.ignore(f"styles beyond the {MOST_STYLES} heaviest: {left}")
    kept = heaviest[:MOST_STYLES]
    total = sum(weight for _, weight in kept)
    return tuple((name, weight / total) for name, weight in kept)


def _nearest(request: ConditioningRequest, rng: np.random.Generator, log: Log) -> str:
    """A style near to the features, drawn among the nearest; any style where nothing is asked."""
    meant = {name: c for name, c in request.features.items() if means_something(c)}
    wanted = [one for one in asked(meant).values() if one.feature in (*LEVELS.values(), _TEMPO)]
    known = styles()
    instruments = {i.id for i in request.instruments if i.presence != "absent"}
    if not wanted and not instruments:
        drawn = known[int(rng.integers(len(known)))]
        log.note(f"no style is named and nothing asked that would tell one: {drawn.name} was drawn")
        return drawn.id
    far = np.array([_distance(one, wanted, instruments) for one in known])
    near = np.argsort(far, kind="stable")[:_NEAREST]
    chances = np.exp(-(far[near] - far[near[0]]) / 0.1)
    drawn = known[int(rng.choice(near, p=chances / chances.sum()))]
    log.note(f"no style is named: {drawn.name} is near to what was asked")
    return drawn.id


_TEMPO = "tempo_bpm"
_LEVEL_OF = {feature: level for level, feature in LEVELS.items()}


def _distance(one: Style, wanted: list[Asked], instruments: set[str]) -> float:
    """Mean distance on the features' typical ranges, plus the share of instruments it lacks."""
    missing = len(instruments - set(one.instruments)) / max(1, len(instruments))
    parts = [(_gap(one, ask), min(ask.weight, 100.0)) for ask in wanted]
    total = sum(weight for _, weight in parts)
    mean = sum(gap * weight for gap, weight in parts) / total if total else 0.0
    return mean + 0.3 * missing


def _gap(one: Style, ask: Asked) -> float:
    if ask.feature == _TEMPO:
        low, high = one.tempo
        return min(1.0, abs(math.log2(ask.value / min(max(ask.value, low), high))))
    return abs(place(ask.feature, ask.value) - one.levels[_LEVEL_OF[ask.feature]])


def place(feature: str, value: float) -> float:
    """Place of a value on the feature's typical range, 0 … 1, on the feature's scale."""
    low, high = _TYPICAL[feature]
    if _SCALES[feature] == "log2":
        low, high, value = math.log2(low), math.log2(high), math.log2(max(value, 1e-6))
    return min(1.0, max(0.0, (value - low) / (high - low)))


def typical(feature: str, share: float) -> float:
    """The value at a place of the feature's typical range; the reverse of `place`."""
    low, high = _TYPICAL[feature]
    if _SCALES[feature] == "log2":
        return float(low * (high / low) ** share)
    return low + (high - low) * share


def level(chosen: StyleWeights, name: str) -> float:
    """A level of LEVELS, weighted over the chosen styles, 0 … 1."""
    return sum(weight * style(one).levels[name] for one, weight in chosen)
