"""`wordtone backup`: the warehouse in one file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from schemas.errors import InputError
from schemas.settings import Settings


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(1),
    metavar="N",
    help="Of a folder's backups, delete all but the newest N once the new one is whole.",
)
@click.option("--generations", is_flag=True, help="With the pieces that were made, too.")
@click.pass_obj
def command(settings: Settings, file: Path, keep: int | None, generations: bool) -> None:
    """Write the warehouse with all its snapshots, and the models, to FILE (a tar).

    Where FILE is a folder, a new file in it is named after the time. Others may read and write
    meanwhile. The music itself and search indexes are not part of it.
    `wordtone restore --check FILE` reads it whole again.

    \b
    wordtone backup before-upgrade.tar
    wordtone backup /backups --keep 14
    """
    from pipelines.backup.rotation import drop_old, name_for
    from pipelines.backup.saving import save
    from service.making_progress import MakingProgress

    folder = file if file.is_dir() else None
    if keep is not None and folder is None:
        raise InputError(f"--keep: {file} is no folder; valid beside a folder of backups")
    if folder is not None:
        file = folder / name_for(datetime.now(UTC))
    with MakingProgress() as progress:
        saved = save(settings, file, generations=generations, progress=progress)
    pieces = f", {saved.generations} pieces" if generations else ""
    click.echo(
        f"{saved.path}: snapshot {saved.snapshot}, {saved.files} data files, "
        f"{saved.models} models{pieces}, {saved.bytes / 1e6:,.1f} MB"
    )
    for old in drop_old(folder, keep) if folder and keep else []:
        click.echo(f"deleted {old}")
