"""`wordtone search`: tracks by words and meaning."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from schemas.settings import Settings
from service.cli import options, selecting


@click.command("search")
@click.argument("query")
@selecting.selection
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@options.output
@options.as_of
@click.pass_obj
def command(
    settings: Settings,
    /,
    query: str,
    as_of: int | datetime | None,
    **chosen: object,
) -> None:
    """Find tracks for QUERY: by its words in titles, artists, albums, tags and descriptions, and by
    what it means.

    \b
    wordtone search "dark ambient drone" --where "energy<=0.4" --not-tag metal
    """
    from service.backends.backend import opened
    from service.report.found import search_text

    form, out, limit = str(chosen["form"]), chosen["out"], chosen["limit"]
    assert out is None or isinstance(out, Path)
    assert isinstance(limit, int)
    with opened(settings) as backend:
        table = backend.search(query, selecting.picked(chosen), limit, as_of)
    if form == "table" and out is None:
        click.echo(search_text(table), nl=False)
    else:
        options.show(table, form, out)
