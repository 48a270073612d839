"""A small chart of an answer that has the form of one: names with a number each, or two numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

MOST_BARS = 40
WIDTH, HEIGHT = 640, 300
LEFT, FOOT, TOP, RIGHT = 64, 34, 10, 14
_LONGEST = 40
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """`start` and `width` in per cent of the drawing."""

    name: str
    told: str
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Bars:
    name: str
    value: str
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class Scatter:
    """Places in a drawing of WIDTH × HEIGHT; ticks are (place, text)."""

    x: str
    y: str
    points: list[tuple[float, float]]
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]


def chart(table: pa.Table) -> Bars | Scatter | None:
    """The chart of an answer of two columns, or None."""
    import pyarrow.types

    if table.num_columns != 2 or table.num_rows < 2:
        return None
    first, second = table.schema
    if not is_number(second.type):
        return None
    pairs = [
        (a, float(b))
        for a, b in zip(*(column.to_pylist() for column in table.columns), strict=True)
        if a is not None and b is not None and math.isfinite(float(b))
    ]
    if is_number(first.type):
        return _scatter(first.name, second.name, [(float(a), b) for a, b in pairs])
    is_text = pyarrow.types.is_string(first.type) or pyarrow.types.is_large_string(first.type)
    if is_text and 0 < len(pairs) <= MOST_BARS:
        return _bars(first.name, second.name, pairs)
    return None


def is_number(kind: Any) -> bool:
    """Whether values of an Arrow type are written to the right, and drawn."""
    from pyarrow import types

    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))


def _bars(name: str, value: str, pairs: Sequence[tuple[str, float]]) -> Bars:
    from pipelines.printable import printable

    low = min(0.0, *(number for _, number in pairs))
    span = max(0.0, *(number for _, number in pairs)) - low or 1.0
    return Bars(
        name,
        value,
        [
            Bar(
                printable(text, _LONGEST),
                short(number),
                round(100 * (min(number, 0.0) - low) / span, 2),
                round(max(100 * abs(number) / span, 0.3), 2),
            )
            for text, number in pairs
        ],
    )


def _scatter(x: str, y: str, pairs: Sequence[tuple[float, float]]) -> Scatter | None:
    pairs = [(a, b) for a, b in pairs if math.isfinite(a)]
    if len(pairs) < 2:
        return None
    across = _Axis.of([a for a, _ in pairs], LEFT, WIDTH - RIGHT)
    up = _Axis.of([b for _, b in pairs], HEIGHT - FOOT, TOP)
    points = [(round(across.place(a), 1), round(up.place(b), 1)) for a, b in pairs]
    return Scatter(x, y, points, across.ticks(), up.ticks())


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float
    start: float
    end: float

    @classmethod
    def of(cls, values: Sequence[float], start: float, end: float) -> _Axis:
        low, high = min(values), max(values)
        room = (high - low) * 0.03 or abs(high) * 0.1 or 1.0
        return cls(low - room, high + room, start, end)

    def place(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[tuple[float, str]]:
        """Round numbers along the axis."""
        rough = (self.high - self.low) / _TICKS
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(part * power for part in (1, 2, 5, 10) if part * power >= rough)
        first = math.ceil(self.low / step)
        marks = [n * step for n in range(first, math.floor(self.high / step) + 1)]
        return [(round(self.place(mark), 1), short(mark)) for mark in marks]


def short(number: float) -> str:
    """Four digits at most, thousands separated."""
    text = f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"
    return text.replace("-", "−")
