"""Runs cases through real worker processes and holds each ending against the contract."""

from __future__ import annotations

import math
import queue
import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks._robustness_mutations import Case
from pipelines.analyse import Analysed, Job
from pipelines.audio.decode import open_audio
from pipelines.audio.isolate import Answer, Limits, Message, Worker, WorkerDiedError
from pipelines.isolated import analyse_isolated
from schemas.features import FEATURES, groups
from schemas.outcomes import NullReason, Outcome, RejectReason

KEPT = (Outcome.ACCEPTED, Outcome.PARTIAL)
_GRACE_S = 5.0


@dataclass(frozen=True, slots=True)
class Ending:
    """How a case ended: `faults` are the sentences of the contract that it breaks."""

    case: Case
    outcome: Outcome | None
    reason: RejectReason | None
    detail: str
    seconds: float
    deaths: int
    faults: tuple[str, ...]
    crashed_parent: bool = False
    audio_hash: str | None = None


class CountingWorker(Worker):
    """A worker that knows how often its process has died."""

    deaths = 0

    def __enter__(self) -> CountingWorker:
        return self

    def run(self, job: Message, answer: Answer) -> Message:
        try:
            return super().run(job, answer)
        except WorkerDiedError:
            self.deaths += 1
            raise


class Pool:
    """`processes` worker processes that take cases one after the other, in files of `folder`."""

    def __init__(self, folder: Path, limits: Limits, processes: int = 2) -> None:
        self.folder = folder
        self.limits = limits
        self.processes = processes

    def run(self, cases: Iterable[Case]) -> list[Ending]:
        """Write, analyse, judge and remove each case."""
        waiting, ended = iter(cases), queue.SimpleQueue[Ending]()
        turn = threading.Lock()
        threads = [
            threading.Thread(target=self._work, args=(waiting, turn, ended))
            for _ in range(self.processes)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [ended.get() for _ in range(ended.qsize())]

    def _work(
        self, waiting: Iterator[Case], turn: threading.Lock, ended: queue.SimpleQueue[Ending]
    ) -> None:
        with CountingWorker(self.limits) as worker:
            while True:
                with turn:
                    case = next(waiting, None)
                if case is None:
                    return
                path = self.folder / case.name
                case.write(path)
                ended.put(self._ending(worker, case, path))
                remove(path)

    def _ending(self, worker: CountingWorker, case: Case, path: Path) -> Ending:
        meddler = None
        if case.meddle is not None:
            meddler = threading.Thread(target=case.meddle, args=(path,))
            meddler.start()
        started, worker.deaths = time.monotonic(), 0
        job = Job(uri=str(path), source=str(self.folder), groups=tuple(groups(FEATURES)))
        try:
            found = analyse_isolated(worker, job, lambda question: {})
        except Exception as error:  # what is measured here: an exception out of the pool
            fault = f"the parent raises {type(error).__name__}: {error}"
            seconds = time.monotonic() - started
            return Ending(case, None, None, "", seconds, 0, (fault,), crashed_parent=True)
        finally:
            if meddler is not None:
                meddler.join()
        seconds, deaths = time.monotonic() - started, worker.deaths
        faults = tuple(breaches(found))
        if found.outcome not in case.expected:
            allowed = ", ".join(sorted(case.expected))
            faults += (f"ended {found.outcome}, right is {allowed}",)
        if seconds > (1 + deaths) * self.limits.wall_s + _GRACE_S:
            faults += (f"took {seconds:.1f} s",)
        pcm = (found.audio or {}).get("audio_hash")
        return Ending(
            case, found.outcome, found.reason, found.detail, seconds, deaths, faults, False, pcm
        )


def remove(path: Path) -> None:
    """Remove whatever is at `path`, also a folder, a FIFO or nothing."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def breaches_of_secrecy(endings: Iterable[Ending], secret: Path) -> list[Ending]:
    """`endings`, with a fault where an attack was answered with the sound of another file."""
    stolen = open_audio(secret).audio_hash()
    sentence = ("it let another file be decoded",)
    return [
        replace(ending, faults=ending.faults + sentence)
        if ending.case.kind == "attack" and ending.audio_hash == stolen
        else ending
        for ending in endings
    ]


def breaches(found: Analysed) -> Iterator[str]:
    """Sentences of the contract that a result breaks."""
    if found.outcome is not Outcome.ACCEPTED:
        if found.reason is None or not found.detail.strip():
            yield f"ended {found.outcome} without reason or detail"
        if found.reason is RejectReason.INTERNAL_ERROR:
            yield f"a fault of ours: {found.detail}"
        if "Traceback" in found.detail or len(found.detail) > 1_000:
            yield "its detail is no sentence"
    if found.outcome in KEPT:
        audio = found.audio or {}
        if not (audio.get("duration_s", 0) > 0 and audio.get("sample_rate_hz", 0) > 0):
            yield f"impossible audio: {audio}"
        if found.text is None:
            yield "no text was read"
        yield from _values(found.features)


def _values(features: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for spec in FEATURES:
        value = features.get(spec.group, {}).get(spec.name)
        if isinstance(value, dict):
            if value.get("null") not in set(NullReason):
                yield f"{spec.name} is null for no known reason: {value}"
            continue
        numbers = value if isinstance(value, list) else [value]
        present = [number for number in numbers if number is not None]
        if not present:
            yield f"{spec.name} is missing"
        for number in present:
            if not (math.isfinite(number) and spec.minimum <= number <= spec.maximum):
                yield f"{spec.name} is {number}, outside {spec.minimum} … {spec.maximum}"
