"""Maintenance: small files joined, old snapshots expired, files that nothing needs deleted.

Facts of DuckLake 1.5.5 that this rests on (tests/warehouse/test_maintenance.py):
- Joining and rewriting files makes a snapshot of its own; every older snapshot that is kept reads
  the same rows as before. The files that were replaced are scheduled for deletion, not deleted.
- Expiring takes a snapshot out of the catalogue and schedules the files that only it needed. It
  makes no snapshot, and the current one cannot be expired.
- On an SQLite catalogue "scheduled before" is decided by the text of two moments that are written
  differently, so that all of one day count as older: see `_scheduled_before`.
A reader that holds a snapshot goes on reading scheduled files; so they are deleted after a grace
period only. Files of a writer at work are in no catalogue yet; the same period protects them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from schemas.errors import ContractError
from warehouse import attach
from warehouse.failures import translated
from warehouse.lake import Lake, Location, RunStamp, Snapshot
from warehouse.retry import with_retry
from warehouse.sqltext import literal

FLOW = "maintain"
"""Flow of the commits that join files."""

_SMALL_BYTES = 64 * 2**20
_DELETED_SHARE = 0.1
_KEEP = re.compile(r"(\d+)(d|h|)")
_MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Keep:
    """Which snapshots stay: those of the last `age`, or the newest `count`.

    Snapshots of maintenance itself do not count: they hold the rows of the one before.
    """

    age: timedelta | None = None
    count: int | None = None

    @classmethod
    def parse(cls, text: str) -> Keep:
        """From "30d", "12h", or a number of snapshots.

        Raises
        ------
        ContractError
            For anything else, and for 0 snapshots.
        """
        found = _KEEP.fullmatch(text.strip())
        number, unit = (int(found[1]), found[2]) if found else (-1, "")
        if number > _MOST_DAYS * 24 or number < (0 if unit else 1):
            raise ContractError(
                f"keep={text!r}: valid is an age as 30d or 12h, or how many snapshots, 1 or more"
            )
        if not unit:
            return cls(count=number)
        return cls(age=timedelta(days=number) if unit == "d" else timedelta(hours=number))

    def __str__(self) -> str:
        if self.age is not None:
            return f"{self.age.total_seconds() / 3600:g}h"
        return str(self.count)

    def expired(
        self, snapshots: Sequence[Snapshot], named: Collection[int], now: datetime
    ) -> list[Snapshot]:
        """Those of `snapshots` (oldest first) that may go; never the newest, nor one of `named`."""
        old = list(snapshots[:-1])
        if self.count is not None:
            counted = [s.version for s in snapshots if _changes_rows(s)][-self.count :]
            old = [snapshot for snapshot in old if counted and snapshot.version < counted[0]]
        if self.age is not None:
            old = [snapshot for snapshot in old if snapshot.at < now - self.age]
        return [snapshot for snapshot in old if snapshot.version not in named]


def _changes_rows(snapshot: Snapshot) -> bool:
    """Whether it is not maintenance's own, which only stores the same rows in other files."""
    try:
        extra = json.loads(snapshot.extra or "{}")
    except json.JSONDecodeError:
        return True
    return not (isinstance(extra, dict) and extra.get("flow") == FLOW)


@dataclass(frozen=True, slots=True)
class Space:
    """What the warehouse's data take: what the newest snapshot reads, and all that is there."""

    current_files: int
    current_bytes: int
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class TableFiles:
    """Data files of one table at the newest snapshot, and the files that say which rows went."""

    name: str
    files: int
    bytes: int
    deletion_files: int
    deletion_bytes: int


def table_files(lake: Lake) -> list[TableFiles]:
    """Every table with data, by name."""
    sql = (
        "SELECT table_name, file_count::BIGINT, file_size_bytes::BIGINT, "
        "delete_file_count::BIGINT, delete_file_size_bytes::BIGINT "
        f"FROM ducklake_table_info('{attach.NAME}') WHERE file_count > 0 ORDER BY table_name"
    )
    columns = lake.query(sql).to_pydict().values()
    return [TableFiles(*row) for row in zip(*columns, strict=True)]


def space(lake: Lake) -> Space:
    """Files and bytes, of the newest snapshot and of all that the data folder holds.

    In an object store the latter is what the catalogue knows of: kept files, not those scheduled
    for deletion.
    """
    tables = table_files(lake)
    current = (
        sum(table.files + table.deletion_files for table in tables),
        sum(table.bytes + table.deletion_bytes for table in tables),
    )
    return Space(*current, *_stored(lake))


def _stored(lake: Lake) -> tuple[int, int]:
    if lake.location.is_object_store:
        source = " UNION ALL ".join(
            f"SELECT file_size_bytes FROM __ducklake_metadata_{attach.NAME}.{table}"
            for table in ("ducklake_data_file", "ducklake_delete_file")
        )
        sql = f"SELECT count(*), coalesce(sum(file_size_bytes), 0)::BIGINT FROM ({source})"
        count, size = lake.query(sql).to_pylist()[0].values()
        return int(count), int(size)
    sizes = [path.stat().st_size for path in Path(lake.location.data_path).rglob("*.parquet")]
    return len(sizes), sum(sizes)


def named_snapshots(lake: Lake) -> set[int]:
    """Snapshots that trained models name: they are never expired."""
    return set(lake.query("SELECT DISTINCT snapshot FROM models")["snapshot"].to_pylist())


def expire(location: Location, keep: Keep, now: datetime) -> list[Snapshot]:
    """Expire what `keep` does not keep; the snapshots that went, oldest first.

    Raises
    ------
    CommitConflict, WarehouseBusy, StorageError, WarehouseError
        Nothing was expired.
    """

    def attempt() -> list[Snapshot]:
        with Lake.open(location) as lake:
            found = keep.expired(lake.snapshots(), named_snapshots(lake), now)
            if found:
                versions = ", ".join(str(snapshot.version) for snapshot in found)
                call = f"CALL ducklake_expire_snapshots('{attach.NAME}', versions => [{versions}])"
                lake.execute(call)
            return found

    return with_retry(attempt)


def wasteful(tables: Sequence[TableFiles]) -> list[TableFiles]:
    """Tables with several files, or with files that say which rows went."""
    return [table for table in tables if table.files > 1 or table.deletion_files]


def compact(location: Location, table: TableFiles, stamp: RunStamp) -> bool:
    """Rewrite the files of a table without their deleted rows, and join small ones: one commit.

    Of a small table every file with a deleted row is rewritten, of a large one those that have lost
    a tenth of their rows: a few corrections are no reason to write 100 MB again.

    Returns
    -------
    bool
        Whether there was anything to do.

    Raises
    ------
    CommitConflict, WarehouseBusy
        Other writers were faster more often than the retry policy allows.
    StorageError, WarehouseError
        Nothing was committed.
    """
    share = 0.0 if table.bytes <= _SMALL_BYTES else _DELETED_SHARE
    target = f"'{attach.NAME}', {literal(table.name)}"

    def attempt() -> bool:
        with Lake.open(location) as lake:
            before = lake.current_snapshot()
            # Two commits: joining skips files whose deletions are of the same transaction.
            for call in (
                f"ducklake_rewrite_data_files({target}, delete_threshold => {share})",
                f"ducklake_merge_adjacent_files({target})",
            ):
                with lake.commit(stamp):
                    lake.execute(f"CALL {call}")
            return lake.current_snapshot() != before

    return with_retry(attempt)


def clean_up(location: Location, grace: timedelta, *, dry_run: bool = False) -> list[str]:
    """Delete scheduled files, and files in the data folder that no catalogue entry knows, that are
    older than `grace`; their paths.

    Raises
    ------
    StorageError, WarehouseBusy, WarehouseError
        Some files may be deleted already; none that a snapshot needs.
    """
    now = datetime.now(UTC)
    scheduled = _older_than(_scheduled_before(location, now, grace))
    orphans = _older_than(now - grace)
    paths: list[str] = []

    def attempt() -> None:
        with Lake.open(location) as lake:
            for name, moment in (
                ("ducklake_cleanup_old_files", scheduled),
                ("ducklake_delete_orphaned_files", orphans),
            ):
                call = f"{name}('{attach.NAME}', dry_run => {dry_run}, {moment})"
                paths.extend(lake.query(f"FROM {call}")["path"].to_pylist())

    with translated(f"clean up {location}"):
        with_retry(attempt)
    return paths


def _scheduled_before(location: Location, now: datetime, grace: timedelta) -> datetime | None:
    """The moment to hand to DuckLake; None for all that is scheduled.

    SQLite compares '2026-11-26 07:37:55' with '2026-11-26T06:00:00' as text, and a space sorts
    before T: everything of the moment's own day counts as older. A day earlier, everything that
    does is older than what was meant, and some of it goes a day later.
    """
    if not grace:
        return None
    return now - grace - timedelta(days=0 if location.is_postgres else 1)


def _older_than(moment: datetime | None) -> str:
    if moment is None:
        return "cleanup_all => true"
    return f"older_than => TIMESTAMPTZ {literal(moment.isoformat())}"
