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
    """Show what the warehouse holds, where its values are from, and what needs attention.

    Each line of what needs attention comes with the command that fixes or explains it. --as-of
    shows the warehouse as it was.
    """
    from service import compose
    from service.report.dashboard import print_status
    from service.status import gather

    with compose.open_lake(settings, as_of) as lake:
        status = gather(settings, lake)
    if form == "json":
        click.echo(json.dumps(status, indent=2, default=str))
    else:
        print_status(status)
