"""The process that runs a stranger's statement: what it lets through, stops and keeps to itself."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest

from benchmarks._safe_sql import ATTACKS, BOMBS, LEGITIMATE
from benchmarks._safe_warehouse import SECRET, Canaries, build
from schemas.errors import ContractError, QueryError, SnapshotNotFound, WarehouseError
from warehouse import attach
from warehouse.index import resolved
from warehouse.lake import Lake, Location
from warehouse.safe import fence, worker
from warehouse.sandbox import SafeLimits, run_safe
from warehouse.views import VIEWS

QUICK = SafeLimits(wall_s=20, rows=100)


@pytest.fixture(scope="module")
def canaries(tmp_path_factory):
    return build(tmp_path_factory.mktemp("sandbox"))


@pytest.fixture(scope="module")
def location(canaries) -> Location:
    return canaries.location


@pytest.fixture(autouse=True)
def _nothing_is_written(canaries: Canaries):
    before = canaries.files()
    yield
    assert canaries.files() == before


@pytest.mark.parametrize("name", random.Random(5).sample(sorted(ATTACKS), 6))
def test_the_process_refuses_what_the_check_refuses(canaries, name):
    with pytest.raises(QueryError) as refusal:
        run_safe(canaries.location, canaries.filled(ATTACKS[name]), QUICK)
    assert SECRET not in str(refusal.value)


@pytest.mark.slow
@pytest.mark.parametrize("name", ATTACKS)
def test_the_process_refuses_every_attack(canaries, name):
    test_the_process_refuses_what_the_check_refuses(canaries, name)


def test_legitimate_statements_run_in_the_locked_down_engine(location):
    job = {"threads": 2, "memory_mb": 512}
    with attach.reader(location, worker.FEATURES, None) as first:
        snapshot = attach.current_snapshot(first)
    with worker.opened(location, snapshot, VIEWS, job) as engine:
        worker.lock_down(engine, location)
        rows = {name: engine.execute(sql).fetchall() for name, sql in LEGITIMATE.items()}
    assert len(rows["all"]) == 3
    assert rows["cte_shadows_a_private_table"] == [(1,)]
    assert SECRET not in str(rows)
    empty = {name for name, found in rows.items() if not found}
    assert empty <= {"anti_join", "in_list"}


@pytest.mark.parametrize("name", random.Random(6).sample(sorted(LEGITIMATE), 3))
def test_legitimate_statements_run_in_the_process(location, name):
    assert isinstance(run_safe(location, LEGITIMATE[name], QUICK).table, pa.Table)


@pytest.mark.slow
@pytest.mark.parametrize("name", LEGITIMATE)
def test_every_legitimate_statement_runs_in_the_process(location, name):
    test_legitimate_statements_run_in_the_process(location, name)


@pytest.mark.parametrize("name", ["cross_join", "nested_repeat"])
def test_a_bomb_is_stopped(location, name):
    limits = SafeLimits(wall_s=1.5, memory_mb=256)
    start = time.monotonic()
    with pytest.raises(QueryError, match=r"was stopped after 1\.5 s|took more than 256 MB"):
        run_safe(location, BOMBS[name], limits)
    assert time.monotonic() - start < 60


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_every_bomb_is_stopped(location, name):
    limits = SafeLimits(wall_s=3, memory_mb=256)
    with pytest.raises(QueryError):
        run_safe(location, BOMBS[name], limits)


def test_rows_and_bytes_are_capped_and_the_answer_says_so(location):
    whole = run_safe(location, "SELECT range AS n FROM range(1000)", SafeLimits(rows=1000))
    assert (whole.table.num_rows, whole.truncated) == (1000, False)
    cut = run_safe(location, "SELECT range AS n FROM range(1001)", SafeLimits(rows=1000))
    assert (cut.table.num_rows, cut.truncated) == (1000, True)
    wide = "SELECT repeat('x', 1000) AS s FROM range(5000)"
    narrow = run_safe(location, wide, SafeLimits(bytes=100_000))
    assert 90 <= narrow.table.num_rows <= 100
    assert narrow.truncated
    one = run_safe(location, "SELECT repeat('x', 1000000) AS s", SafeLimits(bytes=1000))
    assert (one.table.num_rows, one.truncated) == (0, True)


def test_it_reads_one_snapshot_and_says_which(canaries):
    now = run_safe(canaries.location, "SELECT count(*) AS n FROM music", QUICK)
    assert now.table.to_pylist() == [{"n": 3}]
    past = run_safe(canaries.location, "SELECT count(*) AS n FROM music", QUICK, as_of=1)
    assert past.table.to_pylist() == [{"n": 0}]
    assert (past.snapshot, now.snapshot) == (1, canaries.snapshot)
    with pytest.raises(SnapshotNotFound, match="no snapshot at 99"):
        run_safe(canaries.location, "SELECT 1", QUICK, as_of=99)


def test_errors_name_neither_places_nor_private_tables(canaries):
    for sql in ("SELECT nothing FROM music", "SELECT 1 / 'a'", "SELECT error('/etc/passwd')"):
        with pytest.raises(QueryError) as refusal:
            run_safe(canaries.location, sql, QUICK)
        message = str(refusal.value)
        for private in ("lake.", "prompts", "/", "Traceback", "LINE 1"):
            assert private not in message
        assert len(message) < 310


def test_a_missing_warehouse_and_impossible_limits_are_errors(tmp_path):
    nowhere = Location(str(tmp_path / "catalogue.sqlite"), str(tmp_path / "data"))
    with pytest.raises(WarehouseError, match="no warehouse at"):
        run_safe(nowhere, "SELECT 1", QUICK)
    with pytest.raises(ContractError, match="wall_s=0: valid is"):
        SafeLimits(wall_s=0)
    with pytest.raises(ContractError, match="rows=-1: valid is 0 or more"):
        SafeLimits(rows=-1)


def test_the_environment_stays_outside(canaries, monkeypatch):
    monkeypatch.setenv("WORDTONE_TOKEN", SECRET)
    monkeypatch.setenv("LD_PRELOAD_NOT_REALLY", SECRET)
    from warehouse import sandbox

    assert SECRET not in str(sandbox._environment())


def test_behind_a_broken_allow_list_the_fence_still_holds(canaries, program, program_env):
    """Every attack on files and on private names, run as if the check had passed it."""
    from_outside = [n for n, sql in ATTACKS.items() if "{outside}" in sql or "{target}" in sql]
    by_name = [n for n in ATTACKS if n.startswith(("private_", "cte_")) and "catalogue" not in n]
    sent = [canaries.filled(ATTACKS[name]) for name in from_outside + by_name]
    place = {"catalogue": canaries.location.catalogue, "storage": canaries.location.storage}
    job = {"sql": sent, "location": place, "wall_s": 120, "threads": 2, "memory_mb": 512}
    done = subprocess.run(
        program("unchecked"),
        input=json.dumps(job),
        env=program_env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, *answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(sent) > 60
    leaks = [a for a in answers if SECRET in a.get("found", "") + a.get("error", "")]
    assert leaks == []
    assert first["fenced"] or sys.platform != "linux"


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock is Linux' own")
def test_the_fence_keeps_python_itself_from_files_and_network(tmp_path):
    allowed, other = tmp_path / "allowed.txt", tmp_path / "other.txt"
    for path in (allowed, other):
        path.write_text("x")
    program = f"""
import socket
from pathlib import Path
from warehouse.safe import fence
fence.limit(10, 4096, 1)
if not fence.confine([Path({str(allowed)!r})], [], network=False):
    raise SystemExit(7)
print(open({str(allowed)!r}).read())
for act in (
    lambda: open({str(other)!r}),
    lambda: open({str(allowed)!r}, "w"),
    lambda: open({str(tmp_path / "new")!r}, "w"),
    lambda: socket.create_connection(("127.0.0.1", 9)),
):
    try:
        act()
    except PermissionError:
        print("refused")
"""
    root = str(Path(fence.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 7:
        pytest.skip("this kernel has no Landlock")
    assert done.stdout.split() == ["x", *["refused"] * 4], done.stderr


def test_features_are_read_from_the_file_beside_the_lake_while_it_is_current(
    canaries, tmp_path, monkeypatch
):
    sql = "SELECT track_id, tempo_bpm, tempo_bpm_source, key_name FROM track_features ORDER BY 1"
    plain = run_safe(canaries.location, sql, QUICK).table
    monkeypatch.setattr(resolved, "WORTH_BUILDING", 0)
    with Lake.open(canaries.location, read_only=True, pinned=True) as lake:
        assert resolved.build_resolved(tmp_path, lake, lambda _: None)
        found = resolved.resolved_file(tmp_path, lake)
    assert run_safe(canaries.location, sql, QUICK, index=tmp_path).table == plain
    with Lake.open(canaries.location, read_only=True, as_of=1) as lake:
        assert resolved.resolved_file(tmp_path, lake) is None
    # It is this file that is read: without it, the part is not whole, and the view answers.
    found.write_bytes(b"damaged")
    assert run_safe(canaries.location, sql, QUICK, index=tmp_path).table == plain
