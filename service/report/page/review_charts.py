"""Pictures of the page about reviews: shares and strengths with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.reviewing.adherence import Cell, Disagreement
from pipelines.reviewing.preferences import Strength
from service.report.page.charts import svg
from service.report.page.html import Html, escaped

_WIDTH, _ROW, _NAME, _END = 900.0, 22.0, 230.0, 120.0
_SHORTEST = 0.5


def shares(cells: Sequence[Cell], title: str) -> Html:
    """A row for each cell: its share of hits as a dot on 0 … 1, its 95 % interval as a line."""
    rows = [
        (f"{c.group} · {c.feature}", c.hits / c.count, c.low, c.high, f"{c.hits} of {c.count}")
        for c in cells
    ]
    return _forest(rows, 0.0, 1.0, title, ("0 %", "50 %", "100 %"))


def strengths(found: Sequence[Strength], title: str) -> Html:
    """A row for each: its strength as a dot, its interval as a line, the average in the middle."""
    reach = max([_SHORTEST, *(max(abs(s.low), abs(s.high)) for s in found)])
    rows = [(s.name, s.strength, s.low, s.high, f"{s.won} of {s.compared}") for s in found]
    return _forest(rows, -reach, reach, title, (f"{-reach:.1f}", "average", f"+{reach:.1f}"))


def _forest(
    rows: Sequence[tuple[str, float, float, float, str]],
    low: float,
    high: float,
    title: str,
    ticks: tuple[str, str, str],
) -> Html:
    height = _ROW * len(rows)
    left, right = _NAME, _WIDTH - _END

    def x(value: float) -> float:
        return left + (right - left) * min(1.0, max(0.0, (value - low) / (high - low)))

    middle = x((low + high) / 2)
    drawn = f'<line class="ideal" x1="{middle:.1f}" x2="{middle:.1f}" y1="0" y2="{height:.0f}"/>'
    for place, (name, value, least, most, told) in enumerate(rows):
        y = _ROW * (place + 0.5)
        drawn += (
            f'<text x="{left - 10:.0f}" y="{y + 4:.0f}" text-anchor="end">'
            f"{escaped(name[:40])}</text>"
            f'<line class="axis" x1="{x(least):.1f}" x2="{x(most):.1f}" y1="{y:.0f}" '
            f'y2="{y:.0f}"/><circle class="dot" cx="{x(value):.1f}" cy="{y:.0f}" r="5">'
            f"<title>{escaped(f'{name}: {told}')}</title></circle>"
            f'<text x="{right + 12:.0f}" y="{y + 4:.0f}">{escaped(told)}</text>'
        )
    foot = height + 14
    for at, tick, anchor in zip(
        (left, middle, right), ticks, ("start", "middle", "end"), strict=True
    ):
        drawn += f'<text x="{at:.1f}" y="{foot:.0f}" text-anchor="{anchor}">{tick}</text>'
    told = "; ".join(f"{name} {value:.2f}" for name, value, *_ in rows[:10])
    return svg(_WIDTH, height + 20, title, told, drawn)


def votes(rows: Sequence[Disagreement]) -> Html:
    """Agreement and the two ways to disagree, a bar each, in parts of all that both judged."""
    height, left, right = _ROW * len(rows), _NAME, _WIDTH - _END
    drawn = ""
    for place, row in enumerate(rows):
        y, at = float(_ROW * place + 4), left
        parts = (
            ("measured", row.both_right + row.both_wrong, "agree"),
            ("imported", row.only_extractor, "met by measure alone"),
            ("override", row.only_listeners, "met by ear alone"),
        )
        drawn += (
            f'<text x="{left - 10:.0f}" y="{y + 11:.0f}" text-anchor="end">'
            f"{escaped(row.feature)}</text>"
        )
        for kind, count, what in parts:
            width = (right - left) * count / row.count
            drawn += (
                f'<rect class="{kind}" x="{at:.1f}" y="{y:.0f}" width="{width:.1f}" height="14">'
                f"<title>{escaped(f'{row.feature}: {count} {what}')}</title></rect>"
            )
            at += width
        drawn += f'<text x="{right + 12:.0f}" y="{y + 11:.0f}">{row.count} judged</text>'
    told = "; ".join(
        f"{r.feature}: agree on {r.both_right + r.both_wrong} of {r.count}" for r in rows
    )
    return svg(_WIDTH, height + 6, "Extractor against listeners", told, drawn)
