"""`track_features` as a file: the same rows as the view, until something behind it is written."""

from __future__ import annotations

import pytest

from benchmarks._safe_warehouse import build
from schemas.analysis import OverrideRow
from warehouse.index import resolved
from warehouse.lake import Lake, RunStamp
from warehouse.store import Store

_ROWS = "SELECT * FROM track_features ORDER BY track_id"


@pytest.fixture
def location(tmp_path):
    return build(tmp_path / "wh").location


def test_the_file_holds_the_views_rows_and_is_used_until_they_change(
    location, tmp_path, monkeypatch
):
    root, notes = tmp_path / "index", []
    with Lake.open(location, read_only=True, pinned=True) as lake:
        view = lake.query(_ROWS)
        assert not resolved.use_resolved(root, lake)
        assert not resolved.build_resolved(root, lake, notes.append)  # too small to be worth it
        monkeypatch.setattr(resolved, "WORTH_BUILDING", 3)
        assert resolved.build_resolved(root, lake, notes.append)
        assert lake.query(_ROWS) == view
        plan = lake.query("EXPLAIN FROM track_features").column(1)[0].as_py()
        assert "READ_PARQUET" in plan
        assert "LAKE" not in plan
    assert notes == ["the features of 3 tracks are brought together for queries, once"]
    with Store(location) as store:
        stamp = RunStamp("r2", "test", "unrelated, then related")
        store.write({"reviews": []}, stamp)
        with Lake.open(location, read_only=True, pinned=True) as lake:
            assert resolved.use_resolved(root, lake)
        word = OverrideRow(track_id="t1", metric="tempo_bpm", value=61.0, note="", author="me")
        store.write({"overrides": [word]}, stamp)
    with Lake.open(location, read_only=True, pinned=True) as lake:
        assert not resolved.use_resolved(root, lake)
        assert lake.query(_ROWS)["tempo_bpm"][0].as_py() == 61.0


def test_a_pinned_reader_stays_where_it_is(location):
    with (
        Lake.open(location, read_only=True, pinned=True) as pinned,
        Lake.open(location, read_only=True) as following,
        Store(location) as store,
    ):
        word = OverrideRow(track_id="t1", metric="tempo_bpm", value=61.0, note="", author="me")
        store.write({"overrides": [word]}, RunStamp("r2", "test", "later"))
        count = "SELECT count(*) AS n FROM overrides"
        assert pinned.query(count)["n"][0].as_py() == 0
        assert following.query(count)["n"][0].as_py() == 1


def test_before_the_first_table_there_is_no_file(location, tmp_path):
    with Lake.open(location, read_only=True, as_of=0) as lake:
        assert not resolved.use_resolved(tmp_path, lake)
