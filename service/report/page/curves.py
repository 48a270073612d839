"""Pictures of how good predictions are: calibration against the diagonal, residuals, shares beside
marks. As `charts`: SVG without script or style attribute, each with a title and a description.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.report.page.charts import svg
from service.report.page.html import Html, escaped

_SIDE, _LEFT, _FOOT, _TOP = 150.0, 34.0, 20.0, 8.0
_WIDTH, _HEIGHT = 300.0, 72.0
_BAR = 220.0


def reliability(title: str, levels: Sequence[float], shares: Sequence[float | None]) -> Html:
    """Share of true values below each predicted quantile, against its level; right is the
    diagonal."""
    points = [
        (level, share) for level, share in zip(levels, shares, strict=True) if share is not None
    ]
    placed = [(_LEFT + level * _SIDE, _TOP + (1 - share) * _SIDE) for level, share in points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
    dots = "".join(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in placed)
    ticks = "".join(
        f'<text x="{_LEFT + at * _SIDE:.0f}" y="{_TOP + _SIDE + 14:.0f}" text-anchor="middle">'
        f'{at:g}</text><text x="{_LEFT - 6:.0f}" y="{_TOP + (1 - at) * _SIDE + 4:.0f}" '
        f'text-anchor="end">{at:g}</text>'
        for at in (0, 0.5, 1)
    )
    said = "; ".join(f"{share:.2f} below the quantile {level:g}" for level, share in points)
    return svg(
        _LEFT + _SIDE + 12,
        _TOP + _SIDE + _FOOT,
        f"{title}: calibration",
        said,
        f'<rect class="span" x="{_LEFT:.0f}" y="{_TOP:.0f}" width="{_SIDE:.0f}" '
        f'height="{_SIDE:.0f}"/><line class="ideal" x1="{_LEFT:.0f}" y1="{_TOP + _SIDE:.0f}" '
        f'x2="{_LEFT + _SIDE:.0f}" y2="{_TOP:.0f}"/><polyline class="curve" points="{line}"/>'
        f"{dots}{ticks}",
    )


def residuals(
    title: str, edges: Sequence[float], counts: Sequence[int], bias: float | None
) -> Html:
    """Truth minus prediction in standard deviations of the feature; the line is none at all."""
    most = max(max(counts, default=0), 1)
    step = _WIDTH / max(len(counts), 1)
    bars = "".join(
        f'<rect class="bar" x="{i * step:.1f}" y="{_HEIGHT * (1 - count / most):.1f}" '
        f'width="{max(step - 1, 0.5):.1f}" height="{_HEIGHT * count / most:.1f}"/>'
        for i, count in enumerate(counts)
        if count
    )
    ends = ((0.0, edges[0], "start"), (_WIDTH / 2, 0.0, "middle"), (_WIDTH, edges[-1], "end"))
    ticks = "".join(
        f'<text x="{x:.0f}" y="{_HEIGHT + 13:.0f}" text-anchor="{anchor}">{value:+.0f}</text>'
        for x, value, anchor in ends
    ).replace(">+0<", ">0<")
    return svg(
        _WIDTH,
        _HEIGHT + 16,
        f"{title}: residuals",
        "truth minus prediction, in standard deviations"
        + ("" if bias is None else f"; {bias:+.2f} on average"),
        f'{bars}<line class="mark" x1="{_WIDTH / 2:.0f}" x2="{_WIDTH / 2:.0f}" y1="0" '
        f'y2="{_HEIGHT:.0f}"/><line class="axis" x1="0" x2="{_WIDTH:.0f}" y1="{_HEIGHT:.0f}" '
        f'y2="{_HEIGHT:.0f}"/>{ticks}',
    )


def against(value: float | None, marks: Mapping[str, float | None], top: float = 1.0) -> Html:
    """A share as a bar from 0 to `top`, with named ticks on it (classes of the style sheet)."""
    width = _BAR * min(1.0, max(0.0, (value or 0.0) / top))
    ticks = "".join(
        f'<line class="{name}" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="14"/>'
        for name, mark in marks.items()
        if mark is not None
        for x in [min(_BAR - 1, max(1.0, _BAR * mark / top))]
    )
    said = ", ".join(
        [f"{value:.2f}" if value is not None else "none"]
        + [f"{name} {mark:.2f}" for name, mark in marks.items() if mark is not None]
    )
    return Html(
        f'<svg class="inline wide" viewBox="0 0 {_BAR:.0f} 14" role="img" '
        f'preserveAspectRatio="none"><title>{escaped(said)}</title>'
        f'<rect class="rest" width="{_BAR:.0f}" y="2" height="10"/>'
        f'<rect class="bar" width="{width:.1f}" y="2" height="10"/>{ticks}</svg>'
    )


@dataclass(frozen=True, slots=True)
class Point:
    """A figure of one version; `current` is the one in use."""

    name: str
    value: float
    current: bool = False


_COURSE_W, _COURSE_H, _COURSE_TOP = 300.0, 110.0, 10.0


def course(title: str, points: Sequence[Point], aim: float | None = None) -> Html:
    """A figure from version to version, in order; the one in use is marked, and so is its aim."""
    values = [point.value for point in points] + ([] if aim is None else [aim])
    low, high = min(0.0, *values), max(0.1, *values)
    step = (_COURSE_W - _LEFT - 20) / max(len(points) - 1, 1)

    def place(index: int, value: float) -> tuple[float, float]:
        return _LEFT + 8 + index * step, _COURSE_TOP + (high - value) / (high - low) * _COURSE_H

    placed = [place(index, point.value) for index, point in enumerate(points)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
    dots = "".join(
        f'<circle class="dot{" now" if point.current else ""}" cx="{x:.1f}" cy="{y:.1f}" '
        f'r="{6 if point.current else 4}"><title>{escaped(point.name)}: {point.value:.3f}'
        f"{', in use' if point.current else ''}</title></circle>"
        for point, (x, y) in zip(points, placed, strict=True)
    )
    marks = "".join(
        f'<text x="{_LEFT - 6:.0f}" y="{place(0, value)[1] + 4:.1f}" text-anchor="end">'
        f"{value:.2f}</text>"
        for value in (low, high)
    )
    zero = place(0, 0.0)[1]
    lines = f'<line class="axis" x1="{_LEFT}" x2="{_COURSE_W}" y1="{zero:.1f}" y2="{zero:.1f}"/>'
    if aim is not None:
        y = place(0, aim)[1]
        lines += f'<line class="ideal" x1="{_LEFT}" x2="{_COURSE_W}" y1="{y:.1f}" y2="{y:.1f}"/>'
    told = "; ".join(f"{p.name} {p.value:.3f}{', in use' if p.current else ''}" for p in points)
    drawn = f'{lines}<polyline class="curve" points="{line}"/>{dots}{marks}'
    return svg(_COURSE_W, _COURSE_H + 2 * _COURSE_TOP, title, told, drawn)


def shifts(rows: Mapping[str, Sequence[tuple[str, float]]]) -> Html:
    """How far answers moved, feature by feature: a dot a prompt, from -0.5 to 0.5 of the typical
    range; what moved further lies at the end."""
    width, left, height = 640.0, 130.0, 26.0
    across = (width - left - 16) / 2
    middle = left + across
    drawn = ""
    for index, (name, moved) in enumerate(rows.items()):
        y = 10 + (index + 0.5) * height
        drawn += (
            f'<text x="{left - 10:.0f}" y="{y + 4:.1f}" text-anchor="end">{escaped(name)}</text>'
            f'<line class="axis" x1="{left:.0f}" x2="{width - 16:.0f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
        drawn += "".join(
            f'<circle class="dot faint" cx="{middle + across * _bounded(2 * by):.1f}" '
            f'cy="{y:.1f}" r="5"><title>{escaped(prompt)}: {by:+.2f} of the range</title></circle>'
            for prompt, by in moved
        )
    foot = 10 + len(rows) * height
    drawn += f'<line class="mark" x1="{middle:.0f}" x2="{middle:.0f}" y1="6" y2="{foot:.0f}"/>'
    drawn += "".join(
        f'<text x="{x:.0f}" y="{foot + 14:.0f}" text-anchor="middle">{text}</text>'
        for x, text in ((left, "−0.5"), (middle, "0"), (width - 16, "+0.5"))
    )
    told = "; ".join(
        f"{name} {sum(abs(by) for _, by in moved) / len(moved):.2f} on average"
        for name, moved in rows.items()
        if moved
    )
    return svg(width, foot + 20, "How far the answers moved, as a share of the range", told, drawn)


def _bounded(value: float) -> float:
    return min(1.0, max(-1.0, value))
