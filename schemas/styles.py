"""The style lexicon `styles.toml`: read once, checked entry by entry, looked up by name.

>>> style("uk-garage").tempo
(128, 136)
>>> [(m.start, m.style.id) for m in find_styles("dark 2-step garage with DnB drums")]
[(5, '2-step'), (24, 'drum-and-bass')]
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, get_args

from schemas.errors import InputError
from schemas.style import LEVELS, Feel, Style, StyleMention

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_METRE = re.compile(r"\d{1,2}/(1|2|4|8|16)")
_SLOWEST, _FASTEST = 30.0, 300.0
_SEPARATOR = r"[\s\-‐-–]{1,3}"
_NOT_BEFORE = r"(?![\w-])(?!\s{1,3}guitars?\b)"
"""A "classical guitar" is an instrument."""


@cache
def styles() -> tuple[Style, ...]:
    """All styles, in the order of the file.

    Raises
    ------
    ValueError
        Names the entry and field that is wrong: a mistake of ours, found by the tests.
    """
    text = resources.files("schemas").joinpath("styles.toml").read_text(encoding="utf-8")
    return read_styles(tomllib.loads(text))


def style(style_id: str) -> Style:
    """The style of that id.

    Raises
    ------
    InputError
        When there is none; names the nearest.
    """
    known = {s.id: s for s in styles()}
    if style_id not in known:
        near = difflib.get_close_matches(style_id, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"{len(known)} are in schemas/styles.toml"
        raise InputError(f"style: unknown id {style_id!r}; {hint}")
    return known[style_id]


def named(name: str) -> Style | None:
    """The style called `name`, in any case, with spaces or hyphens; None when there is none."""
    return style_names().get(_plain(name))


@cache
def style_names() -> dict[str, Style]:
    """Every name and synonym, in lower case with spaces for hyphens → the style."""
    return {_plain(name): s for s in styles() for name in s.names}


def find_styles(text: str) -> tuple[StyleMention, ...]:
    """The styles that `text` names, in its order, the longest name where several begin together."""
    names = style_names()
    found = _pattern().finditer(text)
    return tuple(StyleMention(m.start(), m.end(), names[_plain(m[0])]) for m in found)


@cache
def _pattern() -> re.Pattern[str]:
    longest_first = sorted(style_names(), key=lambda name: (-len(name), name))
    escaped = (re.escape(name) for name in longest_first)
    written = (name.replace(r"\ ", _SEPARATOR).replace("'", "['’]") for name in escaped)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(written)}){_NOT_BEFORE}", re.I)


def _plain(name: str) -> str:
    return re.sub(r"[\s\-‐-–]+", " ", name.replace("’", "'").lower()).strip()


def read_styles(data: Mapping[str, Mapping[str, Any]]) -> tuple[Style, ...]:
    """Styles from the parsed file, checked. Raises ValueError that names the entry."""
    found = tuple(_style(style_id, entry) for style_id, entry in data.items())
    owner: dict[str, str] = {}
    for one in found:
        for name in {_plain(name) for name in one.names}:
            if owner.setdefault(name, one.id) != one.id:
                raise ValueError(f"styles.toml: {name!r} names both {owner[name]} and {one.id}")
        if missing := sorted(set(one.parents) - set(data)):
            raise ValueError(f"styles.toml: {one.id}.parents: no style {', '.join(missing)}")
    return found


def _style(style_id: str, entry: Mapping[str, Any]) -> Style:
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    try:
        one = Style(id=style_id, **fields)
    except TypeError as error:
        raise ValueError(f"styles.toml: {style_id}: {error}") from error
    for field, value, ok, valid in _checks(one):
        if not ok:
            raise ValueError(f"styles.toml: {style_id}.{field}: {value!r}; valid is {valid}")
    return one


def _checks(one: Style) -> tuple[tuple[str, object, bool, str], ...]:
    """(field, value, whether it is right, what would be) of everything that can be wrong."""
    low_first = len(one.tempo) == 2 and _SLOWEST <= one.tempo[0] < one.tempo[-1] <= _FASTEST
    shares = {"major": one.major, "vocals": one.vocals, **one.levels}
    lower = all(name == name.lower() and name.strip() for name in one.synonyms)
    metres = bool(one.metres) and all(_METRE.fullmatch(metre) for metre in one.metres)
    return (
        ("id", one.id, _ID.fullmatch(one.id) is not None, "lower case, digits and hyphens"),
        ("name", one.name, bool(one.name.strip()), "a name"),
        ("family", one.family, bool(one.family.strip()), "a family"),
        ("synonyms", one.synonyms, lower, "names in lower case"),
        ("tempo", one.tempo, low_first, "[lowest, highest] within 30 … 300 BPM"),
        ("feel", one.feel, one.feel in get_args(Feel), ", ".join(get_args(Feel))),
        ("metres", one.metres, metres, 'time signatures such as "4/4"'),
        ("levels", sorted(one.levels), set(one.levels) == set(LEVELS), ", ".join(LEVELS)),
        *((name, value, 0 <= value <= 1, "0 … 1") for name, value in shares.items()),
        ("instruments", one.instruments, bool(one.instruments), "at least one"),
        ("source", one.source, len(one.source) >= 20, "a sentence on where it comes from"),
    )
