"""What a flow run shows of itself in Prefect's UI while it goes on: a bar, tables, a summary.

Artifacts are made once and then written over, so that the newest state is what the UI shows. They
are for the eye: a server that does not take them costs a line in the run's log, never the run.
"""

from __future__ import annotations

import contextvars
import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast
from uuid import UUID

import httpx
from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
)
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactUpdate
from prefect.context import FlowRunContext

from pipelines.printable import printable, tail
from pipelines.progress import Problem, Tally

Cells = Sequence[Mapping[str, object]]

_EVERY_S = 2.0
_MOST_FAILURES = 2  # in a row; each has been tried for a quarter of a minute by then
_URI_CHARACTERS, _TEXT_CHARACTERS = 160, 300


class Board:
    """Artifacts of one flow run, by key: lower-case letters, digits and dashes.

    Make it inside the flow. `log` is the run's logger.
    """

    def __init__(self, log: logging.Logger | logging.LoggerAdapter[Any]) -> None:
        self._log = log
        self._known: dict[str, UUID] = {}
        self._shown: dict[str, object] = {}
        self._failures = 0
        self._lock = threading.Lock()

    def tag(self, *names: str) -> None:
        """Tag the flow run, alone: tasks that inherit tags ask the server for leave to start."""
        run = FlowRunContext.get()
        flow_run = run.flow_run if run else None
        if flow_run is not None:
            with self._harmless("tags"), get_client(sync_client=True) as client:
                client.update_flow_run(flow_run.id, tags=sorted({*flow_run.tags, *names}))

    def progress(self, key: str, done: int, total: int, description: str = "") -> None:
        """A bar: `done` of `total`."""
        share = 100.0 * done / total if total else 100.0

        def create() -> object:
            return create_progress_artifact(share, key=key, description=description)

        self._show(key, share, create)

    def table(self, key: str, rows: Cells, description: str = "") -> None:
        """A table; all rows have the same columns. Text is cut and cleaned."""
        cells = [{name: _cell(value) for name, value in row.items()} for row in rows]

        def create() -> object:
            return create_table_artifact(cells, key=key, description=description)

        self._show(key, json.dumps(cells), create)

    def markdown(self, key: str, text: str) -> None:
        """Text of ours; what others wrote goes through `code` first."""
        self._show(key, text, lambda: create_markdown_artifact(text, key=key))

    def link(self, key: str, address: str, text: str) -> None:
        """A link to a page on the web; other addresses are left out."""
        if address.startswith(("http://", "https://")):
            self._show(key, address, lambda: create_link_artifact(address, printable(text), key))

    def _show(self, key: str, data: object, create: Callable[[], object]) -> None:
        with self._lock:
            if self._shown.get(key) == data or self._failures >= _MOST_FAILURES:
                return
            with self._harmless(key):
                if key in self._known:
                    with get_client(sync_client=True) as client:
                        client.update_artifact(self._known[key], ArtifactUpdate(data=data))
                else:
                    # Outside a running event loop, as here, Prefect answers with the id itself.
                    self._known[key] = cast(UUID, create())
                self._shown[key] = data
                self._failures = 0

    @contextmanager
    def _harmless(self, what: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # whatever goes wrong with a picture must not stop the work
            gone = isinstance(error, httpx.ConnectError)
            self._failures += _MOST_FAILURES if gone else 1
            self._log.warning("%s could not be shown: %s", what, printable(str(error)))


@contextmanager
def kept_current(show: Callable[[], None], every_s: float = _EVERY_S) -> Iterator[None]:
    """Call `show` every so often, from a thread that knows the flow run, and once at the end."""
    done = threading.Event()

    def keep() -> None:
        while not done.wait(every_s):
            show()

    # A thread starts without the flow run's context, which artifacts and logs are filed under.
    thread = threading.Thread(
        target=contextvars.copy_context().run, args=(keep,), daemon=True, name="artifacts"
    )
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(every_s)
        show()


def show_tally(board: Board, name: str, tally: Tally, total: int) -> None:
    """The three artifacts of a run over inputs: NAME-progress, NAME-outcomes, NAME-rejects."""
    counts, problems = tally.counts, tally.problems
    board.progress(f"{name}-progress", counts.total(), total, f"{total} files to analyse")
    outcomes = [{"outcome": kind.value, "files": count} for kind, count in counts.most_common()]
    if outcomes:
        board.table(f"{name}-outcomes", outcomes, "What became of the files so far")
    if problems:
        board.table(f"{name}-rejects", [_row(problem) for problem in reversed(problems)], _REJECTS)


_REJECTS = (
    "Files that were not accepted whole, the latest 100 first. "
    "`wordtone rejects` lists all of them, of every run."
)


def _row(problem: Problem) -> Mapping[str, object]:
    return {
        "file": tail(problem.uri, _URI_CHARACTERS),
        "outcome": problem.outcome.value,
        "reason": str(problem.reason),
        "detail": problem.detail,
    }


def code(text: str) -> str:
    """Text of others inside Markdown: verbatim, on one line."""
    return f"`{printable(text).replace('`', chr(39))}`"


def _cell(value: object) -> object:
    # The UI renders cells as Markdown: what a file name says must stay text.
    return _escaped(printable(value, _TEXT_CHARACTERS)) if isinstance(value, str) else value


def _escaped(text: str) -> str:
    return "".join(f"\\{char}" if char in "\\`*_[]<>|#!~" else char for char in text)
