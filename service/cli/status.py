"""`wordtone status`: what the warehouse holds."""

from __future__ import annotations

import json
from datetime import datetime

import click

from schemas.settings import Settings
from service.cli import options


@click.command("status")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")
@options.as_of
@click.pass_obj
def command(settings: Settings, form: str, as_of: int | datetime | None) -> None:
    """Show counts, coverage of features and tags, licences, rejects and the last runs."""
    from service import compose
    from service.report.catalogue import print_status
    from warehouse import queries

    with compose.open_lake(settings, as_of) as lake:
        counts = queries.status_counts(lake)
    if form == "json":
        click.echo(json.dumps(counts, indent=2, default=str))
    else:
        print_status(counts)
