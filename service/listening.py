"""Recordings that callers send: heard or measured a few at a time, each in a process of its own.

    body ─▶ a file without a name ─▶ worker process ─▶ notes or features; the file is gone

The file has no name wherever the system can do that (Linux), so that nothing of a recording is
left behind, however the service ends.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO, TypeVar

from pipelines.audio.isolate import Limits
from pipelines.melody.transcribe import Wanted, heard_by, transcription
from schemas.errors import AudioError, BusyError
from schemas.melody import Transcription
from schemas.outcomes import RejectReason, Stage
from schemas.report import FileReport
from schemas.settings import Settings
from service.analysis import Stoppable

IN_HAND = 6
"""Recordings that are being sent or looked at; more are refused."""
AT_ONCE = 2
"""Recordings that are looked at at the same time; the others wait."""
LOOKED_AT_S = 300.0
"""The longest that a recording is looked at."""

NICE = 10
"""Nobody's recording holds up somebody else's question."""
UNNAMED = "the recording"
_LONGEST_NAME = 100
_OPEN_FILES = Path(f"/proc/{os.getpid()}/fd")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that was sent; `path` holds its bytes for as long as `kept_for_now` lasts."""

    name: str
    path: Path


def plain_name(given: str | None) -> str:
    """What a recording is called: the last part of the name that was sent, printable."""
    last = PurePosixPath((given or "").replace("\\", "/")).name
    shown = "".join(sign for sign in last if sign.isprintable()).strip()
    return shown[:_LONGEST_NAME] or UNNAMED


@contextlib.contextmanager
def spooled() -> Iterator[IO[bytes]]:
    """A file to write a recording to, which nobody else can open; gone when it is closed."""
    if _OPEN_FILES.is_dir():
        with tempfile.TemporaryFile(prefix="wordtone-") as file:
            yield file
    else:
        with tempfile.NamedTemporaryFile(prefix="wordtone-") as file:
            yield file


@contextlib.contextmanager
def kept_for_now(file: IO[bytes], name: str | None) -> Iterator[Recording]:
    """`file`, as a path that another process of ours can open."""
    file.flush()
    if _OPEN_FILES.is_dir():
        yield Recording(plain_name(name), _OPEN_FILES / str(file.fileno()))
        return
    file.seek(0)
    with tempfile.NamedTemporaryFile(prefix="wordtone-") as copy:
        shutil.copyfileobj(file, copy)
        copy.flush()
        yield Recording(plain_name(name), Path(copy.name))


class Listening:
    """Looks at recordings; one for a service. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._places = threading.BoundedSemaphore(IN_HAND)
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Room for one recording, to be had before its body is read.

        Raises
        ------
        BusyError
            When so many are in hand already that another would only wait.
        """
        if not self._places.acquire(blocking=False):
            raise BusyError(f"{IN_HAND} recordings are being heard; try again in a moment")
        try:
            yield
        finally:
            self._places.release()

    def worker(self) -> Stoppable:
        """A process for one recording, within the settings' limits and LOOKED_AT_S."""
        own = self._settings
        limit = min(own.file_timeout_s, LOOKED_AT_S)
        return Stoppable(Limits(own.worker_memory_mb, limit, limit), threading.Event(), NICE)

    def hear(self, worker: Stoppable, recording: Recording, wanted: Wanted) -> Transcription:
        """The melody of a recording. Blocks until there is room.

        Raises
        ------
        AudioError
            When it cannot be decoded, is longer than ten minutes, or breaks its process.
        """
        heard = self.in_turn(
            worker,
            lambda: heard_by(
                worker,
                recording.path,
                wanted.kind,
                recording.name,
                self._settings.max_duration_s,
            ),
        )
        return transcription(heard, wanted)

    def measure(
        self, worker: Stoppable, recording: Recording, groups: tuple[str, ...]
    ) -> FileReport:
        """Everything that `wordtone analyse` measures, or only `groups` of it. Blocks likewise.

        Raises
        ------
        AudioError
            When it cannot be analysed.
        """
        from pipelines.isolated import analyse_isolated
        from service.analysis import Wanted as Measured
        from service.analysis import checked_groups, job_for
        from service.report.document import file_report

        wanted = Measured(groups=checked_groups(groups), tagger=self._settings.tagger)
        job = replace(
            job_for(recording.path, wanted, self._settings),
            uri=recording.name,
            source="",
            path=str(recording.path),
            name=recording.name,
        )
        found = self.in_turn(worker, lambda: analyse_isolated(worker, job, lambda _: {}))
        if found.audio is None:
            reason, stage = found.reason or RejectReason.INTERNAL_ERROR, found.stage
            detail = (
                found.detail
                if recording.name in found.detail
                else (f"{recording.name}: {found.detail}")
            )
            raise AudioError(reason, detail, stage or Stage.ANALYSE)
        return file_report(Path(recording.name), found)

    def in_turn(self, worker: Stoppable, look: Callable[[], T]) -> T:
        """What `look` does with `worker`, as soon as there is room for it."""
        with self._turns, worker:
            return look()
