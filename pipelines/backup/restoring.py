"""A backup into a place where there is nothing yet: all of it, or nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.backup import archive
from pipelines.backup.archive import Content, Held
from pipelines.backup.moving import Progress, told_of
from pipelines.backup.storage import Storage, storage_of
from pipelines.maintain import only_maintain
from schemas.errors import InputError, StorageError
from schemas.settings import Settings
from warehouse.audits import failing_audits
from warehouse.lake import Lake
from warehouse.location import Location
from warehouse.portable import data_files, is_there, put_in_place

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back. `failed` names audits that found rows which break a rule; none as a rule."""

    header: dict[str, Any]
    files: int
    bytes: int
    tracks: int | None = None
    failed: tuple[str, ...] = ()


def check(path: Path, progress: Progress) -> Restored:
    """Read all of a backup, compare it with its sums, and write nothing.

    Raises
    ------
    InputError
        It is not whole; see `archive.verified`.
    """
    header = archive.header(path)
    held = archive.verified(path, told_of(progress, path.stat().st_size, "checking"))
    with tempfile.TemporaryDirectory(prefix="wordtone-") as folder:
        catalogue = Path(folder) / archive.CATALOGUE
        _extract_one(path, archive.CATALOGUE, catalogue)
        _compare(path, catalogue, held)
    return Restored(header, len(held), sum(one.size for one in held.values()))


def restore(settings: Settings, path: Path, progress: Progress) -> Restored:
    """Put a backup where the settings say: SQLite or PostgreSQL, a folder or an object store.

    The catalogue comes last, so that a warehouse is there whole or not at all. What was made in
    PostgreSQL may be restored into SQLite, and the other way.

    Raises
    ------
    InputError
        The backup is not whole, or there is something already where it should go.
    WarehouseBusy
        Maintenance, a backup or another restore is running.
    StorageError, WarehouseError
        Something cannot be written. What was written is taken away again.
    """
    checked = check(path, progress)
    location, storage = (
        Location.from_settings(settings),
        storage_of(Location.from_settings(settings)),
    )
    with only_maintain(settings):
        _refuse_what_is_there(settings, location, storage)
        _enough_room(settings, checked.bytes)
        with _staging(settings) as staging, _undone(storage) as moved:
            told = told_of(progress, checked.bytes, "restoring")
            for name, size, content in archive.members(path):
                _unpack(name, content, staging, storage)
                told(size)
            for name in ("models", "generations", archive.CURRENT):
                if (staging / name).exists():
                    target = settings.home_path / name
                    if target.is_dir():
                        target.rmdir()
                    (staging / name).replace(target)
                    moved.append(target)
            put_in_place(staging / archive.CATALOGUE, location)
    with Lake.open(location, read_only=True) as lake:
        (tracks,) = lake.query("SELECT count(*) AS n FROM tracks")["n"].to_pylist()
        failed = tuple(audit.name for audit in failing_audits(lake))
    return Restored(checked.header, checked.files, checked.bytes, int(tracks), failed)


def _compare(path: Path, catalogue: Path, held: dict[str, Held]) -> None:
    """What the catalogue names is there, and nothing else is below data/."""
    named = {f"data/{file.path}": file.size for file in data_files(catalogue)}
    found = {name: one.size for name, one in held.items() if name.startswith("data/")}
    if odd := sorted(n for n in named.keys() | found.keys() if named.get(n) != found.get(n)):
        raise InputError(
            f"{path}: {odd[0]} does not agree with its catalogue ({len(odd)} such files)"
        )


def _refuse_what_is_there(settings: Settings, location: Location, storage: Storage) -> None:
    hint = (
        "restore into an empty place: set WORDTONE_HOME (and WORDTONE_CATALOGUE, WORDTONE_STORAGE)"
    )
    if is_there(location):
        raise InputError(f"there is a warehouse at {location} already; {hint}")
    if not storage.is_empty():
        raise InputError(f"there are files in {location.data_path} already; {hint}")
    for name in ("models", "generations", archive.CURRENT):
        found = settings.home_path / name
        if found.is_file() or (found.is_dir() and any(found.iterdir())):
            raise InputError(f"there is something at {found} already; {hint}")


def _enough_room(settings: Settings, size: int) -> None:
    free = shutil.disk_usage(settings.home_path).free
    if free < size:
        raise StorageError(
            f"{settings.home_path}: {size / 1e6:,.0f} MB are needed, {free / 1e6:,.0f} MB are free"
        )


def _unpack(name: str, content: Content, staging: Path, storage: Storage) -> None:
    if name in (archive.HEADER, archive.SUMS):
        return
    if name.startswith("data/"):
        storage.write(name.removeprefix("data/"), content)
    else:
        _write(content, staging / name)


def _write(content: Content, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as sink:
            shutil.copyfileobj(content, sink, _BLOCK)
    except OSError as error:
        raise StorageError(f"{target}: cannot be written ({error.strerror or error})") from error


def _extract_one(path: Path, wanted: str, target: Path) -> None:
    for name, _, content in archive.members(path):
        if name == wanted:
            _write(content, target)
            return


@contextmanager
def _staging(settings: Settings) -> Iterator[Path]:
    """A folder beside where things go, so that putting them there is a rename."""
    folder = Path(tempfile.mkdtemp(dir=settings.home_path, prefix=".restoring-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _undone(storage: Storage) -> Iterator[list[Path]]:
    """Where the block raises, what was written and moved goes again; there was nothing before."""
    moved: list[Path] = []
    try:
        yield moved
    except BaseException:
        storage.undo()
        for path in moved:
            shutil.rmtree(path, ignore_errors=True)
            if path.is_file():
                path.unlink()
        raise
