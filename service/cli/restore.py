"""`wordtone restore`: a warehouse out of a backup."""

from __future__ import annotations

from pathlib import Path

import click

from schemas.settings import Settings


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--check", "only_check", is_flag=True, help="Read and compare it, and write nothing.")
@click.pass_obj
def command(settings: Settings, file: Path, only_check: bool) -> None:
    """Put a backup where the settings say, if there is nothing yet: all of it, or nothing.

    What was made on PostgreSQL and an object store can be restored into files, and the other way.

    \b
    WORDTONE_HOME=~/restored wordtone restore /backups/wordtone-2026-11-27.tar
    """
    from pipelines.backup.restoring import check, restore
    from service.making_progress import MakingProgress

    with MakingProgress() as progress:
        found = check(file, progress) if only_check else restore(settings, file, progress)
    made = f"made {found.header.get('made_at')} of snapshot {found.header.get('snapshot')}"
    click.echo(f"{file}: whole; {found.files} files, {found.bytes / 1e6:,.1f} MB, {made}")
    if found.tracks is not None:
        click.echo(f"restored to {settings.home_path}: {found.tracks} tracks")
        click.echo(
            f"audits that fail, as they did before: {', '.join(found.failed)}"
            if found.failed
            else "every audit passes; `wordtone search` makes its indexes anew"
        )
