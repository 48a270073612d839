"""Routes that read the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Query
from starlette.exceptions import HTTPException

from schemas.settings import Settings
from service import compose, operations
from service.http.answers.catalogue import ModelVersion, TrackDetail, TrackSummary
from service.http.shell.tokens import Scope


def add_catalogue(app: FastAPI, settings: Settings, guard: Callable[[Scope], list[Any]]) -> None:
    """Put the routes on `app`."""
    needed = guard(Scope.READ)

    @app.get("/v1/tracks", dependencies=needed, response_model=list[TrackSummary])
    def tracks(
        search: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
        offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
    ) -> list[dict[str, Any]]:
        """A page of the catalogue, by artist, album and title."""
        from warehouse import queries

        with compose.open_lake(settings) as lake:
            where = queries.TrackFilter(text=search)
            found = queries.tracks(lake, limit=limit, offset=offset, where=where)
        return list(found.to_pylist())

    @app.get("/v1/tracks/{track_id}", dependencies=needed, response_model=TrackDetail)
    def track(track_id: str) -> dict[str, Any]:
        """Everything that is known of a track, and where each value is from."""
        found = operations.track(settings, track_id)
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"no track {track_id!r}")
        return found

    @app.get("/v1/models", dependencies=needed, response_model=list[ModelVersion])
    def models() -> list[dict[str, Any]]:
        """The mappings that were trained here, the newest first."""
        from pipelines.registry.ledger import read_ledger
        from service.report.models import listed

        return listed(read_ledger(settings))
