"""Connections to addresses that were checked, each wait of which ends at one deadline."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from pipelines.sources.http_policy import Refused, Target


class Pinned(httpcore.NetworkBackend):
    """Connects to the addresses that were checked, whatever name it is given."""

    def __init__(self, target: Target, addresses: Iterable[str], deadline: float) -> None:
        self._target = target
        self._addresses = tuple(addresses)
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        if host.strip("[]") != self._target.host or port != self._target.port:
            raise Refused(f"a connection to {host}:{port}, which was not checked")
        trouble: Exception = httpcore.ConnectError("no address")
        for address in self._addresses:
            limit = remaining(self._deadline, timeout)
            try:
                stream = self._sockets.connect_tcp(address, port, limit, local_address)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
                continue
            return _Patient(stream, self._deadline)
        raise trouble

    def connect_unix_socket(self, *arguments: Any, **named: Any) -> httpcore.NetworkStream:
        raise Refused("a socket of this machine")


class _Patient(httpcore.NetworkStream):
    """A stream whose every wait ends at the deadline: a byte now and then does not prolong it."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, remaining(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, remaining(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        limit = remaining(self._deadline, timeout)
        return _Patient(self._stream.start_tls(ssl_context, server_hostname, limit), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def remaining(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("over the time that one file may take")
    return left if timeout is None else min(left, timeout)
