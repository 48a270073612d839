"""Reads one file of the web: to the addresses that were checked, within bounds of size and time.

Redirects are followed here, each with the full check. Nothing is decompressed: identity is asked
for and anything else refused. Proxies of the environment are not used, because a proxy would look
the name up again.
"""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpcore

from pipelines.sources.fetching import Fetched, Remotes, failure, too_large, unexpected
from pipelines.sources.http_policy import Refused, Target
from schemas.outcomes import RejectReason

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_NOT_MODIFIED = 304
_ETAG, _MODIFIED = "etag:", "modified:"
_AGENT = "wordtone (music metadata)"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: method, address, the version that is known, and when patience ends."""

    method: str
    url: str
    version: str | None
    deadline: float


def fetch(url: str, target: Path, version: str | None, remotes: Remotes) -> Fetched:
    """Write the body of `url` to `target`, or nothing where the server still has `version`.

    Raises
    ------
    AudioError
        REFUSED_ADDRESS, TOO_LARGE, UNREADABLE (it is not there) or UNREACHABLE.
    """
    asked = Asked("GET", url, version, time.monotonic() + remotes.wall_s)
    with _answer(asked, remotes) as response:
        facts = _facts(response)
        if response.status == _NOT_MODIFIED:
            return Fetched(facts.size, facts.mtime_ns, facts.version or version, same=True)
        _check_length(url, facts.size, remotes)
        size = 0
        with target.open("wb") as sink:
            for block in response.iter_stream():
                size += len(block)
                _check_length(url, size, remotes)
                sink.write(block)
        return Fetched(size, facts.mtime_ns, facts.version)


def look(url: str, version: str | None, remotes: Remotes) -> Fetched:
    """What the server says of `url`, without its body; `same` when it still has `version`.

    Raises
    ------
    AudioError
        As `fetch`. A server that does not answer HEAD is no error: nothing is known then.
    """
    asked = Asked("HEAD", url, version, time.monotonic() + min(remotes.wall_s, 60.0))
    with _answer(asked, remotes) as response:
        facts = _facts(response)
        same = response.status == _NOT_MODIFIED
        return Fetched(facts.size, facts.mtime_ns, version if same else facts.version, same)


@contextmanager
def _answer(asked: Asked, remotes: Remotes) -> Iterator[httpcore.Response]:
    """The response that the redirects lead to; what goes wrong on the way is an AudioError."""
    try:
        with contextlib.ExitStack() as opened:
            yield _follow(asked, remotes, opened)
    except Refused as error:
        raise failure(RejectReason.REFUSED_ADDRESS, f"{asked.url}: {error}") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
        raise unexpected(asked.url, _said(error)) from error
    except (ssl.SSLError, TimeoutError) as error:
        raise unexpected(asked.url, _said(error)) from error
    except OSError as error:
        if error.filename is not None:
            raise  # our own disk, not the remote
        raise unexpected(asked.url, error.strerror or error) from error


def _said(error: Exception) -> str:
    kinds = {
        httpcore.ConnectTimeout: "no connection in time",
        httpcore.ReadTimeout: "no answer in time",
        httpcore.RemoteProtocolError: "not a valid answer, or cut short",
    }
    return kinds.get(type(error), f"{error}" or type(error).__name__)


def _follow(asked: Asked, remotes: Remotes, opened: contextlib.ExitStack) -> httpcore.Response:
    url = asked.url
    secure = False
    for _ in range(remotes.http.max_redirects + 1):
        target = remotes.http.target(url)
        if secure and target.scheme != "https":
            raise Refused(f"a redirect from https to {target.url[:200]}")
        secure = target.scheme == "https"
        response = opened.enter_context(_request(asked, target, remotes))
        if response.status not in _REDIRECTS:
            return _usable(response, asked)
        url = urljoin(target.url, _header(response, b"location"))
    raise Refused(f"more than {remotes.http.max_redirects} redirects")


def _usable(response: httpcore.Response, asked: Asked) -> httpcore.Response:
    status = response.status
    if status == _NOT_MODIFIED and asked.version:
        return response
    if status in _GONE:
        raise failure(RejectReason.UNREADABLE, f"{asked.url}: not there (status {status})")
    if asked.method == "HEAD" and status in (403, 405, 501):
        return response  # it answers GET alone; what it says here is not used
    if status != 200:
        raise failure(RejectReason.UNREACHABLE, f"{asked.url}: status {status}")
    coding = _header(response, b"content-encoding").lower()
    if coding not in ("", "identity"):
        raise failure(RejectReason.UNREACHABLE, f"{asked.url}: sent as {coding[:40]}, unasked")
    return response


@contextmanager
def _request(asked: Asked, target: Target, remotes: Remotes) -> Iterator[httpcore.Response]:
    backend = _Pinned(target, remotes.http.addresses(target), asked.deadline)
    limits = {"connect": remotes.http.connect_s, "read": remotes.http.idle_s}
    limits |= {"write": remotes.http.idle_s, "pool": remotes.http.connect_s}
    with (
        httpcore.ConnectionPool(
            ssl_context=_ssl() if target.scheme == "https" else None,
            max_connections=1,
            network_backend=backend,
        ) as pool,
        pool.stream(
            asked.method, target.url, headers=_headers(asked), extensions={"timeout": limits}
        ) as response,
    ):
        yield response


def _headers(asked: Asked) -> list[tuple[str, str]]:
    headers = [("User-Agent", _AGENT), ("Accept", "*/*"), ("Accept-Encoding", "identity")]
    version = asked.version or ""
    if version.startswith(_ETAG):
        headers.append(("If-None-Match", version.removeprefix(_ETAG)))
    elif version.startswith(_MODIFIED):
        headers.append(("If-Modified-Since", version.removeprefix(_MODIFIED)))
    return headers


@cache
def _ssl() -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context(trust_env=False)


def _facts(response: httpcore.Response) -> Fetched:
    if response.status not in (200, _NOT_MODIFIED):
        return Fetched(0, 0, None)
    length = _header(response, b"content-length")
    etag, modified = _header(response, b"etag"), _header(response, b"last-modified")
    version = f"{_ETAG}{etag}" if etag else f"{_MODIFIED}{modified}" if modified else None
    size = int(length) if length.isascii() and length.isdigit() and len(length) < 19 else 0
    return Fetched(size, _moment_ns(modified), version)


def _moment_ns(text: str) -> int:
    try:
        moment = parsedate_to_datetime(text)
        return max(0, int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())) * 10**9
    except (TypeError, ValueError, OverflowError):
        return 0


def _header(response: httpcore.Response, name: bytes) -> str:
    values = (value for key, value in response.headers if key.lower() == name)
    text = next(values, b"").decode("latin-1").strip()
    return "".join(c for c in text if c.isprintable())[:2048]


def _check_length(url: str, size: int, remotes: Remotes) -> None:
    if size > remotes.max_bytes:
        raise too_large(url, remotes)


class _Pinned(httpcore.NetworkBackend):
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
            limit = _remaining(self._deadline, timeout)
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
        return self._stream.read(max_bytes, _remaining(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _remaining(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        limit = _remaining(self._deadline, timeout)
        return _Patient(self._stream.start_tls(ssl_context, server_hostname, limit), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _remaining(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("over the time that one file may take")
    return left if timeout is None else min(left, timeout)
