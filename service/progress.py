"""Progress of a long run in the terminal: stage, files a second, what is left, outcomes, rejects.

In a terminal a bar and two lines below it; elsewhere a plain line every ten seconds, for logs.
"""

from __future__ import annotations

import threading
import time
from datetime import timedelta

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from pipelines.printable import printable, tail
from pipelines.progress import NOT_WHOLE, Problem, Tally
from schemas.outcomes import Outcome

_EVERY_S = 10.0
_URI_CHARACTERS, _DETAIL_CHARACTERS = 48, 120


class TerminalObserver:
    """Draws on standard error. Use it as a context: leaving it, also by Ctrl-C, restores the line.

    `every_s` is the time between lines where standard error is no terminal; `doing` and `unit` are
    what the run does to what: "analysing" "files".
    """

    def __init__(
        self,
        console: Console | None = None,
        every_s: float = _EVERY_S,
        *,
        doing: str = "analysing",
        unit: str = "files",
    ) -> None:
        self._doing, self._unit = doing, unit
        self._console = console or Console(stderr=True)
        self._every_s = every_s
        self._tally = Tally()
        self._total = 0
        self._started = 0.0
        self._stage = ""
        self._task: TaskID | None = None
        self._progress = _bar()
        self._live = Live(
            get_renderable=self._drawn,
            console=self._console,
            refresh_per_second=4,
            transient=True,
            redirect_stdout=False,
        )
        self._done = threading.Event()
        self._clock = threading.Thread(target=self._lines, daemon=True, name="progress-lines")

    def __enter__(self) -> TerminalObserver:
        if self._console.is_terminal:
            self._live.start()
        else:
            self._clock.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._console.is_terminal:
            self._live.stop()
        else:
            self._clock.join(timeout=1)

    def note(self, text: str) -> None:
        """A sentence above the bar, or a line."""
        self._console.print(Text(printable(text, 500), style="dim"), soft_wrap=True)

    def stage(self, name: str) -> None:
        """What stands before the bar."""
        self._stage = name
        if self._task is not None:
            self._progress.update(self._task, description=name)

    def start(self, total: int) -> None:
        """Begin counting towards `total` files."""
        self._total, self._started = total, time.monotonic()
        self._stage = self._doing
        if not self._console.is_terminal:
            self.note(f"{self._doing} {total} {self._unit}")
        self._task = self._progress.add_task(self._doing, total=total, speed="")

    def looking(self, uri: str) -> None:
        """Not shown: the line would never stand still."""

    def file(self, outcome: Outcome, problem: Problem | None = None) -> None:
        """One file more."""
        self._tally.file(outcome, problem)
        if self._task is None:
            return
        speed = self._tally.counts.total() / max(time.monotonic() - self._started, 1e-3)
        self._progress.update(self._task, advance=1, speed=f"{speed:.1f} {self._unit}/s")

    def _drawn(self) -> RenderableType:
        if self._task is None:
            return Text(f"{self._stage} …" if self._stage else "", style="dim")
        lines: list[RenderableType] = [self._progress, _outcomes(self._tally)]
        if problems := self._tally.problems:
            lines.append(_latest(problems[-1]))
        return Group(*lines)

    def _lines(self) -> None:
        last = ""
        while not self._done.wait(self._every_s):
            done = self._tally.counts.total()
            if self._total and done < self._total and (line := self._line(done)) != last:
                self.note(line)
                last = line

    def _line(self, done: int) -> str:
        if not done:
            return f"{self._stage} …"
        passed = max(time.monotonic() - self._started, 1e-3)
        speed = done / passed
        left = timedelta(seconds=round((self._total - done) / speed))
        line = f"{self._stage}: {done} of {self._total}, {speed:.1f} {self._unit}/s, {left} left"
        counts = _outcomes(self._tally).plain
        problems = self._tally.problems
        latest = f"; {_latest(problems[-1]).plain}" if problems else ""
        return f"{line}; {counts}{latest}"


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )


def _outcomes(tally: Tally) -> Text:
    """As "118 accepted, 2 rejected": all kinds so far, the commonest first."""
    shown = Text(no_wrap=True, overflow="ellipsis")
    for outcome, count in tally.counts.most_common():
        if shown:
            shown.append(", ", "dim")
        shown.append(f"{count} {outcome.value}", "yellow" if outcome in NOT_WHOLE else "")
    return shown


def _latest(problem: Problem) -> Text:
    name = tail(problem.uri, _URI_CHARACTERS)
    detail = printable(problem.detail, _DETAIL_CHARACTERS)
    text = f"last {problem.outcome.value}: {name}: {problem.reason}, {detail}".removesuffix(", ")
    return Text(text, "dim", no_wrap=True, overflow="ellipsis")
