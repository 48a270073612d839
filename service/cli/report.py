"""`wordtone report`: a page to read and to pass on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from schemas.settings import Settings
from service.cli import options


@click.command("report")
@click.argument("subject", type=click.Choice(["catalogue"]))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.html",
    help="Where to write the page; what is there is replaced.",
)
@options.as_of
@click.pass_obj
def command(settings: Settings, subject: str, out: Path, as_of: int | datetime | None) -> None:
    """Write one self-contained page: distributions, coverage, words, licences, repeats, rejects.

    The page needs no network and no script, follows the light or dark scheme of who reads it, and
    holds titles of tracks and paths of files: think before you publish it.
    """
    from service import compose
    from service.report.page.document import page
    from service.report.page.gather import gather
    from service.report.page.writing import write_page

    with compose.open_lake(settings, as_of) as lake:
        text = page(gather(settings, lake))
    write_page(out, text)
    click.echo(f"{out}: {len(text.encode()) / 1e6:.2f} MB, {subject} at one snapshot")
