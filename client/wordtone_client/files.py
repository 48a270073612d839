"""Files as they come in: whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def save(parts: Iterable[bytes], target: Path) -> None:
    """Write a stream beside `target` and move it there when it has ended. Makes the folder.

    Raises
    ------
    OSError
        When it cannot be written; nothing is left of it then, nor when the stream breaks off.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.part")
    try:
        with beside.open("wb") as stream:
            for part in parts:
                stream.write(part)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
