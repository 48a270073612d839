"""Routes that tell of the service itself: liveness, counters, the documents that it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from schemas.documents import json_schemas
from service.http.answers.catalogue import Health
from service.http.shell.metrics import CONTENT_TYPE, Metrics
from service.http.shell.tokens import Scope


def add_observing(app: FastAPI, metrics: Metrics, guard: Callable[[Scope], list[Any]]) -> None:
    """Put the routes on `app`."""

    @app.get("/healthz")
    async def health() -> Health:
        """Whether the service answers. Needs no token, and is never refused."""
        return Health(status="ok")

    @app.get("/metrics", dependencies=guard(Scope.METRICS), response_class=PlainTextResponse)
    def metrics_text() -> PlainTextResponse:
        """Counters in Prometheus' text format."""
        return PlainTextResponse(metrics.text(), media_type=CONTENT_TYPE)

    @app.get("/v1/schema", dependencies=guard(Scope.READ))
    def schemas() -> dict[str, dict[str, Any]]:
        """JSON Schemas of the documents that wordtone takes and gives, by name."""
        return json_schemas()
