"""What a feature measures changes only with its version, which makes a catalogue re-run."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from schemas.features import FEATURES, FeatureSpec, group_version, groups
from schemas.scales import typical_range
from tests.golden import regenerate

SHARE = 1e-3  # of the typical range: what another processor or library build may change
GOLDEN: dict[str, Any] = json.loads(regenerate.GOLDEN.read_text())


@pytest.fixture(scope="module")
def now() -> dict[str, Any]:
    return regenerate.measured()


def test_the_golden_data_covers_every_feature() -> None:
    values = GOLDEN["values"]
    assert list(values) == list(regenerate.signals())
    assert len(values) >= 10
    for name, row in values.items():
        assert list(row) == [spec.name for spec in FEATURES], name
    measured = [spec.name for spec in FEATURES if spec.how == "measured"]
    for name in measured:
        numbers = [row[name] for row in values.values() if not isinstance(row[name], str)]
        assert numbers, f"{name} is null on every signal"


@pytest.mark.parametrize("group", groups())
def test_versions_are_those_of_the_golden_data(group: str) -> None:
    assert GOLDEN["versions"].get(group) == group_version(group), (
        f"the version of group {group!r} changed: run python -m tests.golden.regenerate"
    )


@pytest.mark.parametrize("spec", FEATURES, ids=lambda spec: spec.name)
def test_values_change_only_with_the_version(spec: FeatureSpec, now: dict[str, Any]) -> None:
    for name, row in GOLDEN["values"].items():
        was, found = row[spec.name], now["values"][name][spec.name]
        assert same(spec, was, found), (
            f"{spec.name} of {name!r} was {was} and is {found}: raise its version in "
            "schemas/features.py, or undo the change"
        )


def same(spec: FeatureSpec, one: object, other: object) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    low, high = typical_range(spec)
    pairs = [
        np.array([math.nan if x is None else x for x in np.atleast_1d(v)]) for v in (one, other)
    ]
    return np.allclose(*pairs, rtol=1e-4, atol=SHARE * (high - low), equal_nan=True)


def test_the_guard_can_fail(now: dict[str, Any]) -> None:
    for spec in FEATURES:
        value = now["values"]["song"][spec.name]
        low, high = typical_range(spec)
        if isinstance(value, float):
            assert not same(spec, value, value + 0.01 * (high - low))
        assert not same(spec, value, "null: another")
