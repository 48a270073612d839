"""`wordtone backup`: the warehouse in one file."""

from __future__ import annotations

from pathlib import Path

import click

from schemas.settings import Settings


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--generations", is_flag=True, help="With the pieces that were made, too.")
@click.pass_obj
def command(settings: Settings, file: Path, generations: bool) -> None:
    """Write the warehouse with all its snapshots, and the models, to FILE (a tar).

    Others may read and write meanwhile. The music itself and search indexes are not part of it.
    `wordtone restore --check FILE` reads it whole again.

    \b
    wordtone backup /backups/wordtone-$(date +%F).tar
    """
    from pipelines.backup.saving import save
    from service.making_progress import MakingProgress

    with MakingProgress() as progress:
        saved = save(settings, file, generations=generations, progress=progress)
    pieces = f", {saved.generations} pieces" if generations else ""
    click.echo(
        f"{saved.path}: snapshot {saved.snapshot}, {saved.files} data files, "
        f"{saved.models} models{pieces}, {saved.bytes / 1e6:,.1f} MB"
    )
