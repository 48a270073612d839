"""`wordtone refine`: an earlier vector, moved by words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from schemas.errors import ContractError
from schemas.settings import Settings

if TYPE_CHECKING:
    from schemas.answers import ConditioningVector

_MOST_BYTES = 8_000_000


@click.command("refine")
@click.argument("vector", type=click.File("rb"))
@click.argument("words")
@click.option(
    "--lock",
    "locks",
    multiple=True,
    metavar="NAME",
    help="Keep as it is: a feature, key, vocals, instruments, metre or length. Repeatable.",
)
@click.option(
    "--model", "model_id", help="A model id (`wordtone models`); the one in use otherwise."
)
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the new vector there."
)
@click.pass_obj
def command(settings: Settings, /, vector: Any, words: str, **chosen: Any) -> None:
    """Move VECTOR, a file that `wordtone condition` wrote (- for standard input), by WORDS.

    What is locked stays bit for bit; what WORDS name moves, and the rest follows as it does in the
    catalogue. The difference is shown; --out writes the new vector for the next step.

    \b
    wordtone condition "dark ambient" > first.json
    wordtone refine first.json "darker, not slower" --lock key --out second.json
    """
    from service.backends.backend import opened
    from service.report.control import refinement_report

    before = _vector(vector.read(_MOST_BYTES + 1), getattr(vector, "name", "-"))
    with opened(settings) as backend:
        found = backend.refine(before, words, chosen["locks"], chosen["model_id"])
    as_json = chosen["form"] == "json"
    click.echo(found.model_dump_json(indent=2) if as_json else refinement_report(found))
    if chosen["out"]:
        try:
            chosen["out"].write_text(found.vector.model_dump_json(indent=2) + "\n")
        except OSError as error:
            raise click.FileError(str(chosen["out"]), error.strerror or str(error)) from error


def _vector(content: bytes, name: str) -> ConditioningVector:
    """A conditioning vector, or that of an earlier refinement."""
    from pydantic import ValidationError

    from schemas.answers import ConditioningVector

    if len(content) > _MOST_BYTES:
        raise ContractError(f"{name}: more than {_MOST_BYTES:,} bytes; a vector has fewer")
    try:
        data = json.loads(content)
        if isinstance(data, dict) and isinstance(data.get("vector"), dict) and "words" in data:
            data = data["vector"]
        return ConditioningVector.model_validate(data)
    except (ValueError, RecursionError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else None
        where = (
            ".".join(str(part) for part in first["loc"]) + f": {first['msg']}" if first else error
        )
        raise ContractError(f"{name}: no conditioning vector ({where})") from error
