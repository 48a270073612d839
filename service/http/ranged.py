"""A file, whole or in ranges; what is wrong with a range is told as every error is."""

from __future__ import annotations

from typing import Any

from fastapi.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from service.http.shell.problems import problem

_NO_RANGE = "no such range of the file; Content-Range has its length"


class RangedFile(FileResponse):
    """Starlette's, which answers a range that cannot be in plain text."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused: dict[str, Any] = {}

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400:
                refused.update(message)
            elif not refused:
                await send(message)
            elif not message.get("more_body", False):
                headers = {
                    name.decode(): value.decode()
                    for name, value in refused["headers"]
                    if name == b"content-range"
                }
                why = message.get("body", b"").decode("utf-8", "replace") or _NO_RANGE
                await problem(refused["status"], why, headers)(scope, receive, send)

        await super().__call__(scope, receive, told)
