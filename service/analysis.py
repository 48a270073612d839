"""Audio files analysed for someone to look at: in worker processes, without a warehouse."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.analyse import Analysed, Job
from pipelines.audio.channel import Channel
from pipelines.audio.isolate import Answer, Limits, Message, Worker
from pipelines.features.tagger.registry import check_tagger
from pipelines.isolated import analyse_isolated
from pipelines.progress import Observer
from schemas.errors import InputError
from schemas.features import FEATURES, groups
from schemas.outcomes import Outcome, RejectReason, Stage
from schemas.settings import Settings


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to measure. No `groups` means all; `curves` are what a picture needs."""

    extractor: str = "wordtone"
    groups: tuple[str, ...] = ()
    curves: bool = False
    tagger: str = ""


def checked_groups(names: Sequence[str]) -> tuple[str, ...]:
    """`names` in the order of FEATURES, each once; all groups for none.

    Raises
    ------
    InputError
        For a group that does not exist; lists those that do.
    """
    known = tuple(groups(FEATURES))
    if unknown := [name for name in names if name not in known]:
        raise InputError(f"groups {', '.join(unknown)}: valid are {', '.join(known)}")
    return tuple(name for name in known if name in names or not names)


def analyse(
    settings: Settings, paths: Sequence[Path], wanted: Wanted, observer: Observer
) -> Iterator[Analysed]:
    """What became of each file, in order, as soon as it and those before it are done.

    A file that cannot be analysed never stops the others. Leaving the iterator early ends the
    worker processes.

    Raises
    ------
    InputError
        For a group or tagger that does not exist.
    TaggerError
        When the tagger's weights are not installed, or not the published ones.
    """
    wanted = replace(wanted, groups=checked_groups(wanted.groups))
    if wanted.tagger:
        check_tagger(wanted.tagger)
    limits = Limits(settings.worker_memory_mb, settings.file_timeout_s, settings.file_timeout_s)
    stop = threading.Event()
    workers = [Stoppable(limits, stop) for _ in range(min(settings.worker_count, len(paths)))]
    idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
    for worker in workers:
        idle.put(worker)

    def look(path: Path) -> Analysed:
        worker = idle.get()
        try:
            found = _look(worker, path, wanted, settings)
        finally:
            idle.put(worker)
        observer.file(found.outcome)
        return found

    pool = ThreadPoolExecutor(len(workers))
    try:
        yield from pool.map(look, paths)
    finally:
        # A thread that waits for a worker sees it end, starts no other, and is done.
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.close()


class Stoppable(Worker):
    """A worker that takes no more files once `stop` is set, which any thread may do.

    `nice` is how far its process stands back for others, 0 … 19.
    """

    def __init__(self, limits: Limits, stop: threading.Event, nice: int = 0) -> None:
        super().__init__(limits)
        self._no_more = stop
        self._nice = nice

    def run(self, job: Message, answer: Answer) -> Message:
        if self._no_more.is_set():
            raise CancelledError
        return super().run(job, answer)

    def _start(self) -> Channel:
        channel = super()._start()
        if self._nice and self._process is not None:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, self._nice)
        return channel

    def halt(self) -> None:
        """End what it does now, from another thread; whoever waits for it gets CancelledError."""
        self._no_more.set()
        process = self._process
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


def _look(worker: Worker, path: Path, wanted: Wanted, settings: Settings) -> Analysed:
    if not path.is_file():
        return Analysed(Outcome.REJECTED, RejectReason.UNREADABLE, Stage.LIST, _what_it_is(path))
    return analyse_isolated(worker, job_for(path, wanted, settings), lambda _: {})


def job_for(path: Path, wanted: Wanted, settings: Settings) -> Job:
    """What a worker is asked of the file at `path`."""
    return Job(
        uri=str(path.absolute()),
        source=str(path.absolute().parent),
        groups=wanted.groups,
        extractor=wanted.extractor,
        max_duration_s=settings.max_duration_s,
        curves=wanted.curves,
        tagger=wanted.tagger,
        vocabulary=settings.vocabulary,
    )


def _what_it_is(path: Path) -> str:
    if path.is_dir():
        return "a folder: `wordtone ingest` takes folders"
    return "not a regular file" if path.exists() else "no such file"
