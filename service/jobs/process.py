"""One process that generates, as `service.jobs.worker` speaks, and its end whatever it does."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import time
from typing import Any

from pipelines.audio.channel import Channel, Overdue
from schemas.settings import Settings
from service.jobs.job import Task

_COMMAND = (sys.executable, "-m", "service.jobs.worker")
_POLL_S = 0.25


class Process:
    """One worker process, started at first use and again after each end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._child: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def send(self, task: Task) -> None:
        deadline = time.monotonic() + 30.0
        if self._child is None or self._child.poll() is not None:
            self.end()
            self._child = subprocess.Popen(  # noqa: S603  our own interpreter and module
                _COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for the service, which lets jobs finish
            )
            self._channel = Channel(self._child)
            given = dataclasses.asdict(self._settings)
            self._channel.send({**given, "home": str(self._settings.home_path)}, deadline)
        assert self._channel is not None
        self._channel.send(task.model_dump(mode="json"), deadline)

    def receive(self) -> dict[str, Any] | None:
        """The next message, or None when a moment has passed without one."""
        assert self._channel is not None
        try:
            return dict(self._channel.receive(time.monotonic() + _POLL_S))
        except Overdue:
            return None

    def end(self) -> None:
        """End the process and all that it started. Safe to call twice."""
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(10.0)
        if self._channel is not None:
            self._channel.close()
        self._child = self._channel = None
