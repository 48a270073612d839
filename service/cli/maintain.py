"""`wordtone maintain`: the warehouse's files kept few, its history as long as wanted."""

from __future__ import annotations

from datetime import timedelta

import click

from schemas.settings import Settings


@click.command("maintain")
@click.option(
    "--keep",
    default="30d",
    show_default=True,
    help="Snapshots to keep: of an age, as 30d or 12h, or how many of the newest.",
)
@click.option(
    "--grace",
    "grace_h",
    type=click.FloatRange(0),
    default=24.0,
    show_default=True,
    help="Hours that a file nothing needs stays, for readers that hold an older snapshot.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@click.pass_obj
def command(settings: Settings, keep: str, grace_h: float, dry_run: bool) -> None:
    """Expire old snapshots, join small files and delete what no kept snapshot needs.

    What a kept snapshot reads stays as it is, row by row. Snapshots that a model was trained on are
    kept whatever their age, and so is the newest. Other commands may go on meanwhile.

    \b
    wordtone maintain --keep 90d --dry-run
    """
    from pipelines.maintain import MaintainRequest
    from service import operations
    from service.report.maintain import maintain_summary
    from warehouse.maintenance import Keep

    request = MaintainRequest(Keep.parse(keep), timedelta(hours=grace_h), dry_run)
    click.echo(maintain_summary(operations.maintain(settings, request)))
