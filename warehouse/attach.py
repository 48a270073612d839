"""How DuckDB is set up and a lake attached to it, for writing or for reading."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from schemas.errors import ContractError, SnapshotNotFound, WarehouseError
from schemas.features import FeatureSpec
from warehouse import evolution
from warehouse.extensions import checked_here, load_extension
from warehouse.failures import translated
from warehouse.location import Location, s3_secret_sql
from warehouse.sqltext import literal

NAME = "lake"
"""Name under which every lake is attached."""

SNAPSHOTS_SQL = (
    "SELECT snapshot_id, snapshot_time, author, commit_message, commit_extra_info "
    f"FROM ducklake_snapshots('{NAME}') ORDER BY snapshot_id"
)

_OTHER_DATA_PATH = re.compile(r'does not match existing data path in the catalog "(.*?)"')
_MAX_THREADS = 4


@dataclass(frozen=True, slots=True)
class Engine:
    """What DuckDB may use: threads (never more than are safe), memory in MB, space to spill.

    With several threads DuckDB reads an SQLite catalogue over several connections, each of which
    sees its own state: while others commit, a query then misses deletions and counts a changed row
    twice (3 to 12 % of the reads beside two writers; none with one thread). A reader that stays at
    one snapshot is not spared: with four threads it was seen to count wrongly, too.
    """

    threads: int | None = None
    memory_mb: int = 2048
    spill: bool = True
    pinned: bool = False  # a reader without `as_of` stays at the newest snapshot of now


_ENGINE = Engine()


def writer(location: Location) -> duckdb.DuckDBPyConnection:
    """A connection to the lake for writing; folders are created.

    Raises
    ------
    StorageError, WarehouseBusy, WarehouseError
        See `Lake.open`.
    """
    _make_folders(location)
    connection = connect(location)
    try:
        with translated(f"open {location}"):
            _attach(connection, location, read_only=False)
            connection.execute(f"USE {NAME}")
    except BaseException:
        connection.close()
        raise
    return connection


def reader(
    location: Location,
    features: tuple[FeatureSpec, ...],
    as_of: int | datetime | None,
    engine: Engine = _ENGINE,
) -> duckdb.DuckDBPyConnection:
    """A connection to the lake for reading, at one snapshot or (None, not pinned) at the newest.

    Raises
    ------
    SnapshotNotFound, StorageError, WarehouseBusy, WarehouseError, ContractError
        See `Lake.open`.
    """
    option = _snapshot_option(as_of)
    if not location.is_postgres and not location.catalogue_path.is_file():
        raise _no_warehouse(location)
    connection = connect(location, engine)
    try:
        with translated(f"open {location}"):
            _attach_reader(connection, location, option)
            if isinstance(as_of, datetime):
                _refuse_expired(connection, as_of)
            if as_of is None and engine.pinned:
                newest = f"SNAPSHOT_VERSION {current_snapshot(connection)}"
                connection.execute(f"DETACH {NAME}")
                _attach_reader(connection, location, newest)
            connection.execute(f"USE {NAME}")
            if not evolution.up_to_date(connection, features):
                _add_shims(connection, features)
    except BaseException:
        connection.close()
        raise
    return connection


def _add_shims(connection: duckdb.DuckDBPyConnection, features: tuple[FeatureSpec, ...]) -> None:
    shims = evolution.shims(evolution.stored(connection), features)
    if shims:
        connection.execute(f"SET search_path = 'memory.main,{NAME}.main'")
    for statement in shims:
        connection.execute(statement)


def current_snapshot(connection: duckdb.DuckDBPyConnection) -> int:
    """Version of the snapshot that queries on `connection` read now."""
    found = connection.execute(f"SELECT id FROM ducklake_current_snapshot('{NAME}')").fetchone()
    assert found is not None
    return int(found[0])


def _attach_reader(connection: duckdb.DuckDBPyConnection, location: Location, option: str) -> None:
    try:
        _attach(connection, location, read_only=True, extra=[option] if option else [])
    except duckdb.Error as error:
        text = str(error)
        if "No snapshot found" in text or "out of range" in text:
            raise _no_snapshot(connection, location, option) from error
        if "creating a new ducklake" in text.lower():
            raise _no_warehouse(location) from error
        raise


def _attach(
    connection: duckdb.DuckDBPyConnection,
    location: Location,
    *,
    read_only: bool,
    extra: Sequence[str] = (),
) -> None:
    try:
        connection.execute(location.attach_sql(NAME, read_only=read_only, extra=extra))
    except duckdb.Error as error:
        recorded = _OTHER_DATA_PATH.search(str(error))
        if recorded is None:
            raise
        # A warehouse that was moved or copied whole has its files where we look for them.
        options = [*extra, "OVERRIDE_DATA_PATH true"]
        connection.execute(location.attach_sql(NAME, read_only=read_only, extra=options))
        if not _has_its_files(connection):
            raise WarehouseError(
                f"{location} keeps its data in {recorded[1]}, not in {location.data_path}; "
                f"set WORDTONE_STORAGE={recorded[1]}"
            ) from error


def _has_its_files(connection: duckdb.DuckDBPyConnection) -> bool:
    try:
        connection.execute(f"SELECT sum(writes) FROM {NAME}.{evolution.GUARD_TABLE}").fetchall()
    except duckdb.CatalogException:
        return True  # a snapshot from before the first table has no files
    except duckdb.Error:
        return False
    return True


def _no_warehouse(location: Location) -> WarehouseError:
    return WarehouseError(f"no warehouse at {location}; run `wordtone ingest` first")


def _no_snapshot(
    connection: duckdb.DuckDBPyConnection, location: Location, option: str
) -> SnapshotNotFound:
    _attach(connection, location, read_only=True)
    known = connection.execute(SNAPSHOTS_SQL).fetchall()
    (first, since, *_), (last, *_) = known[0], known[-1]
    asked = option.partition(" ")[2]
    return SnapshotNotFound(
        f"no snapshot at {asked}; valid are versions {first} … {last}, "
        f"or moments from {since:%Y-%m-%d %H:%M:%S.%f} UTC on"
    )


def _refuse_expired(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    """DuckLake reads the last snapshot before a moment that is still there. Where the next one is
    gone, that may not be the state of the moment, and an older one is not passed off as it."""
    at = current_snapshot(connection)
    known = {
        version: moment for version, moment, *_ in connection.execute(SNAPSHOTS_SQL).fetchall()
    }
    later = [version for version in known if version > at]
    if not later or min(later) == at + 1 or known[at] == as_of:
        return
    following = min(later)
    raise SnapshotNotFound(
        f"the state at {as_of:%Y-%m-%d %H:%M:%S.%f %Z} may have been expired; the nearest that are "
        f"kept are snapshot {at} of {known[at]:%Y-%m-%d %H:%M:%S.%f} UTC and snapshot {following} "
        f"of {known[following]:%Y-%m-%d %H:%M:%S.%f} UTC"
    )


def _snapshot_option(as_of: int | datetime | None) -> str:
    if as_of is None:
        return ""
    if isinstance(as_of, datetime):
        if as_of.tzinfo is None:
            raise ContractError(f"as_of={as_of.isoformat()}: needs a time zone, as +00:00")
        return f"SNAPSHOT_TIME {literal(as_of.isoformat())}"
    return f"SNAPSHOT_VERSION {int(as_of)}"


def connect(location: Location, engine: Engine = _ENGINE) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        config={
            "threads": min(engine.threads or _MAX_THREADS, _threads(location)),
            "memory_limit": f"{engine.memory_mb}MB",
            "temp_directory": _spill_folder() if engine.spill else "",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_unsigned_extensions": checked_here(location.extensions),
            "python_enable_replacements": False,  # SQL must not read Python variables
        }
    )
    try:
        connection.execute("SET TimeZone = 'UTC'")
        for name in location.extensions:
            load_extension(connection, name)
        if location.is_object_store and (secret := s3_secret_sql()):
            with translated("object store credentials"):
                connection.execute(secret)
    except BaseException:
        connection.close()
        raise
    return connection


def _spill_folder() -> str:
    return str(Path(tempfile.gettempdir()) / f"wordtone-duckdb-{os.getpid()}")


def _threads(location: Location) -> int:
    return min(_MAX_THREADS, os.cpu_count() or 1) if location.is_postgres else 1


def _make_folders(location: Location) -> None:
    folders = [] if location.is_postgres else [location.catalogue_path.parent]
    folders += [] if location.is_object_store else [Path(location.data_path)]
    for folder in folders:
        with translated(f"create {folder}"):
            folder.mkdir(parents=True, exist_ok=True)
