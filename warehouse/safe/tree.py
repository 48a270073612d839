"""The syntax tree of one SELECT as DuckDB hands it out, and its values with their types checked.

Whatever has another shape than is expected is refused: a later DuckDB may have changed it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

import duckdb

from schemas.errors import QueryError


def parsed(sql: str) -> Any:
    """The tree of the one SELECT in `sql`."""
    tree = json.loads(serialised(sql))
    if tree["error"]:
        message = str(tree["error_message"]).partition("\n")[0]
        if "Only SELECT" in message or "CTE needs a SELECT" in message:
            message = "only SELECT is allowed here"
        raise QueryError(message)
    if len(tree["statements"]) != 1:
        raise QueryError(f"{len(tree['statements'])} statements; valid is one SELECT")
    return tree["statements"][0]


def serialised(sql: str) -> str:
    """DuckDB's JSON of what it parsed, or of why it could not."""
    found = _parser().cursor().execute("SELECT json_serialize_sql($1::VARCHAR)", [sql]).fetchone()
    assert found is not None
    return str(found[0])


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"autoload_known_extensions": False})


def folded(name: str) -> str:
    """`name` as DuckDB compares names: ASCII letters alone have no case.

    Python's `lower` would also turn the Kelvin sign into a k, and take one name for another.
    """
    return "".join(c.lower() if c.isascii() else c for c in name)


def kind_of(value: Any, field: str, known: Iterable[str]) -> str:
    kind = as_dict(value).get(field)
    if not isinstance(kind, str) or kind not in known:
        raise unknown(kind)
    return kind


def unknown(what: object) -> QueryError:
    return QueryError(f"{shown(str(what))} is not allowed here")


def shown(text: str) -> str:
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= 60 else f"{text[:60]}…"


def as_dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise unknown("a value in place of a node")
    return value


def as_list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise unknown("a value in place of a list")
    return value


def as_text(value: Any) -> str:
    if not isinstance(value, str):
        raise unknown("a value in place of a name")
    return value


def only(value: Any, fields: set[str]) -> dict[str, Any]:
    extra = set(as_dict(value)) - fields
    if extra:
        raise unknown(min(extra))
    return as_dict(value)
