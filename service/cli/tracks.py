"""`wordtone tracks`: the catalogue, or one track of it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from schemas.settings import Settings
from service.cli import options


@click.command("tracks")
@click.argument("track_id", required=False)
@click.option("--search", help="Words in title, artist or album.")
@click.option("--term", help="Only tracks with this term, as in `tracks --term jazz`.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
@options.output
@options.as_of
@click.pass_obj
def command(
    settings: Settings,
    /,
    track_id: str | None,
    as_of: int | datetime | None,
    **chosen: object,
) -> None:
    """List tracks, or show everything known of TRACK_ID and where each value is from."""
    from service import compose
    from service.detail import track_detail
    from service.report.catalogue import track_card
    from warehouse import queries

    form, out = str(chosen["form"]), chosen["out"]
    assert out is None or isinstance(out, Path)
    with compose.open_lake(settings, as_of) as lake:
        if track_id is not None:
            if form == "json":
                click.echo(json.dumps(track_detail(lake, track_id), indent=2, default=str))
            else:
                click.echo(track_card(lake, track_id), nl=False)
            return
        search, term = chosen["search"], chosen["term"]
        where = queries.TrackFilter(
            text=None if search is None else str(search),
            term=None if term is None else str(term).casefold(),
        )
        limit = chosen["limit"]
        assert isinstance(limit, int)
        options.show(queries.tracks(lake, limit=limit, where=where), form, out)
