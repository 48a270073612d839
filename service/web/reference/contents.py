"""The OpenAPI document as what the page shows: operations by tag, and models with their fields.

Types are told in words, as "list of Hit" or "number, 0 … 1, or null", in pieces: a piece that names
a model is a link.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
Pieces = tuple[tuple[str, bool], ...]
"""Text, and whether it names a model."""

_WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "null"}
_REF = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: Pieces
    required: bool
    about: str
    default: str


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent: of which kind, and in which form."""

    media_type: str
    kind: Pieces
    fields: tuple[Field, ...]
    about: str


@dataclass(frozen=True, slots=True)
class Reply:
    status: str
    about: str
    kinds: tuple[tuple[str, Pieces], ...]


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    method: str
    path: str
    scope: str
    about: str
    parameters: tuple[Field, ...]
    bodies: tuple[Body, ...]
    curl: str
    replies: tuple[Reply, ...]
    problems: tuple[Reply, ...]

    def matches(self, words: Iterable[str]) -> bool:
        text = f"{self.name} {self.method} {self.path} {self.scope} {self.about}".lower()
        return all(word in text for word in words)


@dataclass(frozen=True, slots=True)
class Chapter:
    name: str
    about: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    about: str
    fields: tuple[Field, ...]


def chapters(document: Schema, base: str, query: str = "") -> list[Chapter]:
    """Operations by tag, in the document's order; those alone that have all words of `query`."""
    words = query.lower().split()
    found: dict[str, list[Operation]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            operation = _operation(document, path, method, told, base)
            if operation.matches(words):
                found[told["tags"][0]].append(operation)
    about = {tag["name"]: tag["description"] for tag in document["tags"]}
    return [Chapter(name, about[name], tuple(each)) for name, each in found.items() if each]


def models(document: Schema) -> list[Model]:
    """All models, by name."""
    return [
        Model(name, schema.get("description", ""), _fields(schema))
        for name, schema in sorted(document["components"]["schemas"].items())
    ]


def kind(schema: Schema) -> Pieces:
    """A schema in words."""
    if "$ref" in schema:
        return ((schema["$ref"].removeprefix(_REF), True),)
    if "anyOf" in schema or "oneOf" in schema:
        parts = [kind(one) for one in schema.get("anyOf") or schema["oneOf"]]
        return _joined(parts, " or ")
    if schema.get("type") == "array":
        items = schema.get("items") or {}
        return (("list of ", False), *(kind(items) if items else (("anything", False),)))
    if schema.get("type") == "object":
        values = schema.get("additionalProperties")
        inner = kind(values) if isinstance(values, Mapping) and values else (("anything", False),)
        return (("name → ", False), *inner)
    return ((_plain(schema), False),)


def _plain(schema: Schema) -> str:
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    named = str(schema.get("type", "anything"))
    word = "bytes" if schema.get("format") == "binary" else _WORDS.get(named, named)
    return word + _range(schema)


def _range(schema: Schema) -> str:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is not None and high is not None:
        return f", {low:g} … {high:g}"
    if low is not None:
        return f", {'above' if 'exclusiveMinimum' in schema else 'from'} {low:g}"
    if high is not None:
        return f", up to {high:g}"
    return f", up to {schema['maxLength']:,} characters" if "maxLength" in schema else ""


def _joined(parts: Iterable[Pieces], between: str) -> Pieces:
    found: list[tuple[str, bool]] = []
    for part in parts:
        found += [(between, False), *part] if found else part
    return tuple(found)


def _fields(schema: Schema) -> tuple[Field, ...]:
    needed = schema.get("required", ())
    return tuple(
        Field(name, kind(one), name in needed, one.get("description", ""), _default(one))
        for name, one in schema.get("properties", {}).items()
    )


def _default(schema: Schema) -> str:
    value = schema.get("default")
    return "" if value in (None, [], {}, "") else json.dumps(value, ensure_ascii=False)


def _operation(
    document: Schema, path: str, method: str, told: Mapping[str, Any], base: str
) -> Operation:
    parameters = tuple(
        Field(
            one["name"],
            kind(one["schema"]),
            one.get("required", False),
            one.get("description", "") or ("in the path" if one["in"] == "path" else ""),
            _default(one["schema"]),
        )
        for one in told.get("parameters", ())
    )
    bodies = tuple(_bodies(document, told.get("requestBody", {})))
    replies = [_reply(status, answer) for status, answer in told["responses"].items()]
    return Operation(
        name=told["operationId"],
        method=method.upper(),
        path=path,
        scope=told.get("x-scope", ""),
        about=told.get("description") or told.get("summary", ""),
        parameters=parameters,
        bodies=bodies,
        curl=_curl(base, path, method.upper(), told),
        replies=tuple(one for one in replies if one.status < "4"),
        problems=tuple(sorted((r for r in replies if r.status >= "4"), key=lambda r: r.status)),
    )


def _bodies(document: Schema, told: Schema) -> Iterable[Body]:
    for media_type, content in told.get("content", {}).items():
        schema = content.get("schema", {})
        named = schema.get("$ref", "").removeprefix(_REF)
        model = document["components"]["schemas"].get(named, schema)
        about = told.get("description", "") or model.get("description", "")
        yield Body(media_type, kind(schema), _fields(model), about)


def _reply(status: str, told: Schema) -> Reply:
    contents = told.get("content", {}).items()
    kinds = tuple((name, kind(content.get("schema", {}))) for name, content in contents)
    return Reply(status, told["description"], kinds)


def _curl(base: str, path: str, method: str, told: Schema) -> str:
    """A command that can be pasted into a shell; what stands for something is in capitals."""
    place = base.rstrip("/") + path
    for one in told.get("parameters", ()):
        name = one["name"]
        if one["in"] == "path":
            place = place.replace("{" + name + "}", name.upper())
        elif one.get("required"):
            place += ("&" if "?" in place else "?") + f"{name}={name.upper()}"
    lines = [f"curl '{place}'" if method == "GET" else f"curl -X {method} '{place}'"]
    if "x-scope" in told:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    for media_type, content in told.get("requestBody", {}).get("content", {}).items():
        example = content.get("example", content.get("schema", {}).get("example"))
        lines.append(f"-H 'Content-Type: {media_type}'")
        if example is None:
            lines.append("--data-binary @FILE")
        else:
            plain = example if isinstance(example, str) else json.dumps(example)
            lines.append("--data-binary '" + plain.replace("'", "'\\''") + "'")
        break
    return " \\\n  ".join(lines)
