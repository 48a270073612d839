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
    from schemas.errors import InputError
    from service.backends.backend import Listed, opened
    from service.report.catalogue import card_text

    form, out = str(chosen["form"]), chosen["out"]
    assert out is None or isinstance(out, Path)
    search, term, limit = chosen["search"], chosen["term"], chosen["limit"]
    assert isinstance(limit, int)
    with opened(settings) as backend:
        if track_id is None:
            listed = Listed(
                search=None if search is None else str(search),
                term=None if term is None else str(term),
                limit=limit,
            )
            options.show(backend.tracks(listed, as_of), form, out)
            return
        found = backend.track(track_id, as_of)
    if form == "json":
        click.echo(json.dumps(found, indent=2, default=str))
    elif found is None:
        raise InputError(f"no track {track_id!r}; `wordtone tracks` lists them")
    else:
        click.echo(card_text(found), nl=False)
