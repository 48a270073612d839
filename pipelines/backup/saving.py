"""A warehouse with its models into one file, while others go on reading and writing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pipelines.backup import archive
from pipelines.backup.moving import Progress, told_of
from pipelines.backup.storage import storage_of
from pipelines.current_model import FILE as CURRENT_FILE
from pipelines.maintain import only_maintain
from schemas.errors import InputError, StorageError
from schemas.settings import Settings
from warehouse.location import Location
from warehouse.portable import copy_catalogue, data_files, newest_snapshot

assert CURRENT_FILE == archive.CURRENT


@dataclass(frozen=True, slots=True)
class Saved:
    """What a backup holds: its file, the newest snapshot, data files, models, pieces, bytes."""

    path: Path
    snapshot: int
    files: int
    models: int
    generations: int
    bytes: int


def save(settings: Settings, path: Path, *, generations: bool, progress: Progress) -> Saved:
    """Write the warehouse with all its snapshots, the models and which is in use to `path`.

    The catalogue is copied first, as of one moment; data files are never changed, so what it names
    can be copied after it. The audio of the tracks, search indexes (made anew) and staging are not
    part of it. `generations`: with the pieces that were made, too.

    Raises
    ------
    InputError
        `path` exists already, or its folder does not.
    WarehouseError
        There is no warehouse, or it cannot be moved.
    WarehouseBusy
        Maintenance, another backup or a restore is running.
    StorageError
        Something cannot be read or written. There is no file at `path` then.
    """
    if path.exists():
        raise InputError(f"{path}: exists already; a backup never replaces another")
    if not path.parent.is_dir():
        raise InputError(f"{path.parent}: no such folder")
    location = Location.from_settings(settings)
    with only_maintain(settings):
        try:
            with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
                catalogue, part = Path(folder) / archive.CATALOGUE, Path(folder) / "part"
                copy_catalogue(location, catalogue)
                saved = _write(settings, catalogue, part, generations, progress)
                part.replace(path)
        except OSError as error:
            raise StorageError(f"{path}: cannot be written ({error.strerror or error})") from error
    return Saved(path, *saved, path.stat().st_size)


def _write(
    settings: Settings, catalogue: Path, part: Path, generations: bool, progress: Progress
) -> tuple[int, int, int, int]:
    location = Location.from_settings(settings)
    stored, storage = data_files(catalogue), storage_of(location)
    own = {"models": settings.models_path}
    if generations:
        own["generations"] = settings.generations_path
    beside = {top: list(_files_of(folder)) for top, folder in own.items()}
    current = settings.home_path / archive.CURRENT
    total = catalogue.stat().st_size + sum(file.size for file in stored)
    total += sum(path.stat().st_size for found in beside.values() for _, path in found)
    snapshot, counts = newest_snapshot(catalogue), {k: _tops(found) for k, found in beside.items()}
    with archive.writing(part, told_of(progress, total, "saving")) as writer:
        writer.add_json(
            archive.HEADER,
            {
                "format": archive.FORMAT,
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "wordtone": version("wordtone"),
                "snapshot": snapshot,
                "data_files": len(stored),
                **counts,
            },
        )
        _add(writer, archive.CATALOGUE, catalogue)
        for file in stored:
            with storage.read(file.path) as content:
                writer.add(f"data/{file.path}", file.size, content)
        for top, found in beside.items():
            for name, path in found:
                _add(writer, f"{top}/{name}", path)
        if current.is_file():
            _add(writer, archive.CURRENT, current)
    return snapshot, len(stored), counts["models"], counts.get("generations", 0)


def _add(writer: archive.Writer, name: str, path: Path) -> None:
    with path.open("rb") as content:
        writer.add(name, path.stat().st_size, content)


def _files_of(folder: Path) -> Iterator[tuple[str, Path]]:
    """Plain files below `folder`, by name; hidden ones are half-written, and links are not ours."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not path.is_symlink() and not any(p[0] == "." for p in name.parts):
            yield name.as_posix(), path


def _tops(found: list[tuple[str, Path]]) -> int:
    return len({name.partition("/")[0] for name, _ in found if "/" in name})
