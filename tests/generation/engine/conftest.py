"""Requests and one piece that the tests of the engine share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from generation.contract import Generated
from generation.sequencer.engine import Embedded
from schemas.conditioning import ConditioningRequest, FeatureCondition, KeyCondition
from schemas.features import feature
from schemas.parts import Prompt, StyleWeight

Ask = Callable[..., ConditioningRequest]


def stated(name: str, value: float, lock: str = "hard") -> FeatureCondition:
    return FeatureCondition.model_validate(
        {
            "value": value,
            "unit": feature(name).unit,
            "source": "user",
            "confidence": 1,
            "lock": lock,
        }
    )


def ask(style: str | None = "house", /, **given: Any) -> ConditioningRequest:
    """A request of 8 s; features by name, everything else as in the contract."""
    text = given.pop("text", "")
    fields: dict[str, Any] = {
        name: given.pop(name) for name in list(given) if name in ConditioningRequest.model_fields
    }
    features = {name: stated(name, value) for name, value in given.items()}
    base = {
        "prompt": Prompt(text=text),
        "duration_s": 8.0,
        "features": features,
        "styles": (StyleWeight(id=style),) if style else (),
    }
    return ConditioningRequest.model_validate(base | fields)


def in_key(pitch_class: int, mode: str) -> KeyCondition:
    return KeyCondition.model_validate(
        {"pitch_class": pitch_class, "mode": mode, "source": "user", "confidence": 1}
    )


@pytest.fixture(scope="session")
def piece() -> Generated:
    """Eight seconds of house at 120 BPM."""
    request = ask("house", tempo_bpm=120.0, key=in_key(9, "minor"))
    return Embedded().generate(request, 5)
