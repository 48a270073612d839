"""`wordtone query`: SQL on the warehouse."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from schemas.settings import Settings
from service.cli import options

if TYPE_CHECKING:
    from warehouse.sandbox import SafeResult


@click.command("query")
@click.argument("sql")
@options.output
@options.as_of
@click.option(
    "--safe",
    is_flag=True,
    help="For SQL of strangers: published views only, in a fenced process with limits.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0.1, 3600),
    metavar="SECONDS",
    help="With --safe: the statement is stopped after this time; 10 unless given.",
)
@click.option(
    "--rows",
    type=click.IntRange(0),
    metavar="N",
    help="At most this many rows; with --safe, 10000 unless given.",
)
@click.pass_obj
def command(
    settings: Settings,
    /,
    sql: str,
    form: str,
    out: Path | None,
    as_of: int | datetime | None,
    **limits: Any,
) -> None:
    """Run a SELECT on the warehouse, read-only.

    The views music, quantitative_metadata, text_metadata, track_features and training_examples are
    made for this; docs/warehouse.md lists every table and column. With --safe, --format json prints
    an object with `rows`, `truncated` and `snapshot`.

    \b
    wordtone query "SELECT key_mode, round(avg(tempo_bpm)) FROM track_features GROUP BY ALL"
    """
    if limits["timeout"] is not None and not limits["safe"]:
        raise click.UsageError("--timeout needs --safe")
    from service.backends.backend import SqlLimits, opened

    with opened(settings) as backend:
        if not limits["safe"]:
            options.show(backend.query(sql, limits["rows"], as_of), form, out)
            return
        given = SqlLimits(rows=limits["rows"], timeout_s=limits["timeout"])
        result = backend.safe_query(sql, given, as_of)
    _show_safe(result, form, out)


def _show_safe(result: SafeResult, form: str, out: Path | None) -> None:
    if form == "json":
        from warehouse.formats import write_answer

        facts = {"snapshot": result.snapshot, "truncated": result.truncated}
        write_answer(result.table, facts, out or sys.stdout.buffer)
    else:
        options.show(result.table, form, out)
    if result.truncated:
        shown = result.table.num_rows
        click.echo(f"wordtone: truncated: the first {shown} rows, there are more", err=True)
