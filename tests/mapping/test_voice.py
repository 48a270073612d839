"""What is said of vocals holds, whatever else a prompt says."""

from __future__ import annotations

import pytest

from mapping.encoder import load_encoder
from mapping.model import Mapping


@pytest.fixture(scope="module")
def starter() -> Mapping:
    return Mapping.starter(load_encoder())


@pytest.mark.parametrize("rest", ["", ", darker", ", slow", ", darker than usual, 130 BPM, sad"])
@pytest.mark.parametrize("style", ["UK garage", "soul", "heavy metal"])
def test_no_vocals_are_none_and_vocals_some(starter: Mapping, style: str, rest: str) -> None:
    without = starter.condition(f"{style}{rest}, no vocals").features
    sung = starter.condition(f"{style}{rest}, with vocals").features
    for name, low, high in (
        ("vocal_presence", without, sung),
        ("instrumentalness", sung, without),
    ):
        ends = low[name].quantiles, high[name].quantiles
        assert ends[0] is not None
        assert ends[1] is not None
        assert ends[0].p95 < ends[1].p05, name
    assert "vocal_presence" not in starter.condition(f"{style}{rest}, no vocals").unsaid


def test_the_rest_of_the_answer_stays_that_of_the_style(starter: Mapping) -> None:
    plain, without = (starter.condition(text) for text in ("UK garage", "UK garage, no vocals"))
    ours, theirs = (v.features["tempo_bpm"].quantiles for v in (plain, without))
    assert ours is not None
    assert theirs is not None
    assert theirs.p50 == pytest.approx(ours.p50, rel=0.05)
