"""`wordtone schedule`: ingest at fixed times, started by a Prefect server."""

from __future__ import annotations

import os

import click

from pipelines.features.tagger.registry import TAGGERS
from pipelines.printable import printable
from schemas.errors import InputError
from schemas.settings import Settings


@click.command("schedule")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE…")
@click.option(
    "--cron",
    default="0 3 * * *",
    show_default=True,
    help="When: minute, hour, day of month, month, day of week.",
)
@click.option(
    "--timezone", default="UTC", show_default=True, help="Time zone of --cron, as Europe/Oslo."
)
@click.option("--tagger", type=click.Choice([*TAGGERS, "none"]), help="As of `wordtone ingest`.")
@click.pass_obj
def command(
    settings: Settings, sources: tuple[str, ...], cron: str, timezone: str, tagger: str | None
) -> None:
    """Serve an ingest of SOURCE… to the Prefect server that PREFECT_API_URL names.

    Stays in the foreground: the server tells it when a run is due, and shows each. Ctrl-C ends the
    schedule. docs/prefect.md says how to start a server that needs no network.
    """
    from pathlib import Path

    if not os.environ.get("PREFECT_API_URL"):
        raise InputError(
            "PREFECT_API_URL names no Prefect server, which a schedule needs: "
            "docs/prefect.md says how to start one"
        )
    from pipelines.flows.environment import prepare

    home = settings.home_path / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    prepare(home)
    from pipelines.flows.scheduled import schedule_of, serve_ingest

    asked = settings.tagger if tagger is None else "" if tagger == "none" else tagger
    absolute = [s if "://" in s else str(Path(s).absolute()) for s in sources]
    try:
        when = schedule_of(cron, timezone)
    except ValueError as error:
        reason = printable(str(error))
        raise InputError(f"--cron {cron!r}, --timezone {timezone!r}: {reason}") from error
    log = home / "schedule.log"
    click.echo(f"serving {', '.join(absolute)} at {cron} ({timezone}); Ctrl-C ends it; log: {log}")
    serve_ingest(absolute, asked, when, log)
    click.echo("the schedule has ended")
