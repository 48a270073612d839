"""HEAD is answered as GET, without the body."""

from __future__ import annotations

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class _NoBody(OSError):
    """Ends what would write a body: to the application, the client has gone."""


class HeadAsGet:
    """Every path that answers GET answers HEAD with the same status and headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        answered = False

        async def without_body(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.body":
                if not answered:
                    answered = True
                    await send({"type": "http.response.body", "body": b""})
                # A stream, which may last, ends here.
                raise _NoBody
            await send(message)

        try:
            # The same scope, so that what stands around sees which route it was.
            scope["method"] = "GET"
            await self._app(scope, receive, without_body)
        except (_NoBody, ClientDisconnect):
            if not answered:
                raise
        finally:
            scope["method"] = "HEAD"
