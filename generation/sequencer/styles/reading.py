"""TOML → StyleEntry, checked; every error names file, entry and field.

`Shelf` holds what entries name instead of writing it out: grooves (grooves.toml), patterns of bass
and chords (lines.toml), progressions (harmony.toml) and forms (forms.toml).
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from generation.sequencer.composition.chords import parse_roman
from generation.sequencer.composition.scales import scale
from generation.sequencer.plan import STEMS
from generation.sequencer.styles import entry as shapes
from generation.sequencer.styles.entry import (
    ROLES,
    Bass,
    Drums,
    Feel,
    Form,
    FormSection,
    Groove,
    Harmony,
    Lead,
    Mode,
    Pattern,
    Progression,
    Row,
    StyleEntry,
    Voice,
)
from generation.sequencer.styles.notation import (
    BASS_SIGNS,
    CHORD_SIGNS,
    DRUM_KEYS,
    DRUM_SIGNS,
    quarters,
    read_pattern,
)
from schemas.errors import InputError

T = TypeVar("T")
Raw = Mapping[str, Any]

FACETS = frozenset(f.name for f in dataclasses.fields(StyleEntry)) - {"id"}
_DRUMS = frozenset({"kit", "grooves", "fills", "crash"})
FIELDS = (FACETS - {"drums"}) | _DRUMS | {"like", "metre"}


@dataclass(frozen=True, slots=True)
class Shelf:
    grooves: Mapping[str, Groove] = field(default_factory=dict)
    bass: Mapping[str, Pattern] = field(default_factory=dict)
    chords: Mapping[str, Pattern] = field(default_factory=dict)
    harmony: Mapping[str, Harmony] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)


def read_grooves(data: Raw) -> dict[str, Groove]:
    """grooves.toml: a table a groove, voice = "pattern" or ["pattern", density it enters at]."""
    return {
        name: _within(f"grooves.toml: {name}", _groove, name, raw) for name, raw in data.items()
    }


def _groove(name: str, raw: Raw) -> Groove:
    metre = raw.get("metre", "4/4")
    bar = quarters(metre)
    rows = []
    for voice, value in raw.items():
        if voice == "metre":
            continue
        if voice not in DRUM_KEYS:
            raise ValueError(_unknown("voice", voice, DRUM_KEYS))
        text, enters = (value, 0.0) if isinstance(value, str) else value
        if not 0 <= enters <= 1:
            raise ValueError(f"{voice}: enters at {enters}; valid is a density of 0 … 1")
        rows.append(Row(voice, DRUM_KEYS[voice], read_pattern(text, bar, DRUM_SIGNS), enters))
    return Groove(name, metre, tuple(rows))


def read_lines(data: Raw) -> tuple[dict[str, Pattern], dict[str, Pattern]]:
    """lines.toml: [bass."4/4"] and [chords."4/4"] (any metre) with name = "pattern"."""
    found: dict[str, dict[str, Pattern]] = {"bass": {}, "chords": {}}
    signs = {"bass": BASS_SIGNS, "chords": CHORD_SIGNS}
    for part, by_metre in data.items():
        if part not in found:
            raise ValueError(f"lines.toml: {_unknown('part', part, found)}")
        for metre, named in by_metre.items():
            for name, text in named.items():
                where = f"lines.toml: {part}.{metre}.{name}"
                bar = _within(where, quarters, metre)
                found[part][name] = _within(where, read_pattern, text, bar, signs[part])
    return found["bass"], found["chords"]


def read_harmony(data: Raw) -> dict[str, Harmony]:
    """harmony.toml: [name.minor] verse = ["i VII | VI"], cadence = "V | i", scale = "dorian"."""
    return {name: _within(f"harmony.toml: {name}", _harmony, raw) for name, raw in data.items()}


def _harmony(raw: Raw) -> Harmony:
    progressions: dict[Mode, dict[str, tuple[Progression, ...]]] = {}
    scales: dict[Mode, str] = {}
    cadences: dict[Mode, Progression] = {}
    modes: tuple[Mode, ...] = get_args(Mode)
    if unknown := sorted(set(raw) - set(modes)) or not raw:
        raise ValueError(f"modes {unknown}; valid are {', '.join(modes)}, at least one")
    for mode in (mode for mode in modes if mode in raw):
        by_role = dict(raw[mode])
        scales[mode] = scale(by_role.pop("scale", mode)).name
        cadence = by_role.pop("cadence", "V7 | I" if mode == "major" else "V7 | i")
        cadences[mode] = _progression(cadence, scales[mode])
        _check_roles(by_role)
        progressions[mode] = {
            role: tuple(_progression(text, scales[mode]) for text in texts)
            for role, texts in by_role.items()
        }
    return Harmony(progressions=progressions, scales=scales, cadence=cadences)


def _progression(text: str, scale_name: str) -> Progression:
    bars = tuple(tuple(bar.split()) for bar in text.split("|"))
    if not all(bars):
        raise ValueError(f"{text!r}: a bar without a chord")
    for numeral in (numeral for bar in bars for numeral in bar):
        parse_roman(numeral, 0, scale_name)
    return bars


def read_forms(data: Raw) -> dict[str, Form]:
    """forms.toml: sections = [["intro", 8, 0.4, "bass lead", "build"], …], hook = "chorus"."""
    return {name: _within(f"forms.toml: {name}", _form, raw) for name, raw in data.items()}


def _form(raw: Raw) -> Form:
    sections = []
    for label, bars, intensity, *more in raw["sections"]:
        silent, events = (tuple(text.split()) for text in (*more, "", "")[:2])
        _check_roles({label: ()})
        if bars < 1 or not 0 <= intensity <= 1 or set(silent) - set(STEMS):
            raise ValueError(f"section {label}: {bars} bars, intensity {intensity}, {silent}")
        sections.append(
            FormSection(label=label, bars=bars, intensity=intensity, silent=silent, events=events)
        )
    hook = raw.get("hook", "chorus")
    if hook not in {section.label for section in sections}:
        raise ValueError(f"hook {hook!r} is no section of it")
    return Form(sections=tuple(sections), hook=hook)


def read_entry(style_id: str, raw: Raw, metre: str, shelf: Shelf) -> StyleEntry:
    """One style. `raw` has its `like` already merged in; `metre` is that of its literal patterns.

    Raises
    ------
    ValueError
        Names the field, its value and what would be valid.
    """
    if unknown := sorted(set(raw) - FIELDS):
        raise ValueError(_unknown("field", unknown[0], FIELDS))
    if missing := sorted({"grooves", "bass", "chords", "lead", "harmony", "form"} - set(raw)):
        raise ValueError(f"{missing[0]} is missing")
    bar = quarters(raw.get("metre", metre))

    def pattern(known: Mapping[str, Pattern], signs: str) -> Callable[[str], Pattern]:
        return lambda text: known[text] if text in known else _literal(text, bar, signs)

    def voices(name: str) -> tuple[Voice, ...]:
        read = pattern(shelf.chords, CHORD_SIGNS)
        return tuple(_within(name, _played, Voice, one, read) for one in raw.get(name, ()))

    bass = _within("bass", _played, Bass, raw["bass"], pattern(shelf.bass, BASS_SIGNS))
    if not (chords := voices("chords")):
        raise ValueError("chords: at least one voice")
    return StyleEntry(
        id=style_id,
        drums=_within("grooves", _drums, raw, shelf),
        bass=bass,
        chords=chords,
        lead=_within("lead", _made, Lead, raw["lead"]),
        extra=voices("extra"),
        harmony=_named(shelf.harmony, raw["harmony"], "harmony"),
        form=_named(shelf.forms, raw["form"], "form"),
        feel=_within("feel", _made, Feel, raw.get("feel", {})),
    )


def _literal(text: str, bar: float, signs: str) -> Pattern:
    """A pattern that is written out; "6/8: X--x--" states its metre."""
    metre, colon, rest = text.partition(":")
    if not colon:
        return read_pattern(text, bar, signs)
    return read_pattern(rest, quarters(metre.strip()), signs)


def _drums(raw: Raw, shelf: Shelf) -> Drums:
    def grooves(names: Iterable[str]) -> tuple[Groove, ...]:
        return tuple(_named(shelf.grooves, name, "groove") for name in names)

    by_role = _by_role(raw["grooves"])
    fills = grooves(raw.get("fills", ()))
    named = {role: grooves(names) for role, names in by_role.items()}
    return Drums(
        kit=raw.get("kit", "kit_acoustic"),
        grooves=named,
        fills=fills,
        crash=raw.get("crash", True),
    )


def _played(kind: type[T], raw: Raw, pattern: Callable[[str], Pattern]) -> T:
    by_role = _by_role(raw.get("patterns", []))
    patterns = {role: tuple(pattern(t) for t in texts) for role, texts in by_role.items()}
    return _made(kind, {**raw, "patterns": patterns})


def _by_role(value: Any) -> dict[str, list[str]]:
    """A list stands for all roles."""
    by_role = dict(value) if isinstance(value, Mapping) else {"verse": value} if value else {}
    _check_roles(by_role)
    if by_role and "verse" not in by_role:
        raise ValueError(f"roles {', '.join(by_role)}; verse is missing: others stand on it")
    return by_role


def _check_roles(by_role: Iterable[str]) -> None:
    for role in by_role:
        if role not in ROLES:
            raise ValueError(_unknown("role", role, ROLES))


def _made(kind: type[T], raw: Raw) -> T:
    """The dataclass `kind` of `raw`, with lists as tuples; words and types are checked."""
    hints = get_type_hints(kind, vars(shapes))
    if unknown := sorted(set(raw) - set(hints)):
        raise ValueError(_unknown("field", unknown[0], hints))
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
    for name, value in values.items():
        hint = hints[name]
        if get_origin(hint) is Literal and value not in get_args(hint):
            raise ValueError(f"{name}: {value!r}; valid are {', '.join(get_args(hint))}")
        if hint in {int, float} and not isinstance(value, int | float):
            raise ValueError(f"{name}: {value!r} is no number")
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError(str(error)) from error


def _named(known: Mapping[str, T], name: str, what: str) -> T:
    if name not in known:
        raise ValueError(_unknown(what, name, known))
    return known[name]


def _unknown(what: str, name: str, valid: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(valid), 1)
    hint = f"did you mean {near[0]!r}?" if near else f"valid are {', '.join(sorted(valid))}"
    return f"unknown {what} {name!r}; {hint}"


def _within(where: str, read: Callable[..., T], *arguments: Any) -> T:
    try:
        return read(*arguments)
    except (ValueError, InputError, KeyError, TypeError) as error:
        raise ValueError(f"{where}: {error}") from error
