"""Progress of a long run in the terminal: files, files a second, what is left, and rejects."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from schemas.outcomes import Outcome

_BAD = (Outcome.REJECTED, Outcome.QUARANTINED, Outcome.PARTIAL)


class TerminalObserver:
    """Draws a bar on standard error; where that is no terminal, plain lines."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._counts: Counter[Outcome] = Counter()
        self._task: TaskID | None = None
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[speed]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[bad]}"),
            console=self._console,
            disable=not self._console.is_terminal,
        )

    def __enter__(self) -> TerminalObserver:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def note(self, text: str) -> None:
        self._console.print(text, style="dim", highlight=False)

    def start(self, total: int) -> None:
        if not self._console.is_terminal:
            self.note(f"analysing {total} files")
        self._task = self._progress.add_task("analysing", total=total, speed="", bad="")

    def file(self, outcome: Outcome) -> None:
        self._counts[outcome] += 1
        if self._task is None:
            return
        self._progress.update(self._task, advance=1)
        speed = self._progress.tasks[self._task].finished_speed or self._progress.tasks[0].speed
        bad = sum(self._counts[kind] for kind in _BAD)
        self._progress.update(
            self._task,
            speed=f"{speed:.1f} files/s" if speed else "",
            bad=f"{bad} not whole" if bad else "",
        )
