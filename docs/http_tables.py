"""The tables of docs/http.md, made from the service's own OpenAPI document."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schemas.settings import Settings
from service.http.app import create_app

_SCHEMA = "#/components/schemas/"
_LEFT_OUT = {"401", "403", "408", "413", "415", "421", "429", "503"}
"""Answers that any path may give; the page says so once."""


def tables() -> str:
    """Each group of paths with a table, and what each takes."""
    with tempfile.TemporaryDirectory() as home:
        document = create_app(Settings(home=Path(home))).openapi()
    return "\n\n".join(_group(document, tag) for tag in document["tags"])


def _group(document: dict[str, Any], tag: dict[str, str]) -> str:
    parts = [f"## {tag['name']}", tag["description"]]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation.get("tags") == [tag["name"]]:
                parts.append(_operation(document, f"{method.upper()} {path}", operation))
    return "\n\n".join(parts)


def _operation(document: dict[str, Any], title: str, operation: dict[str, Any]) -> str:
    parts = [f"### {title}"]
    if text := operation.get("description"):
        parts.append(text)
    scopes = [scope for one in operation.get("security", ()) for scope in one.get("bearer", ())]
    takes = list(_fields(document, operation))
    if takes:
        rows = ["| takes | in | type | meaning |", "|---|---|---|---|", *takes]
        parts.append("\n".join(rows))
    told = [f"scope `{scope}`" for scope in scopes] or ["no token"]
    told += [_answer(code, answer) for code, answer in _answers(operation)]
    parts.append("; ".join(told))
    return "\n\n".join(parts)


def _fields(document: dict[str, Any], operation: dict[str, Any]) -> Iterator[str]:
    for one in operation.get("parameters", ()):
        must = "**" if one.get("required") else ""
        yield _row(f"{must}`{one['name']}`{must}", one["in"], one["schema"], one)
    for kind, body in operation.get("requestBody", {}).get("content", {}).items():
        name = body.get("schema", {}).get("$ref", "").removeprefix(_SCHEMA)
        schema = document["components"]["schemas"].get(name, {})
        needed = schema.get("required", ())
        if "properties" not in schema:
            yield _row("the body", kind, body.get("schema", {}), {})
        for field, what in schema.get("properties", {}).items():
            must = "**" if field in needed else ""
            yield _row(f"{must}`{field}`{must}", "body", what, what)


def _row(name: str, place: str, schema: dict[str, Any], told: dict[str, Any]) -> str:
    text = " ".join(str(told.get("description", "")).split()).replace("|", "\\|")
    return f"| {name} | {place} | {_kind(schema)} | {text} |"


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return f"`{schema['$ref'].removeprefix(_SCHEMA)}`"
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            kinds = [_kind(one) for one in schema[key] if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds)) + _default(schema)
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return f"{schema.get('type', 'anything')}{_range(schema)}{_default(schema)}"


def _range(schema: dict[str, Any]) -> str:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is None and high is None:
        return ""
    return f" {'' if low is None else f'{low:g}'} … {'' if high is None else f'{high:g}'}"


def _default(schema: dict[str, Any]) -> str:
    found = schema.get("default")
    return f", default {found}" if found not in (None, "", [], {}) else ""


def _answers(operation: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found = operation["responses"].items()
    return [(code, answer) for code, answer in found if code not in _LEFT_OUT]


def _answer(code: str, answer: dict[str, Any]) -> str:
    kinds = answer.get("content", {})
    if code >= "400" or not kinds:
        return f"{code}: {answer['description'].lower()}"
    kind, body = next(iter(kinds.items()))
    shape = _kind(body["schema"]) if body.get("schema") else ""
    plain = shape in ("", "anything", "string", "object")
    return f"{code}: `{kind}`" if plain else f"{code}: {shape}"
