"""Routes that look for tracks: by words, by likeness, by SQL in the sandbox."""

from __future__ import annotations

import io
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Query
from fastapi.responses import Response
from pydantic import Field
from starlette.exceptions import HTTPException

from schemas.parts import Contract
from schemas.settings import Settings
from service import compose
from service.http.answers.catalogue import Hit, SimilarTracks, SqlAnswer
from service.http.shell.tokens import Scope

_Text = Annotated[str, Field(max_length=200)]
Where = Annotated[list[_Text], Query(max_length=20, description="as in `tempo_bpm>=120`")]
Tags = Annotated[list[_Text], Query(max_length=20, description="a term that a track has")]
NotTags = Annotated[list[_Text], Query(max_length=20, description="a term that it has not")]
_LONGEST_SQL = 20_000


class SqlQuestion(Contract):
    """One SELECT on the published views, and what it may take."""

    sql: str = Field(max_length=_LONGEST_SQL)
    rows: int = Field(1000, ge=0, le=10_000)
    timeout_s: float = Field(10.0, ge=0.1, le=60.0)


def add_searching(app: FastAPI, settings: Settings, guard: Callable[[Scope], list[Any]]) -> None:
    """Put the routes on `app`."""
    needed = guard(Scope.READ)

    @app.get("/v1/search", dependencies=needed, response_model=list[Hit])
    def search(
        q: Annotated[str, Query(min_length=1, max_length=1000, description="words, or a mood")],
        where: Where = [],  # noqa: B006  FastAPI copies it
        tag: Tags = [],  # noqa: B006
        not_tag: NotTags = [],  # noqa: B006
        limit: Annotated[int, Query(ge=1, le=200)] = 20,
    ) -> list[dict[str, Any]]:
        """Tracks by words and their meaning, the best first."""
        from warehouse.search import hits_table, search
        from warehouse.selection import parse_selection

        wanted = parse_selection(where, tag, not_tag)
        with compose.open_lake(settings) as lake:
            indexes = compose.open_index(settings, lake, frozenset({"text", "words"}))
            return list(hits_table(lake, search(lake, indexes, q, wanted, limit)).to_pylist())

    @app.get("/v1/similar/{track_id}", dependencies=needed, response_model=SimilarTracks)
    def similar(
        track_id: str,
        where: Where = [],  # noqa: B006
        tag: Tags = [],  # noqa: B006
        not_tag: NotTags = [],  # noqa: B006
        limit: Annotated[int, Query(ge=1, le=200)] = 10,
    ) -> dict[str, Any]:
        """Tracks like one, by features and words, and why."""
        from warehouse import queries
        from warehouse.selection import parse_selection
        from warehouse.similar import Wish, neighbours_table, similar

        wish = Wish(selection=parse_selection(where, tag, not_tag), limit=limit)
        with compose.open_lake(settings) as lake:
            if queries.track(lake, track_id) is None:
                raise HTTPException(HTTPStatus.NOT_FOUND, f"no track {track_id[:80]!r}")
            indexes = compose.open_index(settings, lake, frozenset({"words", "features"}))
            found = similar(lake, indexes, track_id, wish)
            rows = neighbours_table(lake, found.neighbours).to_pylist()
        return {"tracks": rows, "notes": list(found.notes)}

    @app.post("/v1/query", dependencies=guard(Scope.QUERY), response_model=SqlAnswer)
    def query(question: SqlQuestion) -> Response:
        """One SELECT on the published views, in the sandbox."""
        from warehouse.formats import write_answer
        from warehouse.location import Location
        from warehouse.sandbox import SafeLimits, run_safe

        limits = SafeLimits(wall_s=question.timeout_s, rows=question.rows)
        location = Location.from_settings(settings)
        found = run_safe(location, question.sql, limits, None, settings.home_path / "index")
        facts = {
            "snapshot": found.snapshot,
            "truncated": found.truncated,
            "columns": [{"name": f.name, "type": str(f.type)} for f in found.table.schema],
        }
        answer = io.BytesIO()
        write_answer(found.table, facts, answer)
        return Response(answer.getvalue(), media_type="application/json")
