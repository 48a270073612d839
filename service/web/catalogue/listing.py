"""The table of tracks as a page writes it: heads that sort, cells, chips of what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.printable import printable
from schemas.features import feature
from service.browsing.asked import FEATURE_NAMES, Asked
from service.browsing.found import Page
from service.browsing.telling import length, number_of, title_of, unit_of

_ORDERED_BY = {"duration": "duration_s", "key": "key_pitch_class"}
_NOT_ORDERED = frozenset({"genre", "mood", "instrument", "licence", "origin"})
_TERMS = {"genre": "genres", "mood": "moods", "instrument": "instruments"}
_FEW = 3
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Column:
    """Head of a column. `sorted` is ascending, descending, none, or "" where it cannot be."""

    title: str
    unit: str
    numeric: bool
    sorted: str
    address: str


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that was asked for, and the address without it."""

    text: str
    address: str


def column(name: str, asked: Asked) -> Column:
    """The head of a column: its link sorts by it, the other way where that is so already."""
    numeric = name in FEATURE_NAMES or name == "duration"
    unit = unit_of(feature(name)) if name in FEATURE_NAMES else ""
    if name in _NOT_ORDERED:
        return Column(title_of(name), unit, numeric, "", "")
    order = _ORDERED_BY.get(name, name)
    way = {order: "ascending", f"-{order}": "descending"}.get(asked.sort, "none")
    # What is sorted by first is what people look for: the most of a number, A of a name.
    first, second = (f"-{order}", order) if numeric else (order, f"-{order}")
    following = {first: second, second: ""}.get(asked.sort, first)
    return Column(title_of(name), unit, numeric, way, asked.address(sort=following))


def cell(row: Mapping[str, Any], name: str) -> Cell:
    """A cell of the table; the unit is in the head."""
    if name in FEATURE_NAMES:
        value = row[name]
        return Cell("–" if value is None else number_of(feature(name), value), True)
    if name == "duration":
        return Cell(length(row["duration_s"]), True)
    if name in _TERMS:
        terms = row[_TERMS[name]]
        more = f" +{len(terms) - _FEW}" if len(terms) > _FEW else ""
        return Cell(printable(", ".join(terms[:_FEW]), _LONGEST) + more or "–")
    value = row[name]
    return Cell("–" if value is None else printable(str(value), _LONGEST).replace("_", " "))


def chips(asked: Asked) -> list[Chip]:
    """What chooses tracks, each with the address without it."""
    found = [Chip(f"“{printable(asked.q, 60)}”", asked.address(q=""))] if asked.q else []
    for name, word in (("where", ""), ("tag", "tag "), ("not_tag", "without ")):
        values = getattr(asked, name)
        for value in values:
            rest = tuple(one for one in values if one != value)
            text = printable(value, 60).replace("..", " … ").replace("_", " ")
            found.append(Chip(word + text, asked.address(**{name: rest})))
    for name in ("licence", "source"):
        if value := getattr(asked, name):
            found.append(Chip(f"{name} {printable(value, 60)}", asked.address(**{name: ""})))
    if asked.box is not None:
        found.append(Chip("part of the map", asked.address(box=None)))
    return found


def numbered(asked: Asked, listed: Page) -> list[tuple[str, str]]:
    """Name and address of the pages to go to; the address of the one that is shown is empty."""
    here, last = listed.page, listed.pages
    near = sorted({1, *range(max(1, here - 1), min(last, here + 1) + 1), last})
    return [(f"{n:,}", "" if n == here else asked.address(page=n)) for n in near]
