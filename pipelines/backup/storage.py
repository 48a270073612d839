"""Data files of a warehouse, in a folder or in an object store, one at a time."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

from pipelines.backup.archive import Content
from schemas.errors import StorageError
from warehouse.location import Location

_BLOCK = 1 << 20


class Storage(Protocol):
    """Paths are relative to the data folder."""

    def read(self, path: str) -> AbstractContextManager[IO[bytes]]:
        """A context with the file opened to be read. Raises StorageError: it is not there."""

    def write(self, path: str, content: Content) -> None:
        """Write a new file. Raises StorageError."""

    def is_empty(self) -> bool:
        """Whether there is no file yet."""

    def undo(self) -> None:
        """Take away what was written; what fails is left."""


def storage_of(location: Location) -> Storage:
    """Raises SettingsError, SourceUnavailable where the object store cannot be opened."""
    if location.is_object_store:
        return _Objects(location)
    return _Folder(Path(location.data_path))


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, path: str) -> AbstractContextManager[IO[bytes]]:
        return _opened(path, lambda: (self._folder / path).open("rb"))

    def write(self, path: str, content: Content) -> None:
        target = self._folder / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as sink:
                shutil.copyfileobj(content, sink, _BLOCK)
                sink.flush()
                os.fsync(sink.fileno())
        except OSError as error:
            raise StorageError(
                f"{target}: cannot be written ({error.strerror or error})"
            ) from error

    def is_empty(self) -> bool:
        return not any(path.is_file() for path in self._folder.rglob("*"))

    def undo(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


class _Objects:
    def __init__(self, location: Location) -> None:
        from pipelines.sources.object_store import open_store, split_uri

        scheme, self._prefix = split_uri(location.data_path)
        self._store = open_store(scheme, os.environ)
        self._written: list[str] = []

    def read(self, path: str) -> AbstractContextManager[IO[bytes]]:
        return _opened(path, lambda: self._store.open_input_stream(self._prefix + path))

    def write(self, path: str, content: Content) -> None:
        try:
            with self._store.open_output_stream(self._prefix + path) as sink:
                self._written.append(path)
                shutil.copyfileobj(content, sink, _BLOCK)
        except OSError as error:
            raise StorageError(f"{self._prefix}{path}: cannot be written ({error})") from error

    def is_empty(self) -> bool:
        from pyarrow import fs

        below = fs.FileSelector(self._prefix.rstrip("/"), recursive=True, allow_not_found=True)
        return not any(info.is_file for info in self._store.get_file_info(below))

    def undo(self) -> None:
        for path in self._written:
            try:
                self._store.delete_file(self._prefix + path)
            except OSError:
                continue


@contextmanager
def _opened(path: str, opening: Callable[[], Any]) -> Iterator[Any]:
    """What goes wrong with the open file is the caller's to tell: it may be the other end's."""
    try:
        stream = opening()
    except FileNotFoundError as error:
        raise StorageError(
            f"data file {path} is missing: it was deleted meanwhile (run it again), or the "
            "warehouse is damaged"
        ) from error
    except OSError as error:
        raise StorageError(f"data file {path} cannot be read ({error})") from error
    with stream:
        yield stream
