"""TOML → StyleEntry, checked; every error names the field, its value and what would be valid."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from generation.sequencer.styles import entry as shapes
from generation.sequencer.styles.checks import check_roles, named, unknown, within
from generation.sequencer.styles.entry import Bass, Drums, Feel, Lead, StyleEntry, Voice
from generation.sequencer.styles.notation import BASS_SIGNS, CHORD_SIGNS, quarters, read_pattern
from generation.sequencer.styles.pattern import Groove, Pattern
from generation.sequencer.styles.shelf import Shelf

T = TypeVar("T")
Raw = Mapping[str, Any]

FACETS = frozenset(f.name for f in dataclasses.fields(StyleEntry)) - {"id"}
_DRUMS = frozenset({"kit", "grooves", "fills", "crash", "level"})
LIMITS: dict[str, tuple[float, float]] = {
    "swing": (0.5, 0.8),
    "pair": (0.25, 2.0),
    "enters": (0.0, 1.0),
    "gate": (0.05, 1.0),
    "loud": (0.0, 2.0),
    "level": (0.2, 1.5),
    "centre": (0, 127),
    "octave": (16, 72),
    "low": (0, 127),
    "high": (0, 127),
    "notes_per_beat": (0.05, 4.0),
    **dict.fromkeys(("looseness", "accents", "spread", "syncopation", "rest"), (0.0, 1.0)),
}
"""Lowest and highest value of the fields that are numbers."""

FIELDS = (FACETS - {"drums"}) | _DRUMS | {"like", "metre"}


def read_entry(style_id: str, raw: Raw, metre: str, shelf: Shelf) -> StyleEntry:
    """One style. `raw` has its `like` already merged in; `metre` is that of its literal patterns.

    Raises
    ------
    ValueError
        Names the field, its value and what would be valid.
    """
    if strange := sorted(set(raw) - FIELDS):
        raise ValueError(unknown("field", strange[0], FIELDS))
    if missing := sorted({"grooves", "bass", "chords", "lead", "harmony", "form"} - set(raw)):
        raise ValueError(f"{missing[0]} is missing")
    bar = quarters(raw.get("metre", metre))

    def pattern(known: Mapping[str, Pattern], signs: str) -> Callable[[str], Pattern]:
        return lambda text: known[text] if text in known else _literal(text, bar, signs)

    def voices(name: str) -> tuple[Voice, ...]:
        read = pattern(shelf.chords, CHORD_SIGNS)
        return tuple(within(name, _played, Voice, one, read) for one in raw.get(name, ()))

    bass = within("bass", _played, Bass, raw["bass"], pattern(shelf.bass, BASS_SIGNS))
    if not (chords := voices("chords")):
        raise ValueError("chords: at least one voice")
    return StyleEntry(
        id=style_id,
        drums=within("grooves", _drums, raw, shelf),
        bass=bass,
        chords=chords,
        lead=within("lead", _made, Lead, raw["lead"]),
        extra=voices("extra"),
        harmony=named(shelf.harmony, raw["harmony"], "harmony"),
        form=named(shelf.forms, raw["form"], "form"),
        feel=within("feel", _made, Feel, raw.get("feel", {})),
    )


def _literal(text: str, bar: float, signs: str) -> Pattern:
    """A pattern that is written out; "6/8: X--x--" states its metre."""
    metre, colon, rest = text.partition(":")
    if not colon:
        return read_pattern(text, bar, signs)
    return read_pattern(rest, quarters(metre.strip()), signs)


def _drums(raw: Raw, shelf: Shelf) -> Drums:
    def grooves(names: Iterable[str]) -> tuple[Groove, ...]:
        return tuple(named(shelf.grooves, name, "groove") for name in names)

    by_role = _by_role(raw["grooves"])
    given = {name: raw[name] for name in ("crash", "level") if name in raw}
    one = _made(Drums, {"kit": raw.get("kit", "kit_acoustic"), "grooves": {}, **given})
    played = {role: grooves(names) for role, names in by_role.items()}
    return dataclasses.replace(one, grooves=played, fills=grooves(raw.get("fills", ())))


def _played(kind: type[T], raw: Raw, pattern: Callable[[str], Pattern]) -> T:
    by_role = _by_role(raw.get("patterns", []))
    patterns = {role: tuple(pattern(t) for t in texts) for role, texts in by_role.items()}
    return _made(kind, {**raw, "patterns": patterns})


def _by_role(value: Any) -> dict[str, list[str]]:
    """A list stands for all roles."""
    by_role = dict(value) if isinstance(value, Mapping) else {"verse": value} if value else {}
    check_roles(by_role)
    if by_role and "verse" not in by_role:
        raise ValueError(f"roles {', '.join(by_role)}; verse is missing: others stand on it")
    return by_role


def _made(kind: type[T], raw: Raw) -> T:
    """The dataclass `kind` of `raw`, with lists as tuples; words, types and limits are checked."""
    hints = _hints(cast(Any, kind))
    if strange := sorted(set(raw) - set(hints)):
        raise ValueError(unknown("field", strange[0], hints))
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
    for name, value in values.items():
        if not _fits(value, hints[name]):
            raise ValueError(f"{name}: {value!r}; valid is {_told(hints[name])}")
        limits = LIMITS.get(name)
        if limits and not limits[0] <= float(str(value)) <= limits[1]:
            raise ValueError(f"{name}: {value!r}; valid is {limits[0]} … {limits[1]}")
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError(str(error)) from error


@functools.cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    """Kept, for a thousand entries ask for those of ten classes."""
    return get_type_hints(kind, vars(shapes))


def _fits(value: object, hint: Any) -> bool:
    """Whether a value of TOML is what a field of that type holds."""
    origin = get_origin(hint)
    if origin is Literal:
        return value in get_args(hint)
    if origin is tuple:
        return isinstance(value, tuple) and all(isinstance(one, str) for one in value)
    if hint in {int, float}:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, origin or hint)


def _told(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return ", ".join(get_args(hint))
    if get_origin(hint) is tuple:
        return "a list of words"
    return "a number" if hint in {int, float} else f"a {(get_origin(hint) or hint).__name__}"
