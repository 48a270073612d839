"""Runs hostile work in a separate process: one file at a time, with memory, CPU and wall limits.

A native decoder can crash, hang or eat memory on a crafted file. So analysis happens in a worker
process that holds exactly one file; when it dies, the culprit is known without re-running anything
else, and a fresh process goes on with the next file. Parent and worker speak JSON lines, so nothing
that a worker sends is ever executed or unpickled.

The worker sets its memory and CPU limits itself and carries an alarm a little past the wall limit,
so that it ends also when its parent was killed. Whatever it started dies with it: it leads a
process group of its own.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.audio.channel import Channel, ChannelError, Ended, Garbled, Overdue
from schemas.errors import AudioError, WordtoneError
from schemas.outcomes import RejectReason, Stage

Message = Mapping[str, Any]
Answer = Callable[[Message], Message]

WORKER_COMMAND = (sys.executable, "-m", "pipelines.audio.worker")
_STARTUP_S = 120.0
_STARTS = 2
_REAP_S = 10.0  # a process that waits for a dead disk cannot be reaped: it is left behind


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: memory in MB (address space), CPU and wall time in seconds."""

    memory_mb: int = 4096
    cpu_s: float = 900.0
    wall_s: float = 900.0


class WorkerDiedError(AudioError):
    """The worker process ended while it held a file; the reason says how."""


class WorkerStartError(WordtoneError):
    """No worker process comes up, with any file: a fault of the machine or of the settings."""

    http_status = 503


class Worker:
    """One worker process, started at first use and again after each death.

    Not thread-safe: a task owns its worker.
    """

    def __init__(self, limits: Limits, command: Sequence[str] = WORKER_COMMAND) -> None:
        self._limits = limits
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self._number = 0

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, job: Message, answer: Answer) -> Message:
        """Send one job and return the worker's result.

        `answer` serves questions that the worker asks on the way.

        Raises
        ------
        WorkerDiedError
            The process crashed, ran out of memory, talked nonsense or outlasted its limits. The
            next call starts a fresh one.
        WorkerStartError
            A process could not be started in two attempts; no file is to blame.
        """
        channel = self._started()
        deadline = time.monotonic() + self._limits.wall_s
        self._number += 1
        try:
            channel.send({"job": job, "number": self._number}, deadline)
            while True:
                message = channel.receive(deadline)
                if "ask" not in message:
                    return self._result(message)
                channel.send({"answer": answer(_question(message["ask"]))}, deadline)
        except ChannelError as fault:
            death = self._death(fault)
            self._stop()
            raise death from None
        except BaseException:
            # After Ctrl-C it still holds a file that the next answer would be about.
            self._stop()
            raise

    def close(self) -> None:
        """End the process and what it started. Safe to call twice."""
        self._stop()

    def _result(self, message: Message) -> Message:
        result = message.get("result")
        if message.get("number") != self._number or not isinstance(result, dict):
            raise Garbled("its answer is to no question that was put")
        return result

    def _started(self) -> Channel:
        if self._channel is not None and self._process is not None:
            if self._process.poll() is None:
                self._channel.forget_words()
                return self._channel
            self._stop()
        trouble = ""
        for _ in range(_STARTS):
            try:
                return self._start()
            except ChannelError as fault:
                trouble = self._death(fault, _STARTUP_S).detail
                self._stop()
            except OSError as error:
                trouble = error.strerror or str(error)
        raise WorkerStartError(f"an analysis process cannot be started: {trouble}")

    def _start(self) -> Channel:
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            [
                *self._command,
                f"--memory-mb={self._limits.memory_mb}",
                f"--cpu-s={self._limits.cpu_s:g}",
                f"--wall-s={self._limits.wall_s:g}",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C goes to the parent alone, which stops its workers
        )
        self._channel = Channel(self._process)
        if "ready" not in self._channel.receive(time.monotonic() + _STARTUP_S):
            raise Garbled("its first message is not that it is ready")
        return self._channel

    def _death(self, fault: ChannelError, wall_s: float | None = None) -> WorkerDiedError:
        if isinstance(fault, Overdue):
            seconds = self._limits.wall_s if wall_s is None else wall_s
            return _died(RejectReason.TIMED_OUT, f"no answer in {seconds:g} s")
        if not isinstance(fault, Ended):
            return _died(RejectReason.WORKER_CRASHED, str(fault))
        code = self._exit_code()
        if code == -signal.SIGXCPU:
            return _died(RejectReason.TIMED_OUT, f"over {self._limits.cpu_s:g} s of CPU time")
        if code == -signal.SIGALRM:
            return _died(RejectReason.TIMED_OUT, f"over {self._limits.wall_s:g} s")
        words = self._channel.last_words() if self._channel is not None else ""
        how = str(fault) if code is None else _manner(code)
        return _died(RejectReason.WORKER_CRASHED, f"{how}: {words}" if words else how)

    def _exit_code(self) -> int | None:
        """How the process ended; None when it lives on with its output closed."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(1.0) if self._process is not None else None
        return None

    def _stop(self) -> None:
        if self._process is not None:
            # It leads its group, also once it is dead: its descendants are reached through it.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_REAP_S)
            self._process = None
        if self._channel is not None:
            self._channel.close()
            self._channel = None


def _question(ask: Any) -> Message:
    if not isinstance(ask, dict) or len(ask) != 1:
        raise Garbled("its question is not of one thing")
    if not all(isinstance(text, str) for text in ask.values()):
        raise Garbled("its question is not text")
    return ask


def _manner(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return f"signal {signal.Signals(-code).name}"
    return f"signal {-code}"


def _died(reason: RejectReason, detail: str) -> WorkerDiedError:
    return WorkerDiedError(reason, detail, Stage.ANALYSE)
