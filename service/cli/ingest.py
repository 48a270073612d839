"""`wordtone ingest`: music of folders, manifests, the web and object stores, into the warehouse."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelines.features.tagger.registry import TAGGERS
from schemas.settings import Settings

if TYPE_CHECKING:
    from pipelines.sources.listing import Source


@click.command("ingest")
@click.argument("sources", nargs=-1, metavar="SOURCE…")
@click.option(
    "--manifest",
    "manifests",
    multiple=True,
    type=click.Path(path_type=Path),
    help="CSV, JSON Lines or Parquet with a column of uris, one input a row. Repeatable.",
)
@click.option(
    "--map",
    "mapped",
    multiple=True,
    metavar="TARGET=COLUMN",
    help="What a manifest's column says: title=track_name, genre=style … Repeatable.",
)
@click.option("--uri-column", default="", help="The manifest's column of uris. [default: uri …]")
@click.option(
    "--pattern",
    metavar="PATTERN",
    help='What paths say: "{artist}/{album}/{number} - {title}".',
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
    settings: Settings, /, extractor: str, tagger: str | None, quiet: bool, **listing: Any
) -> None:
    """Take every new or changed piece of music in SOURCE… into the warehouse.

    A SOURCE is a folder, a file, the https:// address of a file, or a prefix of an object store
    (s3://bucket/prefix, gs://, az://). Running it again does only what is new. A file that cannot
    be used never stops the run: it is kept in `wordtone rejects` with the reason. After Ctrl-C the
    next run goes on where it stopped.
    """
    from pipelines.ingest import ingest
    from pipelines.progress import Silent
    from service.progress import TerminalObserver
    from service.report.ingest import ingest_summary

    sources = _sources(settings, **listing)
    asked = settings.tagger if tagger is None else "" if tagger == "none" else tagger
    with nullcontext(Silent()) if quiet else TerminalObserver() as observer:
        report = ingest(settings, sources, extractor=extractor, tagger=asked, observer=observer)
    click.echo(ingest_summary(report))
    if report.left or report.audits:
        raise click.exceptions.Exit(1)


def _sources(
    settings: Settings,
    sources: tuple[str, ...],
    manifests: tuple[Path, ...],
    mapped: tuple[str, ...],
    uri_column: str,
    pattern: str | None,
) -> list[Source]:
    """What is to be listed; UsageError where an option has nothing to work on."""
    from pipelines.sources.fetching import Remotes
    from pipelines.sources.manifest import Mapped, open_manifest
    from pipelines.sources.opening import open_sources
    from pipelines.sources.pattern import compile_pattern

    if not sources and not manifests:
        raise click.UsageError("Missing argument 'SOURCE…', or --manifest.")
    if not manifests and (mapped or uri_column):
        raise click.UsageError("--map and --uri-column are about a manifest: give --manifest.")
    if pattern is not None and not sources:
        raise click.UsageError("--pattern is about the paths of a SOURCE.")
    remotes = Remotes.from_settings(settings)
    columns = Mapped.parse(mapped, uri_column)
    opened: list[Source] = [open_manifest(path, columns, remotes) for path in manifests]
    return [
        *open_sources(sources, remotes, None if pattern is None else compile_pattern(pattern)),
        *opened,
    ]
