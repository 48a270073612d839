"""`wordtone query`: SQL on the warehouse."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from schemas.settings import Settings
from service.cli import options


@click.command("query")
@click.argument("sql")
@options.output
@options.as_of
@click.pass_obj
def command(
    settings: Settings, sql: str, form: str, out: Path | None, as_of: int | datetime | None
) -> None:
    """Run a SELECT on the warehouse, read-only.

    The views music, quantitative_metadata, text_metadata, track_features and training_examples are
    made for this; docs/warehouse.md lists every table and column.

    \b
    wordtone query "SELECT artist, round(avg(tempo_bpm)) FROM track_features GROUP BY ALL"
    """
    from service import compose
    from warehouse.user_query import run_query

    with compose.open_lake(settings, as_of) as lake:
        options.show(run_query(lake, sql), form, out)
