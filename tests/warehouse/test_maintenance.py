"""Maintenance frees space and changes no row of any snapshot that is kept."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.errors import ContractError, SnapshotNotFound
from schemas.operations import ModelRow
from tests.warehouse.conftest import STAMP, Rows
from warehouse import maintenance
from warehouse.audits import run_audits
from warehouse.evolution import GUARD_TABLE
from warehouse.lake import Lake, Location, RunStamp, Snapshot
from warehouse.maintenance import Keep
from warehouse.store import Store

NOW = datetime(2026, 5, 17, 12, 0, tzinfo=UTC)
MAINTAIN = RunStamp("m1", maintenance.FLOW, "files joined")


def digests(location, versions):
    """Snapshot → a digest of every row of every table that holds any."""
    found = {}
    for version in versions:
        with Lake.open(location, as_of=version) as lake:
            digest = hashlib.blake2b(digest_size=8)
            for name in ("tracks", "tags", "models", GUARD_TABLE):
                rows = lake.query(f"SELECT * FROM {name} ORDER BY ALL").to_pylist()
                digest.update(repr((name, rows)).encode())
            found[version] = digest.hexdigest()
    return found


def versions_of(location):
    with Lake.open(location, read_only=True) as lake:
        return [snapshot.version for snapshot in lake.snapshots()]


def compacted(location):
    with Lake.open(location, read_only=True) as lake:
        tables = maintenance.wasteful(maintenance.table_files(lake))
    return [table.name for table in tables if maintenance.compact(location, table, MAINTAIN)]


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A warehouse with a history: rows added, changed and deleted, a model named in the middle."""
    folder, make = tmp_path_factory.mktemp("original"), Rows()
    with Store(Location(str(folder / "catalogue.sqlite"), str(folder / "data"))) as store:
        for n in range(6):
            rows = [make.track(f"t{n}-{i}", title=f"{n}") for i in range(20)]
            rows.append(make.track("shared", title=f"{n}"))
            tags = [make.tag("shared", f"term {n}")]
            batches = {"tracks": rows, "tags": tags}
            report = store.write(batches, STAMP, replace_by={"tags": ["track_id"]})
            if n == 2:
                store.write({"models": [_model(report.snapshot)]}, STAMP)
                named = report.snapshot
    return folder, named


def _model(snapshot):
    return ModelRow(
        model_id="m",
        kind="mapping",
        path="/m",
        snapshot=snapshot,
        encoder="e",
        features=[],
        metrics="{}",
        manifest_hash="h",
    )


@pytest.fixture
def lived(location, original):
    """A copy of it; the snapshot that its model names."""
    folder, named = original
    shutil.copytree(folder, Path(location.storage).parent)
    return named


def test_kept_snapshots_keep_their_bytes(location, lived):
    before = digests(location, versions_of(location)[1:])  # the first is from before any table
    with Lake.open(location, read_only=True) as lake:
        space = maintenance.space(lake)
    expired = maintenance.expire(location, Keep(count=3), datetime.now(UTC))
    gone = {snapshot.version for snapshot in expired}
    kept = [version for version in before if version not in gone]
    assert len(kept) == 4, "the three newest and the one that a model names"
    assert lived in kept
    assert {"tracks", GUARD_TABLE} <= set(compacted(location))
    assert maintenance.clean_up(location, timedelta(0))
    assert digests(location, kept) == {version: before[version] for version in kept}
    with Lake.open(location, read_only=True) as lake:
        now = maintenance.space(lake)
        assert all(audit.passed for audit in run_audits(lake))
        authors = {s.author for s in lake.snapshots() if s.version not in before}
    assert authors == {"m1"}, "commits of maintenance carry its run"
    assert (now.current_files, now.files) < (space.current_files, space.files)
    assert now.current_files == 4, "one file a table"
    assert not compacted(location), "a second time there is nothing to do"
    for version in gone:
        with pytest.raises(SnapshotNotFound):
            Lake.open(location, as_of=version)


def test_a_moment_whose_state_was_expired_is_refused(location, lived):
    with Lake.open(location, read_only=True) as lake:
        snapshots = lake.snapshots()
    maintenance.expire(location, Keep(count=2), datetime.now(UTC))
    between = snapshots[lived + 2].at
    with pytest.raises(SnapshotNotFound, match=f"may have been expired.*snapshot {lived} of"):
        Lake.open(location, as_of=between)
    with Lake.open(location, as_of=snapshots[lived].at) as lake:
        assert lake.current_snapshot() == lived
    with Lake.open(location, as_of=snapshots[-1].at + timedelta(hours=1)) as lake:
        assert lake.current_snapshot() == snapshots[-1].version


def test_files_stay_for_the_grace_period(location, lived):
    """DuckLake on SQLite takes all that was scheduled today for older than an hour."""
    orphan = Path(location.storage) / "main" / "tracks" / "left-by-a-killed-writer.parquet"
    orphan.write_bytes(b"x")
    maintenance.expire(location, Keep(count=1), datetime.now(UTC))
    compacted(location)
    assert maintenance.clean_up(location, timedelta(hours=1)) == []
    assert maintenance.clean_up(location, timedelta(hours=0), dry_run=True)
    assert orphan.exists()
    os.utime(orphan, (time.time() - 7200,) * 2)
    assert maintenance.clean_up(location, timedelta(hours=1)) == [str(orphan)]
    assert not orphan.exists()


def test_a_reader_goes_on_while_files_are_joined(location, lived, program, program_env):
    command = program("reader", location.catalogue, location.storage)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    reader = subprocess.Popen(command, env=program_env, **pipes)
    with reader:
        seen = [reader.stdout.readline()]
        maintenance.expire(location, Keep(count=1), datetime.now(UTC))
        compacted(location)
        maintenance.clean_up(location, timedelta(hours=1))
        reader.stdin.write("\n")
        reader.stdin.flush()
        seen += [reader.stdout.readline(), reader.stdout.readline()]
    assert reader.returncode == 0
    assert seen == ["121\n"] * 3


def _snapshots(*flows):
    return [
        Snapshot(n, NOW - timedelta(days=len(flows) - n), "r", "", f'{{"flow": "{flow}"}}')
        for n, flow in enumerate(flows)
    ]


@pytest.mark.parametrize(
    ("keep", "named", "expired"),
    [
        ("1", (), [0, 1, 2]),
        ("2", (), [0, 1]),
        ("2", (1,), [0]),
        ("99", (), []),
        ("3d", (), [0, 1]),
        ("0d", (), [0, 1, 2, 3]),
        ("49h", (2,), [0, 1]),
    ],
)
def test_what_is_kept(keep, named, expired):
    """The fourth is the last that changed rows; the newest, maintenance's own, always stays."""
    snapshots = _snapshots("ingest", "ingest", "ingest", "ingest", "maintain")
    found = Keep.parse(keep).expired(snapshots, named, NOW)
    assert [snapshot.version for snapshot in found] == expired


@pytest.mark.parametrize("text", ["", "0", "-1", "d", "30 d", "1w", "1.5d", "9" * 30])
def test_a_policy_that_is_none(text):
    with pytest.raises(ContractError, match="valid is an age as 30d or 12h"):
        Keep.parse(text)
