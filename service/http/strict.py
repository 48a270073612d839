"""Requests are read strictly: what nobody reads is an error, never silently left out.

- A query parameter that a route does not have, or one given twice that is no list: 422.
- A body of another kind than JSON in UTF-8: 415.
- JSON with a name twice in an object, NaN, Infinity, or nested beyond reason: 422.
- A text or a truth value where a number is due, which pydantic would take for one: 422.

A body is checked here, and handed on as the model that it is: FastAPI does not check it again.
"""

from __future__ import annotations

import email.message
import json
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any, get_origin

from fastapi import Request
from fastapi._compat import ModelField
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import Query, Security
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from pydantic_core import SchemaValidator
from starlette.exceptions import HTTPException

JSON = "application/json"
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRoute(APIRoute):
    """A route of the API. Pages read their own queries and forms; they are not in the schema."""

    def get_route_handler(self) -> Handler:
        answer = super().get_route_handler()
        known = _parameters(self) if self.include_in_schema else None
        body = None if self.body_field is None else _validator(self.body_field)
        guards = [one.dependency for one in self.dependencies if isinstance(one, Security)]

        async def strictly(request: Request) -> Response:
            # Who may not ask is told so, and nothing of what is wrong with the question.
            for guard in guards:
                if guard is not None:
                    await guard(request)
            if known is not None and request.scope["query_string"]:
                _check_query(request, known)
            if body is not None:
                _check_kind(request)
                if text := await request.body():
                    request._json = _checked(body, strict_json(text))
            return await answer(request)

        return strictly


def strict_json(text: bytes) -> Any:
    """The value that `text` holds.

    Raises
    ------
    RequestValidationError
        When it is no JSON in UTF-8, names something twice or holds what JSON has no notation for.
    """
    try:
        return json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_no_constant,
            parse_float=_number,
        )
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise refused("body", f"no JSON: {why}") from error


def refused(where: str, why: str) -> RequestValidationError:
    """The error for a part of a request that cannot be."""
    return RequestValidationError([{"type": "form", "loc": (where,), "msg": why}])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice[:80]!r} is there twice")
    return found


def _number(text: str) -> float | int:
    """1.0 is a whole number in JSON. Beyond 2⁵³ a float is not exact, and stays one."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _validator(field: ModelField) -> SchemaValidator:
    """The models' own rules, but numbers, texts and truth values do not stand for each other."""
    given: Any = field.field_info.annotation
    schema = TypeAdapter(given).core_schema
    # Without prebuilt parts: those are the models' own, which are lax.
    return SchemaValidator(_kept_apart(schema), _use_prebuilt=False)


def _kept_apart(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_kept_apart(part) for part in schema]
    if isinstance(schema, tuple):
        return tuple(_kept_apart(part) for part in schema)
    if not isinstance(schema, dict):
        return schema
    found = {k: v if k in _NO_SCHEMA else _kept_apart(v) for k, v in schema.items()}
    return found | {"strict": True} if found.get("type") in ("int", "float", "bool") else found


_NO_SCHEMA = frozenset({"metadata", "config", "default", "serialization", "cls", "expected"})


def _checked(validator: SchemaValidator, value: Any) -> Any:
    try:
        return validator.validate_python(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError(
            [{**one, "loc": ("body", *one["loc"])} for one in found]
        ) from error


def _parameters(route: APIRoute) -> Mapping[str, bool]:
    """Query parameters of a route → whether it may be given several times."""
    return {
        field.alias: get_origin(field.field_info.annotation) in (list, tuple, set)
        for field in get_flat_params(route.dependant)
        if isinstance(field.field_info, Query)
    }


def _check_query(request: Request, known: Mapping[str, bool]) -> None:
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if name not in known:
            valid = ", ".join(known) or "none"
            raise refused(f"query.{name[:80]}", f"no such parameter; valid: {valid}")
        if name in seen and not known[name]:
            raise refused(f"query.{name}", "given twice")
        seen.add(name)


def _check_kind(request: Request) -> None:
    given = request.headers.get("content-type")
    if given is None or given == JSON:
        # Without a type there is either no body, which the route says, or one that is refused.
        if given is None and request.headers.get("content-length", "0") != "0":
            raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"a body is {JSON}")
        return
    message = email.message.Message()
    message["content-type"] = given
    kind, charset = message.get_content_type(), message.get_param("charset", "utf-8")
    json_like = kind == JSON or (kind.startswith("application/") and kind.endswith("+json"))
    if not json_like or str(charset).lower() not in ("utf-8", "utf8"):
        raise HTTPException(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"{given[:80]!r}: a body is {JSON} in UTF-8"
        )
