"""The starter: what ships is what is built, its answers make sense, and a catalogue takes over."""

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
from mapping.starter import blending, build, loading
from mapping.starter.evidence import prior_shares
from mapping.starter.rows import ROWS, SPECS, style_rows
from mapping.starter.shift import Shift, fit_shifts, from_json, to_json
from mapping.starter.texts import named_shares
from schemas.answers import ConditioningVector
from schemas.errors import ArtifactError
from schemas.features import feature
from schemas.protocols import TextEncoder
from schemas.styles import style, styles
from service.report.mapping import vector_report
from tests.mapping.catalogue import examples

FOLDER = Path(build.__file__).parent


@pytest.fixture(scope="session")
def starter(encoder: TextEncoder) -> Mapping:
    return Mapping.starter(encoder)


def middle(answer: ConditioningVector, name: str) -> float:
    quantiles = answer.features[name].quantiles
    assert quantiles is not None
    return quantiles.p50


def test_what_ships_is_what_is_built(encoder: TextEncoder) -> None:
    """Rows and texts bit for bit; embeddings but for the rounding of another processor."""
    from safetensors.numpy import load

    built = build.build(encoder)
    ours, shipped = load(built[build.ARRAYS]), load((FOLDER / build.ARRAYS).read_bytes())
    np.testing.assert_array_equal(ours["rows.natural"], shipped["rows.natural"])
    vectors = [x["texts.embeddings"].astype(np.float64) for x in (ours, shipped)]
    assert float((vectors[0] * vectors[1]).sum(axis=1).min()) > 0.999
    records = [
        json.loads(c) for c in (built[build.MANIFEST], (FOLDER / build.MANIFEST).read_bytes())
    ]
    for name in ("encoder", "styles", "features", "texts_sha256"):
        assert records[0][name] == records[1][name], f"{name}: python -m mapping.starter.build"
    assert sum((FOLDER / name).stat().st_size for name in built) < 2_000_000
    np.testing.assert_array_equal(style_rows(styles()).astype(np.float32), ours["rows.natural"])


def test_damaged_files_are_refused() -> None:
    record = json.loads((FOLDER / build.MANIFEST).read_text())
    content = (FOLDER / build.ARRAYS).read_bytes()
    with pytest.raises(ArtifactError, match="sha256"):
        loading.check(record, content[:-1] + b"x")
    with pytest.raises(ArtifactError, match=r"mapping\.starter\.build"):
        loading.check(record | {"texts_sha256": ""}, content)


def test_rows_stay_within_their_style_and_features() -> None:
    rows = style_rows(styles()).reshape(len(styles()), ROWS, len(SPECS))
    for j, spec in enumerate(SPECS):
        assert rows[..., j].min() >= spec.minimum
        assert rows[..., j].max() <= spec.maximum
    names = [spec.name for spec in SPECS]
    for one, own in zip(styles(), rows, strict=True):
        straight = own[[row % 4 != 0 for row in range(ROWS)], names.index("tempo_bpm")]
        assert straight.min() >= one.tempo[0] * 0.999, one.id
        assert straight.max() <= one.tempo[1] * 1.001, one.id
        sung = (own[:, names.index("instrumentalness")] < 0.5).mean()
        assert sung == pytest.approx(one.vocals, abs=1 / ROWS), one.id


@pytest.mark.parametrize(
    ("prompt", "than", "name", "way"),
    [
        ("slow house", "house", "tempo_bpm", -1),
        ("fast drum and bass", "drum and bass", "tempo_bpm", 1),
        ("calm techno", "techno", "energy", -1),
        ("aggressive jazz", "jazz", "energy", 1),
        ("house with a bright sound", "house", "brightness_hz", 1),
        ("death metal", "ambient", "energy", 1),
        ("lullaby", "gabber", "tempo_bpm", -1),
        ("ragtime", "black metal", "valence", 1),
        ("spoken word", "techno", "speechiness", 1),
        ("string quartet", "opera", "instrumentalness", 1),
    ],
)
def test_words_move_the_starter(
    starter: Mapping, prompt: str, than: str, name: str, way: int
) -> None:
    assert (
        way * (middle(starter.condition(prompt), name) - middle(starter.condition(than), name)) > 0
    )


@pytest.mark.parametrize("one", [s for s in styles() if s.feel != "half"][::8], ids=lambda s: s.id)
def test_a_named_style_has_its_tempo(starter: Mapping, one: object) -> None:
    known = style(one.id)  # type: ignore[attr-defined]
    tempo = starter.condition(known.name).features["tempo_bpm"].value
    assert tempo is not None
    assert (
        known.tempo[0] <= tempo <= known.tempo[1] or known.tempo[0] <= tempo / 2 <= known.tempo[1]
    )


def test_the_starter_says_that_it_answers(starter: Mapping) -> None:
    answer = starter.condition("UK garage with trumpets, 132 BPM")
    assert answer.model.model_id.startswith("starter-")
    assert answer.model.trained_tracks == 0
    assert answer.prior_share == 1
    assert answer.features["energy"].prior_share == 1
    assert answer.features["tempo_bpm"].prior_share is None
    assert answer.features["tempo_bpm"].value == 132
    assert answer.evidence == ()
    assert any("the starter answers" in warning for warning in answer.warnings)
    assert [one.id for one in answer.styles] == ["uk-garage"]


def test_a_prompt_without_a_name_finds_near_styles(starter: Mapping) -> None:
    answer = starter.condition("steel drums on a Caribbean beach")
    assert answer.styles[0].id in ("calypso", "dancehall", "reggae")


def test_of_two_names_side_by_side_the_last_leads() -> None:
    place = {one.id: at for at, one in enumerate(styles())}
    jazz, house = place["jazz"], place["house"]
    assert named_shares("jazz house", place) == pytest.approx({jazz: 1 / 3, house: 2 / 3})
    assert named_shares("jazz, or some house", place) == {jazz: 0.5, house: 0.5}
    assert named_shares("music", place) == {}


def test_the_catalogue_takes_over_as_it_grows(
    encoder: TextEncoder, config: TrainConfig, mapping: Mapping
) -> None:
    small = Mapping.train(examples(24, artists=12), encoder, replace(config, captions=30))
    prompt = "drum and bass, jungle"
    few, many = small.condition(prompt), mapping.condition(prompt)
    assert few.prior_share is not None
    assert many.features["energy"].prior_share is not None
    shares = [answer.features["energy"].prior_share for answer in (few, many)]
    assert shares[0] is not None
    assert 1 > shares[0] > shares[1] > 0
    # The catalogue has nothing of the kind: the starter's word is the one that counts.
    foreign = mapping.condition("gamelan")
    assert foreign.features["energy"].prior_share > max(shares)


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
    assert from_json(json.loads(json.dumps(to_json(shifts)))) == shifts


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
    assert prior.shifts["tempo_bpm"] == before["tempo_bpm"]
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
