"""`wordtone train`: learn the mapping."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from schemas.settings import Settings
from service.cli import options


@click.command("train")
@options.as_of
@click.option(
    "--encoder",
    default="minilm",
    show_default=True,
    help="Text encoder: minilm, or sentence-transformers:NAME (extra `encoders`).",
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0))
@options.rights
@click.option(
    "--promote/--no-promote",
    default=True,
    show_default=True,
    help="Put it in use where it is no worse than the mapping in use (docs/models.md).",
)
@click.option(
    "--prior/--no-prior",
    default=True,
    show_default=True,
    help="Let the starter answer where the catalogue has little to say (docs/styles.md).",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.html",
    help="Also write a page with plots (`wordtone report mapping` does so later).",
)
@click.pass_obj
def command(settings: Settings, /, report: Path | None, **chosen: Any) -> None:
    """Learn the mapping from words to features, judge it on held-out groups, and keep it.

    Only tracks whose licence is known, and allowed by the policy, train.

    Prints each feature's error in its own unit beside what always saying the average, or looking
    up the commonest tag, would give.
    """
    from pipelines.train import TrainRequest
    from service import operations
    from service.report.mapping import training_report

    trained = operations.train(settings, TrainRequest(**chosen))
    click.echo(training_report(trained))
    if report is not None:
        from service.cli.report import write_mapping_page

        click.echo(write_mapping_page(settings, report, trained.path.name))
