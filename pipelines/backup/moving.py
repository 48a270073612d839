"""How far a backup or a restore is."""

from __future__ import annotations

from collections.abc import Callable

from pipelines.backup.archive import Moved

Progress = Callable[[float, str], None]
"""Told of the share that is done, 0 … 1, and what is being done."""


def told_of(progress: Progress, total: int, what: str) -> Moved:
    """Adds up bytes, and tells `progress` the share of `total`."""
    moved = 0

    def told(size: int) -> None:
        nonlocal moved
        moved += size
        progress(moved / max(total, 1), f"{what}, {moved / 1e6:,.0f} of {total / 1e6:,.0f} MB")

    return told
