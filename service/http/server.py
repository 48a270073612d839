"""The server around the application: its socket, and how it ends.

A first Ctrl-C or SIGTERM: nothing new is taken, requests and jobs under way may finish; a second
Ctrl-C: it ends at once. Jobs that did not finish are done by the next service either way.
"""

from __future__ import annotations

import contextlib
import errno
import signal
import socket
from collections.abc import Iterator
from types import FrameType

import uvicorn
from fastapi import FastAPI

from schemas.errors import PortError, SettingsError, WordtoneError
from service.jobs.runner import Runner

FINISH_S = 10
"""How long requests under way may take after Ctrl-C or SIGTERM, and then jobs, s."""

_BACKLOG = 2048
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens: from here on callers wait for an answer instead of being refused.

    Raises
    ------
    SettingsError
        When `host` is no address of this machine.
    PortError
        When the port is taken, or may not be listened on.
    """
    try:
        family, *_, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        both = host == "::" and socket.has_dualstack_ipv6()
        made = socket.create_server(address, family=family, backlog=_BACKLOG, dualstack_ipv6=both)
        # Only of a socket that says it is TCP does asyncio send small parts at once. One made by
        # the library does not say so, and every answer waits 40 ms for the caller's delayed ACK.
        return socket.socket(fileno=made.detach())
    except OSError as error:
        raise _in_words(error, host, port) from error


def _in_words(error: OSError, host: str, port: int) -> WordtoneError:
    if error.errno == errno.EADDRINUSE:
        return PortError(f"port {port} of {host} is in use; --port takes another, 0 any free one")
    if error.errno == errno.EACCES:
        return PortError(f"port {port} of {host} may not be listened on here; --port takes another")
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return SettingsError(f"host {host!r} is no address of this machine")
    return PortError(f"port {port} of {host}: {error.strerror or error}")


class Server(uvicorn.Server):
    """Ends with the jobs, and by an exit code of 0 when it was asked to."""

    def __init__(self, app: FastAPI, runner: Runner) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_level="warning",
                server_header=False,
                timeout_graceful_shutdown=FINISH_S,
            )
        )
        self._runner = runner

    def serve_on(self, listening: socket.socket) -> bool:
        """Serve until a signal; False when a second one cut the end short."""
        try:
            with contextlib.closing(listening):
                self.run(sockets=[listening])
        finally:
            self._runner.stop(finish_s=0.0)  # does nothing where the application has done it
        return not self.force_exit

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's, which raises what it caught once more at its end: we end by a code."""
        before = {sig: signal.signal(sig, self.handle_exit) for sig in _SIGNALS}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        again = self.should_exit
        super().handle_exit(sig, frame)
        if again and sig == signal.SIGINT:
            self._runner.hurry()
        else:
            self._runner.close()
