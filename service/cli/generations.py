"""`wordtone generations`: what was made, and what of it was met."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from schemas.settings import Settings


@click.command("generations")
@click.argument("generation", required=False)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1_000))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE|FOLDER",
    help="Write GENERATION's mix to FILE.wav, FILE.flac or FOLDER/mix.wav.",
)
@click.option("--stems", is_flag=True, help="With --out: the stems, a file each.")
@click.option("--midi", is_flag=True, help="With --out: the notes as MIDI.")
@click.option("--daw", is_flag=True, help="With --out: a zip for Logic, Live and others.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
@click.pass_obj
def command(
    settings: Settings, /, generation: str | None, limit: int, form: str, **chosen: Any
) -> None:
    """List what was generated, the latest first; or show GENERATION (an id, or "latest").

    \b
    wordtone generations latest --out piece.wav --daw
    """
    from service.backends.backend import opened
    from service.cli.producing import tell, wanted_files

    files = wanted_files(chosen)
    if generation is None and files.out is not None:
        raise click.UsageError("--out: name the GENERATION to write, or latest")
    with opened(settings) as backend:
        if generation is not None:
            tell(backend, backend.generation(generation), files, form)
            return
        found = backend.generations(limit)
    if form == "json":
        click.echo("[" + ",\n".join(k.result.model_dump_json() for k in found) + "]")
        return
    from service.report.generation import generations_report

    click.echo(generations_report(found))
