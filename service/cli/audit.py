"""`wordtone audit`: does the warehouse keep its rules?"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from schemas.settings import Settings
from service.cli import options


@click.command("audit")
@click.option("--all", "everything", is_flag=True, help="Also name the audits that found nothing.")
@options.output
@options.as_of
@click.pass_obj
def command(
    settings: Settings, everything: bool, form: str, out: Path | None, as_of: int | datetime | None
) -> None:
    """Run every audit and show the rows that break a rule; exit code 1 when there are any.

    An audit is a query that returns offending rows: keys that occur twice, values out of range,
    rows of tracks that are not there. At most 100 rows of each are shown.
    """
    from service import compose
    from service.report.audit import audit_rows, audit_text
    from warehouse.audits import run_audits

    with compose.open_lake(settings, as_of) as lake:
        results = run_audits(lake)
    if form == "table" and out is None:
        click.echo(audit_text(results, everything=everything))
    else:
        options.show(audit_rows(results, everything=everything), form, out)
    if any(not result.passed for result in results):
        raise click.exceptions.Exit(1)
