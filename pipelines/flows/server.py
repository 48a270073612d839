"""A Prefect server for those who run none: started for one process, gone with it.

Prefect would start one itself, in our process group and on our terminal: Ctrl-C would end it under
a run that is finishing its files, and its shutdown prints tracebacks. This one has a session and a
log file of its own, starts while Prefect is being imported, and ends when its standard input
closes, as it also does when the process at the other end is killed.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from schemas.errors import WordtoneError

_START_S, _STOP_S = 120.0, 10.0
_LOG = "temporary-server.log"
_running: list[_Server] = []


class _Server:
    """The process, and where it answers."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.log = home / _LOG
        self.address = f"http://127.0.0.1:{_free_port()}/api"
        program = ["-m", "uvicorn", "--factory", "pipelines.flows.server:application"]
        port = self.address.rsplit(":", 1)[1].split("/", maxsplit=1)[0]
        options = ["--host", "127.0.0.1", "--port", port, "--log-level", "error"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                [sys.executable, *program, *options],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, "PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1"},
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Raises WordtoneError when the server does not answer within two minutes."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError), direct.open(f"{self.address}/health", timeout=5):
                return
            time.sleep(0.1)
        self.stop()
        raise WordtoneError(
            f"Prefect's temporary server did not start; its log is {self.log}. "
            "PREFECT_API_URL may name a server of your own"
        )

    def stop(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def reachable_server(home: Path) -> Iterator[str]:
    """A server for the flows run inside: the user's (PREFECT_API_URL), else a temporary one.

    Enter before Prefect is imported and import it inside. The temporary server stays up for the
    next flow of this process, and ends with it.

    Raises
    ------
    WordtoneError
        The temporary server does not start.
    """
    if given := os.environ.get("PREFECT_API_URL"):
        yield given
        return
    server = _temporary(home)
    os.environ["PREFECT_API_URL"] = server.address
    try:
        _import_prefect()
        server.wait_until_ready()
        yield server.address
    finally:
        # Whoever asks next whether the user has a server must not see ours.
        del os.environ["PREFECT_API_URL"]


def forget_unsent() -> None:
    """The server is lost: drop the events and logs that wait for it.

    Prefect sends them before the process may end, and tries each event for a quarter of a minute.
    """
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    kinds: list[Any] = [EventsWorker, APILogWorker]
    for service in [service for kind in kinds for service in kind._instances.values()]:
        client: Any = getattr(service, "_client", None)
        if hasattr(client, "_reconnection_attempts"):
            client._reconnection_attempts = 0
        with contextlib.suppress(queue.Empty):
            while True:
                service._queue.get_nowait()
                service._queue.task_done()


def _temporary(home: Path) -> _Server:
    if _running and _running[0].process.poll() is None:
        return _running[0]
    server = _Server(home)
    # Registered before Prefect's own exit handlers, so run after them: they have logs to send.
    atexit.register(server.stop)
    _running[:] = [server]
    return server


def _import_prefect() -> None:
    seen = "prefect" in sys.modules
    from prefect.context import refresh_global_settings_context

    if seen:
        refresh_global_settings_context()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def application() -> object:
    """What the server process serves; it ends when its standard input does."""
    from prefect.server.api.server import create_app

    threading.Thread(target=_end_with_input, daemon=True, name="end-with-input").start()
    app: object = create_app(final=True)
    return app


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)  # writes down what it still holds
    time.sleep(_STOP_S)
    os._exit(0)
