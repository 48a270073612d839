"""The starter: what ships is what is built, its answers make sense, and a catalogue takes over."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mapping.model import Mapping
from mapping.starter import build, loading
from mapping.starter.rows import ROWS, SPECS, style_rows
from mapping.starter.texts import named_shares
from schemas.answers import ConditioningVector
from schemas.errors import ArtifactError
from schemas.protocols import TextEncoder
from schemas.styles import style, styles

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
