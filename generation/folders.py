"""Folders of trained parts, written whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from schemas.errors import WordtoneError


def write_whole(folder: Path, files: Mapping[str, bytes], fault: type[WordtoneError]) -> None:
    """Write `files` (name → bytes) beside, then rename, so that a killed run leaves no half of it.

    Raises
    ------
    fault
        When `folder` exists and is not empty, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise fault(f"{folder}: exists and is not empty; name another folder")
    partial = folder.with_name(folder.name + ".partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for name, content in files.items():
            (partial / name).write_bytes(content)
        partial.replace(folder)
    except OSError as error:
        raise fault(f"{folder}: cannot be written ({error.strerror})") from error
