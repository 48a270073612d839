"""`wordtone rejects`: what was not accepted whole, why, and another try."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from schemas.errors import InputError
from schemas.settings import Settings
from service.cli import options


@click.command("rejects")
@click.option("--reason", help="List the inputs of one reason instead of the reasons.")
@click.option("--all", "include_resolved", is_flag=True, help="Also those a later run resolved.")
@click.option("--retry", "retried", metavar="REASON", help="Look at the inputs of REASON again.")
@click.option("--dry-run", is_flag=True, help="With --retry: only say which inputs those are.")
@click.option("--quiet", is_flag=True, help="With --retry: no progress bar.")
@options.output
@click.pass_obj
def command(settings: Settings, /, reason: str | None, retried: str | None, **chosen: Any) -> None:
    """Show why inputs were rejected, quarantined or only partly readable, with counts and examples.

    --retry looks at the inputs of one reason again, changed or not, in a run of its own.

    \b
    wordtone rejects --reason timed_out
    WORDTONE_FILE_TIMEOUT_S=3600 wordtone rejects --retry timed_out
    """
    if retried is not None:
        if reason is not None or chosen["include_resolved"]:
            raise click.UsageError("--retry goes with --dry-run and --quiet only")
        _retry(settings, retried, dry_run=chosen["dry_run"], quiet=chosen["quiet"])
    elif chosen["dry_run"] or chosen["quiet"]:
        raise click.UsageError("--dry-run and --quiet go with --retry")
    else:
        _show(settings, reason, chosen["include_resolved"], chosen["form"], chosen["out"])


def _show(
    settings: Settings, reason: str | None, include_resolved: bool, form: str, out: Path | None
) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    from pipelines.retry import advice, parse_reason
    from service import compose
    from warehouse import queries

    with compose.open_lake(settings) as lake:
        if reason is not None:
            wanted = parse_reason(reason).value
            found = queries.rejects(lake, include_resolved=include_resolved)
            options.show(found.filter(pc.equal(found["reason"], wanted)), form, out)
            return
        found = queries.rejects_summary(lake, include_resolved=include_resolved)
    helps = pa.array([advice(name) for name in found["reason"].to_pylist()], pa.string())
    options.show(found.add_column(3, "retry_helps", helps), form, out)


def _retry(settings: Settings, reason: str, *, dry_run: bool, quiet: bool) -> None:
    from contextlib import nullcontext

    from pipelines import retry
    from pipelines.progress import Silent
    from service.progress import TerminalObserver
    from service.report.ingest import ingest_summary

    found = retry.retryable(settings, retry.parse_reason(reason))
    for uri, why in found.left.items():
        click.echo(f"left: {uri}: {why}")
    if dry_run:
        for uri in sorted(found.uris):
            click.echo(uri)
        click.echo(f"{len(found.uris)} inputs would be looked at again")
        return
    if not found.uris:
        raise InputError(f"no input to look at again for {reason}; `wordtone rejects` lists them")
    with nullcontext(Silent()) if quiet else TerminalObserver() as observer:
        report = retry.retry(settings, found, tagger=settings.tagger, observer=observer)
    click.echo(ingest_summary(report))
    if report.left or report.audits:
        raise click.exceptions.Exit(1)
