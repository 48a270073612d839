"""A person's corrections: checked against FEATURES, written to `overrides`, withdrawn again.

A correction is a row of its own, so that no analysis touches it: the views take it before any
measured or imported value until it is withdrawn. What it was before is in the snapshots.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import uuid4

from schemas.analysis import OverrideRow
from schemas.errors import InputError
from schemas.features import FEATURES, FeatureSpec
from schemas.settings import Settings
from warehouse import queries
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.store import Store

KEY = "key"
"""Stands for the two features of a key, as in key="C minor"."""

_KEY_FEATURES = ("key_pitch_class", "key_mode")
_SCALARS = {spec.name: spec for spec in FEATURES if spec.size == 1}


def parse_values(assignments: Sequence[str]) -> dict[str, float]:
    """Feature → value, from texts such as "tempo_bpm=128" and "key=C minor".

    Raises
    ------
    InputError
        For a text without "=", an unknown feature (with the nearest name), one named twice, a
        vector feature, or a value that is no number or out of the feature's range.
    """
    found: dict[str, float] = {}
    for text in assignments:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            raise InputError(f"{text!r}: valid is FEATURE=VALUE, as in tempo_bpm=128")
        for feature, number in _valued(name, value).items():
            if feature in found:
                raise InputError(f"{feature} is named twice")
            found[feature] = number
    return found


def feature_names(names: Sequence[str]) -> tuple[str, ...]:
    """Checked names of scalar features; "key" stands for its two. Raises InputError."""
    return tuple(
        feature
        for name in names
        for feature in (_KEY_FEATURES if name == KEY else (_scalar(name).name,))
    )


def _valued(name: str, text: str) -> Mapping[str, float]:
    if name == KEY:
        from mapping.reading.rules_key import parse_key

        key = parse_key(text)
        if key is None:
            raise InputError(f"key={text!r}: valid is a key such as C minor, F# major or Ebm")
        return dict(zip(_KEY_FEATURES, map(float, key), strict=True))
    spec = _scalar(name)
    try:
        value = float(text)
    except ValueError:
        raise InputError(f"{name}={text!r}: valid is a number of {spec.unit}") from None
    if not math.isfinite(value) or not spec.minimum <= value <= spec.maximum:
        raise InputError(f"{name}={text}: valid is {spec.minimum:g} … {spec.maximum:g} {spec.unit}")
    return {name: value}


def _scalar(name: str) -> FeatureSpec:
    if name in _SCALARS:
        return _SCALARS[name]
    if any(spec.name == name for spec in FEATURES):
        raise InputError(f"{name} has several values a track; only a single value is corrected")
    near = difflib.get_close_matches(name, [*_SCALARS, KEY], 1)
    hint = f"did you mean {near[0]}?" if near else f"valid: {', '.join([KEY, *_SCALARS])}"
    raise InputError(f"no feature {name!r}; {hint}")


def override(
    settings: Settings, track_id: str, values: Mapping[str, float], note: str, author: str
) -> int:
    """Let `values` win over every measurement and import of a track; the snapshot with them.

    Raises
    ------
    InputError
        There is no such track, no value, no note or no author.
    WarehouseError
        The warehouse cannot be read or written.
    """
    if not values:
        raise InputError("no value: give at least one, as in tempo_bpm=128")
    _refuse_empty(note=note, author=author)
    rows = [
        OverrideRow(track_id=track_id, metric=name, value=value, note=note, author=author)
        for name, value in values.items()
    ]
    return _write(settings, track_id, rows, f"{', '.join(values)} corrected by {author}")


def withdraw(settings: Settings, track_id: str, features: Sequence[str], author: str) -> int:
    """Let what is measured or imported count again; the snapshot in which it does.

    Raises
    ------
    InputError
        There is no such track, or no correction of one of `features` that counts.
    WarehouseError
        The warehouse cannot be read or written.
    """
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        known = {row["metric"]: row for row in queries.overrides(lake, track_id).to_pylist()}
    if missing := [name for name in features if name not in known]:
        has = f"it has: {', '.join(sorted(known))}" if known else "it has none"
        raise InputError(f"track {track_id!r} has no correction of {', '.join(missing)}; {has}")
    now = datetime.now(UTC)
    rows = [
        OverrideRow(
            track_id=track_id,
            metric=name,
            value=known[name]["value"],
            note=known[name]["note"],
            author=known[name]["author"],
            withdrawn_at=now,
        )
        for name in features
    ]
    return _write(settings, track_id, rows, f"{', '.join(features)} withdrawn by {author}")


def _write(settings: Settings, track_id: str, rows: list[OverrideRow], message: str) -> int:
    location = Location.from_settings(settings)
    with Lake.open(location, read_only=True) as lake:
        if queries.track(lake, track_id) is None:
            raise InputError(f"no track {track_id!r}; `wordtone tracks` lists them")
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
    with Store(location) as store:
        return store.write({"overrides": rows}, RunStamp(run_id, "override", message)).snapshot


def _refuse_empty(**texts: str) -> None:
    for name, text in texts.items():
        if not text.strip():
            raise InputError(f"no {name}: a correction says who made it and why")
