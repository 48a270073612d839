"""What the mapping made of a prompt, as the page draws it: a row a feature, tempi, keys."""

from __future__ import annotations

import math
from dataclasses import dataclass

from schemas.answers import ConditioningVector
from schemas.conditioning import FeatureCondition, Quantiles
from schemas.features import FEATURES, KEY_NAMES, FeatureSpec, feature, key_name
from schemas.parts import Lock, Source
from schemas.scales import normalise, typical_range
from service.web.generate.values import digits, measure, span, title, unit

WIDTH, HEIGHT = 180, 30
_STEPS = 60
_SHARES = (0.2, 0.25, 0.25, 0.2)
"""Of probability between each two quantiles of the contract."""
_SMOOTH = 0.022
"""Standard deviation of the kernel that rounds an outline, as a share of the typical range."""
_ELSEWHERE = frozenset({"tempo_bpm", "key_mode"})
"""Features that have a field of their own in the form, or belong to the key."""
_LEAST_SURE = 0.15
"""Below this confidence a row says that it is hardly more than a guess."""
_LEAST_TEMPO = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One feature. `path` outlines how likely each value is, on its typical range, as SVG;
    `middle` is where the middle half of it lies."""

    name: str
    title: str
    told: str
    source: str
    why: str
    sure: str
    path: str
    middle: tuple[float, float] | None
    at: float | None
    value: float | None
    low: float
    high: float
    unit: str
    locked: bool
    lockable: bool
    least: float
    most: float
    digits: int
    scale: str


@dataclass(frozen=True, slots=True)
class Tempo:
    """A likely tempo, on the axis of the tempo's row."""

    bpm: float
    text: str
    share: float
    at: float


@dataclass(frozen=True, slots=True)
class PitchClass:
    """A tonic, with how likely its major and its minor key are."""

    name: str
    major: float
    minor: float


def rows(vector: ConditioningVector) -> list[Row]:
    """A row a feature, in the order of FEATURES whatever is held; the key has its own."""
    found = vector.features
    return [
        _row(spec, found[spec.name], spec.name in vector.unsaid)
        for spec in FEATURES
        if spec.name in found and spec.name != "key_mode"
    ]


def tempi(vector: ConditioningVector) -> list[Tempo]:
    """Separate likely tempi, octaves among them; none where it is stated or unsaid, or but one."""
    condition = vector.features.get("tempo_bpm")
    if condition is None or condition.lock is Lock.HARD or "tempo_bpm" in vector.unsaid:
        return []
    spec = feature("tempo_bpm")
    found = [
        Tempo(m.value, measure(spec, m.value), m.weight, round(WIDTH * normalise(spec, m.value), 1))
        for m in condition.modes
        if m.weight >= _LEAST_TEMPO
    ]
    return found if len(found) > 1 else []


def keys(vector: ConditioningVector) -> list[PitchClass]:
    """The twelve tonics with how likely each is; none where a key is stated."""
    if vector.key is None or vector.key.lock is Lock.HARD or not vector.key.probabilities:
        return []
    both = vector.key.probabilities
    return [PitchClass(name, both[i], both[i + 12]) for i, name in enumerate(KEY_NAMES)]


def key_names() -> list[str]:
    """All keys that the form offers, majors first."""
    return [key_name(tonic, mode) for mode in (1, 0) for tonic in range(12)]


def key_told(vector: ConditioningVector) -> str:
    """The key in words: stated, likeliest, or open."""
    key = vector.key
    if key is None:
        return "open"
    if key.lock is Lock.HARD:
        return key.name or "open"
    if not key.probabilities or "key" in vector.unsaid:
        return "unsaid"
    best = max(range(24), key=key.probabilities.__getitem__)
    share = key.probabilities[best]
    return f"{key_name(best % 12, int(best < 12))}, {share:.0%}"


def _row(spec: FeatureSpec, condition: FeatureCondition, unsaid: bool) -> Row:
    low, high = typical_range(spec)
    value, stated = condition.value, condition.lock is Lock.HARD
    q = None if stated else condition.quantiles
    return Row(
        name=spec.name,
        title=title(spec.name),
        told="unsaid" if unsaid and not _given(condition) else told(spec, condition),
        source="user" if _given(condition) else "model",
        why=_why(condition),
        sure=_sure(condition, unsaid),
        path=_outline(spec, q) if q else "",
        middle=(_x(spec, q.p25), _x(spec, q.p75)) if q else None,
        at=None if value is None else _x(spec, value),
        value=value,
        low=low,
        high=high,
        unit=unit(spec).strip(),
        locked=stated,
        lockable=spec.name not in _ELSEWHERE,
        least=spec.minimum,
        most=spec.maximum,
        digits=digits(spec),
        scale=spec.scale,
    )


def _given(condition: FeatureCondition) -> bool:
    """Whether it comes from the person: said, or heard in their recording."""
    stated = condition.lock is Lock.HARD and condition.source is not Source.MODEL
    return stated or condition.source is Source.AUDIO


def told(spec: FeatureSpec, condition: FeatureCondition) -> str:
    """A stated value or bound with its unit, or the range that holds half of what is likely."""
    if condition.lock is Lock.HARD and condition.value is not None:
        low, high = condition.low, condition.high
        if (low is None) != (high is None):
            bound = low if high is None else high
            assert bound is not None
            return f"{'≥' if high is None else '≤'} {measure(spec, bound)}"
        return measure(spec, condition.value)
    if condition.source is Source.AUDIO and condition.value is not None:
        low, high = condition.low, condition.high
        if low is None or high is None:
            return measure(spec, condition.value)
        return span(spec, low, high)
    if condition.quantiles is None:
        return "open"
    return span(spec, condition.quantiles.p25, condition.quantiles.p75)


def _sure(condition: FeatureCondition, unsaid: bool) -> str:
    """Abstention and want of confidence in a word; empty where neither need be told."""
    if condition.lock is Lock.HARD or unsaid or _given(condition):
        return ""
    if condition.abstained:
        return "abstains"
    return "a guess" if condition.confidence < _LEAST_SURE else ""


def _why(condition: FeatureCondition) -> str:
    if condition.lock is Lock.HARD:
        return "you said it"
    if condition.abstained:
        return f"nothing is claimed: {condition.abstained}"
    if condition.source is Source.AUDIO:
        return f"heard in your recording, confidence {condition.confidence:.2f}"
    share = condition.prior_share
    origin = "" if share is None else f", {share:.0%} of it from the starter"
    return f"learned, confidence {condition.confidence:.2f}{origin}"


def _x(spec: FeatureSpec, value: float) -> float:
    return round(WIDTH * normalise(spec, value), 1)


def _outline(spec: FeatureSpec, quantiles: Quantiles) -> str:
    """The density that spreads evenly between quantiles, smoothed by a Gaussian kernel."""
    edges = [normalise(spec, value) for value in quantiles.values()]
    xs = [i / _STEPS for i in range(_STEPS + 1)]
    heights = [sum(_density(x, edges, i) for i in range(len(_SHARES))) for x in xs]
    top = max(*heights, 1e-9)
    points = [
        f"{WIDTH * x:.0f},{HEIGHT - 2 - (HEIGHT - 6) * y / top:.1f}"
        for x, y in zip(xs, heights, strict=True)
    ]
    return f"M0,{HEIGHT - 2} L" + " L".join(points) + f" L{WIDTH},{HEIGHT - 2} Z"


def _density(x: float, edges: list[float], i: int) -> float:
    """At `x`, of the i-th even stretch after smoothing."""
    low, high = edges[i], max(edges[i + 1], edges[i] + 1e-3)
    below, above = (math.erf((x - end) / (_SMOOTH * math.sqrt(2))) for end in (low, high))
    return _SHARES[i] * (below - above) / (2 * (high - low))
