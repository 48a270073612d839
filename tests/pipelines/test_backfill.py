"""One feature's new version is measured alone; its siblings keep what is stored, odd or not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipelines.backfill import completions
from pipelines.timeline import MEASURED_WITH
from schemas import features as contract
from schemas.features import FEATURES, feature_versions, groups
from schemas.operations import RunState
from schemas.outcomes import Outcome
from schemas.settings import Settings
from schemas.tables import TABLES
from tests.pipelines.test_ingest import rows, run
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.store import Store


def raise_version(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """As if FEATURES named the feature's next version; workers do not look at versions."""

    def versions(group: str, features: object = None) -> dict[str, str]:
        found = contract.feature_versions(group)
        return {key: "99" if key == name else version for key, version in found.items()}

    def digest(group: str, features: object = None) -> str:
        mine = name in contract.feature_versions(group)
        return "raised" if mine else contract.group_version(group)

    for module in ("plan", "rows", "backfill"):
        monkeypatch.setattr(f"pipelines.{module}.feature_versions", versions)
        monkeypatch.setattr(f"pipelines.{module}.group_version", digest)
    from pipelines.plan import _stale

    _stale.cache_clear()


def plant(settings: Settings, sql: str) -> None:
    """Change rows behind the store's back."""
    with Lake.open(Location.from_settings(settings)) as lake:
        lake.execute(sql)


def test_a_raised_feature_changes_its_own_column_only(
    settings: Settings, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(settings, music)
    plant(settings, "UPDATE features_rhythm SET tempo_bpm = 33.25, danceability = 9.5")
    sql = "SELECT * EXCLUDE (run_id, recorded_at) FROM features_rhythm ORDER BY track_id"
    before = rows(settings, sql)
    beats = rows(settings, "FROM beats ORDER BY track_id")
    others = rows(settings, "FROM features_timbre ORDER BY track_id")
    raise_version(monkeypatch, "danceability")
    assert run(settings, music).counts == {Outcome.ACCEPTED: 4}
    after = rows(settings, sql)
    assert {row["tempo_bpm"] for row in after} == {33.25}, "a sibling was measured again"
    assert all(row["danceability"] != 9.5 for row in after)
    for old, new in zip(before, after, strict=True):
        changed = {name for name in new if new[name] != old[name]}
        assert changed <= {"danceability", "feature_versions", "group_version", "null_reasons"}
        wanted = feature_versions("rhythm") | {"danceability": "99"}
        assert json.loads(new["feature_versions"]) == wanted
    assert rows(settings, "FROM beats ORDER BY track_id") == beats, "beats do not rest on it"
    assert rows(settings, "FROM features_timbre ORDER BY track_id") == others
    assert run(settings, music).state is RunState.NOTHING_TO_DO


@pytest.mark.slow
def test_what_shares_the_measurement_is_replaced_with_it(
    settings: Settings, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(settings, music)
    plant(settings, "UPDATE beats SET times_s = [0.5], downbeats = [], beat_count = 1")
    plant(settings, "UPDATE features_rhythm SET danceability = 9.5")
    raise_version(monkeypatch, "tempo_bpm")
    assert run(settings, music).counts == {Outcome.ACCEPTED: 4}
    assert rows(settings, "SELECT min(beat_count) > 5 AS ok FROM beats") == [{"ok": True}]
    kept = rows(settings, "SELECT DISTINCT danceability FROM features_rhythm")
    assert kept == [{"danceability": 9.5}]


def test_measured_with_names_features() -> None:
    for table, (group, names) in MEASURED_WITH.items():
        assert table in TABLES
        assert names <= {spec.name for spec in groups(FEATURES)[group]}


def part(**values: Any) -> pa.Table:
    """A staged row of the loudness group that holds `rms` alone."""
    row = TABLES["features_loudness"].row(
        track_id="t",
        group_version=contract.group_version("loudness"),
        extractor="wordtone",
        status="complete",
        null_reasons="{}",
        feature_versions=json.dumps({"rms": feature_versions("loudness")["rms"]}),
        **({"rms": 0.5} | values),
    )
    return TABLES["features_loudness"].to_arrow([row])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(Location(str(tmp_path / "c.sqlite"), str(tmp_path / "data")))


def write(store: Store, batch: pa.Table) -> dict[str, Any]:
    tables = {"features_loudness": batch}
    store.write(tables, RunStamp("r", "test", ""), complete=completions(tables))
    with Lake.open(store.location, read_only=True) as lake:
        (row,) = lake.query("FROM features_loudness").to_pylist()
    return dict(row)


def test_a_part_without_a_row_to_complete_stays_pending(store: Store) -> None:
    row = write(store, part())
    assert row["group_version"] != contract.group_version("loudness")
    assert json.loads(row["feature_versions"]).keys() == {"rms"}
    assert (row["rms"], row["energy"]) == (0.5, None)


def test_a_part_of_another_extractor_does_not_mix_with_the_row(store: Store) -> None:
    whole = part(energy=0.25)
    versions = json.dumps(feature_versions("loudness"))
    index = whole.column_names.index("feature_versions")
    whole = whole.set_column(index, "feature_versions", pa.array([versions]))
    other = whole.set_column(
        whole.column_names.index("extractor"), "extractor", pa.array(["librosa"])
    )
    assert write(store, other)["energy"] == 0.25
    assert write(store, part())["energy"] is None
    assert write(store, whole)["energy"] == 0.25
    assert write(store, part(rms=0.75))["energy"] == 0.25


def test_null_reasons_follow_the_values(store: Store) -> None:
    names = list(feature_versions("loudness"))
    whole = part(rms=None)
    for name, text in (
        ("feature_versions", json.dumps(feature_versions("loudness"))),
        ("null_reasons", json.dumps(dict.fromkeys(names, "silent"))),
        ("status", "empty"),
    ):
        whole = whole.set_column(whole.column_names.index(name), name, pa.array([text]))
    assert write(store, whole)["status"] == "empty"
    row = write(store, part())
    assert json.loads(row["null_reasons"]).keys() == set(names) - {"rms"}
    assert row["status"] == "partial"
