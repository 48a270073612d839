"""What entries name instead of writing it out: grooves, lines, progressions and forms.

grooves.toml, lines.toml, harmony.toml and forms.toml are read here, each into a dict by name;
errors name the file, the name and the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from generation.sequencer.composition.chords import parse_roman
from generation.sequencer.composition.scales import scale
from generation.sequencer.plan import STEMS
from generation.sequencer.styles.checks import check_roles, unknown, within
from generation.sequencer.styles.entry import Form, FormSection, Harmony, Mode, Progression
from generation.sequencer.styles.notation import (
    BASS_SIGNS,
    CHORD_SIGNS,
    DRUM_KEYS,
    DRUM_SIGNS,
    quarters,
    read_pattern,
)
from generation.sequencer.styles.pattern import Groove, Pattern, Row

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shelf:
    grooves: Mapping[str, Groove] = field(default_factory=dict)
    bass: Mapping[str, Pattern] = field(default_factory=dict)
    chords: Mapping[str, Pattern] = field(default_factory=dict)
    harmony: Mapping[str, Harmony] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)


def read_grooves(data: Raw) -> dict[str, Groove]:
    """grooves.toml: a table a groove, voice = "pattern" or ["pattern", density it enters at]."""
    return {name: within(f"grooves.toml: {name}", _groove, name, raw) for name, raw in data.items()}


def _groove(name: str, raw: Raw) -> Groove:
    metre = raw.get("metre", "4/4")
    bar = quarters(metre)
    rows = []
    for voice, value in raw.items():
        if voice == "metre":
            continue
        if voice not in DRUM_KEYS:
            raise ValueError(unknown("voice", voice, DRUM_KEYS))
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
            raise ValueError(f"lines.toml: {unknown('part', part, found)}")
        for metre, named in by_metre.items():
            for name, text in named.items():
                where = f"lines.toml: {part}.{metre}.{name}"
                bar = within(where, quarters, metre)
                found[part][name] = within(where, read_pattern, text, bar, signs[part])
    return found["bass"], found["chords"]


def read_harmony(data: Raw) -> dict[str, Harmony]:
    """harmony.toml: [name.minor] verse = ["i VII | VI"], cadence = "V | i", scale = "dorian"."""
    return {name: within(f"harmony.toml: {name}", _harmony, raw) for name, raw in data.items()}


def _harmony(raw: Raw) -> Harmony:
    progressions: dict[Mode, dict[str, tuple[Progression, ...]]] = {}
    scales: dict[Mode, str] = {}
    cadences: dict[Mode, Progression] = {}
    modes: tuple[Mode, ...] = get_args(Mode)
    if strange := sorted(set(raw) - set(modes)) or not raw:
        raise ValueError(f"modes {strange}; valid are {', '.join(modes)}, at least one")
    for mode in (mode for mode in modes if mode in raw):
        by_role = dict(raw[mode])
        scales[mode] = scale(by_role.pop("scale", mode)).name
        cadence = by_role.pop("cadence", "V7 | I" if mode == "major" else "V7 | i")
        cadences[mode] = _progression(cadence, scales[mode])
        check_roles(by_role)
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
    return {name: within(f"forms.toml: {name}", _form, raw) for name, raw in data.items()}


def _form(raw: Raw) -> Form:
    sections = []
    for label, bars, intensity, *more in raw["sections"]:
        silent, events = (tuple(text.split()) for text in (*more, "", "")[:2])
        check_roles({label: ()})
        if bars < 1 or not 0 <= intensity <= 1 or set(silent) - set(STEMS):
            raise ValueError(f"section {label}: {bars} bars, intensity {intensity}, {silent}")
        sections.append(
            FormSection(label=label, bars=bars, intensity=intensity, silent=silent, events=events)
        )
    hook = raw.get("hook", "chorus")
    if hook not in {section.label for section in sections}:
        raise ValueError(f"hook {hook!r} is no section of it")
    return Form(sections=tuple(sections), hook=hook)
