"""The styles that can be played: read once from the .toml files here, found by id, blended.

>>> entry("2-step").drums.grooves["verse"][0].name
'two-step'
>>> closest("gabber")
'hardstyle'
"""

from __future__ import annotations

import tomllib
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

from generation.sequencer.plan import PartPlan
from generation.sequencer.styles.entry import STANDS_FOR, StyleEntry, Voice
from generation.sequencer.styles.reading import read_entry
from generation.sequencer.styles.shelf import (
    Shelf,
    read_forms,
    read_grooves,
    read_harmony,
    read_lines,
)
from schemas.style import Style
from schemas.styles import style, styles

FAMILIES: tuple[str, ...] = (
    "electronic", "club", "urban", "pop", "rock", "soul", "jazz", "roots", "classical", "latin",
    "world",
)  # fmt: skip
"""Files with entries, NAME.toml, in the order in which they are read."""

GIVEN_FIRST: tuple[str, ...] = ("harmony", "chords", "lead", "extra", "feel", "bass", "form")
"""Facets of a blend in the order in which the heaviest style hands them to the others."""


@cache
def shelf() -> Shelf:
    """Grooves, patterns, progressions and forms by name."""
    bass, chords = read_lines(_toml("lines"))
    return Shelf(
        grooves=read_grooves(_toml("grooves")),
        bass=bass,
        chords=chords,
        harmony=read_harmony(_toml("harmony")),
        forms=read_forms(_toml("forms")),
    )


@cache
def entries() -> Mapping[str, StyleEntry]:
    """All playable styles by id, in the order of the files.

    Raises
    ------
    ValueError
        Names the entry and field that is wrong: a mistake of ours, found by the tests.
    """
    raw: dict[str, dict[str, Any]] = {}
    for family in FAMILIES:
        raw.update(_toml(family))
    return read_entries(raw, shelf())


def read_entries(raw: Mapping[str, Mapping[str, Any]], known: Shelf) -> dict[str, StyleEntry]:
    """Entries from parsed files. Raises ValueError that names the entry and the field."""
    by_id = {one.id: one for one in styles()}
    found = {}
    for style_id, fields in raw.items():
        if style_id not in by_id:
            raise ValueError(f"{style_id}: no style of that id in schemas/styles.toml")
        try:
            whole = _inherited(fields, raw)
            found[style_id] = read_entry(style_id, whole, by_id[style_id].metres[0], known)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{style_id}: {error}") from error
    return found


def _inherited(fields: Mapping[str, Any], raw: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Fields with those of the style that `like` names beneath; tables are merged key by key."""
    whole: dict[str, Any] = {}
    for layer in reversed(_chain(fields, raw)):
        for name, value in layer.items():
            below = whole.get(name)
            if isinstance(value, dict) and isinstance(below, dict) and name != "grooves":
                whole[name] = {**below, **value}
            else:
                whole[name] = value
    return whole


def _chain(
    fields: Mapping[str, Any], raw: Mapping[str, Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    chain = [fields]
    while "like" in chain[-1]:
        parent = chain[-1]["like"]
        if parent not in raw or len(chain) > 8:
            raise ValueError(f"like {parent!r}: no entry of that id, or a circle")
        chain.append(raw[parent])
    return chain


def entry(style_id: str) -> StyleEntry:
    """How the style is played, by its own entry or the closest one's.

    Raises
    ------
    InputError
        When schemas/styles.toml has no such id; names the nearest.
    """
    return entries()[closest(style_id)]


@cache
def closest(style_id: str) -> str:
    """The playable style nearest to any style: itself, its nearest ancestor, a child, else the one
    of its family (else of all) with the nearest tempo and levels.

    Raises
    ------
    InputError
        When there is no such style.
    """
    wanted = style(style_id)
    queue = deque([wanted.id])
    while queue:
        one = queue.popleft()
        if one in entries():
            return one
        queue.extend(style(one).parents)
    playable = [style(one) for one in entries()]
    children = [one for one in playable if wanted.id in one.parents]
    family = [one for one in playable if one.family == wanted.family]
    return min(children or family or playable, key=lambda one: (_distance(wanted, one), one.id)).id


def _distance(one: Style, other: Style) -> float:
    """Mean difference of levels, and of tempo (1: a factor of 2)."""
    levels = sum(abs(value - other.levels[name]) for name, value in one.levels.items())
    low, high = (sum(s.tempo) for s in sorted((one, other), key=lambda s: sum(s.tempo)))
    shared = len(set(one.instruments) & set(other.instruments)) / len(one.instruments)
    return levels / len(one.levels) + (high / low - 1) + 0.5 * (1 - shared)


def blend(weighted: Sequence[tuple[str, float]]) -> StyleEntry:
    """One entry out of several styles, the heaviest first.

    Drums are always the heaviest style's. The seven other facets are shared out by weight (largest
    remainder), in the order of GIVEN_FIRST: of house 0.7 with jazz 0.3, harmony and chords are
    jazz. Deterministic; one style alone is itself.

    Raises
    ------
    InputError
        When a style is unknown, or there is none.
    """
    ordered = sorted(weighted, key=lambda pair: -pair[1]) or [("pop", 1.0)]
    first = entry(ordered[0][0])
    given: dict[str, Any] = {}
    facets = iter(GIVEN_FIRST)
    for (style_id, _), count in zip(ordered[1:], _shares(ordered), strict=True):
        other = entry(style_id)
        for facet in (next(facets) for _ in range(count)):
            given[facet] = getattr(other, facet)
    return replace(first, **given)


def _shares(ordered: Sequence[tuple[str, float]]) -> list[int]:
    """How many facets each style but the first gives."""
    total = sum(max(weight, 0.0) for _, weight in ordered) or 1.0
    exact = [len(GIVEN_FIRST) * max(weight, 0.0) / total for _, weight in ordered]
    counts = [int(share) for share in exact]
    by_rest = sorted(range(len(exact)), key=lambda i: (counts[i] - exact[i], i))
    for index in by_rest[: len(GIVEN_FIRST) - sum(counts)]:
        counts[index] += 1
    return counts[1:]


def for_role(by_role: Mapping[str, Any], role: str) -> Any:
    """What `by_role` holds for a section's label, or for the role that stands for it; else None."""
    seen = role
    while seen not in by_role and seen in STANDS_FOR:
        seen = STANDS_FOR[seen]
    return by_role.get(seen, by_role.get("verse"))


def default_parts(one: StyleEntry) -> tuple[PartPlan, ...]:
    """Who plays when a plan names nobody, in the order of stems."""
    parts = [PartPlan(stem="drums", instrument=one.drums.kit)] if one.drums.grooves else []
    if one.bass.manner != "none":
        parts.append(PartPlan(stem="bass", instrument=one.bass.sounds[0]))
    parts += [_part("chords", voice) for voice in one.chords]
    if one.lead.manner != "none":
        parts.append(PartPlan(stem="lead", instrument=one.lead.sounds[0], weight=0.8))
    return (*parts, *(_part("extra", voice) for voice in one.extra))


def _part(stem: str, voice: Voice) -> PartPlan:
    return PartPlan(stem=stem, instrument=voice.sounds[0], weight=min(1.0, 0.7 * voice.loud))


def _toml(name: str) -> dict[str, Any]:
    text = resources.files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
