"""How throughput grows with worker processes: the real workers, on the same files."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipelines.analyse import Job
from pipelines.audio.isolate import Limits, Worker
from schemas.errors import InputError
from schemas.features import FEATURES, groups
from schemas.settings import Settings

_ROUNDS = 2


def scaling(clips: Sequence[Path]) -> tuple[float, int]:
    """Tracks a second of one process a core over those of one process, and the number of cores."""
    cores = Settings().worker_count
    return _tracks_per_s(clips, cores) / _tracks_per_s(clips, 1), cores


def _tracks_per_s(clips: Sequence[Path], processes: int) -> float:
    """Wall-clock throughput of `processes` workers, started and warm."""
    work = list(clips) * _ROUNDS
    workers = [Worker(Limits()) for _ in range(processes)]
    shares = [work[number::processes] for number in range(processes)]
    try:
        with ThreadPoolExecutor(processes) as pool:
            list(pool.map(_measure, workers, [share[:1] for share in shares]))
            started = time.perf_counter()
            list(pool.map(_measure, workers, shares))
            return len(work) / (time.perf_counter() - started)
    finally:
        for worker in workers:
            worker.close()


def _measure(worker: Worker, clips: Sequence[Path]) -> None:
    for clip in clips:
        job = Job(uri=str(clip), source=str(clip.parent), groups=tuple(groups(FEATURES)))
        answer = worker.run(dataclasses.asdict(job), lambda _: {})
        if answer["outcome"] != "accepted":
            raise InputError(f"{clip}: {answer['outcome']}, {answer['detail']}")
