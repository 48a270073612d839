"""Writing a page whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from schemas.errors import InputError


def write_page(path: Path, text: str) -> None:
    """Put `text` at `path`; a reader sees the old page or the new one, never half of it.

    Raises
    ------
    InputError
        The folder does not exist or cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(f"--out {path}: {error.strerror or error}") from error
