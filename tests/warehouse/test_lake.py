"""Opening, querying and time travel."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from schemas.errors import (
    ContractError,
    SettingsError,
    SnapshotNotFound,
    StorageError,
    WarehouseError,
)
from schemas.settings import Settings
from schemas.tables import TABLES
from warehouse.lake import Lake, Location, RunStamp
from warehouse.location import s3_secret_sql
from warehouse.views import VIEWS


def test_importing_the_package_does_not_import_duckdb(program_env):
    code = "import sys, warehouse; sys.exit('duckdb' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], env=program_env, check=False).returncode == 0
    )


def test_location_follows_the_settings(tmp_path):
    settings = Settings.from_env({"WORDTONE_HOME": str(tmp_path)})
    found = Location.from_settings(settings)
    assert found.catalogue_path == tmp_path / "warehouse" / "catalogue.sqlite"
    assert found.data_path == f"{tmp_path}/warehouse/data/"
    assert found.extensions == ("sqlite_scanner", "ducklake")


def test_object_store_and_postgres_load_their_extensions_and_hide_the_password():
    found = Location("postgres:host=db password=secret", "s3://bucket/music")
    assert found.extensions == ("postgres_scanner", "ducklake", "httpfs")
    assert found.data_path == "s3://bucket/music/"
    assert "secret" not in str(found)


def test_s3_credentials_come_from_the_usual_variables():
    sql = s3_secret_sql(
        {
            "AWS_ACCESS_KEY_ID": "id",
            "AWS_SECRET_ACCESS_KEY": "it's",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:8333",
        }
    )
    assert "KEY_ID 'id'" in sql
    assert "SECRET 'it''s'" in sql
    assert "ENDPOINT '127.0.0.1:8333'" in sql
    assert "USE_SSL 'false'" in sql
    assert s3_secret_sql({}) == ""
    with pytest.raises(SettingsError, match=r"valid is http\(s\)://host"):
        s3_secret_sql({"AWS_ENDPOINT_URL": "127.0.0.1:8333"})


def test_the_first_commit_holds_every_table_and_view(location):
    with Lake.open(location) as lake:
        assert [s.author for s in lake.snapshots()] == [None, "schema"]
        for name, spec in TABLES.items():
            found = lake.query(f"SELECT * FROM {name}")
            assert found.column_names == spec.schema.names
        for name in VIEWS:
            assert lake.query(f"SELECT * FROM {name}").num_rows == 0
    with Lake.open(location) as again:
        assert again.current_snapshot() == 1


def test_columns_carry_their_description(location):
    with Lake.open(location) as lake:
        found = lake.query(
            "SELECT table_name, column_name, comment FROM duckdb_columns() "
            "WHERE database_name = 'lake' AND comment IS NOT NULL"
        ).to_pylist()
    comments = {(row["table_name"], row["column_name"]): row["comment"] for row in found}
    wanted = {(s.name, c.name): c.description for s in TABLES.values() for c in s.all_columns}
    assert comments == wanted


def test_paths_with_quotes_spaces_and_other_scripts(tmp_path, make, stamp):
    folder = tmp_path / 'it\'s a "ленты" 音楽'
    location = Location(str(folder / "c'at.sqlite"), str(folder / "da ta"))
    from warehouse.store import Store

    with Store(location) as store:
        store.write({"tracks": [make.track("t1", title="Ünïcode '\"")]}, stamp)
    with Lake.open(location, read_only=True) as lake:
        assert lake.query("SELECT title FROM tracks").to_pylist() == [{"title": "Ünïcode '\""}]


def test_parameters_by_name_and_by_position(location):
    with Lake.open(location) as lake:
        assert lake.query("SELECT $a + $b AS c", {"a": 1, "b": 2})["c"].to_pylist() == [3]
        assert lake.query("SELECT ? || ? AS c", ["x", "'y"])["c"].to_pylist() == ["x'y"]


def test_moments_come_back_in_utc(location):
    with Lake.open(location) as lake:
        found = lake.query("SELECT TIMESTAMPTZ '2024-01-01 12:00:00+02' AS moment")
    assert found.schema.field("moment").type == pa.timestamp("us", tz="UTC")
    assert found["moment"][0].as_py() == datetime(2024, 1, 1, 10, tzinfo=UTC)


def test_sql_cannot_read_python_variables(location):
    secret = pa.table({"a": [1]})
    with Lake.open(location) as lake, pytest.raises(WarehouseError, match="secret"):
        lake.query("SELECT * FROM secret")
    assert secret.num_rows == 1


def test_commits_carry_run_flow_and_message(location, store, make):
    store.write({"tracks": [make.track("t1")]}, RunStamp("r-7", "ingest", "it's 1 track"))
    with Lake.open(location, read_only=True) as lake:
        last = lake.snapshots()[-1]
    assert (last.author, last.message) == ("r-7", "it's 1 track")
    assert last.extra == '{"flow": "ingest", "run_id": "r-7"}'
    assert last.at.utcoffset() == timedelta(0)


def test_a_commit_that_fails_inside_changes_nothing_and_closes_the_lake(location, stamp):
    with Lake.open(location) as lake:
        before = lake.current_snapshot()
    lake = Lake.open(location)

    def write_and_fail():
        with lake.commit(stamp):
            lake.execute("INSERT INTO write_guards VALUES ('x', 1)")
            raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        write_and_fail()
    with pytest.raises(WarehouseError, match="is closed"):
        lake.query("SELECT 1")
    with Lake.open(location) as lake:
        assert lake.current_snapshot() == before


def test_as_of_a_version_and_a_moment(location, store, make, stamp):
    first = store.write({"tracks": [make.track("t1", title="old")]}, stamp).snapshot
    store.write({"tracks": [make.track("t1", title="new"), make.track("t2")]}, stamp)
    with Lake.open(location, read_only=True) as lake:
        moments = {s.version: s.at for s in lake.snapshots()}
    for as_of in (first, moments[first]):
        with Lake.open(location, as_of=as_of) as past:
            assert past.read_only
            assert past.current_snapshot() == first
            assert past.query("SELECT title FROM music").to_pylist() == [{"title": "old"}]
    with Lake.open(location, as_of=datetime.now(UTC) + timedelta(days=1)) as future:
        assert future.query("SELECT count(*) AS n FROM music")["n"].to_pylist() == [2]
    with Lake.open(location, as_of=0) as empty:
        assert empty.query("SELECT * FROM training_examples").num_rows == 0


@pytest.mark.parametrize("as_of", [99, -1, 2**70, datetime(2001, 1, 1, tzinfo=UTC)])
def test_an_unknown_snapshot_names_the_valid_range(location, store, make, stamp, as_of):
    store.write({"tracks": [make.track("t1")]}, stamp)
    with pytest.raises(SnapshotNotFound, match=r"valid are versions 0 … 2, or moments from \d{4}-"):
        Lake.open(location, as_of=as_of)


def test_a_moment_needs_a_time_zone(location, store, make, stamp):
    store.write({"tracks": [make.track("t1")]}, stamp)
    with pytest.raises(ContractError, match="needs a time zone"):
        Lake.open(location, as_of=datetime(2024, 1, 1))


def test_reading_writes_nothing(location, store, make, stamp):
    store.write({"tracks": [make.track("t1")]}, stamp)
    store.close()
    before = _state(Path(location.catalogue).parent)
    with Lake.open(location, read_only=True) as lake:
        lake.query("SELECT * FROM training_examples")
        with pytest.raises(WarehouseError, match="open read-only"), lake.commit(stamp):
            pass
        with pytest.raises(WarehouseError, match="read-only"):
            lake.execute("DELETE FROM tracks")
    assert _state(Path(location.catalogue).parent) == before


def _state(folder: Path) -> dict[str, bytes]:
    # An SQLite reader makes and removes -shm and -wal beside the catalogue; they hold no data here.
    return {
        str(path): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


@pytest.mark.parametrize("made", ["nothing", "an empty file", "another program's database"])
def test_reading_where_there_is_no_warehouse(location, made):
    path = Path(location.catalogue)
    if made != "nothing":
        path.parent.mkdir(parents=True)
        path.touch()
    if made.startswith("another"):
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE theirs (a)")
        connection.close()
    with pytest.raises(WarehouseError, match=r"no warehouse at .* run `wordtone ingest` first"):
        Lake.open(location, read_only=True)
    assert path.exists() == (made != "nothing")


@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_that_is_no_database(location, read_only):
    path = Path(location.catalogue)
    path.parent.mkdir(parents=True)
    path.write_text("a shopping list\n" * 500)
    with pytest.raises(WarehouseError, match=r"is damaged .*not a database"):
        Lake.open(location, read_only=read_only)
    assert path.read_text().startswith("a shopping list")


@pytest.mark.parametrize("read_only", [True, False])
def test_a_damaged_catalogue(location, store, make, stamp, read_only):
    store.write({"tracks": [make.track("t1")]}, stamp)
    store.close()
    with Path(location.catalogue).open("r+b") as stream:
        stream.truncate(8192)
    with pytest.raises(WarehouseError, match="is damaged"):
        Lake.open(location, read_only=read_only)


def test_a_lost_data_file(location, store, make, stamp):
    store.write({"tracks": [make.track("t1")]}, stamp)
    for path in Path(location.storage).rglob("tracks/*.parquet"):
        path.unlink()
    with (
        Lake.open(location, read_only=True) as lake,
        pytest.raises(StorageError, match="data file"),
    ):
        lake.query("SELECT title FROM tracks")


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    blocked = str(tmp_path / "file" / "deeper")
    with pytest.raises(StorageError, match=r"create .*Not a directory"):
        Lake.open(Location(blocked + "/catalogue.sqlite", str(tmp_path / "data")))
    with pytest.raises(StorageError, match=r"create .*Not a directory"):
        Lake.open(Location(str(tmp_path / "catalogue.sqlite"), blocked))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="Permission denied"):
        Lake.open(Location(str(tmp_path / "a" / "c.sqlite"), str(tmp_path / "a" / "data")))


def test_a_folder_as_catalogue(tmp_path):
    with pytest.raises(StorageError, match="cannot be opened"):
        Lake.open(Location(str(tmp_path), str(tmp_path / "data")))


@pytest.mark.parametrize("read_only", [True, False])
def test_a_warehouse_that_was_moved(location, tmp_path, store, make, stamp, read_only):
    store.write({"tracks": [make.track("t1")]}, stamp)
    store.close()
    shutil.move(tmp_path / "wh", tmp_path / "moved")
    moved = Location(str(tmp_path / "moved/catalogue.sqlite"), str(tmp_path / "moved/data"))
    with Lake.open(moved, read_only=read_only) as lake:
        assert lake.query("SELECT track_id FROM tracks")["track_id"].to_pylist() == ["t1"]


def test_a_catalogue_and_the_data_of_another(location, tmp_path, store, make, stamp):
    store.write({"tracks": [make.track("t1")]}, stamp)
    other = Location(location.catalogue, str(tmp_path / "elsewhere"))
    with pytest.raises(WarehouseError, match=r"set WORDTONE_STORAGE=.*/wh/data"):
        Lake.open(other)
