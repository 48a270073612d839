"""The folder of an export: filled under another name, then renamed; it is there whole or not."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from schemas.errors import InputError, StorageError

MANIFEST = "manifest.json"
MARK = "wordtone_export"
"""Key of the manifest by which an export is known as ours, with the version of its layout."""

LAYOUT = 1
_LARGEST_MANIFEST = 64 << 20


@contextmanager
def new_folder(out: Path, *, overwrite: bool) -> Iterator[Path]:
    """A temporary folder beside `out` that takes its place when the block ends well.

    Raises
    ------
    InputError
        `out` is a file, or a folder with something in it; with `overwrite`, one that is no export
        of ours.
    StorageError
        It cannot be written.
    """
    out = Path(os.path.abspath(out))  # noqa: PTH100 - a link is not followed: it is replaced
    _check(out, overwrite=overwrite)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{out.name}-", suffix=".partial", dir=out.parent))
    except OSError as error:
        raise StorageError(f"{out}: cannot be written ({error.strerror or error})") from error
    try:
        work.chmod(0o755)
        yield work
        _replace(work, out, overwrite=overwrite)
    except OSError as error:
        raise StorageError(f"{out}: cannot be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _check(out: Path, *, overwrite: bool) -> None:
    if not os.path.lexists(out):
        return
    if out.is_symlink() or not out.is_dir():
        raise InputError(f"{out}: is no folder; name one that is new or empty")
    if not any(out.iterdir()):
        return
    if not overwrite:
        raise InputError(f"{out}: is not empty; name another folder, or pass --overwrite")
    if not is_export(out):
        raise InputError(f"{out}: is no export of wordtone, so it is not overwritten")


def is_export(folder: Path) -> bool:
    """Whether the folder holds a manifest that an export has written."""
    path = folder / MANIFEST
    try:
        if path.stat().st_size > _LARGEST_MANIFEST:
            return False
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and MARK in found


def _replace(work: Path, out: Path, *, overwrite: bool) -> None:
    _check(out, overwrite=overwrite)  # something may have come meanwhile
    if not os.path.lexists(out):
        work.rename(out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}-", suffix=".old", dir=out.parent))
    out.rename(old / "was")
    try:
        work.rename(out)
    except BaseException:
        (old / "was").rename(out)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def described_files(folder: Path) -> dict[str, dict[str, Any]]:
    """Size and SHA-256 of every regular file below `folder`, by relative path; not of links."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            name = path.relative_to(folder).as_posix()
            found[name] = {"size": path.stat().st_size, "sha256": sha256(path)}
    return found


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_json(path: Path, value: object) -> None:
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False, default=str)
    path.write_text(text + "\n", encoding="utf-8")
