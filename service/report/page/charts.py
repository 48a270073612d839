"""Pictures as SVG in the page: no script, no style attribute, colours by class.

Every picture has a title and a description, and the page has its numbers in a table beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.report.page.html import Cell, Html, escaped, number, scaled, shown

_WIDTH, _HEIGHT, _FOOT = 300.0, 84.0, 16.0
_BAR_WIDTH = 160.0
_SHADES = 6
_COLUMNS, _ROWS, _CELL_W, _CELL_H = 24, 16, 22.0, 14.0
_MARGIN_LEFT, _MARGIN_FOOT = 48.0, 26.0


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of bins between `edges`, and what is marked: quantiles .05, .5 and .95."""

    title: str
    unit: str
    edges: Sequence[float]
    counts: Sequence[int]
    low: float
    median: float
    high: float
    log: bool = False


def histogram(shape: Histogram) -> Html:
    """Bars, the span that holds nine tracks of ten shaded, the median as a line."""
    most = max(max(shape.counts, default=0), 1)
    step = _WIDTH / max(len(shape.counts), 1)
    bars = "".join(
        f'<rect class="bar" x="{i * step:.1f}" y="{_HEIGHT - h:.1f}" '
        f'width="{max(step - 1, 0.5):.1f}" height="{h:.1f}"/>'
        for i, h in enumerate(_HEIGHT * count / most for count in shape.counts)
        if h
    )
    reach = shape.edges[-1] - shape.edges[0]
    left, right, middle = (_along(shape, v) for v in (shape.low, shape.high, shape.median))
    ticks = "".join(
        f'<text x="{x:.1f}" y="{_HEIGHT + 12:.0f}" text-anchor="{anchor}">'
        f"{scaled(value, reach)}</text>"
        for x, value, anchor in (
            (0.0, shape.edges[0], "start"),
            (_WIDTH / 2, _centre(shape), "middle"),
            (_WIDTH, shape.edges[-1], "end"),
        )
    )
    described = (
        f"median {scaled(shape.median, reach)} {shape.unit}; nine of ten tracks between "
        f"{scaled(shape.low, reach)} and {scaled(shape.high, reach)}"
    )
    return svg(
        _WIDTH,
        _HEIGHT + _FOOT,
        shape.title,
        described,
        f'<rect class="span" x="{left:.1f}" y="0" width="{max(right - left, 1):.1f}" '
        f'height="{_HEIGHT:.0f}"/>{bars}<line class="mark" x1="{middle:.1f}" x2="{middle:.1f}" '
        f'y1="0" y2="{_HEIGHT:.0f}"/><line class="axis" x1="0" x2="{_WIDTH:.0f}" '
        f'y1="{_HEIGHT:.0f}" y2="{_HEIGHT:.0f}"/>{ticks}',
    )


def _along(shape: Histogram, value: float) -> float:
    low, high = shape.edges[0], shape.edges[-1]
    if shape.log:
        low, high, value = math.log(low), math.log(high), math.log(max(value, low))
    return _WIDTH * min(1.0, max(0.0, (value - low) / ((high - low) or 1.0)))


def _centre(shape: Histogram) -> float:
    low, high = shape.edges[0], shape.edges[-1]
    return math.sqrt(low * high) if shape.log else (low + high) / 2


def bars(rows: Mapping[str, int], heads: tuple[str, str], *, of: int | None = None) -> Html:
    """A table whose second column is drawn: names, bars, counts. It needs no table behind it."""
    if not rows:
        return Html('<p class="quiet">none</p>')
    most = of or max(rows.values())
    body = "".join(
        f'<tr><th scope="row">{shown(name)}</th><td>{_bar(count / (most or 1))}</td>'
        f"<td class=n>{shown(count)}</td></tr>"
        for name, count in rows.items()
    )
    head = (
        f'<th scope="col">{escaped(heads[0])}</th><td></td><th scope="col">{escaped(heads[1])}</th>'
    )
    return Html(
        f'<div class="scroll" tabindex="0"><table class="bars"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _bar(part: float) -> Html:
    return Html(
        f'<svg class="inline" viewBox="0 0 {_BAR_WIDTH:.0f} 10" aria-hidden="true" '
        f'preserveAspectRatio="none"><rect class="bar" width="{_BAR_WIDTH * part:.1f}" '
        'height="10"/></svg>'
    )


def stack(parts: Mapping[str, int], whole: int) -> Html:
    """One bar cut into named parts: known, unclear, none; measured, imported, override."""
    x, drawn = 0.0, ""
    for name, count in parts.items():
        width = _BAR_WIDTH * count / (whole or 1)
        drawn += f'<rect class="{name}" x="{x:.1f}" width="{width:.1f}" height="10"/>'
        x += width
    return Html(
        f'<svg class="inline" viewBox="0 0 {_BAR_WIDTH:.0f} 10" aria-hidden="true" '
        f'preserveAspectRatio="none"><rect class="rest" width="{_BAR_WIDTH:.0f}" height="10"/>'
        f"{drawn}</svg>"
    )


def interval(quantiles: Sequence[float], low: float, high: float) -> Html:
    """Nine of ten tracks as a line, half of them as a box, the median as a tick."""
    places = [_BAR_WIDTH * min(1.0, max(0.0, (q - low) / ((high - low) or 1.0))) for q in quantiles]
    a, b, middle, c, d = places
    described = f"{number(quantiles[2])}, half within {number(quantiles[1])}–{number(quantiles[3])}"
    return Html(
        f'<svg class="inline" viewBox="0 0 {_BAR_WIDTH:.0f} 16" role="img">'
        f"<title>{escaped(described)}</title>"
        f'<line class="axis" x1="{a:.1f}" x2="{d:.1f}" y1="8" y2="8"/>'
        f'<rect class="bar" x="{b:.1f}" y="3" width="{max(c - b, 1):.1f}" height="10"/>'
        f'<line class="mark" x1="{middle:.1f}" x2="{middle:.1f}" y1="0" y2="16"/></svg>'
    )


GRID: Mapping[str, float] = {"low": 40.0, "high": 240.0, "columns": _COLUMNS, "rows": _ROWS}
"""Cells of the map: tempo in BPM from `low` to `high` on a log scale, energy from 0 to 1."""


def density(cells: Sequence[Mapping[str, int]]) -> Html:
    """Tracks by tempo and energy: the darker a cell, the more; shades are in steps of a root."""
    most = max((cell["tracks"] for cell in cells), default=1)
    width, height = _COLUMNS * _CELL_W, _ROWS * _CELL_H
    drawn = "".join(
        f'<rect class="heat{math.ceil(_SHADES * math.sqrt(c["tracks"] / most))}" '
        f'x="{_MARGIN_LEFT + c["x"] * _CELL_W:.0f}" '
        f'y="{height - (c["y"] + 1) * _CELL_H:.0f}" width="{_CELL_W - 1:.0f}" '
        f'height="{_CELL_H - 1:.0f}"><title>{c["tracks"]:,} tracks</title></rect>'
        for c in cells
    )
    span = math.log(GRID["high"] / GRID["low"])
    ticks = "".join(
        f'<text x="{_MARGIN_LEFT + width * math.log(bpm / GRID["low"]) / span:.0f}" '
        f'y="{height + 12:.0f}" text-anchor="middle">{bpm}</text>'
        for bpm in (40, 60, 80, 100, 120, 160, 200, 240)
    )
    sides = "".join(
        f'<text x="{_MARGIN_LEFT - 6:.0f}" y="{height * (1 - e) + (10 if e == 1 else 0):.0f}" '
        f'text-anchor="end">{e:g}</text>'
        for e in (0, 0.5, 1)
    )
    names = (
        f'<text x="{_MARGIN_LEFT + width / 2:.0f}" y="{height + 24:.0f}" '
        'text-anchor="middle">tempo, BPM</text>'
        f'<text x="12" y="{height / 2:.0f}" transform="rotate(-90 12 {height / 2:.0f})" '
        'text-anchor="middle">energy</text>'
    )
    return svg(
        _MARGIN_LEFT + width + 14,
        height + _MARGIN_FOOT,
        "Tracks by tempo and energy",
        "Darker cells hold more tracks; slow music is on the left, intense music on top.",
        drawn + ticks + sides + names,
    )


@dataclass(frozen=True, slots=True)
class Moment:
    """A run on the line of time."""

    at: datetime
    state: str
    inputs: int
    title: str


def timeline(moments: Sequence[Moment]) -> Html:
    """Runs in order of time; a bar is higher the more inputs there were (log scale)."""
    if not moments:
        return Html('<p class="quiet">none</p>')
    first, last = min(m.at for m in moments), max(m.at for m in moments)
    span = (last - first).total_seconds() or 1.0
    width, height = 900.0, 60.0
    tallest = math.log1p(max(m.inputs for m in moments)) or 1.0
    drawn = ""
    for m in moments:
        x = 6 + (width - 12) * (m.at - first).total_seconds() / span
        h = 6 + (height - 6) * math.log1p(m.inputs) / tallest
        drawn += (
            f'<line class="run {escaped(m.state)}" x1="{x:.1f}" x2="{x:.1f}" y1="{height:.0f}" '
            f'y2="{height - h:.1f}"><title>{escaped(m.title)}</title></line>'
        )
    foot = f'y="{height + 14:.0f}"'
    ticks = f'<text x="0" {foot}>{first:%Y-%m-%d %H:%M}</text>'
    ticks += f'<text x="{width:.0f}" {foot} text-anchor="end">{last:%Y-%m-%d %H:%M}</text>'
    axis = f'<line class="axis" x1="0" x2="{width:.0f}" y1="{height:.0f}" y2="{height:.0f}"/>'
    title = f"{len(moments)} runs"
    return svg(width, height + 18, title, "Higher: more inputs.", axis + drawn + ticks)


def columns(rows: Sequence[tuple[Cell, int]], title: str) -> Html:
    """Upright bars in order, as tracks by year; the first, middle and last are named."""
    if not rows:
        return Html('<p class="quiet">none</p>')
    width, height = 900.0, 110.0
    most, step = max(count for _, count in rows), width / len(rows)
    drawn = "".join(
        f'<rect class="bar" x="{i * step:.1f}" y="{height - height * count / most:.1f}" '
        f'width="{max(step - 1, 0.6):.1f}" height="{height * count / most:.1f}">'
        f"<title>{escaped(str(name))}: {count:,}</title></rect>"
        for i, (name, count) in enumerate(rows)
    )
    places = sorted({0, len(rows) // 2, len(rows) - 1})
    ticks = "".join(
        f'<text x="{(i + 0.5) * step:.1f}" y="{height + 13:.0f}" text-anchor='
        f'"{"start" if i == 0 else "end" if i == len(rows) - 1 else "middle"}">'
        f"{escaped(str(rows[i][0]))}</text>"
        for i in places
    )
    axis = f'<line class="axis" x1="0" x2="{width:.0f}" y1="{height:.0f}" y2="{height:.0f}"/>'
    return svg(width, height + 18, title, f"{len(rows)} bars.", drawn + axis + ticks)


def svg(width: float, height: float, title: str, described: str, body: str) -> Html:
    """A picture of that size with what a screen reader says of it."""
    return Html(
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-label="{escaped(f"{title}: {described}")}"><title>{escaped(title)}</title>'
        f"<desc>{escaped(described)}</desc>{body}</svg>"
    )
