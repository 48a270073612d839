"""`wordtone rejects`: what was not accepted whole, and why."""

from __future__ import annotations

from pathlib import Path

import click

from schemas.settings import Settings
from service.cli import options


@click.command("rejects")
@click.option("--all", "include_resolved", is_flag=True, help="Also those a later run resolved.")
@options.output
@click.pass_obj
def command(settings: Settings, include_resolved: bool, form: str, out: Path | None) -> None:
    """List inputs that were rejected, quarantined or only partly readable, by reason."""
    from service import compose
    from warehouse import queries

    with compose.open_lake(settings) as lake:
        options.show(queries.rejects(lake, include_resolved=include_resolved), form, out)
