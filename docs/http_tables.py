"""The tables of docs/http.md: what the service's page /docs shows, as Markdown."""

from __future__ import annotations

import tempfile
from pathlib import Path

from schemas.settings import Settings
from service.http.app import create_app
from service.web.reference.contents import Field, Operation, Pieces, Reply, chapters

_LEFT_OUT = {"401", "403", "408", "413", "415", "421", "429", "503"}
"""Answers that any path may give; the page says so once."""


def tables() -> str:
    """Each group of paths with a table, and what each takes."""
    with tempfile.TemporaryDirectory() as home:
        document = create_app(Settings(home=Path(home))).openapi()
    return "\n\n".join(
        "\n\n".join([f"## {chapter.name}", chapter.about, *map(_operation, chapter.operations)])
        for chapter in chapters(document, "")
    )


def _operation(operation: Operation) -> str:
    parts = [f"### {operation.method} {operation.path}", operation.about]
    takes = [_row(field, "address") for field in operation.parameters]
    for body in operation.bodies:
        takes += [_row(field, "body") for field in body.fields]
        if not body.fields:
            takes.append(f"| the body | {body.media_type} | {_text(body.kind)} | {body.about} |")
    if takes:
        rows = ["| takes | in | type | meaning |", "|---|---|---|---|", *takes]
        parts.append("\n".join(rows))
    told = [f"scope `{operation.scope}`" if operation.scope else "no token"]
    told += [_answer(reply) for reply in operation.replies]
    told += [
        f"{problem.status}: {problem.about.lower()}"
        for problem in operation.problems
        if problem.status not in _LEFT_OUT
    ]
    return "\n\n".join([*parts, "; ".join(told)])


def _row(field: Field, place: str) -> str:
    must = "**" if field.required else ""
    about = " ".join(field.about.split()).replace("|", "\\|")
    default = f", default {field.default}" if field.default else ""
    return f"| {must}`{field.name}`{must} | {place} | {_text(field.kind)}{default} | {about} |"


def _answer(reply: Reply) -> str:
    if not reply.kinds:
        return f"{reply.status}: {reply.about.lower()}"
    media_type, kind = reply.kinds[0]
    named = any(is_model for _, is_model in kind)
    return f"{reply.status}: {_text(kind) if named else f'`{media_type}`'}"


def _text(kind: Pieces) -> str:
    return "".join(f"`{text}`" if is_model else text for text, is_model in kind).replace("|", "\\|")
