"""`wordtone import`: values and words of metadata sets into the warehouse."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import click

from schemas.settings import Settings


@click.command("import")
@click.argument("name", metavar="SET")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option(
    "--match",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV that says which row is which track: columns id, and uri or track_id.",
)
@click.option(
    "--rematch",
    is_flag=True,
    help="Look for audio, ingested since, of rows whose track has none; linked, and undoable.",
)
@click.option("--columns", is_flag=True, help="Show what SET must look like, and import nothing.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
@click.pass_obj
def command(  # noqa: PLR0913, PLR0917  one parameter an option
    settings: Settings,
    name: str,
    path: Path | None,
    match: Path | None,
    rematch: bool,
    columns: bool,
    quiet: bool,
) -> None:
    """Take the metadata set SET at PATH, a file or folder, into the warehouse.

    SET is fma, million_song, acousticbrainz, mtg_jamendo, spotify or musiccaps. Every row ends as
    accepted, unchanged, duplicate, partial or rejected; `wordtone rejects` has the reasons. Running
    it again takes only rows that have changed. A row speaks of audio that is in the catalogue where
    that is beyond doubt, else of a track of its own.
    """
    from service.report.imports import contract_table, import_summary

    if columns:
        from pipelines.sources.sets.registry import metadata_set

        click.echo(contract_table(metadata_set(name)))
        return
    if path is None:
        raise click.UsageError("Missing argument 'PATH'.")
    from pipelines.import_metadata import ImportRequest
    from pipelines.progress import Silent
    from service import operations
    from service.progress import TerminalObserver

    request = ImportRequest(name, path, match, rematch)
    with (
        nullcontext(Silent())
        if quiet
        else TerminalObserver(doing="importing", unit="rows") as observer
    ):
        report = operations.import_metadata(settings, request, observer)
    click.echo(import_summary(report))
