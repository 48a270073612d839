"""`wordtone ingest`: folders of music into the warehouse."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import click

from pipelines.features.tagger.registry import TAGGERS
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
@click.option(
    "--tagger",
    type=click.Choice([*TAGGERS, "none"]),
    help="Model that tags tracks and fills the perceptual features. [default: WORDTONE_TAGGER]",
)
@click.option("--quiet", is_flag=True, help="No progress bar.")
@click.pass_obj
def command(
    settings: Settings,
    folders: tuple[Path, ...],
    extractor: str,
    tagger: str | None,
    quiet: bool,
) -> None:
    """Take every new or changed piece of audio in FOLDER… into the warehouse.

    Running it again does only what is new. A file that cannot be used never stops the run: it is
    kept in `wordtone rejects` with the reason. After Ctrl-C the next run goes on where it stopped.
    """
    from pipelines.ingest import ingest
    from pipelines.progress import Silent
    from service.progress import TerminalObserver
    from service.report.ingest import ingest_summary

    asked = settings.tagger if tagger is None else "" if tagger == "none" else tagger
    with nullcontext(Silent()) if quiet else TerminalObserver() as observer:
        report = ingest(settings, folders, extractor=extractor, tagger=asked, observer=observer)
    click.echo(ingest_summary(report))
    if report.left:
        raise click.exceptions.Exit(1)
