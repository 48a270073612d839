"""Runs hostile work in a separate process: one file at a time, with memory, CPU and wall limits.

A native decoder can crash, hang or eat memory on a crafted file. So analysis happens in a worker
process that holds exactly one file; when it dies, the culprit is known without re-running anything
else, and a fresh process goes on with the next file. Parent and worker speak JSON lines, so nothing
that a worker sends is ever executed or unpickled.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from schemas.errors import AudioError
from schemas.outcomes import RejectReason, Stage

Message = Mapping[str, Any]
Answer = Callable[[Message], Message]

WORKER_COMMAND = (sys.executable, "-m", "pipelines.audio.worker")
_MAX_MESSAGE_BYTES = 64 << 20
_STARTUP_S = 120.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: memory in MB (address space), CPU and wall time in seconds."""

    memory_mb: int = 4096
    cpu_s: float = 900.0
    wall_s: float = 900.0


class WorkerDiedError(AudioError):
    """The worker process ended while it held a file; the reason says how."""


class Worker:
    """One worker process, started at first use and again after each death.

    Not thread-safe: a task owns its worker.
    """

    def __init__(self, limits: Limits, command: Sequence[str] = WORKER_COMMAND) -> None:
        self._limits = limits
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._complaints: IO[bytes] | None = None
        self._buffer = bytearray()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, job: Message, answer: Answer) -> Message:
        """Send one job and return the worker's result.

        `answer` serves questions that the worker asks on the way (a message with key "ask").

        Raises
        ------
        WorkerDiedError
            The process crashed, ran out of memory or outlasted its limits. The next call starts a
            fresh one.
        """
        process = self._started()
        deadline = time.monotonic() + self._limits.wall_s
        try:
            self._send(process, {"job": job})
            while True:
                message = self._receive(process, deadline)
                if "ask" in message:
                    self._send(process, {"answer": answer(message["ask"])})
                else:
                    return message
        except BaseException:
            # It is dead or, after Ctrl-C, still holds a file that the next answer would be about.
            self._stop()
            raise

    def close(self) -> None:
        """End the process. Safe to call twice."""
        self._stop()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._stop()
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the process
        arguments = [
            *self._command,
            f"--memory-mb={self._limits.memory_mb}",
            f"--cpu-s={self._limits.cpu_s:g}",
        ]
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            start_new_session=True,  # Ctrl-C goes to the parent alone, which stops its workers
        )
        self._buffer = bytearray()
        self._receive(self._process, time.monotonic() + _STARTUP_S)  # {"ready": true}
        return self._process

    def _send(self, process: subprocess.Popen[bytes], message: Message) -> None:
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(message).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            raise self._died(process) from None

    def _receive(self, process: subprocess.Popen[bytes], deadline: float) -> Message:
        assert process.stdout is not None
        searched = 0
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            # Only what has just arrived can hold the end of the line: a flood stays cheap to read.
            while (end := self._buffer.find(b"\n", searched)) < 0:
                searched = len(self._buffer)
                remaining = deadline - time.monotonic()
                if remaining <= 0 or not selector.select(remaining):
                    raise _death(RejectReason.TIMED_OUT, f"no answer in {self._limits.wall_s:g} s")
                received = os.read(process.stdout.fileno(), 1 << 20)
                if not received:
                    raise self._died(process)
                self._buffer += received
                if len(self._buffer) > _MAX_MESSAGE_BYTES:
                    raise _death(RejectReason.WORKER_CRASHED, "its answer is over 64 MB")
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        message: Message = json.loads(line)
        return message

    def _died(self, process: subprocess.Popen[bytes]) -> WorkerDiedError:
        code = process.wait()
        if code == -signal.SIGXCPU:
            return _death(RejectReason.TIMED_OUT, f"over {self._limits.cpu_s:g} s of CPU time")
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return _death(RejectReason.WORKER_CRASHED, f"{how}{self._last_words()}")

    def _last_words(self) -> str:
        if self._complaints is None:
            return ""
        size = self._complaints.seek(0, os.SEEK_END)
        self._complaints.seek(max(0, size - 4096))
        lines = self._complaints.read().decode(errors="replace").strip().splitlines()
        return f": {lines[-1][:300]}" if lines else ""

    def _stop(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()
            self._process.wait()
            self._process = None
        if self._complaints is not None:
            self._complaints.close()
            self._complaints = None


def _death(reason: RejectReason, detail: str) -> WorkerDiedError:
    return WorkerDiedError(reason, detail, Stage.ANALYSE)
