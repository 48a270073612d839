"""The queue and the processes that empty it; conditioning never waits for a generation.

Every worker process is driven by a thread of its own and takes one job at a time. Cancelling a
running job, or overrunning its time, ends the process; the next job gets a fresh one.
"""

from __future__ import annotations

import queue
import threading
import time
from typing import IO, Any

from pipelines.audio.channel import ChannelError
from schemas.errors import BusyError, WordtoneError
from schemas.settings import Settings
from service.jobs.job import Job, JobFolder, JobState, Task, now
from service.jobs.process import Process

_KEPT_S = 7 * 24 * 3600.0
_LOOK_S = 0.25
"""How often it is looked whether the service is to end."""
_WATCH_S = 1.0
"""The same, of who watches a job: they may be many."""


class Runner:
    """Takes tasks and sees them through. `start` before the first, `stop` at the end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = JobFolder(settings.home_path / "jobs")
        self._waiting: queue.Queue[str | None] = queue.Queue()
        self._lock = threading.Condition()
        self._live: dict[str, Job] = {}
        self._cancelled: set[str] = set()
        self._stopping, self._abandon = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []
        self._owner: IO[bytes] | None = None

    def start(self) -> None:
        """Queue again what an earlier service left, and begin.

        Where another service works on the same folder, what is there is its, and stays so.
        """
        self._owner = self._folder.claim()
        if self._owner is not None:
            self._folder.tidy(_KEPT_S)
            for job in self._folder.unfinished():
                self._enqueue(job.model_copy(update={"state": JobState.QUEUED, "progress": 0.0}))
        for number in range(self._settings.generation_workers):
            thread = threading.Thread(target=self._work, name=f"jobs-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def close(self) -> None:
        """Begin nothing more. A signal handler may call it: it takes no lock."""
        self._stopping.set()

    def hurry(self) -> None:
        """Give up what runs, for the next service. A signal handler may call it, too."""
        self._stopping.set()
        self._abandon.set()

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def stop(self, finish_s: float = 10.0) -> None:
        """Begin nothing more; what runs may take `finish_s`, the rest is for the next service.

        Safe to call twice.
        """
        deadline = time.monotonic() + finish_s
        self._stopping.set()
        for _ in self._threads:
            self._waiting.put(None)
        with self._lock:
            while self._running() and time.monotonic() < deadline and not self._abandon.is_set():
                self._lock.wait(min(_LOOK_S, max(0.0, deadline - time.monotonic())))
            self._abandon.set()
        for thread in self._threads:
            thread.join(5.0)
        if self._owner is not None:
            self._owner.close()
            self._owner = None

    def submit(self, task: Task) -> Job:
        """Queue a task.

        Raises
        ------
        BusyError
            When the queue is full, or the service is stopping.
        StorageError
            When it cannot be kept.
        """
        with self._lock:
            waiting = sum(job.state is JobState.QUEUED for job in self._live.values())
        if waiting >= self._settings.queued_jobs or self._stopping.is_set():
            raise BusyError(f"{waiting} jobs are waiting; try again when some are done")
        return self._enqueue(self._folder.add(task))

    def job(self, job_id: str) -> Job | None:
        """A job as it stands; None when there is none of that id."""
        with self._lock:
            found = self._live.get(job_id)
            if found is None:
                return self._folder.load(job_id)
            ahead = sum(1 for other in self._live if other < job_id)
            return found.model_copy(update={"ahead": ahead})

    def cancel(self, job_id: str) -> Job | None:
        """Ask for an end; a job that has ended stays as it is. None when there is none."""
        with self._lock:
            found = self._live.get(job_id)
            if found is None:
                return self._folder.load(job_id)
            self._cancelled.add(job_id)
            if found.state is JobState.QUEUED:
                return self._end(found, state=JobState.CANCELLED)
            return found

    def wait(self, job_id: str, before: Job, timeout_s: float) -> Job | None:
        """The job as soon as it differs from `before`, after `timeout_s`, or when all ends."""
        deadline = time.monotonic() + timeout_s
        with self._lock:
            while (found := self.job(job_id)) == before and time.monotonic() < deadline:
                if self._stopping.is_set():
                    break
                self._lock.wait(min(_WATCH_S, max(0.0, deadline - time.monotonic())))
        return found

    def counts(self) -> dict[str, int]:
        """Queued and running jobs."""
        with self._lock:
            states = [job.state for job in self._live.values()]
        return {s.value: states.count(s) for s in (JobState.QUEUED, JobState.RUNNING)}

    def _running(self) -> bool:
        return any(job.state is JobState.RUNNING for job in self._live.values())

    def _enqueue(self, job: Job) -> Job:
        self._set(job)
        self._waiting.put(job.job_id)
        return job

    def _set(self, job: Job) -> None:
        with self._lock:
            self._live[job.job_id] = job
            self._lock.notify_all()

    def _end(self, job: Job, **update: Any) -> Job:
        ended = job.model_copy(update={"ended_at": now(), "doing": "", **update})
        with self._lock:
            self._folder.save(ended)
            self._live.pop(job.job_id, None)
            self._cancelled.discard(job.job_id)
            self._lock.notify_all()
        return ended

    def _work(self) -> None:
        """One thread: jobs through one process, until there are no more."""
        with Process(self._settings) as process:
            while (job_id := self._waiting.get()) is not None and not self._stopping.is_set():
                begun = self._begin(job_id)
                if begun is None:
                    continue
                task = self._folder.task(job_id)
                if task is None:
                    self._end(begun, state=JobState.FAILED, error="what was to be done is lost")
                    continue
                self._run(process, begun, task)

    def _begin(self, job_id: str) -> Job | None:
        """The job, running from now on; None where it was cancelled while it waited."""
        with self._lock:
            job = self._live.get(job_id)
            if job is None:
                return None
            running = job.model_copy(update={"state": JobState.RUNNING, "doing": "starting"})
            self._set(running)
        return running

    def _run(self, process: Process, running: Job, task: Task) -> None:
        deadline = time.monotonic() + self._settings.job_timeout_s
        try:
            process.send(task)
            while True:
                if self._abandon.is_set():
                    process.end()
                    return
                if running.job_id in self._cancelled:
                    process.end()
                    self._end(running, state=JobState.CANCELLED)
                    return
                message = process.receive()
                if message is None and time.monotonic() > deadline:
                    process.end()
                    limit = self._settings.job_timeout_s
                    self._end(running, state=JobState.FAILED, error=f"over {limit:g} s")
                    return
                if message is not None and self._told(running, message):
                    return
                running = self._live[running.job_id]
        except (ChannelError, WordtoneError, OSError) as error:
            process.end()
            why = f"the process that generates ended: {error}"
            # Killed with the service, it is no failure of the job, which the next service does.
            if not self._stopping.is_set():
                self._end(running, state=JobState.FAILED, error=why)

    def _told(self, job: Job, message: dict[str, Any]) -> bool:
        """Take in what the process says; True when the job has ended with it."""
        if "generation_id" in message:
            made = str(message["generation_id"])
            self._end(job, state=JobState.DONE, progress=1.0, generation_id=made)
            return True
        if "error" in message:
            self._end(job, state=JobState.FAILED, error=str(message["error"])[:1000])
            return True
        share, doing = float(message.get("share", 0.0)), str(message.get("doing", ""))
        self._set(job.model_copy(update={"progress": min(1.0, max(0.0, share)), "doing": doing}))
        return False
