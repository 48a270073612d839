"""Pieces of HTML as strings. Whatever is not `Html` is a stranger's text, and escaped."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pipelines.printable import printable

LONGEST_TEXT = 160


class Html(str):
    """Markup of ours. Everything else that reaches a page passes `shown`."""

    __slots__ = ()

    def __html__(self) -> str:
        """What a template puts in as it is (the protocol of markupsafe)."""
        return str(self)


class Fixed(float):
    """A number that is shown with two decimals, beside others of its column."""

    __slots__ = ()


Cell = Html | str | int | float | datetime | None


def shown(value: Cell) -> Html:
    """A value as markup: text isolated in its own direction, numbers with separators."""
    if isinstance(value, Html):
        return value
    if value is None:
        return Html("–")
    if isinstance(value, bool | str):
        return Html(f"<bdi>{escaped(str(value))}</bdi>")
    if isinstance(value, datetime):
        return Html(f"{value:%Y-%m-%d %H:%M}")
    return Html(number(value))


def escaped(text: str) -> str:
    """`text` on one line, shortened, safe in an element and in a quoted attribute."""
    return html.escape(printable(text, LONGEST_TEXT), quote=True)


def unbroken(name: str) -> Html:
    """A name that stays on one line, as a feature's does in a narrow column."""
    return Html(f'<span class="name">{escaped(name)}</span>')


def number(value: float) -> str:
    """Four digits at most, thousands separated: 12,345 · 0.0123 · 128."""
    if isinstance(value, Fixed):
        return f"{value:.2f}".replace("-0.00", "0.00")
    if isinstance(value, int) or (abs(value) >= 1000 and float(value).is_integer()):
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def scaled(value: float, span: float) -> str:
    """A number with as many decimals as a scale of that `span` can show: 0.42 on 0 … 1."""
    if not span or abs(value) >= 1000:
        return number(value)
    decimals = min(6, max(0, 2 - math.floor(math.log10(abs(span)))))
    shortened = f"{value:.{decimals}f}"
    return shortened.rstrip("0").rstrip(".") if "." in shortened else shortened


def share(part: float, whole: float) -> str:
    """Per cent; 0 % is none at all and 100 % is all."""
    if not whole or not part:
        return "0 %"
    return "100 %" if part >= whole else f"{min(99.9, max(0.1, 100 * part / whole)):.3g} %"


def table(
    heads: Sequence[str], rows: Iterable[Sequence[Cell]], *, kind: str = "", empty: str = "none"
) -> Html:
    """A table that scrolls by itself where the page is narrow; numbers are right-aligned."""
    listed = [list(row) for row in rows]
    if not listed:
        return Html(f'<p class="quiet">{escaped(empty)}</p>')
    head = "".join(f'<th scope="col">{escaped(name)}</th>' for name in heads)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in listed)
    return Html(
        f'<div class="scroll" tabindex="0"><table class="{kind}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(value: Cell) -> str:
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return f"<td{' class=n' if numeric else ''}>{shown(value)}</td>"


def details(summary: str, body: Html) -> Html:
    """What is behind a picture, folded."""
    return Html(f"<details><summary>{escaped(summary)}</summary>{body}</details>")


def paragraph(*parts: Cell) -> Html:
    return Html(f"<p>{''.join(map(shown, parts))}</p>")


def note(text: str) -> Html:
    """A sentence that says how to read what follows."""
    return Html(f'<p class="quiet">{escaped_long(text)}</p>')


def escaped_long(text: str) -> str:
    """As `escaped`, for sentences of ours."""
    return html.escape(printable(text, 2000), quote=True)


def section(anchor: str, title: str, *parts: Html) -> Html:
    return Html(
        f'<section id="{anchor}" aria-labelledby="{anchor}-title">'
        f'<h2 id="{anchor}-title">{escaped(title)}</h2>{"".join(parts)}</section>'
    )


def facts(values: Mapping[str, Cell]) -> Html:
    """Large numbers with what they count."""
    parts = "".join(
        f"<div><dt>{escaped(name)}</dt><dd>{shown(value)}</dd></div>"
        for name, value in values.items()
    )
    return Html(f'<dl class="facts">{parts}</dl>')
