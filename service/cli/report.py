"""`wordtone report`: a page to read and to pass on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from schemas.settings import Settings
from service.cli import options


@click.command("report")
@click.argument("subject", type=click.Choice(["catalogue", "mapping", "review"]))
@click.argument("model", required=False)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.html",
    help="Where to write the page; what is there is replaced.",
)
@options.as_of
@click.pass_obj
def command(
    settings: Settings, /, subject: str, model: str | None, out: Path, as_of: int | datetime | None
) -> None:
    """Write one self-contained page about the catalogue, a mapping, or what was generated.

    catalogue: distributions, coverage, words, licences, repeats, rejects. mapping: the one in use,
    or MODEL: calibration, coverage by group, residuals, ceilings, words, worst prompts, lineage.
    review: what was met by engine and style, listeners' choices and ratings, proposals.

    The page needs no network and no script, follows the light or dark scheme of who reads it, and
    holds titles of tracks and paths of files: think before you publish it.
    """
    if subject != "mapping" and model is not None:
        raise click.UsageError(f"a report on the {subject} takes no model: {model!r}")
    if subject == "review":
        click.echo(write_review_page(settings, out, as_of))
        return
    if subject == "mapping" and as_of is not None:
        raise click.UsageError("--as-of belongs to a report on the catalogue; name a model instead")
    if subject == "mapping":
        click.echo(write_mapping_page(settings, out, model))
        return
    from service import compose
    from service.report.page.document import page
    from service.report.page.gather import gather
    from service.report.page.writing import write_page

    with compose.open_lake(settings, as_of) as lake:
        text = page(gather(settings, lake))
    write_page(out, text)
    click.echo(f"{out}: {len(text.encode()) / 1e6:.2f} MB, {subject} at one snapshot")


def write_mapping_page(settings: Settings, out: Path, model: str | None) -> str:
    """Write the page about a mapping; what was written, in a line."""
    from service.report.page.mapping_page import mapping_page, read_told
    from service.report.page.writing import write_page

    told = read_told(settings.models_path / _trained(settings, model))
    text = mapping_page(told)
    write_page(out, text)
    return f"{out}: {len(text.encode()) / 1e6:.2f} MB, mapping {told.name}"


def write_review_page(settings: Settings, out: Path, as_of: int | datetime | None) -> str:
    """Write the page about generations and reviews; what was written, in a line."""
    from service import reviews
    from service.report.page.review_page import review_page
    from service.report.page.writing import write_page

    found = reviews.findings(settings, as_of)
    text = review_page(found)
    write_page(out, text)
    return f"{out}: {len(text.encode()) / 1e6:.2f} MB, {found.pieces} generations"


def _trained(settings: Settings, model: str | None) -> str:
    """Id of the named mapping, which may be shortened, or of the one in use."""
    from pipelines.current_model import trained_models
    from schemas.errors import NotTrainedError
    from service import compose

    asked = model or compose.current_model(settings)
    there = trained_models(settings)
    found = [name for name in there if name == asked] or [name for name in there if asked in name]
    if len(found) != 1:
        if asked == compose.STARTER:
            raise NotTrainedError("the starter held nothing out: run `wordtone train` first")
        what = "names more than one mapping" if found else "no such mapping"
        raise NotTrainedError(f"{asked!r}: {what}; there are: {', '.join(there) or 'none yet'}")
    return found[0]
