"""What is told of each request: an id, a line of the log, and metrics.

A line has method, route, status, time, caller's token by name, and the id that the answer carries
in X-Request-ID. It never has a query, a body or an address: prompts are private.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.shell.metrics import Metrics
from service.http.shell.problems import problem

_log = logging.getLogger("wordtone.access")
_faults = logging.getLogger("wordtone.faults")
_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")


class Observed:
    """Gives a request its id, and tells log and metrics of it when it has been answered."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        known_as = given.decode() if _ID.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = known_as
        started, status, begun = time.perf_counter(), 500, False

        async def with_id(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                status, begun = message["status"], True
                MutableHeaders(scope=message)["X-Request-ID"] = known_as
            await send(message)

        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, with_id)
        except Exception as error:
            # Its text may hold paths or a prompt: the log has it, the caller its kind alone.
            _faults.error("request %s failed", known_as, exc_info=error)
            detail = f"a fault of wordtone ({type(error).__name__}); the log has it as {known_as}"
            if not begun:
                await problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)(scope, receive, with_id)
        finally:
            self._metrics.in_flight.dec()
            self._tell(scope, status, time.perf_counter() - started)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        # The route and not the path, which would make a label of every id that is asked for.
        route = getattr(scope.get("route"), "path", "unknown")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.requests.labels(method, route, status).inc()
        self._metrics.seconds.labels(method, route).observe(seconds)
        if not _log.isEnabledFor(logging.INFO):
            return
        line: dict[str, Any] = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "request": scope["state"]["request_id"],
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 2),
        }
        _log.info(json.dumps(line))


_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
