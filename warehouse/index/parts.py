"""A part of the index: one folder of derived files, named after the state it was made from.

    INDEX/NAME-KEY/manifest.json, verified.json and the part's own files

KEY is a digest of what the content depends on: the warehouse, how often each table it is made from
was written (`write_guards`), and what else the part names (encoder, feature versions). So a folder
is never stale: when a table it depends on has changed, another folder is meant; a commit to any
other table, or a compaction, changes nothing. A past snapshot has a folder of its own.

- A folder is built under another name and renamed, so a reader sees a whole one or none. Builders
  of one part wait for each other behind an operating-system lock that goes with the process.
- A file is used only while its size and BLAKE2b digest are those of the manifest. The digest is
  computed again whenever size, inode, modification or change time differ from when it last agreed;
  so opening stays cheap. What fails is removed and built again, with a note.
- Nothing is unpickled: JSON, plain arrays, an SQLite-like database file of DuckDB, usearch graphs.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from schemas.errors import StorageError, WarehouseError
from warehouse.evolution import GUARD_TABLE
from warehouse.lake import Lake
from warehouse.sqltext import sql_text

FORMAT = 1
"""Raised when the files of a part change their meaning; older folders are then built again."""

KEPT = 2
"""Folders of one part that are kept: the newest used ones, so that --as-of does not build twice."""

_LARGEST_MANIFEST = 1 << 20
Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Source:
    """What a part is made from: its name, the tables it reads, and what else it depends on."""

    name: str
    tables: tuple[str, ...]
    extra: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Opened:
    """A part that is there and whole."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def count(self) -> int:
        return int(self.manifest["count"])

    @property
    def details(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.manifest["details"]
        return found

    @property
    def megabytes(self) -> float:
        return sum(int(entry["size"]) for entry in self.manifest["files"].values()) / 1e6


@dataclass(frozen=True, slots=True)
class Built:
    """What a builder says of the files it has put into the folder."""

    count: int
    details: Mapping[str, Any]


Builder = Callable[[Path, "Opened | None"], Built]
"""Fills an empty folder; gets the part's last whole folder, to take over what has not changed."""


def ready(root: Path, lake: Lake, source: Source, build: Builder, note: Note) -> Opened:
    """The part for what `lake` shows, built when it is missing or damaged.

    Raises
    ------
    StorageError
        When the folder cannot be written.
    """
    state = _state(lake, source)
    folder = root / f"{source.name}-{_key(state)}"
    if (found := _whole(folder, state)) is not None:
        _used(folder)
        return found
    try:
        with _locked(root, source.name):
            if (found := _whole(folder, state)) is not None:
                return found  # another process has built it meanwhile
            if folder.exists():
                note(f"the {source.name} index was damaged and is built again")
                shutil.rmtree(folder)
            _build(root, folder, state, source, build)
            _forget_old(root, source.name, folder)
    except OSError as error:
        raise StorageError(f"{root}: cannot be written ({error.strerror or error})") from error
    found = _whole(folder, state)
    if found is None:
        raise StorageError(f"{folder}: does not hold what was just written to it")
    return found


def existing(root: Path, lake: Lake, source: Source) -> Opened | None:
    """The part for what `lake` shows, when it is there and whole; nothing is built."""
    try:
        state = _state(lake, source)
    except WarehouseError as error:
        if GUARD_TABLE not in str(error):
            raise
        return None  # a snapshot from before the first table
    folder = root / f"{source.name}-{_key(state)}"
    found = _whole(folder, state)
    if found is not None:
        _used(folder)
    return found


def earlier(root: Path, lake: Lake, source: Source) -> Opened | None:
    """The part as it was last made of this warehouse, whatever has been written since."""
    state = _state(lake, source)
    same = {name: state[name] for name in ("format", "part", "warehouse", "extra")}
    found = (_whole(path, same) for path in _by_use(root, source.name))
    return next((part for part in found if part is not None), None)


def _state(lake: Lake, source: Source) -> dict[str, Any]:
    names = [name for name in source.tables if name in lake.tables]
    rows = lake.query(sql_text("search", "state"), {"names": names}).to_pylist()[0]
    return {
        "format": FORMAT,
        "part": source.name,
        "warehouse": rows["warehouse"],
        "writes": dict(zip(rows["names"], rows["writes"], strict=True)),
        "extra": dict(source.extra),
    }


def _key(state: Mapping[str, Any]) -> str:
    text = json.dumps(state, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


@contextmanager
def _locked(root: Path, name: str) -> Iterator[None]:
    root.mkdir(parents=True, exist_ok=True)
    with (root / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(
    root: Path, folder: Path, state: Mapping[str, Any], source: Source, build: Builder
) -> None:
    for left in root.glob(f".{source.name}-building-*"):
        shutil.rmtree(left, ignore_errors=True)  # of a builder that was killed: we hold the lock
    work = Path(tempfile.mkdtemp(prefix=f".{source.name}-building-", dir=root))
    try:
        built = build(work, _newest(root, source.name))
        files = {path.name: _described(path) for path in sorted(work.iterdir())}
        manifest = {
            **state,
            "count": built.count,
            "details": dict(built.details),
            "files": files,
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        _write_json(work / "manifest.json", manifest)
        _write_json(work / "verified.json", {name: _stamp(work / name) for name in files})
        work.rename(folder)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


def _described(path: Path) -> dict[str, Any]:
    return {"size": path.stat().st_size, "blake2b": _digest(path)}


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _stamp(path: Path) -> list[int]:
    facts = path.stat()
    return [facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino]


def _write_json(path: Path, value: object) -> None:
    with path.open("w", encoding="utf-8") as stream:
        json.dump(value, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())


def _read_json(path: Path) -> Any:
    """What the file holds, or None when it is missing, too large or no JSON."""
    try:
        if path.stat().st_size > _LARGEST_MANIFEST:
            return None
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _whole(folder: Path, state: Mapping[str, Any] | None) -> Opened | None:
    """The part in `folder` when its manifest is of `state` and its files are the manifest's."""
    manifest = _read_json(folder / "manifest.json")
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        return None
    if state is not None and any(manifest.get(name) != value for name, value in state.items()):
        return None
    verified = _read_json(folder / "verified.json")
    known = verified if isinstance(verified, dict) else {}
    try:
        if any(Path(name).name != name for name in manifest["files"]):
            return None
        stamps = {name: _stamp(folder / name) for name in manifest["files"]}
        for name, entry in manifest["files"].items():
            if stamps[name] != known.get(name) and _described(folder / name) != entry:
                return None
        if stamps != known:
            _remember(folder, stamps)
    except OSError:
        return None
    return Opened(folder, manifest)


def _remember(folder: Path, stamps: Mapping[str, Sequence[int]]) -> None:
    try:
        temporary = folder / f".verified-{os.getpid()}"
        _write_json(temporary, stamps)
        temporary.replace(folder / "verified.json")
    except OSError:
        return  # a read-only index serves as well; it is checked again next time


def _used(folder: Path) -> None:
    try:
        os.utime(folder / "manifest.json")
    except OSError:
        return


def _by_use(root: Path, name: str) -> list[Path]:
    """Folders of a part, the one used last first."""
    found = [path for path in root.glob(f"{name}-*") if (path / "manifest.json").is_file()]
    return sorted(found, key=lambda path: (path / "manifest.json").stat().st_mtime_ns, reverse=True)


def _newest(root: Path, name: str) -> Opened | None:
    return next((part for path in _by_use(root, name) if (part := _whole(path, None))), None)


def _forget_old(root: Path, name: str, current: Path) -> None:
    others = [path for path in _by_use(root, name) if path != current]
    for path in others[KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)  # who has it open keeps what it has mapped
