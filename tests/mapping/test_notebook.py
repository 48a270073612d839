"""What a person meets in a notebook: options by name, locks, errors that help, a table of bars."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mapping.model import Mapping
from mapping.reading.locks import lock_range
from mapping.reading.wishes import Options
from schemas.errors import PromptError
from schemas.features import FEATURES, feature
from schemas.parts import Lock, Source


def test_options_by_name_are_the_options(mapping: Mapping) -> None:
    by_name = mapping.condition("house", bpm=124, key="C minor", samples=2, seed=1)
    assert by_name == mapping.condition("house", Options(bpm=124, key="C minor", samples=2, seed=1))
    over = mapping.condition("house", Options(bpm=90, seed=3), bpm=124)
    assert over == mapping.condition("house", Options(bpm=124, seed=3))


def test_a_lock_is_met_and_said(mapping: Mapping) -> None:
    free = mapping.condition("slow ambient drone")
    found = mapping.condition("slow ambient drone", locks={"tempo_bpm": 128, "energy": 0.8})
    for name, value in (("tempo_bpm", 128), ("energy", 0.8)):
        condition = found.features[name]
        assert (condition.value, condition.lock, condition.source) == (
            value, Lock.HARD, Source.USER,
        )  # fmt: skip
        assert condition.confidence == 1
        assert condition.low is not None
        assert condition.high is not None
        assert condition.low <= value <= condition.high
        assert f"{name} locked at {value:g}" in found.understood
        assert name not in found.unsaid
    assert found.features["tempo_bpm"].modes[0].value == 128
    # What goes with loud, fast music moves along.
    brightness = [v.features["brightness_hz"].value for v in (free, found)]
    assert brightness[1] > brightness[0]


def test_a_lock_beats_the_prompt_and_says_so(mapping: Mapping) -> None:
    found = mapping.condition("techno at 90 BPM", locks={"tempo_bpm": 128})
    assert found.features["tempo_bpm"].value == 128
    assert "the lock (tempo_bpm 128) overrides the prompt" in found.warnings
    same = mapping.condition("techno at 128 BPM", locks={"tempo_bpm": 128})
    assert not [w for w in same.warnings if "lock" in w]


def test_a_lock_alone_is_a_wish(mapping: Mapping) -> None:
    assert mapping.condition("", locks={"valence": 0.9}).features["valence"].value == 0.9


def test_a_feature_the_catalogue_lacks_can_be_locked(mapping: Mapping) -> None:
    assert "danceability" not in mapping.features
    assert mapping.condition("x", locks={"danceability": 0.7}).features["danceability"].value == 0.7


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ({"bmp": 120}, "bmp: no such option; did you mean bpm?"),
        ({"tempo": 120}, "did you mean bpm?"),
        ({"zzz": 1}, "valid: bpm, key"),
        ({"bpm": "fast"}, "bpm: of the wrong kind"),
        ({"bpm": 900}, "30 … 300"),
        ({"locks": {"tempo_bmp": 128}}, "locks: no feature 'tempo_bmp'; did you mean tempo_bpm?"),
        ({"locks": {"key": 1}}, 'key="C minor"'),
        ({"locks": {"mfcc": 1}}, "no feature 'mfcc'"),
        ({"locks": {"tempo_bpm": 900}}, "tempo_bpm 900; valid is 30 … 300 BPM"),
        ({"locks": {"energy": float("nan")}}, "energy nan; valid is 0 … 1"),
        ({"locks": {"energy": "high"}}, "energy 'high'; valid is 0 … 1"),
        ({"locks": {"energy": True}}, "energy True"),
        ({"locks": {3: 1}}, "no feature 3"),
        ({"locks": [1]}, "valid is a mapping"),
    ],
)
def test_what_is_wrong_is_named(mapping: Mapping, stated: dict[str, Any], says: str) -> None:
    with pytest.raises(PromptError, match=re.escape(says)):
        mapping.condition("house", **stated)


@pytest.mark.parametrize("prompt", [None, 3, b"house", "half \ud800 a pair"])
def test_a_prompt_that_is_no_text(mapping: Mapping, prompt: Any) -> None:
    with pytest.raises(PromptError, match="prompt: "):
        mapping.condition(prompt)


@pytest.mark.parametrize(
    "spec", [s for s in FEATURES if s.size == 1 and s.scale != "circular"], ids=lambda s: s.name
)
def test_every_lock_lies_in_its_own_range(spec) -> None:
    for share in (0, 0.3, 1):
        value = spec.minimum + share * (spec.maximum - spec.minimum)
        low, high = lock_range(spec.name, value)
        assert spec.minimum <= low <= value <= high <= spec.maximum


def test_the_table_escapes_what_strangers_wrote(mapping: Mapping) -> None:
    hostile = '<script>alert("x")</script> & \u202e techno </td>'
    html = mapping.condition(hostile, bpm=124)._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "\u202e" not in html
    assert html.count("<tr") == html.count("</tr>")
    assert html.count("<svg") == html.count("</svg>") >= len(mapping.features)
    for name in mapping.features:
        assert name in html
    assert f"124 {feature('tempo_bpm').unit}" in html


def test_repr_is_one_line(mapping: Mapping) -> None:
    told = repr(mapping.condition("house " * 400, bpm=124))
    assert "\n" not in told
    assert len(told) < 400
    assert "tempo_bpm=124!" in told
    assert repr(mapping).startswith("<Mapping mapping-")
