"""The lake: attach, query, commit, snapshots. The one place that knows the catalogue is DuckLake.

Concurrency
- Processes: any number of readers and writers at once. A reader sees one snapshot for as long as
  its statement (or transaction) lasts. Of two writers that race, one gets CommitConflict or
  WarehouseBusy; `warehouse.store` retries.
- Threads: one Lake is one connection behind a lock, so calls on it are served one after the
  other. A thread that must not wait opens its own Lake (about 0.1 s).
- After a failed commit the Lake is closed: DuckLake's connection may still hold the catalogue.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow as pa

from schemas.columns import TableSpec
from schemas.errors import WarehouseError
from schemas.features import FEATURES, FeatureSpec
from schemas.tables import tables
from warehouse import attach, evolution
from warehouse.failures import translated
from warehouse.location import Location
from warehouse.retry import with_retry
from warehouse.sqltext import identifier, literal
from warehouse.stamps import RunStamp, Snapshot, stamp_sql

__all__ = ["Lake", "Location", "RunStamp", "Snapshot"]

Parameters = Mapping[str, object] | Sequence[object] | None


_SCHEMA_STAMP = RunStamp("schema", "schema", "tables and views of this version of wordtone")


class Lake:
    """An attached warehouse. `Lake.open` makes one; use it in a `with` statement.

    Attributes
    ----------
    location : Location
    read_only : bool
    features : tuple of FeatureSpec
    tables : dict of TableSpec by table name
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        location: Location,
        features: tuple[FeatureSpec, ...],
        *,
        read_only: bool,
    ) -> None:
        self.location = location
        self.read_only = read_only
        self.features = features
        self.tables: dict[str, TableSpec] = tables(features)
        self._connection = connection
        self._lock = threading.RLock()
        self._closed = False

    @classmethod
    def open(
        cls,
        location: Location,
        *,
        read_only: bool = False,
        as_of: int | datetime | None = None,
        pinned: bool = False,
        features: Iterable[FeatureSpec] = FEATURES,
    ) -> Lake:
        """Attach the warehouse at `location`.

        Writable, it creates what is missing: folders, tables, views, and columns of new features.
        Read-only, it writes nothing; tables and columns that the warehouse lacks appear empty.
        `as_of` (a snapshot version, or a moment with a time zone) implies read-only. Read-only and
        `pinned`, it stays at the newest snapshot of now.

        Raises
        ------
        SnapshotNotFound
            `as_of` names no snapshot; the message has the valid range.
        WarehouseError
            There is no warehouse (read-only), it is damaged, or a column has another type.
        StorageError
            A folder cannot be created or written, or a server cannot be reached.
        ContractError
            `as_of` is a moment without a time zone.
        """
        listed = tuple(features)
        if read_only or as_of is not None:
            connection = attach.reader(location, listed, as_of, attach.Engine(pinned=pinned))
            return cls(connection, location, listed, read_only=True)
        return with_retry(lambda: cls._open_writer(location, listed))

    @classmethod
    def _open_writer(cls, location: Location, features: tuple[FeatureSpec, ...]) -> Lake:
        lake = cls(attach.writer(location), location, features, read_only=False)
        try:
            with translated(f"open {location}"):
                if evolution.up_to_date(lake._connection, features):
                    return lake
                changes = evolution.changes(evolution.stored(lake._connection), features)
            if changes:
                with lake.commit(_SCHEMA_STAMP):
                    for statement in changes:
                        lake.execute(statement)
        except BaseException:
            lake.close()
            raise
        return lake

    def query(self, sql: str, parameters: Parameters = None) -> pa.Table:
        """Run one statement; `parameters` fill $name (mapping) or ? (sequence).

        Raises
        ------
        WarehouseError
            When the statement fails.
        """
        with self._lock, translated(f"query of {self.location} failed"):
            return self._run(sql, parameters).to_arrow_table()

    def stream(
        self, sql: str, parameters: Parameters = None, rows: int = 50_000
    ) -> Iterator[pa.RecordBatch]:
        """Run one statement and yield its result in batches of about `rows` rows.

        Holds the lock until the last batch: no other call on this Lake may come in between.

        Raises
        ------
        WarehouseError
            When the statement fails, also half way.
        """
        with self._lock, translated(f"query of {self.location} failed"):
            yield from self._run(sql, parameters).to_arrow_reader(rows)

    def execute(self, sql: str, parameters: Parameters = None) -> None:
        """Run one statement for its effect."""
        with self._lock, translated(f"write to {self.location} failed, nothing was committed"):
            self._run(sql, parameters)

    def stand_in(self, view: str, parquet: Path) -> None:
        """Read `view` from a file that holds its rows at the snapshot that this Lake stays at."""
        name = identifier(view)
        with self._lock, translated(f"open {parquet}"):
            rows = f"SELECT * FROM read_parquet({literal(str(parquet))})"
            self._run(f"CREATE OR REPLACE VIEW memory.main.{name} AS {rows}")
            self._run(f"SET search_path = 'memory.main,{attach.NAME}.main'")

    @contextmanager
    def registered(self, **views: pa.Table) -> Iterator[None]:
        """Make Arrow tables visible to SQL under the given names; holds the lock meanwhile."""
        with self._lock:
            for name, table in views.items():
                self._connection.register(name, table)
            try:
                yield
            finally:
                for name in views:
                    with suppress(duckdb.Error):
                        self._connection.unregister(name)

    @contextmanager
    def commit(self, stamp: RunStamp) -> Iterator[Lake]:
        """One transaction: everything inside is committed together, stamped, or not at all.

        A transaction that changes nothing makes no snapshot.

        Raises
        ------
        CommitConflict, WarehouseBusy
            Another writer was faster. The Lake is closed; open a new one and start over.
        StorageError, WarehouseError
            The commit failed. The Lake is closed; nothing was committed.
        """
        if self.read_only:
            raise WarehouseError(f"{self.location} is open read-only; nothing was committed")
        with self._lock:
            with translated(f"write to {self.location} failed, nothing was committed"):
                self._run("BEGIN")
            try:
                yield self
                with translated(f"commit to {self.location} failed, nothing was committed"):
                    self._run(stamp_sql(stamp))
                    self._run("COMMIT")
            except BaseException:
                with suppress(duckdb.Error):
                    self._connection.execute("ROLLBACK")
                self.close()
                raise

    def show_recorded_until(self, moment: datetime) -> None:
        """From now on, show only rows that were recorded at `moment` or before.

        A row's `recorded_at` is what its writer's clock said, so that a snapshot may hold rows from
        the future of another machine, or rows that someone has planted.

        Raises
        ------
        WarehouseError
            The lake is open for writing.
        """
        if not self.read_only:
            raise WarehouseError(f"{self.location} is open for writing; valid is read-only")
        with self._lock, translated(f"query of {self.location} failed"):
            found = evolution.stored(self._connection)
            for statement in evolution.recorded_until(found, self.features, moment):
                self._run(statement)

    def snapshots(self) -> list[Snapshot]:
        """Every snapshot, oldest first."""
        columns = self.query(attach.SNAPSHOTS_SQL).to_pydict().values()
        return [Snapshot(*row) for row in zip(*columns, strict=True)]

    def current_snapshot(self) -> int:
        """Version of the snapshot that queries read now."""
        found = self.query(f"SELECT id FROM ducklake_current_snapshot('{attach.NAME}')")
        return int(found.column(0)[0].as_py())

    def last_committed_snapshot(self) -> int:
        """Version of the last snapshot that this Lake committed; it must have committed one."""
        found = self.query(f"SELECT id FROM ducklake_last_committed_snapshot('{attach.NAME}')")
        return int(found.column(0)[0].as_py())

    def close(self) -> None:
        """Detach. Closing twice is harmless."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._connection.close()

    def __enter__(self) -> Lake:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self, sql: str, parameters: Parameters = None) -> duckdb.DuckDBPyConnection:
        if self._closed:
            raise WarehouseError(f"{self.location} is closed; open it again")
        return self._connection.execute(sql, parameters)
