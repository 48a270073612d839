"""`wordtone explain`: which words moved which feature, and by how much."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from schemas.settings import Settings

_VOCALS = {True: "on", False: "off", None: None}


@click.command("explain")
@click.argument("prompt")
@click.option("--bpm", type=float, help="Tempo that must be met, 30 … 300 BPM.")
@click.option("--key", help='Key that must be met, as in "C minor" or "F#m".')
@click.option("--vocals/--no-vocals", default=None, help="With or without a voice.")
@click.option(
    "--model", "model_id", help="A model id (`wordtone models`); the one in use otherwise."
)
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw the steps from the catalogue to the answer: NAME.svg or NAME.html.",
)
@click.pass_obj
def command(settings: Settings, /, prompt: str, plot: Path | None, **chosen: Any) -> None:
    """Take the answer to PROMPT apart: what each phrase moved, what it would be without it, and
    which tracks it rests on, with their licences.

    The steps add up: the catalogue's middle and the effects of all phrases make the answer.

    \b
    wordtone explain "slow dark ambient with trumpets" --plot why.svg
    """
    from mapping.reading.wishes import Options
    from service.backends.backend import opened
    from service.report.control import explanation_report, most_moved

    if plot is not None and plot.suffix.lower() not in (".svg", ".html"):
        raise click.BadParameter(f"{plot}: valid is a name in .svg or .html", param_hint="--plot")
    options = Options(bpm=chosen["bpm"], key=chosen["key"], vocals=_VOCALS[chosen["vocals"]])  # type: ignore[arg-type]  # one of the three
    with opened(settings) as backend:
        found = backend.explain(prompt, options, chosen["model_id"])
    as_json = chosen["form"] == "json"
    click.echo(found.model_dump_json(indent=2) if as_json else explanation_report(found))
    if plot is not None:
        from service.report.page.writing import write_page
        from service.report.waterfall import page, waterfall

        draw = page if plot.suffix.lower() == ".html" else waterfall
        write_page(plot, draw(found, most_moved(found)))
