"""`wordtone similar`: tracks like one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schemas.settings import Settings
from service.cli import options, selecting

if TYPE_CHECKING:
    from service.backends.backend import Alike


@click.command("similar")
@click.argument("track_id")
@click.option("--features", default=0.6, show_default=True, help="Weight of features.")
@click.option("--text", default=0.4, show_default=True, help="Weight of words.")
@click.option(
    "--weight",
    "factors",
    multiple=True,
    help="Within features, a group or one of them counts so many times: rhythm=2, tempo_bpm=0.",
)
@selecting.selection
@click.option("--duplicates", is_flag=True, help="Show tracks that are linked as repeats, too.")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 1_000))
@options.output
@options.as_of
@click.pass_obj
def command(
    settings: Settings, /, track_id: str, as_of: int | datetime | None, **chosen: object
) -> None:
    """Find tracks like TRACK_ID, by features and words; says which features are near and far.

    Distance 0 is the same, 1 as far as two tracks drawn at random.

    \b
    wordtone similar 0aB… --weight rhythm=2 --where "energy>=0.6"
    """
    from service.backends.backend import opened
    from service.report.found import similar_text

    form, out = str(chosen["form"]), chosen["out"]
    assert out is None or isinstance(out, Path)
    picked, limit = selecting.picked(chosen), int(str(chosen["limit"]))
    with opened(settings) as backend:
        table, notes = backend.similar(track_id, picked, _alike(chosen), limit, as_of)
    for note in notes:
        click.echo(f"note: {note}", err=True)
    if form == "table" and out is None:
        click.echo(similar_text(table), nl=False)
    else:
        options.show(table, form, out)


def _alike(chosen: dict[str, object]) -> Alike:
    from service.backends.backend import Alike

    given = chosen["factors"]
    assert isinstance(given, tuple)
    return Alike(
        features=float(str(chosen["features"])),
        text=float(str(chosen["text"])),
        factors=options.numbered("--weight", given, "NAME=NUMBER, as rhythm=2"),
        duplicates=bool(chosen["duplicates"]),
    )
