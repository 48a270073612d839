"""The OpenAPI document: what FastAPI reads from the routes, with what holds for all of them.

Errors, security, tags and names are added here by rule, so that no route can go without. Which
errors a route may answer follows from what it has: a scope, a body, parameters.
"""

from __future__ import annotations

from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.params import Security
from fastapi.routing import APIRoute

from service.http.examples import EXAMPLES
from service.http.shell.problems import MEDIA_TYPE, Problem
from service.http.shell.tokens import Scope
from service.http.strict import JSON

Document = dict[str, Any]

DESCRIPTION = (
    "Music metadata, and prompts as features that a music generator is conditioned on.\n\n"
    "Every error is problem JSON (RFC 9457) with a sentence in `detail`. A field or parameter that "
    "does not exist is an error. Every answer has an `X-Request-ID`."
)
TAGS: dict[str, str] = {
    "conditioning": "A prompt as a vector; moved, taken apart, said better.",
    "generation": "Music made by jobs; what they made.",
    "listening": "Sound that is sent, heard.",
    "catalogue": "Tracks: found, listed, near each other; SQL.",
    "spotify": "Audio features and analysis in the shape of the closed API (docs/spotify.md).",
    "reviews": "What listeners say of what was made.",
    "service": "Health, metrics, schemas, versions.",
}
_TAG_OF: dict[str, str] = {
    **dict.fromkeys(("conditioning", "refine", "explain", "guidance"), "conditioning"),
    **dict.fromkeys(("generate", "jobs", "generations", "engines"), "generation"),
    **dict.fromkeys(("transcribe", "analyse"), "listening"),
    **dict.fromkeys(("audio-features", "audio-analysis"), "spotify"),
    **dict.fromkeys(("healthz", "metrics", "schema", "models"), "service"),
    "reviews": "reviews",
}
"""First word of a path behind /v1 → tag; any other is of the catalogue."""

_SCOPES: dict[Scope, str] = {
    Scope.READ: "tracks, search, models, engines, schemas",
    Scope.CONDITION: "conditioning, refine, explain, guidance",
    Scope.GENERATE: "jobs, generations and their files",
    Scope.REVIEW: "reviews",
    Scope.QUERY: "SQL in the sandbox",
    Scope.CURATE: "corrections of tracks",
    Scope.OPERATE: "which mapping is in use",
    Scope.METRICS: "metrics",
}
_HEADERS = {
    "X-Request-ID": {
        "description": "id of the request, as the log has it",
        "schema": {"type": "string"},
    }
}
_WHY: dict[int, str] = {
    400: "The SQL cannot run, or the form is none",
    401: "A bearer token is needed",
    403: "The token lacks the scope, or another site's page sent it",
    404: "There is no such thing",
    408: "The body came too slowly",
    409: "No mapping is in use",
    413: "The body is too large",
    415: "The body is of another kind",
    416: "There is no such range",
    421: "The service does not answer to that name",
    422: "A field or parameter cannot be; `detail` says which, and what is valid",
    429: "Too much is asked for; Retry-After says how long to wait",
    503: "The warehouse cannot serve now, or there is none yet",
}


def describe(app: FastAPI, *, guarded: bool) -> None:
    """Make `app.openapi()` give the whole document; built once, when it is first asked for.

    `guarded`: whether the service has tokens; without, whoever reaches it needs none.
    """

    def document() -> Document:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, guarded)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI, guarded: bool) -> Document:
    found = get_openapi(
        title="wordtone",
        version=version("wordtone"),
        description=DESCRIPTION,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
    )
    parts = found.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = Problem.model_json_schema()
    parts["securitySchemes"] = {"bearer": _bearer()}
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                _complete(found["paths"][route.path_format][method.lower()], route, guarded)
    _whole(schemas)
    return found


def _whole(part: Any) -> None:
    """Bounds such as 2⁶³ as the whole numbers that they are: FastAPI makes floats of them."""
    for key, value in part.items() if isinstance(part, dict) else enumerate(part):
        if isinstance(value, dict | list):
            _whole(value)
        elif isinstance(value, float) and value.is_integer() and abs(value) >= 2**53:
            part[key] = int(value)


def _bearer() -> Document:
    scopes = "\n".join(f"- `{scope.value}`: {text}" for scope, text in _SCOPES.items())
    return {
        "type": "http",
        "scheme": "bearer",
        "description": "WORDTONE_TOKEN, or a secret of `wordtone token`; a service on loopback may "
        f"have none, and then lets everybody in. Scopes of a token:\n{scopes}",
    }


def _complete(operation: Document, route: APIRoute, guarded: bool) -> None:
    """Tag, name, example, security and errors of one operation."""
    words = route.path.strip("/").removeprefix("v1/").split("/")
    operation["tags"] = [_TAG_OF.get(words[0], "catalogue")]
    operation["operationId"] = route.name
    scopes = _scopes(route)
    if scopes:
        operation["security"] = [{"bearer": scopes}, *([] if guarded else [{}])]
        operation["x-scope"] = scopes[0]
    if route.name in EXAMPLES:
        operation["requestBody"]["content"][JSON]["example"] = EXAMPLES[route.name]
    for answer in operation["responses"].values():
        if answer["description"] == "Successful Response":
            answer["description"] = "What was asked for"
        answer.setdefault("headers", {}).update(_HEADERS)
    operation["responses"].pop("422", None)
    for status in _errors(operation, route, guarded=bool(scopes)):
        operation["responses"][str(status)] = _problem(status)


def _scopes(route: APIRoute) -> list[str]:
    return [
        scope
        for dependency in route.dependencies
        if isinstance(dependency, Security)
        for scope in dependency.scopes or ()
    ]


def _errors(operation: Document, route: APIRoute, *, guarded: bool) -> list[int]:
    found = {421, 429} if guarded else {421}
    if guarded:
        found |= {401, 403, 503}
    if "{" in route.path:
        found |= {404}
    if operation.get("parameters") or "{" in route.path:
        found |= {422}
    if "POST" in (route.methods or ()) or "requestBody" in operation:
        found |= {403, 408, 413, 422}
    if "requestBody" in operation:
        found |= {415}
    if operation["tags"] == ["conditioning"] or route.path == "/v1/generate":
        found |= {409}
    if route.path == "/v1/query" or operation["tags"] == ["listening"]:
        found |= {400}
    return sorted(found | {int(status) for status in _named(operation)})


def _named(operation: Document) -> list[str]:
    """Errors that the route itself names."""
    return [status for status in operation["responses"] if status.isdigit() and int(status) >= 400]


def _problem(status: int) -> Document:
    headers = dict(_HEADERS)
    if status in (429, 503):
        headers["Retry-After"] = {
            "description": "seconds to wait, where waiting helps",
            "schema": {"type": "integer", "minimum": 1},
        }
    return {
        "description": _WHY.get(status, HTTPStatus(status).phrase),
        "headers": headers,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
