"""The HTTP application: conditioning and the catalogue, as JSON. Errors are RFC 9457 problem JSON.

Starts without Prefect, torch, librosa, scikit-learn or pandas; the mapping is loaded once, when it
is first asked for, and again when another one has been put in use.
"""

from __future__ import annotations

import hmac
import threading
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import Field
from starlette.exceptions import HTTPException

from mapping.model import Mapping
from mapping.reading.wishes import Options
from schemas.answers import ConditioningVector, json_schemas
from schemas.errors import WordtoneError
from schemas.parts import Contract
from schemas.settings import Settings
from service import compose, operations
from service.http.control import add_control

MAX_BODY_BYTES = 256 * 1024


class ConditioningQuestion(Contract):
    """A prompt and what is stated beside it."""

    prompt: str = Field(max_length=20_000)
    bpm: float | None = None
    key: str | None = None
    duration_s: float | None = None
    vocals: Literal["on", "off", "open"] | None = None
    samples: int = 0
    seed: int | None = None
    sides: dict[str, int] = Field(default_factory=dict, max_length=50)
    senses: dict[str, str] = Field(default_factory=dict, max_length=50)
    locks: dict[str, float] = Field(default_factory=dict, max_length=50)


class MappingHolder:
    """Keeps the mapping in use in memory; thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._name: str | None = None
        self._mapping: Mapping | None = None

    def get(self) -> Mapping:
        """The mapping in use; the starter before there is one."""
        with self._lock:
            current = compose.current_model(self._settings)
            if self._mapping is None or current != self._name:
                self._mapping, self._name = compose.load_mapping(self._settings, current), current
            return self._mapping


def create_app(settings: Settings) -> FastAPI:
    """The application for these settings; a token in them guards every path but /healthz."""
    app = FastAPI(title="wordtone", docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    holder = MappingHolder(settings)
    guard = [Depends(_token_check(settings.token))] if settings.token else []

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/v1/conditioning", dependencies=guard)
    def conditioning(question: ConditioningQuestion) -> ConditioningVector:
        options = Options(**question.model_dump(exclude={"prompt"}))
        return holder.get().condition(question.prompt, options)

    @app.get("/v1/tracks", dependencies=guard)
    def tracks(
        search: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
        offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
    ) -> list[dict[str, Any]]:
        from warehouse import queries

        with compose.open_lake(settings) as lake:
            where = queries.TrackFilter(text=search)
            found = queries.tracks(lake, limit=limit, offset=offset, where=where)
        return list(found.to_pylist())

    @app.get("/v1/tracks/{track_id}", dependencies=guard)
    def track(track_id: str) -> dict[str, Any]:
        found = operations.track(settings, track_id)
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"no track {track_id!r}")
        return found

    @app.get("/v1/models", dependencies=guard)
    def models() -> list[dict[str, Any]]:
        from pipelines.registry.ledger import read_ledger
        from service.report.models import listed

        return listed(read_ledger(settings))

    @app.get("/v1/schema", dependencies=guard)
    def schema() -> dict[str, Any]:
        return json_schemas()

    add_control(app, holder.get, guard)
    _problems(app)
    app.middleware("http")(_limit_body)
    return app


def _token_check(token: str) -> Any:
    def check(request: Request) -> None:
        given = request.headers.get("authorization", "")
        # compare_digest: how long the comparison takes must not tell how much of it was right.
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise HTTPException(HTTPStatus.UNAUTHORIZED, "a bearer token is needed")

    return check


async def _limit_body(request: Request, call_next: Any) -> Response:
    length = request.headers.get("content-length", "0")
    if request.method == "POST" and not length.isdecimal():
        return _problem(HTTPStatus.LENGTH_REQUIRED, "content-length is needed")
    if int(length if length.isdecimal() else 0) > MAX_BODY_BYTES:
        return _problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {MAX_BODY_BYTES} bytes")
    answer: Response = await call_next(request)
    return answer


def _problems(app: FastAPI) -> None:
    @app.exception_handler(WordtoneError)
    def ours(request: Request, error: WordtoneError) -> Response:
        return _problem(error.http_status, str(error))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        found = [
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
            for item in error.errors()
        ]
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(found))

    @app.exception_handler(HTTPException)
    def plain(request: Request, error: HTTPException) -> Response:
        return _problem(error.status_code, str(error.detail), dict(error.headers or {}))


def _problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": int(status)}
    return JSONResponse(
        body | {"detail": detail},
        status_code=status,
        headers=headers,
        media_type="application/problem+json",
    )
