"""How long a body may take to come: a caller that sends a byte a minute is not waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus

import anyio
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.shell.limits import BATCHES

PAUSE_S = 30.0
"""Longest time in which nothing of a body comes."""
SLOWEST_BYTES_S = 16 * 1024
"""Bytes a second that a body must come at, on average, after the first pause's time."""
LONGEST_BATCH_S = 3600.0
"""A batch may be made while it is sent, so it has time, but not for ever."""


class BodyPatience:
    """Ends the reading of a body that comes too slowly with 408."""

    def __init__(
        self, app: ASGIApp, pause_s: float = PAUSE_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._pause_s = pause_s
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, came, whole = self._clock(), 0, False
        batch = scope["path"] in BATCHES

        async def in_time() -> Message:
            nonlocal came, whole
            if whole:
                return await receive()
            allowed = LONGEST_BATCH_S if batch else self._pause_s + came / SLOWEST_BYTES_S
            left = began + allowed - self._clock()
            with anyio.move_on_after(min(self._pause_s, left)):
                # What is at hand would be taken after any time: nothing is waited for.
                message = await receive() if left > 0 else None
                if message is not None:
                    came += len(message.get("body", b""))
                    whole = not message.get("more_body", False)
                    return message
            raise HTTPException(
                HTTPStatus.REQUEST_TIMEOUT,
                f"the body came too slowly: {came} bytes in {self._clock() - began:.0f} s",
                {"Connection": "close"},
            )

        await self._app(scope, in_time, send)
