"""A folder of backups: what a new one is called, and which old ones go."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

_NAME = re.compile(r"wordtone-\d{8}T\d{6}\.tar")


def name_for(at: datetime) -> str:
    """A name that sorts by time, UTC."""
    return f"wordtone-{at.astimezone(UTC):%Y%m%dT%H%M%S}.tar"


def drop_old(folder: Path, keep: int) -> list[Path]:
    """Delete all but the newest `keep` files that `name_for` has named; those that went."""
    found = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    old = [path for path in found if path.is_file()][: -keep or None]
    for path in old:
        path.unlink()
    return old
