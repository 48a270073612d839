"""How much a caller may ask for: size of a body, requests a minute.

Both are ASGI middleware, so that nothing of a body beyond the limit is ever held.
"""

from __future__ import annotations

import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.shell.problems import problem

BODY_BYTES = 256 * 1024
UPLOADS: Mapping[str, int] = {
    "/v1/transcribe": 32 * 2**20,
    "/v1/analyse": 256 * 2**20,
    "/hum": 33 * 2**20,
}
"""Paths that take a file → the largest, bytes."""
BATCHES: Mapping[str, int] = {"/v1/conditioning/batch": 16 * 2**20}

_CALLERS = 10_000
"""Callers remembered; the one that has been quiet longest is forgotten first."""


class TooLarge(Exception):
    """Ends the reading of a body beyond its limit."""


class BodyLimit:
    """Refuses bodies beyond the limit of their path: by what they announce, and by what comes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = UPLOADS.get(scope["path"]) or BATCHES.get(scope["path"]) or BODY_BYTES
        announced = dict(scope["headers"]).get(b"content-length", b"0")

        async def refuse() -> None:
            refused = problem(413, f"the body is too large; at most {limit} bytes")
            await refused(scope, receive, send)

        if not announced.isdigit() or len(announced) > 15 or int(announced) > limit:
            await refuse()
            return
        seen, started = 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise TooLarge
            return message

        async def counted_send(message: Message) -> None:
            nonlocal started
            # What the application makes of a body that was cut short is no answer to anybody.
            if seen <= limit or started:
                started = True
                await send(message)

        with contextlib.suppress(TooLarge):
            await self._app(scope, counted, counted_send)
        if not started and seen > limit:
            await refuse()


class RateLimit:
    """A bucket of `a_minute` requests for each caller, filled evenly; 0: no limit.

    A caller is the token that is presented, or the address. Health is never refused.
    """

    def __init__(
        self, app: ASGIApp, a_minute: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._burst = float(a_minute)
        self._a_second = a_minute / 60
        self._clock = clock
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._burst or scope["path"] == "/healthz":
            await self._app(scope, receive, send)
            return
        wait_s = self._take(_caller(scope))
        if wait_s == 0:
            await self._app(scope, receive, send)
            return
        after = {"Retry-After": str(int(wait_s) + 1)}
        refused = problem(429, f"at most {self._burst:.0f} requests a minute", after)
        await refused(scope, receive, send)

    def _take(self, caller: bytes) -> float:
        """Take one; 0 when there was one, else how long until there is, s."""
        now = self._clock()
        left, then = self._buckets.pop(caller, (self._burst, now))
        left = min(self._burst, left + (now - then) * self._a_second)
        taken = left >= 1
        self._buckets[caller] = (left - 1 if taken else left, now)
        if len(self._buckets) > _CALLERS:
            self._buckets.popitem(last=False)
        return 0 if taken else (1 - left) / self._a_second


def _caller(scope: Scope) -> bytes:
    authorization = dict(scope["headers"]).get(b"authorization")
    client = scope.get("client")
    # An address and a header cannot be taken for each other: only one begins with a letter.
    return authorization or str(client[0] if client else "").encode()
