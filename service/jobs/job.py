"""A job and the folder of jobs: one JSON file each, so that a service that stops loses none.

queued ─▶ running ─▶ done | failed | cancelled. What was running when a service died is queued
again by the next one.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO

from pydantic import Field, ValidationError

from schemas.answers import ConditioningVector
from schemas.conditioning import ConditioningRequest
from schemas.errors import StorageError
from schemas.ids import is_id, new_id
from schemas.parts import Contract, Ratio


class Task(Contract):
    """What a job is to do: a request, or a vector, and the engine that makes it."""

    request: ConditioningVector | ConditioningRequest
    engine: str = "embedded"
    weights: str | None = None
    preset: str | None = None
    correct: bool = True


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class Job(Contract):
    """A job as a caller sees it."""

    job_id: str
    state: JobState
    progress: Ratio = Field(0.0, description="share that is done")
    doing: str = Field("", description="what is being done, in words")
    ahead: int = Field(0, ge=0, description="jobs that will be done first")
    generation_id: str | None = Field(None, description="what was made; see /v1/generations")
    error: str | None = Field(None, description="why it failed, in words")
    created_at: str = Field(description="ISO 8601, UTC")
    ended_at: str | None = None


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class JobFolder:
    """Jobs on disk: ID.json as a caller sees it, ID.task.json what is to be done until it has been.

    Thread-safe. The task holds the prompt and goes as soon as the job has ended.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()

    def claim(self) -> IO[bytes] | None:
        """Own the folder until what is returned is closed, or the process ends however it does;
        None where another process owns it, or nothing can be written there.
        """
        lock = None
        try:
            self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (self._root / ".owner").open("ab")
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if lock is not None:
                lock.close()
            return None
        return lock

    def add(self, task: Task) -> Job:
        """Keep a new job. Raises StorageError when the folder cannot be written."""
        job = Job(job_id=new_id(), state=JobState.QUEUED, created_at=now())
        self._write(self._task(job.job_id), task.model_dump_json())
        self.save(job)
        return job

    def save(self, job: Job) -> None:
        self._write(self._root / f"{job.job_id}.json", job.model_dump_json())
        if job.state.ended:
            self._task(job.job_id).unlink(missing_ok=True)

    def load(self, job_id: str) -> Job | None:
        """The job of that id; None when there is none."""
        if not is_id(job_id):
            return None
        try:
            text = (self._root / f"{job_id}.json").read_text(encoding="utf-8")
            return Job.model_validate_json(text)
        except (OSError, ValidationError):
            return None

    def task(self, job_id: str) -> Task | None:
        """What is to be done; None when it has been, or cannot be read."""
        try:
            return Task.model_validate_json(self._task(job_id).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def unfinished(self) -> list[Job]:
        """Jobs that had not ended, the oldest first."""
        there = sorted(self._root.glob("*.task.json"))
        found = (self.load(path.name.removesuffix(".task.json")) for path in there)
        return [job for job in found if job is not None and not job.state.ended]

    def tidy(self, older_than_s: float) -> None:
        """Forget jobs that ended longer ago than that."""
        before = time.time() - older_than_s
        for path in self._root.glob("*.json"):
            job = self.load(path.stem)
            if job is not None and job.state.ended and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)

    def _task(self, job_id: str) -> Path:
        return self._root / f"{job_id}.task.json"

    def _write(self, path: Path, text: str) -> None:
        beside = path.with_suffix(".part")
        try:
            with self._lock:
                self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
                with beside.open("w", encoding="utf-8") as written:
                    written.write(text)
                    written.flush()
                    os.fsync(written.fileno())  # a machine that stops keeps a job or has none
                beside.replace(path)
        except OSError as error:
            raise StorageError(f"{path}: cannot be written ({error.strerror})") from error
