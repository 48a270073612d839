"""FEATURES, settings, rows and errors: what derives from what, and what is refused."""

from __future__ import annotations

import dataclasses
import inspect
import math
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import errors
from schemas.errors import AudioError, ContractError, SettingsError, WordtoneError
from schemas.features import (
    FEATURES,
    component_names,
    feature,
    group_version,
    groups,
    key_name,
    targets,
)
from schemas.scales import denormalise, normalise, typical_range
from schemas.settings import PREFIX, Settings
from schemas.tables import TABLES, tables


def test_features_are_well_formed() -> None:
    names = [name for spec in FEATURES for name in component_names(spec)]
    assert len(names) == len(set(names))
    for spec in FEATURES:
        low, high = typical_range(spec)
        assert spec.minimum <= low < high <= spec.maximum, spec.name
        assert spec.scale != "log2" or low > 0, f"{spec.name}: log2 of {low}"
        assert spec.description, spec.name
        assert spec.source, spec.name
        assert spec.version >= 1, spec.name


@given(st.sampled_from([spec for spec in FEATURES if spec.scale != "circular"]), st.floats(0, 1))
def test_normalise_and_back(spec: Any, position: float) -> None:
    value = denormalise(spec, position)
    assert normalise(spec, value) == pytest.approx(position, abs=1e-6)
    assert 0 <= normalise(spec, spec.minimum) <= normalise(spec, spec.maximum) <= 1


def test_group_version_follows_its_members() -> None:
    before = group_version("rhythm")
    raised = [
        dataclasses.replace(spec, version=spec.version + 1) if spec.name == "tempo_bpm" else spec
        for spec in FEATURES
    ]
    assert group_version("rhythm", raised) != before
    assert group_version("timbre", raised) == group_version("timbre")
    without = [spec for spec in FEATURES if spec.name != "onset_rate_hz"]
    assert group_version("rhythm", without) != before
    assert group_version("rhythm", reversed(FEATURES)) == before


def test_unknown_feature_names_the_valid_ones() -> None:
    with pytest.raises(KeyError, match="tempo_bpm"):
        feature("tempo")


def test_key_names() -> None:
    assert key_name(0, 0) == "C minor"
    assert key_name(10, 1) == "Bb major"


def test_tables_derive_from_features() -> None:
    assert {name for name in TABLES if name.startswith("features_")} == {
        f"features_{group}" for group in groups()
    }
    added = dataclasses.replace(FEATURES[0], name="swing_ratio", group="groove")
    derived = tables((*FEATURES, added))
    assert derived["features_groove"].schema.field("swing_ratio").type == pa.float64()
    for spec in TABLES.values():
        assert spec.grain, spec.name
        assert spec.schema.names[-2:] == ["run_id", "recorded_at"], spec.name
        assert all(column.description for column in spec.all_columns), spec.name


def test_default_targets_are_scalars() -> None:
    assert len(targets()) >= 8
    assert all(spec.size == 1 for spec in targets())


def test_rows_of_another_table_are_refused() -> None:
    row = TABLES["scores"].row(track_id="t", source="s", uri="u", format="midi", file_hash="h")
    with pytest.raises(ContractError, match="a row of ScoreRow; valid is TrackRow"):
        TABLES["tracks"].to_arrow([row])


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"WORDTONE_HOEM": "/x"}, "did you mean WORDTONE_HOME"),
        ({"WORDTONE_XYZZY_PLUGH": "1"}, "valid: WORDTONE_HOME"),
        ({"WORDTONE_WORKERS": "two"}, "valid is a whole number"),
        ({"WORDTONE_PORT": "70000"}, "out of range"),
        ({"WORDTONE_FILE_TIMEOUT_S": "-3"}, "out of range"),
        ({"WORDTONE_FILE_TIMEOUT_S": "nan"}, "out of range"),
    ],
)
def test_settings_are_checked(environ: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        Settings.from_env(environ)


def test_settings_from_the_environment() -> None:
    settings = Settings.from_env(
        {"WORDTONE_HOME": "/srv/music", "WORDTONE_WORKERS": "3", "PATH": ""}
    )
    assert settings.catalogue_location == "/srv/music/warehouse/catalogue.sqlite"
    assert settings.worker_count == 3
    assert Settings.from_env({}) == Settings()
    assert math.isclose(Settings().max_duration_s, 14_400)
    assert PREFIX == "WORDTONE_"


def test_error_tree_is_the_one_that_is_drawn() -> None:
    drawn = inspect.getdoc(errors) or ""
    classes = [
        member
        for _, member in inspect.getmembers(errors, inspect.isclass)
        if issubclass(member, WordtoneError)
    ]
    assert len(classes) > 12
    for member in classes:
        assert member.__name__ in drawn
        assert member.exit_code in (1, 2)
        assert 400 <= member.http_status < 600
        line = next(line for line in drawn.splitlines() if member.__name__ in line)
        assert ("[transient]" in line) == member.transient
    assert issubclass(AudioError, WordtoneError)
