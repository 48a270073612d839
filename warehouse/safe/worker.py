"""The process that runs one statement of a stranger, and ends: see `warehouse.sandbox`.

Standard input holds one JSON job, standard output gets one line of JSON and then, when the
statement succeeded, its rows as an Arrow IPC stream. Nothing is attached before the statement has
passed `check`. Then the lake is attached read-only at one snapshot, under a name that the search
path does not hold, beside an in-memory database that holds the published views and nothing else:
also a name that had slipped through could not be found.
"""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import pyarrow as pa

from schemas.errors import QueryError, WordtoneError
from schemas.features import FEATURES
from schemas.tables import tables
from warehouse import attach
from warehouse.index.resolved import VIEW, resolved_file
from warehouse.lake import Lake
from warehouse.location import Location
from warehouse.safe import fence
from warehouse.safe.check import tables_read
from warehouse.sqltext import identifier, literal
from warehouse.views import VIEWS

Job = Mapping[str, Any]

_PUBLISHED = "published"
_BATCH_ROWS = 1024
_LONGEST_MESSAGE = 300
_HEADROOM_MB = 3072
"""Address space beyond DuckDB's memory: code, libraries, stacks, buffers it does not count."""

_TELLING = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.InvalidTypeException,
    duckdb.NotImplementedException,
    duckdb.OutOfRangeException,
    duckdb.ParserException,
    duckdb.SyntaxException,
    duckdb.TypeMismatchException,
)
"""Errors about the statement itself; of all others only the kind is told."""

_PLACE = re.compile(
    r"[\w.:~-]*[/\\][^\s'\"]*|\blake\b[.\w\"]*|\bpublished\b[.\w\"]*", re.IGNORECASE
)


def main() -> None:
    """Serve the one job on standard input."""
    sys.modules["pandas"] = None  # type: ignore[assignment]  # duckdb would import it, a second long
    job = json.loads(sys.stdin.buffer.read())
    out = sys.stdout.buffer
    fence.limit(job["wall_s"], job["memory_mb"] + _HEADROOM_MB, job["threads"])
    try:
        _serve(job, out)
    except QueryError as error:
        _tell(out, error="query", message=str(error))
    except WordtoneError as error:
        _tell(out, error=type(error).__name__, message=str(error))
    except (MemoryError, duckdb.OutOfMemoryException):
        _tell(out, error="memory", message="")
    except duckdb.Error as error:
        _tell(out, error="query", message=_told(error))
    out.flush()


def _serve(job: Job, out: BinaryIO) -> None:
    views = tables_read(job["sql"], VIEWS)
    location = Location(**job["location"])
    as_of = job["as_of"]
    moment = datetime.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    # A transaction held to the end: SQLite makes the files of a WAL with the first connection, and
    # removes them with the last. One thread, for those that are there before are not fenced in.
    with attach.reader(location, FEATURES, moment, attach.Engine(threads=1)) as first:
        first.begin()
        snapshot = attach.current_snapshot(first)
        resolved = _resolved(Lake(first, location, FEATURES, read_only=True), views, job)
        confine(location, resolved)
        with opened(location, snapshot, views, job) as connection:
            if resolved is not None:
                _stand_in(connection, resolved)
            lock_down(connection, location, resolved)
            _tell(out, ready=True)
            out.flush()
            rows, truncated = _result(connection.execute(job["sql"]), job["rows"], job["bytes"])
    _tell(out, snapshot=snapshot, truncated=truncated)
    out.write(rows)


def _resolved(lake: Lake, views: Iterable[str], job: Job) -> Path | None:
    """The file that holds `track_features`, when the statement reads it and there is one."""
    if VIEW not in views or job["index"] is None or not Path(job["index"]).is_dir():
        return None
    return resolved_file(Path(job["index"]), lake)


def _stand_in(connection: duckdb.DuckDBPyConnection, parquet: Path) -> None:
    rows = f"SELECT * FROM read_parquet({literal(str(parquet))})"
    connection.execute(f"CREATE OR REPLACE VIEW {_PUBLISHED}.main.{VIEW} AS {rows}")


def confine(location: Location, resolved: Path | None = None) -> bool:
    """Let this process open the files of `location` alone; False where the system cannot."""
    remote = location.is_postgres or location.is_object_store
    readable = [Path(sys.prefix), Path(sys.base_prefix), Path("/proc"), Path("/sys"), Path("/dev")]
    if remote:  # name resolution and certificates are read from all over the system
        readable.append(Path("/"))
    if resolved is not None:
        readable.append(resolved)
    writable = []
    if not location.is_object_store:
        readable.append(Path(location.data_path))
    if not location.is_postgres:
        path = location.catalogue_path
        readable.append(path.parent)
        # Readers of an SQLite catalogue mark what they read in shared memory.
        writable = [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))]
    return fence.confine(readable, writable, network=remote)


def opened(
    location: Location, snapshot: int, views: Iterable[str], job: Job
) -> duckdb.DuckDBPyConnection:
    """A connection on which the names in `views` mean something, and no others."""
    engine = attach.Engine(int(job["threads"]), int(job["memory_mb"]), spill=False)
    connection = attach.reader(location, FEATURES, snapshot, engine)
    _publish(connection, views)
    return connection


def _publish(connection: duckdb.DuckDBPyConnection, views: Iterable[str]) -> None:
    shims = "SELECT view_name FROM duckdb_views() WHERE database_name = 'memory' AND NOT internal"
    shimmed = {name for (name,) in connection.execute(shims).fetchall()}
    for name in set(tables(FEATURES)) - shimmed if shimmed else ():
        # Views over shims look for their tables beside them, once the search path is cut.
        table = identifier(name)
        connection.execute(f"CREATE VIEW memory.main.{table} AS FROM {attach.NAME}.main.{table}")
    connection.execute(f"ATTACH ':memory:' AS {_PUBLISHED}")
    for name in sorted(views):
        home = "memory" if name in shimmed else attach.NAME
        source = f"{home}.main.{identifier(name)}"
        target = f"{_PUBLISHED}.main.{identifier(name)}"
        connection.execute(f"CREATE VIEW {target} AS SELECT * FROM {source}")
    connection.execute(f"SET search_path = '{_PUBLISHED}.main'")


def lock_down(
    connection: duckdb.DuckDBPyConnection, location: Location, resolved: Path | None = None
) -> None:
    """Nothing but the data files can be opened, and no setting changed, from here on."""
    files = "" if resolved is None else literal(str(resolved))
    for setting in (
        "max_temp_directory_size = '0KB'",
        "max_expression_depth = 250",
        f"allowed_directories = [{literal(location.data_path)}]",
        f"allowed_paths = [{files}]",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")


def _result(
    cursor: duckdb.DuckDBPyConnection, most_rows: int, most_bytes: int
) -> tuple[bytes, bool]:
    """The first rows as an Arrow IPC stream, and whether some are missing."""
    reader = cursor.to_arrow_reader(_BATCH_ROWS)
    batches: list[pa.RecordBatch] = []
    rows = size = 0
    truncated = False
    for batch in reader:
        kept = batch.slice(0, most_rows - rows)
        kept = kept.slice(0, _fitting(kept, most_bytes - size))
        batches.append(kept)
        rows, size = rows + kept.num_rows, size + kept.nbytes
        if kept.num_rows < batch.num_rows:
            truncated = True
            break
    stream = io.BytesIO()
    with pa.ipc.new_stream(stream, reader.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return stream.getvalue(), truncated


def _fitting(batch: pa.RecordBatch, most_bytes: int) -> int:
    """How many rows of `batch` take `most_bytes` at most."""
    if batch.nbytes <= most_bytes:
        return int(batch.num_rows)
    low, high = 0, batch.num_rows
    while low < high:
        middle = (low + high + 1) // 2
        fits = batch.slice(0, middle).nbytes <= most_bytes
        low, high = (middle, high) if fits else (low, middle - 1)
    return int(low)


def _told(error: duckdb.Error) -> str:
    if isinstance(error, duckdb.InterruptException):
        return "the statement took too long"
    if not isinstance(error, _TELLING):
        return f"the statement failed ({type(error).__name__.removesuffix('Exception')})"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    kept = [line for line in lines[:2] if not line.startswith(("Did you mean", "LINE ", "^"))]
    message = _PLACE.sub("…", " ".join(kept))
    return message if len(message) <= _LONGEST_MESSAGE else f"{message[:_LONGEST_MESSAGE]}…"


def _tell(out: BinaryIO, **said: object) -> None:
    out.write(json.dumps(said).encode() + b"\n")


if __name__ == "__main__":
    main()
