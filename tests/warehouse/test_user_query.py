"""`wordtone query`: SELECT and nothing else."""

from __future__ import annotations

import pytest

from schemas.catalogue import TrackRow
from schemas.errors import QueryError
from warehouse.lake import Lake, Location, RunStamp
from warehouse.store import Store
from warehouse.user_query import run_query


@pytest.fixture(scope="module")
def location(tmp_path_factory):
    folder = tmp_path_factory.mktemp("user_query")
    found = Location(str(folder / "catalogue.sqlite"), str(folder / "data"))
    with Store(found) as store:
        rows = [TrackRow(track_id="t1"), TrackRow(track_id="t2")]
        store.write({"tracks": rows}, RunStamp("r", "test", "two tracks"))
    return found


@pytest.fixture(scope="module")
def lake(location):
    with Lake.open(location, read_only=True) as opened:
        yield opened


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT track_id FROM music",
        "FROM music",
        "WITH a AS (SELECT * FROM music) SELECT * FROM a;",
        "-- a comment\nSELECT track_id FROM tracks UNION ALL SELECT 'x'",
    ],
)
def test_what_reads_runs(lake, sql):
    assert run_query(lake, sql).num_rows >= 2
    assert run_query(lake, sql, limit=1).num_rows == 1


@pytest.mark.parametrize(
    "sql", ["VALUES (1)", "DESCRIBE tracks", "SUMMARIZE tracks", "SHOW TABLES"]
)
def test_what_describes_runs(lake, sql):
    assert run_query(lake, sql).num_rows > 0


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("DROP TABLE tracks", "a DROP statement; valid is SELECT"),
        ("INSERT INTO tracks SELECT * FROM tracks", "INSERT statement"),
        ("UPDATE tracks SET title = 'x'", "UPDATE statement"),
        ("DELETE FROM tracks", "DELETE statement"),
        ("CREATE TABLE x AS SELECT 1", "CREATE statement"),
        ("COPY tracks TO '/tmp/x.csv'", "COPY statement"),
        ("ATTACH 'x.db'", "ATTACH statement"),
        ("SET threads = 8", "SET statement"),
        ("CALL lake.set_option('a', 'b')", "CALL statement"),
        ("SELECT 1; DROP TABLE tracks", "2 statements; valid is one SELECT"),
        ("", "0 statements"),
        ("  -- nothing", "0 statements"),
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM nowhere", "nowhere does not exist"),
        ("SELECT 1 / 'a'", "Conversion Error"),
        ("EXPLAIN ANALYZE DELETE FROM tracks", "read-only"),
    ],
)
def test_anything_else_is_refused_in_duckdbs_or_our_words(lake, sql, message):
    with pytest.raises(QueryError, match=message):
        run_query(lake, sql)
    assert lake.query("SELECT * FROM tracks").num_rows == 2


def test_a_query_needs_a_read_only_lake_and_a_sane_limit(lake, location):
    with Lake.open(location) as writable, pytest.raises(QueryError, match="open read-only"):
        run_query(writable, "SELECT 1")
    with pytest.raises(QueryError, match="limit=-1: valid is 0 or more"):
        run_query(lake, "SELECT 1", limit=-1)


def test_columns_of_one_name_are_told_apart_and_fields_of_one_name_refused(lake):
    assert run_query(lake, "SELECT 1 AS a, 2 AS a, 3 AS a_1").column_names == ["a", "a_1", "a_1_1"]
    with pytest.raises(QueryError, match="two fields of one name"):
        run_query(lake, "SELECT [row(1, 2)] AS pair")
