"""A real HTTP server on loopback that answers as it is told, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    announced: int | None = None
    """Content-Length, where it is to be a lie."""
    delay_s: float = 0.0


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def reply(found: Any, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(found).encode(), named)


@dataclass
class Scripted:
    """`replies` are given one after the other; the last one for ever."""

    address: str
    replies: list[Reply] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)


@contextmanager
def scripted(*replies: Reply) -> Iterator[Scripted]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    found = Scripted(f"http://127.0.0.1:{server.server_port}", list(replies))
    _Handler.scripts[server.server_port] = found
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.released.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


class _Handler(BaseHTTPRequestHandler):
    scripts: dict[int, Scripted] = {}  # noqa: RUF012

    def _answer(self) -> None:
        script = self.scripts[self.server.server_address[1]]
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        script.asked.append(Request(self.command, self.path, headers, body))
        given = script.replies.pop(0) if len(script.replies) > 1 else script.replies[0]
        script.released.wait(given.delay_s)
        self.send_response(given.status)
        for name, value in given.headers.items():
            self.send_header(name, value)
        length = len(given.body) if given.announced is None else given.announced
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(given.body)
        self.close_connection = True

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass
