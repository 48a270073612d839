"""What a DuckDB or DuckLake failure means for the caller: the one place that reads its text.

DuckLake reports a lost race, a locked catalogue and a full disk through the same exception
classes, so the text decides. Every text below was produced on DuckDB 1.5.5 and is in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from schemas.errors import CommitConflict, StorageError, WarehouseBusy, WarehouseError

_PASSWORD = re.compile(
    r"(password\s*=\s*)(?:'[^']*'|[^\s\"]+)|(?<=://)[^/@\s]+(?=@)", re.IGNORECASE
)

_CONFLICT = (
    "transaction conflict",
    "conflict",
    "could not serialize access",
    "deadlock detected",
    "duplicate key value violates unique constraint",
    "unique constraint failed",
)
_BUSY = ("database is locked", "database table is locked", "too many clients", "maximum retry")
_STORAGE = (
    ("no space left", "the disk is full"),
    ("database or disk is full", "the disk is full"),
    ("file too large", "a file may not grow that large here"),
    ("could not write", "the data folder cannot be written"),
    ("disk i/o error", "the disk does not answer"),
    ("read-only file system", "the folder is read-only"),
    ("readonly database", "the catalogue is read-only"),
    ("permission denied", "permission denied"),
    ("not a directory", "a part of the path is not a folder"),
    ("unable to open database file", "the catalogue cannot be opened"),
    ("cannot open file", "a data file cannot be opened"),
    ("no such file or directory", "a data file is missing"),
    ("could not connect", "the server cannot be reached"),
    ("connection refused", "the server cannot be reached"),
    ("could not establish connection", "the server cannot be reached"),
    ("http error", "the object store refused"),
)
_DAMAGED = ("not a database", "malformed", "is not a ducklake", "no magic bytes", "corrupt")


def failure(error: Exception, doing: str) -> WarehouseError:
    """The WarehouseError that `error` stands for; `doing` opens its message."""
    if isinstance(error, OSError):
        return StorageError(f"{doing}: {error.strerror or error}")
    text = str(error).strip()
    low = text.lower()
    for marker, meaning in _STORAGE:
        if marker in low:
            return StorageError(f"{doing}: {meaning} ({_short(text)})")
    if any(marker in low for marker in _DAMAGED):
        return WarehouseError(f"{doing}: the catalogue or a data file is damaged ({_short(text)})")
    if any(marker in low for marker in _BUSY):
        return WarehouseBusy(f"{doing}: another process is committing ({_short(text)})")
    if any(marker in low for marker in _CONFLICT):
        return CommitConflict(f"{doing}: another writer committed first ({_short(text)})")
    return WarehouseError(f"{doing}: {_short(text)}")


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn DuckDB and file-system errors raised inside into WarehouseError."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise failure(error, doing) from error


def _short(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    joined = _PASSWORD.sub(lambda found: f"{found[1] or ''}…", " ".join(lines[:3]))
    return joined if len(joined) <= 400 else joined[:400] + "…"
