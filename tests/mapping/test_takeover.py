"""The starter beside a catalogue: which takes over as it grows, and by how much."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.learning.config import TrainConfig
from mapping.model import Mapping
from mapping.starter import blending
from mapping.starter.evidence import prior_shares
from mapping.starter.shift import Shift, fit_shifts, from_json, to_json
from schemas.features import feature
from schemas.protocols import TextEncoder
from schemas.styles import styles
from service.report.mapping import vector_report
from tests.mapping.catalogue import examples


@pytest.fixture(scope="session")
def starter(encoder: TextEncoder) -> Mapping:
    return Mapping.starter(encoder)


def test_the_catalogue_takes_over_as_it_grows(
    encoder: TextEncoder, config: TrainConfig, mapping: Mapping
) -> None:
    small = Mapping.train(examples(24, artists=12), encoder, replace(config, captions=30))
    prompt = "drum and bass, jungle"
    few, many = small.condition(prompt), mapping.condition(prompt)
    assert few.prior_share is not None
    assert many.features["energy"].prior_share is not None
    shares = [answer.features["energy"].prior_share or 0 for answer in (few, many)]
    assert 1 > shares[0] > shares[1] > 0
    # The catalogue has nothing of the kind: the starter's word is the one that counts.
    foreign = mapping.condition("gamelan")
    assert (foreign.features["energy"].prior_share or 0) > max(shares)


def test_a_feature_that_the_catalogue_lacks_is_the_starters(mapping: Mapping) -> None:
    assert "acousticness" not in mapping.features
    bluegrass, techno = (
        mapping.condition(p).features["acousticness"] for p in ("bluegrass", "techno")
    )
    assert (bluegrass.prior_share, techno.prior_share) == (1, 1)
    assert bluegrass.value is not None
    assert techno.value is not None
    assert bluegrass.value > techno.value


def test_without_a_prior_the_starter_takes_no_part(
    encoder: TextEncoder, config: TrainConfig
) -> None:
    alone = Mapping.train(
        examples(24, artists=12), encoder, replace(config, prior=False, captions=30)
    )
    answer = alone.condition("gamelan")
    assert alone.prior is None
    assert answer.prior_share is None
    assert all(c.prior_share is None for c in answer.features.values())


def test_a_saved_mapping_blends_the_same(mapping: Mapping, tmp_path: Path) -> None:
    mapping.save(tmp_path / "m")
    again = Mapping.load(tmp_path / "m", mapping.encoder)
    for prompt in ("gamelan", "slow deep house", "90 BPM"):
        assert again.condition(prompt) == mapping.condition(prompt)


def test_a_scale_of_the_catalogues_own_is_learned(starter: Mapping, encoder: TextEncoder) -> None:
    """A catalogue whose energy runs from 0.4 to 0.6, half as steep, and which lacks the rest."""
    tracks = [
        replace(
            examples(1)[0],
            text=one.name,
            features={"energy": 0.4 + 0.2 * one.levels["energy"], "tempo_bpm": None},
        )
        for one in styles()
    ]
    known = starter.learned
    shifts = fit_shifts(known, tracks, encoder, 0)  # type: ignore[arg-type]
    assert set(shifts) == {"energy"}
    for asked, wanted in ((0.1, 0.42), (0.9, 0.58)):
        placed = shifts["energy"].place(np.array([asked]), asked)
        assert placed[0] == pytest.approx(wanted, abs=0.04)
    for asked in (0.0, 1.0):  # the line would go on beyond what the catalogue has
        placed = Shift(centre=0.5, slope=2, low=0.4, high=0.6).place(np.array([asked]), asked)
        assert placed[0] == asked, "what the starter says itself is allowed"
    assert Shift(centre=0.5, slope=3, low=0.4, high=0.6).place(np.array([0.55]), 0.55)[0] == 0.6
    assert from_json(json.loads(json.dumps(to_json(shifts)))) == shifts


def test_a_style_is_no_faster_among_fast_music(starter: Mapping, encoder: TextEncoder) -> None:
    fast = [replace(e, features={"tempo_bpm": 190.0, "energy": 0.5}) for e in examples(40)]
    assert "tempo_bpm" not in fit_shifts(starter.learned, fast, encoder, 0)  # type: ignore[arg-type]


values = st.floats(0, 1)
quantiles = st.lists(values, min_size=5, max_size=5).map(sorted)


@given(ours=quantiles, theirs=quantiles, share=st.floats(0, 1))
def test_a_pool_lies_between_its_parts(
    ours: list[float], theirs: list[float], share: float
) -> None:
    pooled = blending.pooled(feature("energy"), np.array([ours, theirs]), share, Shift()).values()
    assert list(pooled) == sorted(pooled)
    for at, value in enumerate(pooled):
        assert min(ours[at], theirs[at]) - 1e-6 <= value <= max(ours[at], theirs[at]) + 1e-6
    if share == 0:
        assert pooled == pytest.approx(ours, abs=1e-6)


def test_half_of_a_catalogue_at_zero_stays_at_zero() -> None:
    """Most tracks have no instrumentalness at all: an interval that begins above 0 misses them."""
    ours, theirs = [0, 0, 0, 0.02, 0.9], [0.01, 0.05, 0.1, 0.15, 0.9]
    both = blending.pooled(feature("instrumentalness"), np.array([ours, theirs]), 0.1, Shift())
    assert (both.p05, both.p25) == (0, 0)


def test_a_tempo_of_two_minds_keeps_both(encoder: TextEncoder, config: TrainConfig) -> None:
    """The few tracks say 100, the starter 172: neither answers 130."""
    tracks = [
        replace(e, text="drum and bass", features=dict(e.features) | {"tempo_bpm": 100.0 + i % 3})
        for i, e in enumerate(examples(12, artists=6))
    ]
    few = Mapping.train(tracks, encoder, replace(config, captions=24))
    answer = few.condition("drum and bass")
    modes = sorted(mode.value for mode in answer.features["tempo_bpm"].modes)
    assert any(abs(value - 101) < 4 for value in modes)
    assert not any(115 < value < 160 for value in modes)


def test_more_of_the_kind_leaves_less_to_the_starter(
    mapping: Mapping, encoder: TextEncoder
) -> None:
    near, far = encoder.encode(["drum and bass, jungle", "gamelan"])
    of_near, of_far = (prior_shares(mapping.learned, v, 1.0) for v in (near, far))
    assert (of_near < of_far).all()
    nothing = prior_shares(mapping.learned, None, 1.0)
    assert (nothing < of_near).all()
    # A third of the tracks lack onset_rate_hz: there is less to go by.
    names = mapping.learned.names
    assert of_near[names.index("onset_rate_hz")] > of_near[names.index("energy")]


def test_a_mapping_moved_to_another_catalogue_moves_the_starter(mapping: Mapping) -> None:
    halved = [
        replace(e, features={"energy": 0.5 * float(e.features["energy"] or 0)})
        for e in examples(40)
    ]
    assert mapping.prior is not None
    before = mapping.prior.shifts
    prior = mapping.recalibrate(halved).prior
    assert prior is not None
    assert prior.shifts["onset_rate_hz"] == before["onset_rate_hz"]
    places = [s["energy"].place(np.array([0.8]), 0.8)[0] for s in (before, prior.shifts)]
    assert places[1] < 0.7 * places[0]
    assert mapping.prior.shifts == before


def test_the_report_tells_whose_word_it_is(starter: Mapping, mapping: Mapping) -> None:
    alone = vector_report(starter.condition("UK garage at 132 BPM"))
    assert "starter, 0." in alone
    assert "styles      uk-garage" in alone
    assert "stated" in alone
    assert "% starter, 0." in vector_report(mapping.condition("slow deep house"))


def test_what_nobody_knows_is_the_catalogues_average(mapping: Mapping, starter: Mapping) -> None:
    gibberish = mapping.condition("xqzt vlorp")
    assert gibberish.features["energy"].prior_share == 0
    assert any("the average of the catalogue" in warning for warning in gibberish.warnings)
    assert mapping.condition("120 BPM").features["energy"].prior_share == 0
    alone = starter.condition("xqzt vlorp").warnings
    assert any("no style that the starter knows is near" in warning for warning in alone)
