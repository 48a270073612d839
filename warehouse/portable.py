"""A warehouse's catalogue as one SQLite file that goes anywhere, and back into place.

Whatever a catalogue is kept in, a copy is DuckLake's own SQLite form of it, so that a backup taken
from PostgreSQL can be restored on a laptop, and the other way. Facts of DuckLake 1.5.5 that this
rests on (tests/pipelines/test_backup.py): both forms have the same tables and columns, and differ
in types that DuckDB casts into each other; data files are never changed, and their paths are
relative to `data_path`, one row of `ducklake_metadata`.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from schemas.errors import StorageError, WarehouseError
from warehouse import attach
from warehouse.extensions import load_extension
from warehouse.failures import failure, translated
from warehouse.location import Location
from warehouse.sqltext import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

_FILES = """SELECT s.path, s.path_is_relative, t.path, t.path_is_relative,
       f.path, f.path_is_relative, f.file_size_bytes
FROM {table} AS f JOIN ducklake_table AS t USING (table_id)
JOIN ducklake_schema AS s USING (schema_id)
WHERE t.begin_snapshot = (SELECT max(begin_snapshot) FROM ducklake_table AS u
                          WHERE u.table_id = t.table_id)"""
_FILE_TABLES = ("ducklake_data_file", "ducklake_delete_file")


@dataclass(frozen=True, slots=True, order=True)
class DataFile:
    """A file that some snapshot reads: its path below the data folder, and its size in bytes."""

    path: str
    size: int


def copy_catalogue(location: Location, target: Path) -> None:
    """Write the catalogue, as of one moment, to the new SQLite file `target`; writers may go on.

    What is scheduled for deletion is forgotten: only what snapshots read is part of a copy.

    Raises
    ------
    WarehouseError
        There is no warehouse.
    StorageError, WarehouseBusy
        It cannot be read, or `target` cannot be written.
    """
    with translated(f"copy {location}"):
        if location.is_postgres:
            _from_postgres(location, target)
        else:
            _from_sqlite(location, target)
    with _sqlite(target) as copy:
        copy.execute("DELETE FROM ducklake_files_scheduled_for_deletion")


def data_files(copy: Path) -> list[DataFile]:
    """Every file that a snapshot of the copied catalogue reads, by path.

    Raises
    ------
    WarehouseError
        When it is no catalogue, or a file lies outside of the data folder: such a warehouse cannot
        be moved.
    """
    found = set()
    with _sqlite(copy) as catalogue:
        for table in _FILE_TABLES:
            for row in catalogue.execute(_FILES.format(table=table)):
                *parts, size = row
                relative = all(parts[1::2])
                path = "".join(str(part) for part in parts[0::2])
                if not relative or ".." in PurePosixPath(path).parts or path.startswith("/"):
                    raise WarehouseError(f"{parts[-2]}: not below the warehouse's data folder")
                found.add(DataFile(path, int(size)))
    return sorted(found)


def newest_snapshot(copy: Path) -> int:
    """Version of the newest snapshot in a copied catalogue. Raises WarehouseError: it is none."""
    with _sqlite(copy) as catalogue:
        (version,) = catalogue.execute("SELECT max(snapshot_id) FROM ducklake_snapshot").fetchone()
    return int(version)


def is_there(location: Location) -> bool:
    """Whether there is a catalogue at `location`: an SQLite file, readable or not, or tables that
    PostgreSQL holds (of an empty one, which an interrupted restore leaves, nothing can be lost)."""
    if not location.is_postgres:
        return location.catalogue_path.exists()
    connection = attach.connect(location)
    try:
        with translated(f"open {location}"):
            connection.execute(_attach_postgres(location, "held", read_only=True))
            if "ducklake_table" not in _tables(connection, "held"):
                return False
            return (
                connection.execute("SELECT 1 FROM held.ducklake_table LIMIT 1").fetchone()
                is not None
            )
    finally:
        connection.close()


def put_in_place(copy: Path, location: Location) -> None:
    """Make `copy` the catalogue at `location`, where there is none; its data are there already.

    In SQLite the file is moved, in PostgreSQL all rows come in one transaction: either way the
    warehouse is there whole or not at all. `copy` is used up.

    Raises
    ------
    StorageError, WarehouseError
        Nothing is there that was not.
    """
    with _sqlite(copy) as catalogue:
        catalogue.execute(
            "UPDATE ducklake_metadata SET value = ? WHERE key = 'data_path'", [location.data_path]
        )
    with translated(f"restore {location}"):
        if location.is_postgres:
            _into_postgres(copy, location)
            return
        location.catalogue_path.parent.mkdir(parents=True, exist_ok=True)
        copy.replace(location.catalogue_path)


@contextmanager
def _sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path)) as connection, connection:
            yield connection
    except sqlite3.DatabaseError as error:
        raise WarehouseError(f"{path.name}: not a warehouse's catalogue ({error})") from error


def _from_sqlite(location: Location, target: Path) -> None:
    source = location.catalogue_path
    if not source.is_file():
        raise WarehouseError(f"no warehouse at {location}")
    try:
        with (
            closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as held,
            closing(sqlite3.connect(target)) as copy,
        ):
            held.backup(copy)
    except sqlite3.Error as error:
        raise failure(error, f"copy {location}") from error


def _from_postgres(location: Location, target: Path) -> None:
    if not is_there(location):
        raise WarehouseError(f"no warehouse at {location}")
    connection = attach.connect(location)
    try:
        _make_empty(connection, Location(str(target), str(target.parent)), "fresh")
        connection.execute(_attach_postgres(location, "held", read_only=True))
        connection.execute(f"ATTACH {literal(str(target))} AS copy (TYPE sqlite)")
        _copy_rows(connection, "held", "copy")
    finally:
        connection.close()


def _into_postgres(copy: Path, location: Location) -> None:
    connection = attach.connect(location)
    try:
        _make_empty(connection, location, "fresh")
        load_extension(connection, "sqlite_scanner")
        connection.execute(f"ATTACH {literal(str(copy))} AS copy (TYPE sqlite)")
        connection.execute(_attach_postgres(location, "held", read_only=False))
        _copy_rows(connection, "copy", "held")
    finally:
        connection.close()
    copy.unlink()


def _make_empty(connection: duckdb.DuckDBPyConnection, location: Location, name: str) -> None:
    """DuckLake makes its tables as its version has them."""
    for extension in location.extensions:
        load_extension(connection, extension)
    connection.execute(location.attach_sql(name, read_only=False))
    connection.execute(f"DETACH {name}")


def _attach_postgres(location: Location, name: str, *, read_only: bool) -> str:
    address = location.catalogue.removeprefix("postgres:")
    options = "TYPE postgres" + (", READ_ONLY" if read_only else "")
    return f"ATTACH {literal(address)} AS {name} ({options})"


def _copy_rows(connection: duckdb.DuckDBPyConnection, source: str, target: str) -> None:
    """All rows of one catalogue into the tables of another, in one transaction on either side."""
    names, known = _tables(connection, source), set(_tables(connection, target))
    if missing := [name for name in names if name not in known]:
        raise StorageError(
            f"table {missing[0]}: this version of DuckLake does not have it; use the version of "
            "wordtone that made the warehouse"
        )
    connection.execute("BEGIN")
    for name in names:
        table = identifier(name)
        connection.execute(f"DELETE FROM {target}.{table}")
        connection.execute(f"INSERT INTO {target}.{table} BY NAME SELECT * FROM {source}.{table}")
    connection.execute("COMMIT")


def _tables(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    sql = (
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ? "
        "AND schema_name IN ('public', 'main') AND table_name LIKE 'ducklake\\_%' ESCAPE '\\' "
        "ORDER BY table_name"
    )
    return [str(found) for (found,) in connection.execute(sql, [name]).fetchall()]
