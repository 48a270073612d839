"""`wordtone schema`: the documents that other programs read and write."""

from __future__ import annotations

import json

import click


@click.command("schema")
def command() -> None:
    """Print the documents (request, vector, result, analysis) as JSON Schema."""
    from schemas.documents import json_schemas

    click.echo(json.dumps(json_schemas(), indent=2))
