"""Requests and vectors as people hand them in: JSON files, and pipes from other commands."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from schemas.answers import ConditioningVector
from schemas.conditioning import ConditioningRequest
from schemas.errors import ContractError

_MOST_BYTES = 8_000_000


def read_request(content: bytes, name: str) -> ConditioningRequest:
    """A request, a vector, or what holds one: a refinement, {vector, guidance}, a result.

    Raises
    ------
    ContractError
        Names the field that is wrong, and what would be valid; an unknown field is one.
    """
    if len(content) > _MOST_BYTES:
        raise ContractError(f"{name}: more than {_MOST_BYTES:,} bytes; a request has fewer")
    try:
        data: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ContractError(f"{name}: no JSON ({error})") from error
    for holder in ("vector", "request"):
        # A vector has a field of that name as well: the numbers, which have no prompt.
        if (
            isinstance(data, dict)
            and isinstance(data.get(holder), dict)
            and "prompt" in data[holder]
        ):
            data = data[holder]
    if not isinstance(data, dict):
        raise ContractError(f"{name}: holds {type(data).__name__}; valid is an object, a request")
    model = ConditioningVector if "vector" in data else ConditioningRequest
    try:
        return model.model_validate_json(json.dumps(data))
    except ValidationError as error:
        raise ContractError(f"{name}: {_first(error)}") from error


def _first(error: ValidationError) -> str:
    """The first thing that is wrong, by its path; and how many more there are."""
    found = error.errors()
    first = found[0]
    where = ".".join(str(part) for part in first["loc"])
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    what = "unknown field" if first["type"] == "extra_forbidden" else first["msg"]
    return f"{where}: {what}{more}" if where else f"{what}{more}"
