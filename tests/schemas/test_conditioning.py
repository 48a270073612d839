"""The conditioning contract: round trips, refusals, and its JSON Schema."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.answers import ConditioningVector
from schemas.conditioning import ConditioningRequest, FeatureCondition, Mode, Quantiles
from schemas.documents import json_schemas
from schemas.features import FEATURES, FeatureSpec
from schemas.generation import GenerationResult
from schemas.parts import Applied, Lock, Source

SCALARS = [spec for spec in FEATURES if spec.size == 1]
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
ratio = st.floats(0, 1)


@st.composite
def condition(draw: st.DrawFn, spec: FeatureSpec) -> dict[str, Any]:
    within = st.floats(spec.minimum, spec.maximum)
    five = sorted(draw(st.lists(within, min_size=5, max_size=5)))
    low, high = sorted([draw(within), draw(within)])
    names = ("p05", "p25", "p50", "p75", "p95")
    return {
        "value": draw(st.none() | within),
        "low": low,
        "high": high,
        "quantiles": draw(st.sampled_from([None, dict(zip(names, five, strict=True))])),
        "modes": [{"value": draw(within), "weight": draw(ratio)}],
        "unit": spec.unit,
        "source": draw(st.sampled_from(Source)),
        "confidence": draw(ratio),
        "lock": draw(st.sampled_from(Lock)),
        "tolerance": draw(st.none() | st.floats(0, 100)),
    }


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    specs = draw(st.lists(st.sampled_from(SCALARS), max_size=4, unique_by=lambda s: s.name))
    features = {spec.name: draw(condition(spec)) for spec in specs}
    return {
        "version": "1",
        "prompt": {"text": draw(text), "language": draw(st.sampled_from([None, "en", "pt-BR"]))},
        "features": features,
        "key": draw(st.none() | st.just({"pitch_class": 0, "mode": "minor", "name": "C minor",
                                         "source": "user", "confidence": 1, "lock": "hard"})),
        "time_signature": draw(st.sampled_from([None, "4/4", "6/8"])),
        "styles": [{"id": draw(text), "weight": draw(ratio)}],
        "instruments": [{"id": "trumpet", "presence": draw(st.sampled_from(
            ["present", "absent", "prominent"]))}],
        "sections": [{"label": "chorus", "bars": 8, "features": features,
                      "events": [{"name": "guitar solo", "start_s": 3}]}],
        "vocals": {"mode": "on", "voice": "female", "language": "en", "lyrics": draw(text)},
        "duration_s": draw(st.none() | st.floats(0.1, 3600)),
        "melody": [{"start_s": 0, "duration_s": 0.5, "pitch": 60.5, "velocity": 100}],
        "chords": [{"start_s": 0, "symbol": "Cm7"}],
        "references": [{"text": "a bass line like X", "part": "bass", "kind": "artist"}],
        "edit": draw(st.none() | st.just({"generation_id": "g", "keep_stems": ["drums"],
                     "regenerate_regions": [{"start_s": 0, "end_s": 4}]})),
        "seed": draw(st.none() | st.integers(0, 2**63 - 1)),
        "stem_seeds": {"drums": 4},
        "candidates": draw(st.integers(1, 64)),
    }  # fmt: skip


SCHEMA = jsonschema.Draft202012Validator(json_schemas()["ConditioningRequest"])


@given(requests())
def test_round_trip(given_request: dict[str, Any]) -> None:
    request = ConditioningRequest.model_validate(given_request)
    again = ConditioningRequest.model_validate_json(request.model_dump_json())
    assert again == request
    SCHEMA.validate(json.loads(request.model_dump_json()))


def minimal(**changes: Any) -> dict[str, Any]:
    return {"prompt": {"text": "x"}, **changes}


def feature(name: str, **changes: Any) -> dict[str, Any]:
    given_condition = {"value": 120, "unit": "BPM", "source": "user", "confidence": 1, **changes}
    return minimal(features={name: given_condition})


@pytest.mark.parametrize(
    ("given_request", "says"),
    [
        (minimal(promt={"text": "y"}), "promt"),
        (minimal(vocals={"mode": "loud"}), "vocals.mode"),
        (minimal(version="2"), "version"),
        (minimal(duration_s=float("nan")), "duration_s"),
        (minimal(duration_s=0), "duration_s"),
        (minimal(time_signature="four"), "time_signature"),
        (feature("tempo"), "did you mean tempo_bpm"),
        (feature("tempo_bpm", value=20), "valid is 30 … 300 BPM"),
        (feature("tempo_bpm", unit="Hz"), "valid is 'BPM'"),
        (feature("tempo_bpm", low=130, high=120), "above high"),
        (feature("tempo_bpm", modes=[{"value": 900, "weight": 1}]), "modes[0]"),
        (feature("chroma", unit="ratio", value=0.5), "unknown feature 'chroma'"),
        (minimal(edit={"generation_id": "g", "keep_regions": [{"start_s": 4, "end_s": 2}]}),
         "not after start_s"),
        (minimal(key={"probabilities": [0.5], "source": "model", "confidence": 0}), "0 or 24"),
        (minimal(sections=[{"label": "a", "features": feature("tempi")["features"]}]), "tempi"),
    ],
)  # fmt: skip
def test_refused(given_request: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        ConditioningRequest.model_validate(given_request)
    assert says in str(refusal.value)


def test_quantiles_must_not_decrease() -> None:
    with pytest.raises(ValidationError, match="decrease"):
        Quantiles(p05=1, p25=2, p50=1.5, p75=3, p95=4)


def test_contracts_are_frozen() -> None:
    asked = FeatureCondition(
        value=1, unit="BPM", source=Source.USER, confidence=1, modes=(Mode(value=1, weight=1),)
    )
    with pytest.raises(ValidationError, match="frozen"):
        asked.value = 2


def test_result_says_how_each_feature_was_applied() -> None:
    result = GenerationResult.model_validate(
        {
            "generation_id": "g1",
            "request": feature("tempo_bpm"),
            "audio": [{"path": "a.wav", "sample_rate_hz": 44100, "channels": 2, "duration_s": 15}],
            "features": [
                {"feature": "tempo_bpm", "asked": 120, "applied": "native", "measured": 121,
                 "clamped_from": None, "tolerance": 4.8, "hit": True}
            ],
            "ignored": ["vocals.lyrics"],
            "weights": [{"id": "some/weights", "licence": "MIT"}],
            "seed": 3,
            "provenance": {"engine": "e", "engine_version": "1", "created_at": "2026-01-01T00:00Z"},
        }
    )  # fmt: skip
    assert result.features[0].applied is Applied.NATIVE
    assert GenerationResult.model_validate_json(result.model_dump_json()) == result


def test_a_vector_is_a_request() -> None:
    assert issubclass(ConditioningVector, ConditioningRequest)
    assert set(ConditioningRequest.model_fields) < set(ConditioningVector.model_fields)
