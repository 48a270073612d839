"""A track along time: sections, waveform, beats and bars, keys; places in per cent of its length.

In per cent, because a drawing without a viewBox keeps its text at its size on any screen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from service.browsing.telling import length

TALL = 100
"""Units of the waveform's own drawing, from top to bottom."""

_TINTS = 9
_MOST_BEATS = 600
_MOST_BARS = 800
_COLUMNS = 750
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_MARKS = 8


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time; `start` and `width` in per cent, `tint` a class of the style sheet."""

    start: float
    width: float
    text: str
    tint: str
    start_s: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """`wave` outlines the waveform in a drawing of 1000 × TALL; empty where it is not known.

    `beats` and `bars` are places; of many beats only the bars are drawn, and of very many neither.
    """

    duration_s: float
    sections: list[Span]
    keys: list[Span]
    beats: list[float]
    bars: list[float]
    marks: list[tuple[float, str]]
    wave: str
    level: str
    reach: float


def timeline(detail: Mapping[str, Any], waveform: Mapping[str, Any] | None) -> Timeline | None:
    """The drawing of a track, as `service.detail` tells it; None where its length is not known."""
    duration = detail["duration_s"] or (waveform or {}).get("duration_s")
    if not duration:
        return None
    sections = detail["sections"]
    beats, bars = _beats(detail["beats"], duration)
    outline, level, reach = _outlines(waveform)
    return Timeline(
        duration_s=duration,
        sections=_sections(sections, duration),
        keys=_keys(sections, duration),
        beats=beats,
        bars=bars,
        marks=_marks(duration),
        wave=outline,
        level=level,
        reach=reach,
    )


def _sections(sections: Sequence[Mapping[str, Any]], duration: float) -> list[Span]:
    labels = list(dict.fromkeys(part["label"] for part in sections))
    return [
        _span(
            part["start_s"],
            part["end_s"],
            duration,
            part["label"],
            f"tint{labels.index(part['label']) % _TINTS}",
        )
        for part in sections
    ]


def _keys(sections: Sequence[Mapping[str, Any]], duration: float) -> list[Span]:
    """Stretches in one key."""
    spans = []
    for key, group in groupby(sections, lambda part: part["key_name"]):
        parts = list(group)
        if key:
            spans.append(_span(parts[0]["start_s"], parts[-1]["end_s"], duration, key, "key"))
    return spans


def _span(start_s: float, end_s: float, duration: float, text: str, tint: str) -> Span:
    start, end = (_share(at, duration) for at in (start_s, end_s))
    return Span(start, round(max(end - start, 0.1), 3), text, tint, start_s)


def _share(at_s: float, duration: float) -> float:
    return round(100 * min(1.0, max(0.0, at_s / duration)), 3)


def _beats(beats: Mapping[str, Any] | None, duration: float) -> tuple[list[float], list[float]]:
    if beats is None:
        return [], []
    times = beats["times_s"]
    first = frozenset(beats["downbeats"])
    bars = [_share(times[i], duration) for i in beats["downbeats"]]
    others = [_share(at, duration) for i, at in enumerate(times) if i not in first]
    return (
        others if len(times) <= _MOST_BEATS else [],
        bars if len(bars) <= _MOST_BARS else [],
    )


def _marks(duration: float) -> list[tuple[float, str]]:
    step = next((s for s in _STEPS_S if duration / s <= _MARKS), _STEPS_S[-1])
    return [
        (_share(at, duration), length(at)) for at in range(0, int(duration - 0.4 * step) + 1, step)
    ]


def _outlines(waveform: Mapping[str, Any] | None) -> tuple[str, str, float]:
    """Outlines of peaks and of level as SVG paths, and the sample that reaches the edge."""
    if waveform is None or not waveform.get("highest"):
        return "", "", 1.0
    highest, lowest = (_plain(waveform[name]) for name in ("highest", "lowest"))
    level = _plain(waveform["level"])
    reach = max(0.05, *(abs(value) for value in (*highest, *lowest)))
    down = [-value for value in level]
    return _outline(highest, lowest, reach), _outline(level, down, reach), reach


def _plain(values: Sequence[float | None]) -> list[float]:
    """Without gaps, and no more than are worth drawing: of each few, the one farthest out."""
    known = [value or 0.0 for value in values]
    many = -(-len(known) // _COLUMNS)
    return [max(known[i : i + many], key=abs) for i in range(0, len(known), many)]


def _outline(above: Sequence[float], below: Sequence[float], reach: float) -> str:
    step = 1000 / len(above)
    middle = TALL / 2

    def at(i: int, value: float) -> str:
        return f"{i * step:.1f},{middle - (middle - 2) * value / reach:.1f}"

    there = [at(i, value) for i, value in enumerate(above)] + [at(len(above), above[-1])]
    back = [at(i, value) for i, value in enumerate(below)] + [at(len(below), below[-1])]
    return "M" + " L".join(there + back[::-1]) + " Z"
