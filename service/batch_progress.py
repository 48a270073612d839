"""How far a batch is, on standard error: a bar in a terminal, a line every ten seconds elsewhere.

How much is left is told from how much of the file has been read; of a pipe nobody knows.
"""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING, BinaryIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from pipelines.batch.part import Done

_EVERY_S = 10.0


class BatchProgress:
    """Use it as a context, and give `advance` to `run_batch`."""

    def __init__(self, stream: BinaryIO, console: Console | None = None) -> None:
        self._stream = stream
        self._console = console or Console(stderr=True)
        self._size = _size(stream)
        self._answered = self._rejected = 0
        self._started = self._said = time.monotonic()
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[told]}", markup=False),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task("conditioning", total=self._size, told="")

    def __enter__(self) -> BatchProgress:
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def advance(self, done: Done) -> None:
        """One part more."""
        self._answered += done.answered
        self._rejected += done.rejected
        speed = self._answered / max(time.monotonic() - self._started, 1e-3)
        told = f"{self._answered:,} answered, {self._rejected:,} rejected, {speed:,.0f}/s"
        if self._console.is_terminal:
            read = min(self._stream.tell(), self._size) if self._size else 0
            self._bar.update(self._task, completed=read, told=told)
        elif time.monotonic() - self._said > _EVERY_S:
            self._said = time.monotonic()
            self._console.print(told, style="dim", highlight=False)


def _size(stream: BinaryIO) -> int | None:
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None
