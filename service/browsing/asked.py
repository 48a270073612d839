"""What somebody wants to see of the catalogue, as an address says it.

`q`, `where`, `tag`, `not_tag`, `licence`, `source` and `box` choose tracks; `sort`, `columns` and
`page` say how they are listed; `colour` and `mark` what the map shows. An address that says the
same has one form, `Asked.pairs`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from schemas.catalogue import TagKind
from schemas.errors import InputError
from schemas.features import FEATURES

SIZE = 50
"""Tracks on a page."""

FOUND = 1_000
"""Tracks that a search in words brings, at most."""

FEATURE_NAMES: tuple[str, ...] = tuple(spec.name for spec in FEATURES if spec.size == 1)
KINDS: tuple[str, ...] = tuple(
    str(kind) for kind in (TagKind.GENRE, TagKind.MOOD, TagKind.INSTRUMENT)
)
COLUMNS: tuple[str, ...] = (
    *("duration", "key"),
    *(name for name in FEATURE_NAMES if name not in ("key_pitch_class", "key_mode")),
    *("genre", "mood", "instrument", "album", "date", "licence", "origin"),
)
"""What a list can show beside title and artist."""

_SHOWN_FIRST = frozenset({"genre", "tempo_bpm", "key", "energy", "brightness_hz", "duration"})
USUAL: tuple[str, ...] = tuple(name for name in COLUMNS if name in _SHOWN_FIRST)
COLOURS: tuple[str, ...] = (*KINDS, *FEATURE_NAMES)

_MANY = 30
_LONG = 500
_LAST_PAGE = 10_000
_TRACK = re.compile(r"[0-9A-Za-z]{1,40}")
_SORT = re.compile(r"-?[a-z_]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One address. `box` is x0, y0, x1, y1 on the map, each 0 … 1; `page` counts from 1."""

    q: str = ""
    where: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    not_tag: tuple[str, ...] = ()
    licence: str = ""
    source: str = ""
    box: tuple[float, float, float, float] | None = None
    sort: str = ""
    columns: tuple[str, ...] = USUAL
    page: int = 1
    colour: str = KINDS[0]
    mark: str = ""

    def pairs(self) -> list[tuple[str, str]]:
        """Names and values of the address; what is as usual is left out."""
        found = [("q", self.q)] if self.q else []
        for name in ("where", "tag", "not_tag"):
            found += [(name, value) for value in getattr(self, name)]
        found += [(n, getattr(self, n)) for n in ("licence", "source") if getattr(self, n)]
        if self.box is not None:
            found.append(("box", ",".join(f"{end:.4g}" for end in self.box)))
        if self.sort:
            found.append(("sort", self.sort))
        if self.columns != USUAL:
            found += [("columns", name) for name in self.columns or ("none",)]
        if self.page > 1:
            found.append(("page", str(self.page)))
        if self.colour != KINDS[0]:
            found.append(("colour", self.colour))
        if self.mark:
            found.append(("mark", self.mark))
        return found

    def address(self, **changes: object) -> str:
        """Query string with some things changed; the first page, unless a page is named."""
        changed = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]
        pairs = changed.pairs()
        return "?" + urlencode(pairs) if pairs else "?"

    @property
    def narrowed(self) -> bool:
        """Whether anything chooses tracks."""
        return any(
            (self.q, self.where, self.tag, self.not_tag, self.licence, self.source, self.box)
        )


def read(pairs: Iterable[tuple[str, str]]) -> Asked:
    """The address that these names and values are.

    Raises
    ------
    InputError
        An unknown name, one too often, or a value that cannot be; the message says what is valid.
        Conditions and tags are checked later, where they are parsed.
    """
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if value.strip():
            given.setdefault(name, []).append(value.strip())
    _refuse_odd(given)
    one = {name: values[-1] for name, values in given.items()}
    return Asked(
        q=one.get("q", ""),
        where=tuple(dict.fromkeys(given.get("where", ()))),
        tag=tuple(dict.fromkeys(given.get("tag", ()))),
        not_tag=tuple(dict.fromkeys(given.get("not_tag", ()))),
        licence=one.get("licence", ""),
        source=one.get("source", ""),
        box=_box(one["box"]) if "box" in one else None,
        sort=_sort(one.get("sort", "")),
        columns=_columns(given.get("columns")),
        page=_page(one.get("page", "1")),
        colour=_one_of("colour", one.get("colour", KINDS[0]), COLOURS),
        mark=_mark(one.get("mark", "")),
    )


NAMES: tuple[str, ...] = tuple(Asked.__dataclass_fields__)


def _refuse_odd(given: dict[str, list[str]]) -> None:
    if odd := [name for name in given if name not in NAMES]:
        raise InputError(f"{odd[0][:80]!r}: no such field; valid are {', '.join(NAMES)}")
    for name, values in given.items():
        if len(values) > (len(COLUMNS) if name == "columns" else _MANY):
            raise InputError(f"{name}: given {len(values)} times; valid are up to {_MANY}")
        if any(len(value) > _LONG or "\0" in value for value in values):
            raise InputError(f"{name}: too long; valid are up to {_LONG} characters")


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        x0, y0, x1, y1 = (float(part) for part in text.split(","))
    except ValueError:
        x0 = x1 = y0 = y1 = -1.0
    if not (0 <= x0 <= x1 <= 1 and 0 <= y0 <= y1 <= 1):
        raise InputError(f"box={text[:80]!r}: valid is X0,Y0,X1,Y1, each 0 … 1, lowest first")
    return x0, y0, x1, y1


def _sort(text: str) -> str:
    from warehouse.browsing import ORDERS

    if text and (not _SORT.fullmatch(text) or text.removeprefix("-") not in ORDERS):
        raise InputError(f"sort={text[:80]!r}: valid are {', '.join(ORDERS)}, or -NAME")
    return text


def _columns(given: Sequence[str] | None) -> tuple[str, ...]:
    if given is None:
        return USUAL
    for name in given:
        if name != "none":
            _one_of("columns", name, COLUMNS)
    return tuple(name for name in COLUMNS if name in given)


def _page(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= _LAST_PAGE:
        raise InputError(f"page={text[:40]!r}: valid is 1 … {_LAST_PAGE}")
    return int(text)


def _mark(text: str) -> str:
    if text and not _TRACK.fullmatch(text):
        raise InputError(f"mark={text[:80]!r}: valid is the id of a track")
    return text


def _one_of(name: str, text: str, valid: Sequence[str]) -> str:
    if text not in valid:
        raise InputError(f"{name}={text[:80]!r}: valid are {', '.join(valid)}")
    return text
