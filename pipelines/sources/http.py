"""Reads one file of the web: to the addresses that were checked, within bounds of size and time.

Redirects are followed here, each with the full check. Nothing is decompressed: identity is asked
for and anything else refused. Proxies of the environment are not used, because a proxy would look
the name up again.
"""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from urllib.parse import urljoin

import httpcore

from pipelines.sources.fetching import Fetched, Remotes, failure, too_large, unexpected
from pipelines.sources.http_connection import Pinned
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
    backend = Pinned(target, remotes.http.addresses(target), asked.deadline)
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
