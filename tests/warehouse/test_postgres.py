"""The same store on a PostgreSQL catalogue; the server is the tests' own."""

from __future__ import annotations

import subprocess

import pytest

from schemas.errors import CommitConflict, StorageError, WarehouseError
from warehouse.audits import run_audits
from warehouse.evolution import GUARD_TABLE
from warehouse.lake import Lake, Location
from warehouse.store import Store


@pytest.fixture
def location(postgres_server, tmp_path, request):
    """A database of its own for each test."""
    return Location(postgres_server.catalogue(request.node.name), str(tmp_path / "data"))


def test_write_read_and_time_travel(location, make, stamp):
    with pytest.raises(WarehouseError, match="no warehouse at the PostgreSQL catalogue"):
        Lake.open(location, read_only=True)
    with Store(location) as store:
        first = store.write({"tracks": [make.track("t1", title="old")]}, stamp)
        assert not store.write({"tracks": [make.track("t1", title="old")]}, stamp).changed
        store.write({"tracks": [make.track("t1", title="new")]}, stamp)
    for as_of, title in ((first.snapshot, "old"), (None, "new")):
        with Lake.open(location, read_only=True, as_of=as_of) as lake:
            assert lake.query("SELECT title FROM music").to_pylist() == [{"title": title}]
    with Lake.open(location, read_only=True) as lake:
        assert all(audit.passed for audit in run_audits(lake))


def test_two_transactions_that_insert_one_key(location, make, stamp):
    """Both would commit without the guard row, which is why it exists."""
    with Store(location) as store:
        store.write({"tracks": [make.track("t0")]}, stamp)
        slow = Lake.open(location)

        def lose_the_race():
            with slow.commit(stamp):
                slow.execute("INSERT INTO tracks SELECT 'k', * EXCLUDE (track_id) FROM tracks")
                slow.execute(
                    f"UPDATE {GUARD_TABLE} SET writes = writes + 1 WHERE table_name = 'tracks'"
                )
                store.write({"tracks": [make.track("k")]}, stamp)

        with pytest.raises(CommitConflict, match="another writer committed first"):
            lose_the_race()
    with Lake.open(location, read_only=True) as lake:
        assert lake.query("SELECT count(*) AS n FROM tracks")["n"].to_pylist() == [2]


@pytest.mark.slow
def test_two_writers(location, program, program_env):
    Lake.open(location).close()
    command = [
        program("writer", location.catalogue, location.storage, name, "10", name) for name in "12"
    ]
    writers = [subprocess.Popen(line, env=program_env) for line in command]
    assert [writer.wait() for writer in writers] == [0, 0]
    with Lake.open(location, read_only=True) as lake:
        found = lake.query(
            "SELECT count(*) AS n, count(DISTINCT track_id) AS d, "
            "count(*) FILTER (NOT starts_with(track_id, 'shared')) AS own, "
            f"(SELECT sum(writes)::BIGINT FROM {GUARD_TABLE}) AS commits FROM tracks"
        ).to_pylist()[0]
    assert found["n"] == found["d"]
    assert (found["own"], found["commits"]) == (60, 20)


def test_a_server_that_does_not_answer(tmp_path):
    nowhere = Location("postgres:host=127.0.0.1 port=1 password=geheim", str(tmp_path))
    with pytest.raises(StorageError, match="server cannot be reached") as caught:
        Lake.open(nowhere)
    assert "geheim" not in str(caught.value)
