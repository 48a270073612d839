"""`wordtone schema`: the conditioning contract, for other programs."""

from __future__ import annotations

import json

import click


@click.command("schema")
def command() -> None:
    """Print the conditioning contract (request, vector, result) as JSON Schema."""
    from schemas.answers import json_schemas

    click.echo(json.dumps(json_schemas(), indent=2))
