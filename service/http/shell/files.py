"""Files that are sent in ranges, as players ask for them."""

from __future__ import annotations

import re
from pathlib import Path

import anyio.to_thread
from fastapi.responses import FileResponse
from starlette.types import Receive, Scope, Send

from service.http.shell.problems import problem

_ONE = rb"(?:\d{1,18}-\d{0,18}|-\d{1,18})"
_RANGES = re.compile(rb"bytes=[ \t]*" + _ONE + rb"(?:[ \t]*,[ \t]*" + _ONE + rb")*[ \t]*")
_MOST = 10
"""Ranges of one request; of more, the whole file is sent."""


class RangedFile(FileResponse):
    """A file, or parts of it.

    A Range that cannot be read is passed over, as RFC 9110 (14.2) has it; one that lies beyond the
    end is a problem document.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = dict(scope["headers"]).get(b"range")
        if given is not None and (ranges := _read(given)) is None:
            left = [header for header in scope["headers"] if header[0] != b"range"]
            scope = {**scope, "headers": left}
        elif given is not None and ranges:
            size = await anyio.to_thread.run_sync(lambda: Path(self.path).stat().st_size)
            if all(start is not None and start >= size for start, _ in ranges):
                beyond = {"Content-Range": f"bytes */{size}"}
                refused = problem(416, f"the file has {size} bytes", beyond)
                await refused(scope, receive, send)
                return
        await super().__call__(scope, receive, send)


def _read(header: bytes) -> list[tuple[int | None, int | None]] | None:
    """(first, last) of each range; None where the header says nothing that can be met."""
    if not _RANGES.fullmatch(header) or header.count(b",") >= _MOST:
        return None
    found: list[tuple[int | None, int | None]] = []
    for part in header.partition(b"=")[2].split(b","):
        first, _, last = (end.strip() for end in part.partition(b"-"))
        found.append((int(first) if first else None, int(last) if last else None))
    if any(a is not None and b is not None and a > b for a, b in found):
        return None
    return found
