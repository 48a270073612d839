"""The file of a backup: a plain tar, checked before anything of it is believed.

    wordtone-backup.json       what it is, and when and of what it was made
    catalogue.sqlite           see `warehouse.portable`
    data/…                     Parquet files
    models/…, current-model.json, generations/…
    sums.json                  name → size and SHA-256 of every member before it

Not compressed: Parquet and FLAC are. A file that was cut short has no sums, and is refused.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from schemas.errors import InputError, StorageError

HEADER, CATALOGUE, SUMS, CURRENT = (
    "wordtone-backup.json",
    "catalogue.sqlite",
    "sums.json",
    "current-model.json",
)
FOLDERS = ("data", "models", "generations")
FORMAT = 1

_BLOCK = 1 << 20
_LONGEST_JSON = 256 * 2**20
_PART = r"[A-Za-z0-9_=%+@,-][A-Za-z0-9_.=%+@,-]*"
_NAME = re.compile(rf"(?:{'|'.join(FOLDERS)})(?:/{_PART})+")


class Content(Protocol):
    """What a member's bytes are read from."""

    def read(self, size: int = -1, /) -> bytes: ...


Moved = Callable[[int], None]
"""Told of every block: how many bytes it had."""


@dataclass(frozen=True, slots=True)
class Held:
    """A member: its size in bytes and the SHA-256 of its content, in hexadecimal."""

    size: int
    sha256: str


class Writer:
    """Adds members, and the sums at the end. Made by `writing`."""

    def __init__(self, tar: tarfile.TarFile, moved: Moved) -> None:
        self._tar, self._moved = tar, moved
        self._sums: dict[str, Held] = {}

    def add(self, name: str, size: int, content: Content) -> None:
        """Raises StorageError when `content` has not `size` bytes: it changed meanwhile."""
        if not _valid(name):
            raise StorageError(f"{name!r}: a backup cannot hold a file of this name")
        counted = _Counted(content, self._moved)
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o644
        try:
            self._tar.addfile(info, counted)
        except OSError as error:
            if error.errno is not None:
                raise
            raise StorageError(f"{name}: it changed while it was read; run it again") from error
        self._sums[name] = Held(size, counted.sha256.hexdigest())

    def add_json(self, name: str, value: Any) -> None:
        text = json.dumps(value, indent=1, sort_keys=True).encode()
        self.add(name, len(text), io.BytesIO(text))

    def close(self) -> None:
        """Write the sums, the mark of a whole backup."""
        sums = {name: [held.size, held.sha256] for name, held in self._sums.items()}
        text = json.dumps(sums, indent=0).encode()
        info = tarfile.TarInfo(SUMS)
        info.size, info.mode = len(text), 0o644
        self._tar.addfile(info, io.BytesIO(text))


@contextmanager
def writing(path: Path, moved: Moved) -> Iterator[Writer]:
    """A new archive at `path`; without its sums where the block under it raises."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        writer = Writer(tar, moved)
        yield writer
        writer.close()


def verified(path: Path, moved: Moved = lambda _: None) -> dict[str, Held]:
    """What the archive holds, by name, after all of it has been read and compared with its sums.

    Raises
    ------
    InputError
        When it cannot be read, is no backup, was cut short, or is not as it was written: names the
        member.
    """
    found: dict[str, Held] = {}
    sums: dict[str, Held] | None = None
    for name, size, content in members(path):
        if sums is not None:
            raise InputError(f"{path}: {name} comes after {SUMS}")
        if name == SUMS:
            sums = _sums(path, _json(path, name, size, content))
            continue
        if name in found:
            raise InputError(f"{path}: {name} is there twice")
        counted = _Counted(content, moved)
        while counted.read(_BLOCK):
            pass
        found[name] = Held(size, counted.sha256.hexdigest())
    if sums is None:
        raise InputError(f"{path}: cut short, or no backup of wordtone: it has no {SUMS}")
    if odd := sorted(n for n in found.keys() | sums.keys() if found.get(n) != sums.get(n)):
        raise InputError(f"{path}: {odd[0]} is not as it was written ({len(odd)} such files)")
    if HEADER not in found or CATALOGUE not in found:
        raise InputError(f"{path}: no backup of wordtone: it needs {HEADER} and {CATALOGUE}")
    return found


def header(path: Path) -> dict[str, Any]:
    """What the archive says of itself. Raises InputError where this version cannot read it."""
    for name, size, content in members(path):
        if name != HEADER:
            break
        found = _json(path, name, size, content)
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise InputError(f"{path}: {HEADER}: valid is format {FORMAT}")
        return found
    raise InputError(f"{path}: no backup of wordtone: it does not begin with {HEADER}")


def members(path: Path) -> Iterator[tuple[str, int, Content]]:
    """Name, size and content of each member, in order; a content is read before the next is asked.

    Raises
    ------
    InputError
        For what is no tar, for members that are no plain files (links, folders, devices), and for
        names that a backup does not have: absolute ones, with "..", or outside its folders.
    """
    try:
        with tarfile.open(path, "r:") as tar:
            for info in tar:
                if not info.isreg() or info.issparse() or not _valid(info.name):
                    raise InputError(f"{path}: {info.name[:200]!r} has no place in a backup")
                content = tar.extractfile(info)
                assert content is not None
                yield info.name, info.size, _Whole(path, content)
    except (tarfile.TarError, EOFError, UnicodeError) as error:
        raise InputError(f"{path}: no whole backup of wordtone ({error})") from error
    except OSError as error:
        if getattr(error, "filename", None) not in (None, str(path)):
            raise
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error


def _valid(name: str) -> bool:
    return name in (HEADER, CATALOGUE, SUMS, CURRENT) or bool(_NAME.fullmatch(name))


def _json(path: Path, name: str, size: int, content: Content) -> Any:
    if size > _LONGEST_JSON:
        raise InputError(f"{path}: {name} has {size} bytes; valid is at most {_LONGEST_JSON}")
    try:
        return json.loads(content.read())
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: {name} is no JSON ({error})") from error


def _sums(path: Path, value: Any) -> dict[str, Held]:
    try:
        return {name: Held(int(size), str(sha)) for name, (size, sha) in value.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(f"{path}: {SUMS} is not as it was written") from error


class _Whole:
    """Of an archive that ends within a member, says so as of any other that is not whole."""

    def __init__(self, path: Path, content: Content) -> None:
        self._path, self._content = path, content

    def read(self, size: int = -1, /) -> bytes:
        try:
            return self._content.read(size)
        except tarfile.TarError as error:
            raise InputError(f"{self._path}: cut short ({error})") from error


class _Counted:
    """Hashes and reports what is read through it."""

    def __init__(self, content: Content, moved: Moved) -> None:
        self._content, self._moved = content, moved
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        block = self._content.read(size)
        self.sha256.update(block)
        self._moved(len(block))
        return block
