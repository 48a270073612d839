"""A conditioning vector as a notebook shows it: one line, and a small table with range bars.

Everything that is not ours is escaped; the markup holds no script, link or address, and takes
its colours from the notebook, so that it reads in a light and in a dark one.
"""

from __future__ import annotations

import html
import unicodedata
from typing import TYPE_CHECKING

from schemas.features import FEATURES, KEY_NAMES, FeatureSpec
from schemas.parts import Lock
from schemas.scales import normalise, typical_range

if TYPE_CHECKING:
    from schemas.answers import ConditioningVector
    from schemas.conditioning import FeatureCondition

_LONGEST_PROMPT, _LONGEST_WORD = 60, 80
_BAR = 160
_MARKS = {Lock.HARD: "!", Lock.SOFT: "", Lock.FREE: "?"}
_LOCKS = {Lock.HARD: "stated", Lock.SOFT: "meant", Lock.FREE: "open"}
_SPECS = {spec.name: spec for spec in FEATURES}


def line(vector: ConditioningVector) -> str:
    """One line: the prompt and each value; ! is stated, ? is left open."""
    values = ", ".join(
        f"{name}={condition.value:.4g}{_MARKS[condition.lock]}"
        for name, condition in list(vector.features.items())[:10]
        if condition.value is not None
    )
    key = f", key={_key(vector)}" if vector.key is not None else ""
    prompt = _plain(vector.prompt.text, _LONGEST_PROMPT)
    return f"<ConditioningVector {prompt!r}: {values}{key}>"


def table(vector: ConditioningVector) -> str:
    """The vector as HTML: a row a feature, its 90% range drawn on what is usual for the feature."""
    rows = "".join(_row(_SPECS[name], condition) for name, condition in vector.features.items())
    head = "".join(
        f'<th style="text-align:left">{name}</th>'
        for name in ("feature", "value", "90 % range on the usual one", "", "sure")
    )
    said = [("key", _key(vector))] if vector.key is not None else []
    said += [("understood", ", ".join(vector.understood))] if vector.understood else []
    said += [("not understood", ", ".join(vector.not_understood))] if vector.not_understood else []
    said += [("note", warning) for warning in vector.warnings[:4]]
    notes = "".join(
        f"<div><b>{_escaped(name, 40)}</b> {_escaped(text, 400)}</div>" for name, text in said
    )
    return (
        f"<div><div><b>“{_escaped(vector.prompt.text, 200)}”</b></div>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{notes}</div>"
    )


def _row(spec: FeatureSpec, condition: FeatureCondition) -> str:
    value = "open" if condition.value is None else _value(spec, condition.value)
    ends = _ends(condition)
    told = "" if ends is None else f"{ends[0]:.4g} … {ends[1]:.4g}"
    cells = (
        _escaped(spec.name, _LONGEST_WORD),
        _escaped(value, _LONGEST_WORD),
        _bar(spec, condition, ends),
        _escaped(told, _LONGEST_WORD),
        f"{_LOCKS[condition.lock]}, {condition.confidence:.2f}",
    )
    return "<tr>" + "".join(f'<td style="text-align:left">{cell}</td>' for cell in cells) + "</tr>"


def _value(spec: FeatureSpec, value: float) -> str:
    if spec.name == "key_mode":
        return "major" if value >= 0.5 else "minor"
    return f"{value:.4g}" + ("" if spec.unit in ("1", "ratio") else f" {spec.unit}")


def _ends(condition: FeatureCondition) -> tuple[float, float] | None:
    if condition.quantiles is not None:
        return condition.quantiles.p05, condition.quantiles.p95
    if condition.low is not None and condition.high is not None:
        return condition.low, condition.high
    return None


def _bar(spec: FeatureSpec, condition: FeatureCondition, ends: tuple[float, float] | None) -> str:
    low, high = typical_range(spec)
    drawn = f'<line x1="0" x2="{_BAR}" y1="7" y2="7" stroke="currentColor" stroke-opacity="0.25"/>'
    if ends is not None:
        a, b = (_BAR * normalise(spec, end) for end in ends)
        drawn += (
            f'<rect x="{a:.1f}" y="4" width="{max(b - a, 1):.1f}" height="6" rx="2" '
            'fill="currentColor" fill-opacity="0.35"/>'
        )
    if condition.value is not None:
        x = _BAR * normalise(spec, condition.value)
        drawn += f'<circle cx="{min(max(x, 4), _BAR - 4):.1f}" cy="7" r="4" fill="currentColor"/>'
    return (
        f'<svg width="{_BAR}" height="14" viewBox="0 0 {_BAR} 14" role="img">'
        f"<title>{_escaped(f'usual: {low:g} … {high:g} {spec.unit}', 80)}</title>{drawn}</svg>"
    )


def _key(vector: ConditioningVector) -> str:
    key = vector.key
    if key is None:
        return "open"
    if key.name:
        return key.name
    if not key.probabilities:
        return "open"
    best = max(range(24), key=lambda index: key.probabilities[index])
    mode = "major" if best < 12 else "minor"
    return f"{KEY_NAMES[best % 12]} {mode}? ({key.probabilities[best]:.2f})"


def _plain(text: str, longest: int) -> str:
    """On one line, without control or direction characters, shortened."""
    shown = "".join(" " if unicodedata.category(c).startswith("C") else c for c in text[:2_000])
    shown = " ".join(shown.split())
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def _escaped(text: str, longest: int) -> str:
    return html.escape(_plain(text, longest), quote=True)
