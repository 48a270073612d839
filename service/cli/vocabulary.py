"""`wordtone vocabulary`: look up terms, list unknown ones, check additions, read tags again."""

from __future__ import annotations

from pathlib import Path

import click

from schemas.settings import Settings


@click.command("vocabulary")
@click.argument("term", required=False)
@click.option("--unknown", is_flag=True, help="List the catalogue's terms that nobody has defined.")
@click.option("--limit", default=30, show_default=True, type=click.IntRange(1))
@click.option(
    "--check",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Check a file of additions (WORDTONE_VOCABULARY) without using it.",
)
@click.option(
    "--renormalise", is_flag=True, help="Read all tags again from their raw text; no file is read."
)
@click.pass_obj
def command(settings: Settings, /, term: str | None, **chosen: object) -> None:
    """Show what the vocabulary knows, or what it makes of TERM: its other names, what stands above
    and below it.

    WORDTONE_VOCABULARY names a TOML file of your own terms; docs/vocabulary.md has its form.

    \b
    wordtone vocabulary "drum n bass"
    wordtone vocabulary --unknown
    """
    from schemas.vocabulary import load
    from service.report import vocabulary as report

    check, unknown, again = chosen["check"], chosen["unknown"], chosen["renormalise"]
    if sum(map(bool, (term, check, unknown, again))) > 1:
        raise click.UsageError("valid is one of TERM, --unknown, --check FILE and --renormalise")
    if check is not None:
        click.echo(report.checked(load(str(check)), str(check)))
        return
    vocabulary = load(settings.vocabulary)
    if term is not None:
        click.echo(report.looked_up(vocabulary, term))
    elif unknown:
        from service import compose

        with compose.open_lake(settings) as lake:
            limit = chosen["limit"]
            assert isinstance(limit, int)
            click.echo(report.unknown(vocabulary, lake, limit))
    elif again:
        from pipelines.vocabulary import run_renormalise

        done = run_renormalise(settings, vocabulary)
        click.echo(
            f"vocabulary {done.version}: {done.readings} texts read, {done.changed} with another "
            f"meaning, tags of {done.tracks} tracks changed"
        )
    else:
        click.echo(report.overview(vocabulary))
