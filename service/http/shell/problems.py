"""Errors as RFC 9457 problem JSON: every answer of 400 and above has the same form."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from schemas.errors import WordtoneError

MEDIA_TYPE = "application/problem+json"


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """A problem document. `detail` is a sentence for a person."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": int(status)}
    return JSONResponse(
        body | {"detail": detail},
        status_code=status,
        headers=dict(headers or {}),
        media_type=MEDIA_TYPE,
    )


def add_problems(app: FastAPI) -> None:
    """Turn our errors, refused input and unknown paths into problem documents."""

    @app.exception_handler(WordtoneError)
    def ours(request: Request, error: WordtoneError) -> Response:
        # Of a transient error the caller is told when to come back.
        wait = {"Retry-After": "1"} if error.transient else {}
        return problem(error.http_status, str(error), wait)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        found = [
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
            for item in error.errors()
        ]
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(found))

    @app.exception_handler(HTTPException)
    def plain(request: Request, error: HTTPException) -> Response:
        return problem(error.status_code, str(error.detail), error.headers)
