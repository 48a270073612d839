"""What the mapping made of a prompt, as the page draws it: marked words, and a row a feature."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.answers import ConditioningVector
from schemas.conditioning import FeatureCondition
from schemas.features import KEY_NAMES, FeatureSpec, feature
from schemas.parts import Lock
from schemas.scales import normalise, typical_range

WIDTH, HEIGHT = 180, 30
_SAID = "said"
_KINDS = {"style": "style", "ambiguous": "sense"}
"""Kind of a span → class of its mark; every other kind is something that was said."""

_PLAIN_NAMES = {
    "tempo_bpm": "tempo", "brightness_hz": "brightness", "loudness_lufs": "loudness",
    "loudness_range_lu": "dynamics", "onset_rate_hz": "onsets", "key_mode": "mode",
    "harmonic_ratio": "harmonic share", "vocal_presence": "vocals",
}  # fmt: skip
_ELSEWHERE = frozenset({"tempo_bpm", "key_mode"})
"""Features that have a field of their own in the form, or belong to the key."""
_DIGITS = {"BPM": 0, "Hz": 0, "LUFS": 1, "LU": 1}
_LEAST_SURE = 0.02


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters of the prompt; `kind` is said, style, sense, unknown or empty."""

    text: str
    kind: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One feature. `path` outlines how likely each value is, on its typical range, as SVG."""

    name: str
    title: str
    told: str
    source: str
    why: str
    path: str
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


def marked(vector: ConditioningVector) -> list[Piece]:
    """The prompt in pieces that, joined, are the prompt."""
    text = vector.prompt.text
    spans = [(s.start, s.end, _KINDS.get(s.kind, _SAID), s.meaning) for s in vector.spans]
    for unknown in vector.suggestions:
        near = ", ".join(unknown.suggestions)
        meaning = f"no word known here; near: {near}" if near else "no word known here"
        spans.append((unknown.start, unknown.end, "unknown", meaning))
    pieces: list[Piece] = []
    at = 0
    for start, end, kind, meaning in sorted(spans):
        if start < at or end <= start:
            continue
        if start > at:
            pieces.append(Piece(text[at:start]))
        pieces.append(Piece(text[start:end], kind, meaning))
        at = end
    return [*pieces, Piece(text[at:])] if at < len(text) else pieces


def rows(vector: ConditioningVector) -> list[Row]:
    """A row a feature, in the order of the contract."""
    return [
        _row(feature(name), condition, name in vector.unsaid)
        for name, condition in vector.features.items()
    ]


def _row(spec: FeatureSpec, condition: FeatureCondition, unsaid: bool) -> Row:
    low, high = typical_range(spec)
    value = condition.value
    return Row(
        name=spec.name,
        title=_PLAIN_NAMES.get(spec.name, spec.name.replace("_", " ")),
        told="unsaid" if unsaid and condition.lock is not Lock.HARD else told(spec, condition),
        source="user" if condition.lock is Lock.HARD else "model",
        why=_why(condition),
        path=_outline(spec, condition),
        at=None if value is None else WIDTH * normalise(spec, value),
        value=value,
        low=low,
        high=high,
        unit="" if spec.unit in ("1", "ratio") else spec.unit,
        locked=condition.lock is Lock.HARD,
        lockable=spec.name not in _ELSEWHERE,
        least=spec.minimum,
        most=spec.maximum,
        digits=_digits(spec),
        scale=spec.scale,
    )


def told(spec: FeatureSpec, condition: FeatureCondition) -> str:
    """A stated value with its unit, or the range that holds half of what is likely."""
    if spec.name == "key_mode":
        return _mode(condition.value)
    if condition.lock is Lock.HARD and condition.value is not None:
        return f"{number(spec, condition.value)}{_unit(spec)}"
    if condition.quantiles is None:
        return "open"
    ends = (number(spec, x) for x in (condition.quantiles.p25, condition.quantiles.p75))
    return " … ".join(ends) + _unit(spec)


def number(spec: FeatureSpec, value: float) -> str:
    """A value with the digits that mean something."""
    return f"{value:,.{_digits(spec)}f}".replace("-", "−")


def _digits(spec: FeatureSpec) -> int:
    return 1 if spec.name == "onset_rate_hz" else _DIGITS.get(spec.unit, 2)


def keys(vector: ConditioningVector) -> list[tuple[str, float]]:
    """The twelve tonics with how likely each is, in major or minor; none where a key is stated."""
    if vector.key is None or vector.key.lock is Lock.HARD or not vector.key.probabilities:
        return []
    both = vector.key.probabilities
    return [(name, both[i] + both[i + 12]) for i, name in enumerate(KEY_NAMES)]


def _unit(spec: FeatureSpec) -> str:
    return "" if spec.unit in ("1", "ratio") else f" {spec.unit}"


def _mode(value: float | None) -> str:
    return "open" if value is None else ("major" if value >= 0.5 else "minor")


def _why(condition: FeatureCondition) -> str:
    if condition.lock is Lock.HARD:
        return "you said it"
    if condition.abstained:
        return condition.abstained
    share = condition.prior_share
    origin = "" if share is None else f", {share:.0%} of it from the starter"
    return f"learned, confidence {condition.confidence:.2f}{origin}"


def _outline(spec: FeatureSpec, condition: FeatureCondition) -> str:
    """Between each two quantiles the probability is spread evenly, and rounded at the corners."""
    if condition.lock is Lock.HARD or condition.quantiles is None:
        return ""
    places = [normalise(spec, value) for value in condition.quantiles.values()]
    shares = (0.2, 0.25, 0.25, 0.2)
    heights = [
        share / max(b - a, _LEAST_SURE)
        for share, a, b in zip(shares, places, places[1:], strict=False)
    ]
    top = max(heights)
    points = [(places[0], 0.0)]
    for height, a, b in zip(heights, places, places[1:], strict=False):
        points.append(((a + b) / 2, height / top))
    points.append((places[-1], 0.0))
    drawn = (f"{WIDTH * x:.1f},{HEIGHT - 2 - (HEIGHT - 6) * y:.1f}" for x, y in points)
    return "M" + " L".join(drawn) + " Z"
