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
    from warehouse.lake import Lake
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
    wordtone query "SELECT artist, round(avg(tempo_bpm)) FROM track_features GROUP BY ALL"
    """
    if limits["timeout"] is not None and not limits["safe"]:
        raise click.UsageError("--timeout needs --safe")
    if limits["safe"]:
        _show_safe(_run_safe(settings, sql, as_of, limits), form, out)
        return
    from service import compose
    from warehouse.user_query import run_query

    with compose.open_lake(settings, as_of) as lake:
        if "track_features" in sql.lower():
            _bring_together(settings, lake)
        options.show(run_query(lake, sql, limits["rows"]), form, out)


def _bring_together(settings: Settings, lake: Lake) -> None:
    from warehouse.index.resolved import build_resolved

    build_resolved(settings.home_path / "index", lake, lambda text: click.echo(text, err=True))


def _run_safe(
    settings: Settings, sql: str, as_of: int | datetime | None, given: dict[str, Any]
) -> SafeResult:
    from warehouse.location import Location
    from warehouse.sandbox import SafeLimits, run_safe

    named = {"wall_s": given["timeout"], "rows": given["rows"]}
    limits = SafeLimits(**{name: value for name, value in named.items() if value is not None})
    index = settings.home_path / "index"
    return run_safe(Location.from_settings(settings), sql, limits, as_of, index)


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
