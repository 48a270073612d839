"""`wordtone analyse`: what is measured on audio files, without a warehouse."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelines.features.tagger.registry import TAGGERS
from schemas.outcomes import Outcome
from schemas.settings import Settings

if TYPE_CHECKING:
    from pipelines.analyse import Analysed
    from schemas.report import FileReport
    from service.analysis import Wanted


@click.command("analyse")
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of tables.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw a picture; of several files, NAME-1.png, NAME-2.png …",
)
@click.option("--groups", help="Only these groups of features, as in rhythm,tonality.")
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
    /,
    files: tuple[Path, ...],
    as_json: bool,
    plot: Path | None,
    quiet: bool,
    **chosen: str | None,
) -> None:
    """Show every feature of audio FILE…, with units, sections, and why a value is missing.

    Each file is decoded and measured in a process of its own, as in `ingest`; no warehouse is
    needed or written. Exit code 1 when a file could not be analysed; the others are shown.

    \b
    wordtone analyse song.ogg --plot song.png
    """
    from schemas.report import AnalysisReport
    from service.analysis import Wanted, checked_groups

    tagger = chosen["tagger"]
    names = [name.strip() for name in (chosen["groups"] or "").split(",") if name.strip()]
    wanted = Wanted(
        extractor=chosen["extractor"] or "wordtone",
        groups=checked_groups(names),
        curves=plot is not None,
        tagger=settings.tagger if tagger is None else "" if tagger == "none" else tagger,
    )
    pictures = _pictures(plot, len(files))
    reports: list[FileReport] = []
    for report, found in _analysed(settings, files, wanted, _bar(len(files), as_json, quiet)):
        if not as_json:
            _show(report, first=not any(earlier.audio for earlier in reports))
        if found.curves is not None:
            _draw(report, found.curves, pictures[len(reports)])
        reports.append(report)
    if as_json:
        document = AnalysisReport(extractor=wanted.extractor, files=tuple(reports))
        click.echo(document.model_dump_json(indent=2))
    if any(report.audio is None for report in reports):
        raise click.exceptions.Exit(1)


def _pictures(plot: Path | None, count: int) -> list[Path]:
    """Where the picture of each file goes; numbered when there are several."""
    if plot is None:
        return []
    if plot.suffix.lower() != ".png":
        raise click.BadParameter(f"{plot}: valid is a name that ends in .png", param_hint="--plot")
    if not plot.parent.is_dir():
        raise click.BadParameter(f"{plot.parent}: no such folder", param_hint="--plot")
    if count == 1:
        return [plot]
    digits = len(str(count))
    return [plot.with_stem(f"{plot.stem}-{n:0{digits}d}") for n in range(1, count + 1)]


def _bar(count: int, as_json: bool, quiet: bool) -> bool:
    """Whether to draw progress: for several files whose tables do not appear meanwhile."""
    return count > 1 and not quiet and (as_json or not sys.stdout.isatty())


def _analysed(
    settings: Settings, files: Sequence[Path], wanted: Wanted, bar: bool
) -> Iterator[tuple[FileReport, Analysed]]:
    from pipelines.progress import Silent
    from service.analysis import analyse
    from service.progress import TerminalObserver
    from service.report.analysis import complaint
    from service.report.document import file_report

    with TerminalObserver() if bar else nullcontext(Silent()) as observer:
        observer.start(len(files))
        for path, found in zip(files, analyse(settings, files, wanted, observer), strict=True):
            report = file_report(path, found)
            if report.outcome is not Outcome.ACCEPTED:
                click.echo(complaint(report), err=True)
            yield report, found


def _show(report: FileReport, first: bool) -> None:
    from service.report.analysis import as_table

    # The progress bar stands in for sys.stdout while it lives, and would swallow the tables.
    out = sys.__stdout__ or sys.stdout
    if table := as_table(report, out):
        click.echo(table if first else f"\n{table}", file=out)


def _draw(report: FileReport, curves: dict[str, Any], path: Path) -> None:
    from service.report.picture import draw

    try:
        draw(report, curves, path)
    except OSError as error:
        raise click.FileError(str(path), error.strerror or str(error)) from error
