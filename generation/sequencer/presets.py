"""What music is for: presets that fill in length, form, ending, fades and loudness of a request."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any, get_args

from generation.sequencer.plan import STEMS, Ending
from schemas.conditioning import ConditioningRequest, FeatureCondition, Section
from schemas.errors import ContractError, InputError
from schemas.parts import Instrument, Lock, Source

_LOUDNESS = "loudness_lufs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One entry of presets.toml, whose head explains the fields."""

    id: str
    title: str
    words: tuple[str, ...]
    length_s: float
    ending: Ending
    loudness_lufs: float
    why: str
    fade_in_s: float = 0.0
    fade_out_s: float = 0.0
    intensity: float = 1.0
    density: float = 1.0
    rests: tuple[str, ...] = ()
    form: tuple[tuple[str, float], ...] = ()


@cache
def presets() -> Mapping[str, Preset]:
    """All presets by id. Raises ContractError that names the entry and field that is wrong."""
    text = resources.files(__package__).joinpath("presets.toml").read_text(encoding="utf-8")
    return read_presets(tomllib.loads(text))


def preset(preset_id: str) -> Preset:
    """The preset of that id.

    Raises
    ------
    InputError
        When there is none; names the nearest, or all.
    """
    if preset_id not in presets():
        near = difflib.get_close_matches(preset_id, presets(), 1)
        hint = f"did you mean {near[0]}?" if near else f"valid: {', '.join(presets())}"
        raise InputError(f"preset: unknown id {preset_id!r}; {hint}")
    return presets()[preset_id]


def find_preset(prompt: str) -> Preset | None:
    """The preset whose words the prompt contains, the longest first; None when there is none."""
    phrases = [(word, one) for one in presets().values() for word in one.words]
    for word, one in sorted(phrases, key=lambda pair: -len(pair[0])):
        if re.search(rf"(?<![\w-]){re.escape(word)}s?(?![\w-])", prompt, re.I):
            return one
    return None


def applied(request: ConditioningRequest, one: Preset) -> ConditioningRequest:
    """The request with what it leaves open filled in."""
    changes: dict[str, Any] = {}
    if request.duration_s is None:
        changes["duration_s"] = one.length_s
    stated = request.features.get(_LOUDNESS)
    if stated is None or stated.source is not Source.USER:
        level = FeatureCondition(
            value=one.loudness_lufs, unit="LUFS", source=Source.USER, confidence=1, lock=Lock.SOFT,
            tolerance=1.0,
        )  # fmt: skip
        changes["features"] = {**request.features, _LOUDNESS: level}
    named = {i.id for i in request.instruments}
    resting = tuple(
        Instrument(id=stem, presence="absent") for stem in one.rests if stem not in named
    )
    changes["instruments"] = (*request.instruments, *resting)
    if one.form and not request.sections:
        changes["sections"] = _sections(one, request.duration_s or one.length_s)
    return request.model_copy(update=changes)


def _sections(one: Preset, length_s: float) -> tuple[Section, ...]:
    found, start = [], 0.0
    for label, share in one.form:
        found.append(Section(label=label, start_s=start, position=None, bars=None))
        start += share * length_s
    return tuple(found)


def read_presets(data: Mapping[str, Mapping[str, Any]]) -> dict[str, Preset]:
    """Presets from the parsed file, checked. Raises ContractError."""
    known = {one.name for one in fields(Preset)} - {"id"}
    found = {}
    for name, entry in data.items():
        if unknown := sorted(set(entry) - known):
            raise ContractError(f"presets.toml: {name}: unknown field {unknown[0]!r}")
        given: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()
        }
        given["form"] = tuple((str(label), float(part)) for label, part in entry.get("form", ()))
        try:
            found[name] = Preset(id=name, **given)
        except TypeError as error:
            raise ContractError(f"presets.toml: {name}: {error}") from error
        _check(found[name])
    return found


def _check(one: Preset) -> None:
    shares = sum(share for _, share in one.form)
    checks = (
        ("ending", one.ending, one.ending in get_args(Ending), ", ".join(get_args(Ending))),
        ("length_s", one.length_s, 1 <= one.length_s <= 600, "1 … 600 s"),
        ("loudness_lufs", one.loudness_lufs, -40 <= one.loudness_lufs <= -6, "-40 … -6 LUFS"),
        ("rests", one.rests, set(one.rests) <= set(STEMS), ", ".join(STEMS)),
        ("form", one.form, not one.form or abs(shares - 1) < 1e-6, "shares that sum to 1"),
        ("words", one.words, bool(one.words), "at least one phrase"),
        ("fade_out_s", one.fade_out_s, 0 <= one.fade_out_s < one.length_s, "0 … length_s"),
    )
    for field, value, ok, valid in checks:
        if not ok:
            raise ContractError(f"presets.toml: {one.id}.{field}: {value!r}; valid is {valid}")
