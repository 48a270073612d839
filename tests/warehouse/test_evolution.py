"""A warehouse written by an older, newer or incompatible version."""

from __future__ import annotations

import pytest

from schemas.analysis import BeatsRow, SectionRow
from schemas.errors import WarehouseError
from schemas.features import FEATURES, FeatureSpec
from warehouse.audits import run_audits
from warehouse.lake import Lake, RunStamp
from warehouse.store import Store

SWING = FeatureSpec("swing", "rhythm", 1, "ratio", 0, 1, "linear", "swing", "a test")
GROOVE = FeatureSpec("groove", "groove", 1, "ratio", 0, 1, "linear", "groove", "a test", size=2)
NEWER = (*FEATURES, SWING, GROOVE)


@pytest.fixture
def filled(store, make, stamp):
    report = store.write(
        {
            "tracks": [make.track("t1")],
            "files": [make.file("/a", "t1")],
            "features_rhythm": [make.features("rhythm", "t1", tempo_bpm=120.0)],
        },
        stamp,
    )
    store.close()
    return report.snapshot


def test_a_writer_adds_what_is_new_and_keeps_the_rows(location, filled):
    with Lake.open(location, features=NEWER) as lake:
        found = lake.query("SELECT tempo_bpm, swing, groove, swing_source FROM track_features")
        wanted = {"tempo_bpm": 120.0, "swing": None, "groove": None, "swing_source": None}
        assert found.to_pylist() == [wanted]
        version = lake.current_snapshot()
    assert version == filled + 1
    with Lake.open(location, features=NEWER) as again:
        assert again.current_snapshot() == version


def test_new_features_can_be_written_and_read_back(location, filled, stamp):
    with Store(location, features=NEWER) as store:
        rows = [
            store.tables["features_groove"].row(
                track_id="t1",
                group_version="1",
                extractor="wordtone",
                status="complete",
                null_reasons="{}",
                groove=[0.25, 0.5],
            )
        ]
        assert store.write({"features_groove": rows}, stamp).tables["features_groove"].inserted == 1
    with Lake.open(location, read_only=True, features=NEWER) as lake:
        sql = "SELECT metric, value FROM quantitative_metadata WHERE starts_with(metric, 'groove')"
        found = lake.query(sql + " ORDER BY metric").to_pylist()
    assert found == [{"metric": "groove_0", "value": 0.25}, {"metric": "groove_1", "value": 0.5}]


def test_a_reader_sees_new_columns_and_tables_as_empty(location, filled):
    with Lake.open(location, read_only=True, features=NEWER) as lake:
        assert lake.current_snapshot() == filled
        found = lake.query("SELECT tempo_bpm, swing, groove FROM training_examples")
        assert found.to_pylist() == [{"tempo_bpm": 120.0, "swing": None, "groove": None}]
        assert lake.query("SELECT * FROM features_groove").num_rows == 0
        assert lake.query("SELECT swing FROM features_rhythm")["swing"].to_pylist() == [None]
    with Lake.open(location, read_only=True) as lake:
        assert lake.current_snapshot() == filled


def test_a_past_snapshot_is_read_with_new_features(location, filled):
    Lake.open(location, features=NEWER).close()
    with Lake.open(location, as_of=filled, features=NEWER) as past:
        assert past.query("SELECT swing FROM track_features")["swing"].to_pylist() == [None]


@pytest.fixture
def before_beats(location, filled):
    """A warehouse as it was before beats were kept and sections had a view."""
    with Lake.open(location) as lake, lake.commit(RunStamp("old", "test", "as it was")):
        for view in ("track_beats", "track_sections"):
            lake.execute(f"DROP VIEW {view}")
        lake.execute("DROP TABLE beats")
        lake.execute("DELETE FROM write_guards WHERE table_name = 'beats'")
        lake.execute("ALTER TABLE sections DROP COLUMN brightness_hz")
    return location


def test_a_reader_of_an_older_warehouse_finds_no_beats(before_beats):
    with Lake.open(before_beats, read_only=True) as lake:
        for name in ("beats", "track_beats", "track_sections"):
            assert lake.query(f"FROM {name}").num_rows == 0
        assert all(audit.passed for audit in run_audits(lake))


def test_a_writer_adds_beats_to_an_older_warehouse(before_beats, stamp):
    beats = BeatsRow(track_id="t1", beat_count=2, times_s=[0.1, 0.7], downbeats=[0])
    section = SectionRow(
        track_id="t1", index=0, start_s=0, end_s=9, label="A", brightness_hz=1_000.0
    )
    with Store(before_beats) as store:
        written = store.write({"beats": [beats], "sections": [section]}, stamp)
        assert {report.inserted for report in written.tables.values()} == {1}
        fewer = BeatsRow(track_id="t1", beat_count=1, times_s=[0.1], downbeats=[])
        assert store.write({"beats": [fewer]}, stamp).tables["beats"].updated == 1
    with Lake.open(before_beats, read_only=True) as lake:
        assert lake.query("SELECT time_s, bar FROM track_beats").to_pylist() == [
            {"time_s": 0.1, "bar": None}
        ]
        assert lake.query("SELECT brightness_hz FROM track_sections").to_pylist() == [
            {"brightness_hz": 1_000.0}
        ]
        assert all(audit.passed for audit in run_audits(lake))


def test_an_older_version_reads_a_newer_warehouse(location, filled):
    Lake.open(location, features=NEWER).close()
    with Lake.open(location, read_only=True) as lake:
        assert "swing" not in lake.query("SELECT * FROM track_features").column_names
        assert lake.query("SELECT tempo_bpm FROM track_features")["tempo_bpm"].to_pylist() == [120]


@pytest.mark.parametrize("read_only", [True, False])
def test_a_column_of_another_type_is_refused(location, filled, read_only):
    vector = tuple(
        FeatureSpec(**{**_fields(s), "size": 2}) if s.name == "tempo_bpm" else s for s in FEATURES
    )
    match = r"features_rhythm\.tempo_bpm is DOUBLE in this warehouse and FLOAT\[\] in this version"
    with pytest.raises(WarehouseError, match=match):
        Lake.open(location, read_only=read_only, features=vector)


def _fields(spec: FeatureSpec) -> dict[str, object]:
    return {name: getattr(spec, name) for name in FeatureSpec.__slots__}
