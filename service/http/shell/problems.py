"""Errors as RFC 9457 problem JSON: every answer of 400 and above has the same form."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from schemas.errors import WordtoneError

MEDIA_TYPE = "application/problem+json"
NO_KIND = "about:blank"
FORM = "urn:wordtone:form"
MEANING = "urn:wordtone:ContractError"
"""Kinds of a problem: the request has not the form that the OpenAPI document says; it has, and what
it means cannot be."""
_LONGEST = 4_000
"""Characters of a detail: a body of many errors is not answered with all of them."""


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str = Field(
        description="about:blank: see status; urn:wordtone:form: the request has not the form that "
        "is described here; urn:wordtone:NAME: what it means cannot be"
    )
    title: str
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="what is wrong and what is valid, as a sentence")


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None, kind: str = NO_KIND
) -> Response:
    """A problem document. `detail` is a sentence for a person; `kind` a URI."""
    # What a caller sent may hold half a surrogate pair, which UTF-8 cannot.
    detail = detail.encode("utf-8", "replace").decode()
    body = {"type": kind, "title": HTTPStatus(status).phrase, "status": int(status)}
    return JSONResponse(
        body | {"detail": detail},
        status_code=status,
        headers=dict(headers or {}),
        media_type=MEDIA_TYPE,
    )


def add_problems(app: FastAPI) -> None:
    """Turn our errors, refused input and unknown paths into problem documents."""

    @app.exception_handler(WordtoneError)
    async def ours(request: Request, error: WordtoneError) -> Response:
        # Of a transient error the caller is told when to come back.
        wait = {"Retry-After": "1"} if error.transient else {}
        kind = f"urn:wordtone:{type(error).__name__}"
        return problem(error.http_status, str(error), wait, kind)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        errors = error.errors()
        found = "; ".join(f"{_place(one['loc'])}: {_says(one['msg'])}" for one in errors)
        # What a model's own rule refuses has the form, and means what cannot be.
        kind = MEANING if all(one["type"] == "value_error" for one in errors) else FORM
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, found[:_LONGEST], kind=kind)

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(_allowed(app, request))
            error.detail = f"valid: {headers['Allow']}"
        return problem(error.status_code, str(error.detail), headers)


def _place(parts: tuple[int | str, ...]) -> str:
    """Where in the request, without pydantic's names of its own functions."""
    return ".".join(str(part) for part in parts if not str(part).startswith("function-"))


def _says(message: str) -> str:
    return message.removeprefix("Value error, ")


def _allowed(app: FastAPI, request: Request) -> list[str]:
    """Methods of all routes of a path: the router tells those of the first one alone."""
    found: set[str] = set()
    for route in app.routes:
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            found |= getattr(route, "methods", None) or set()
    return sorted(found | ({"HEAD"} if "GET" in found else set()))
