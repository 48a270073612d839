"""A web server on loopback that misbehaves in every way that a test asks for."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Web:
    """What the server holds and has seen. `files` path → (bytes, headers)."""

    port: int
    files: dict[str, tuple[bytes, dict[str, str]]] = field(default_factory=dict)
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    hosts: list[str] = field(default_factory=list)
    down: bool = False
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def allow(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.allow}{path}"

    def put(self, path: str, data: bytes, **headers: str) -> str:
        self.files[path] = (data, {k.replace("_", "-"): v for k, v in headers.items()})
        return self.url(path)


@contextmanager
def serving() -> Iterator[Web]:
    web = Web(0)

    class Handler(_Handler):
        held = web

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # the client hangs up on purpose

    server = Server(("127.0.0.1", 0), Handler)
    web.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield web
    finally:
        web.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    held: Web
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        web = self.held
        web.seen[self.command, self.path] += 1
        web.hosts.append(self.headers.get("Host", ""))
        self.close_connection = True
        name, _, argument = self.path.lstrip("/").partition("/")
        odd = getattr(self, f"_{name.replace('-', '_')}", None)
        with contextlib.suppress(OSError):
            if web.down:
                self._head(503)
            elif odd is not None:
                odd(argument)
            elif self.path in web.files:
                self._file(*web.files[self.path])
            else:
                self._head(404)

    def _head(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.send_header("Connection", "close")
        self.end_headers()

    def _file(self, data: bytes, headers: dict[str, str]) -> None:
        etag, modified = headers.get("ETag"), headers.get("Last-Modified")
        same = etag and self.headers.get("If-None-Match") == etag
        if same or (modified and self.headers.get("If-Modified-Since") == modified):
            self._head(304, **headers)
            return
        self._head(200, Content_Length=str(len(data)), **headers)
        if self.command == "GET":
            self.wfile.write(data)

    def _to(self, url: str) -> None:
        self._head(302, Location=url, Content_Length="0")

    def _loop(self, number: str) -> None:
        self._head(307, Location=f"/loop/{int(number) + 1}", Content_Length="0")

    def _hops(self, number: str) -> None:
        to = f"/hops/{int(number) - 1}" if int(number) > 1 else "/song.bin"
        self._head(301, Location=to, Content_Length="0")

    def _nowhere(self, _: str) -> None:
        self._head(302, Content_Length="0")

    def _status(self, number: str) -> None:
        self._head(int(number), Content_Length="0")

    def _promises_less(self, _: str) -> None:
        self._head(200, Content_Length="10")
        self.wfile.write(b"x" * 1000)

    def _promises_more(self, _: str) -> None:
        self._head(200, Content_Length="1000")
        self.wfile.write(b"x" * 10)

    def _promises_much(self, _: str) -> None:
        self._head(200, Content_Length=str(1 << 40))

    def _endless(self, _: str) -> None:
        self._head(200)
        while not self.held.stop.is_set():
            self.wfile.write(b"x" * 4096)

    def _slow(self, _: str) -> None:
        self._head(200, Content_Length="100000")
        while not self.held.stop.wait(0.05):
            self.wfile.write(b"x")
            self.wfile.flush()

    def _slow_head(self, _: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.held.stop.wait(0.05):
            self.wfile.write(b"x")
            self.wfile.flush()

    def _silent(self, _: str) -> None:
        self.held.stop.wait(20)

    def _packed(self, _: str) -> None:
        self._head(200, Content_Encoding="gzip", Content_Length="3")
        self.wfile.write(b"\x1f\x8b\x08")

    def _garbage(self, _: str) -> None:
        self.wfile.write(b"SSH-2.0-OpenSSH_9.9\r\n")

    def _no_head(self, _: str) -> None:
        if self.command == "HEAD":
            self._head(405)
        else:
            self._head(200, Content_Length="4")
            self.wfile.write(b"song")
