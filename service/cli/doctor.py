"""`wordtone doctor`: is everything here that is needed?"""

from __future__ import annotations

import click

from schemas.settings import Settings


@click.command("doctor")
@click.pass_obj
def command(settings: Settings) -> None:
    """Check the installation, the settings and the warehouse; exit code 1 when something fails."""
    from service.checkup import checks, settings_table

    failed = False
    for check in checks(settings):
        failed |= check.state == "failed"
        mark = {"ok": "ok    ", "failed": "FAILED", "absent": "-     "}[check.state]
        click.echo(f"{mark}  {check.what}: {check.found}")
    click.echo()
    click.echo(settings_table(settings))
    if failed:
        raise click.exceptions.Exit(1)
