"""`wordtone duplicates`: copies of recordings, why they are thought to be, and a person's word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from schemas.settings import Settings
from service.cli import options

_PAIR: dict[str, Any] = {"nargs": 2, "type": str, "metavar": "TRACK CANONICAL"}


@click.command("duplicates")
@click.option("--undo", **_PAIR, help="Take a link back.")
@click.option("--redo", **_PAIR, help="Make an undone link again.")
@click.option("--method", help="Only the link by this method, as audio_hash or fingerprint:1.")
@click.option("--scan", is_flag=True, help="Compare all fingerprints again, then list.")
@click.option("--all", "include_undone", is_flag=True, help="Also links that were undone.")
@options.output
@click.pass_obj
def command(settings: Settings, /, form: str, out: Path | None, **asked: Any) -> None:
    """List tracks that repeat another, or are an excerpt of it, by cluster, with the evidence.

    Tracks are linked, never merged. A repeat keeps its own rows and does not train; an undone link
    is never made again by itself, and after it everything is as if it had not been made.
    """
    undo, redo, method = asked["undo"], asked["redo"], asked["method"]
    if sum(map(bool, (undo, redo, asked["scan"]))) > 1:
        raise click.UsageError("--undo, --redo and --scan are three requests: make one at a time")
    if method and not (undo or redo):
        raise click.UsageError("--method belongs to --undo or --redo")
    if undo or redo:
        _change(settings, undo or redo, method, undo=bool(undo))
        return
    if asked["scan"]:
        _scan(settings)
    _list(settings, asked["include_undone"], form, out)


def _change(settings: Settings, pair: tuple[str, str], method: str | None, *, undo: bool) -> None:
    from pipelines.duplicates import link
    from service import compose

    with compose.open_lake(settings):
        pass  # says where there is no warehouse, instead of making one
    with compose.store(settings) as store:
        changed = (link.undo if undo else link.redo)(store, *pair, method)
    for row in changed:
        word = "undone" if undo else "made again"
        click.echo(f"{word}: {row.track_id} → {row.canonical_id} by {row.method}")
    if undo and any(row.method == "audio_hash" for row in changed):
        click.echo("unless the track was measured before, the next ingest of its file does so")


def _scan(settings: Settings) -> None:
    from datetime import UTC, datetime

    from pipelines.duplicates.link import relate
    from service import compose

    with compose.open_lake(settings):
        pass
    with compose.store(settings) as store:
        found = relate(store, f"scan-{datetime.now(UTC):%Y%m%dT%H%M%S}", everything=True)
    click.echo(
        f"{found.compared} fingerprints compared: {found.duplicates} new copies, "
        f"{found.excerpts} new excerpts",
        err=True,
    )


def _list(settings: Settings, include_undone: bool, form: str, out: Path | None) -> None:
    from service import compose
    from service.report.duplicates import clusters
    from warehouse import queries

    with compose.open_lake(settings) as lake:
        links = queries.duplicate_links(lake, include_undone=include_undone)
    options.show(clusters(links, short=form == "table"), form, out)
