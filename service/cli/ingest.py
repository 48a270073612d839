"""`wordtone ingest`: folders of music into the warehouse."""

from __future__ import annotations

from pathlib import Path

import click

from schemas.settings import Settings


@click.command("ingest")
@click.argument(
    "folders", nargs=-1, required=True, metavar="FOLDER…", type=click.Path(path_type=Path)
)
@click.option(
    "--extractor",
    type=click.Choice(["wordtone", "librosa"]),
    default="wordtone",
    show_default=True,
    help="librosa is the slow reference.",
)
@click.option("--quiet", is_flag=True, help="No progress bar.")
@click.pass_obj
def command(settings: Settings, folders: tuple[Path, ...], extractor: str, quiet: bool) -> None:
    """Take every new or changed piece of audio in FOLDER… into the warehouse.

    Running it again does only what is new. A file that cannot be used never stops the run: it is
    kept in `wordtone rejects` with the reason. After Ctrl-C the next run goes on where it stopped.
    """
    from pipelines.ingest import ingest
    from pipelines.progress import Silent
    from service.progress import TerminalObserver
    from service.report.ingest import ingest_summary

    if quiet:
        report = ingest(settings, folders, extractor=extractor, observer=Silent())
    else:
        with TerminalObserver() as observer:
            report = ingest(settings, folders, extractor=extractor, observer=observer)
    click.echo(ingest_summary(report))
    if report.left:
        raise click.exceptions.Exit(1)
