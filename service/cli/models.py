"""`wordtone models`: every trained mapping, which is in use, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from schemas.settings import Settings
from service.cli import options

_FORM = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)


@click.group("models", invoke_without_command=True)
@_FORM
@click.pass_context
def command(context: click.Context, form: str) -> None:
    """List trained mappings, compare two, put one in use or go back.

    Without a subcommand: every model, newest first, the one in use marked. An id may be shortened
    to any part of it that names one model.

    \b
    wordtone models show ID        lineage, figures and history of one
    wordtone models compare A B    figure by figure on tracks neither had seen
    wordtone models promote ID     put it in use, unless the gate refuses
    wordtone models rollback       go back to the one in use before
    wordtone models recalibrate M  move a mapping of another catalogue to this one
    """
    from service.backends.backend import at_home, opened

    if context.invoked_subcommand is not None:
        at_home(context.obj, f"models {context.invoked_subcommand}")
        return
    from service.report import models

    with opened(context.obj) as backend:
        rows = backend.models()
    click.echo(_json(rows) if form == "json" else models.list_text(rows))


@command.command("show")
@click.argument("model_id")
@_FORM
@click.pass_obj
def show(settings: Settings, model_id: str, form: str) -> None:
    """Show lineage (snapshot, policy, encoder, code, parent), figures and history of MODEL_ID."""
    from pipelines.registry.ledger import read_ledger
    from service.report import models

    entry = read_ledger(settings).entry(model_id)
    click.echo(_json(models.described(entry)) if form == "json" else models.show_text(entry))


@command.command("compare")
@click.argument("a")
@click.argument("b")
@_FORM
@click.pass_obj
def compare(settings: Settings, a: str, b: str, form: str) -> None:
    """Hold model B against model A, figure by figure: better, equal within the noise, or worse.

    Both are judged on the tracks that both held out when they were trained.
    """
    from dataclasses import asdict

    from pipelines.registry.gate import compare_models
    from pipelines.registry.ledger import read_ledger
    from service.report import models

    ledger = read_ledger(settings)
    old, new = (ledger.entry(name).model_id for name in (a, b))
    found = compare_models(settings, old, new)
    if form == "json":
        figures = [asdict(f) | {"gain": f.gain, "verdict": f.verdict} for f in found.figures]
        click.echo(_json(asdict(found) | {"figures": figures, "refused": found.refused}))
    else:
        click.echo(models.comparison_text(old, new, found))


@command.command("promote")
@click.argument("model_id")
@click.option("--force", is_flag=True, help="Whatever the gate says; needs --note.")
@click.option("--note", help="Why the gate is overridden; kept in the table `promotions`.")
@click.pass_obj
def promote(settings: Settings, model_id: str, force: bool, note: str | None) -> None:
    """Put MODEL_ID in use if it is no worse than the current one in any gated figure.

    Gated are the mean R², the CRPS skill, the coverage of the 90% intervals and the direction of
    plain words, each with a tolerance; a feature that is no longer predicted is refused too.
    """
    if force != (note is not None):
        raise click.UsageError("--force and --note go together: say why the gate is overridden")
    from pipelines.registry import promotion
    from service.report import models

    done = promotion.promote(settings, model_id, note)
    click.echo("\n".join(models.promotion_lines(done)))


@command.command("rollback")
@click.option("--note", help="Why; kept in the table `promotions`.")
@click.pass_obj
def rollback(settings: Settings, note: str | None) -> None:
    """Put the model in use again that was in use before the current one."""
    from pipelines.registry import promotion
    from service.report import models

    click.echo("\n".join(models.promotion_lines(promotion.rollback(settings, note))))


@command.command("recalibrate")
@click.argument("model")
@options.as_of
@options.rights
@click.option("--promote/--no-promote", default=False, show_default=True)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.html",
    help="Also write the page, which shows each feature before and after.",
)
@click.pass_obj
def recalibrate(
    settings: Settings, /, model: str, promote: bool, report: Path | None, **chosen: Any
) -> None:
    """Move MODEL, an id or a folder, to this catalogue by its labelled tracks, and keep the result.

    For a mapping that was learned elsewhere: what words mean is kept, where values lie is fitted.
    Thirty tracks with words and features already tell much.
    """
    from pipelines.recalibrate import RecalibrateRequest
    from pipelines.recalibrate import recalibrate as move
    from pipelines.train import TrainRequest
    from service.report import models

    labels = TrainRequest(**chosen, promote=promote)
    moved = move(settings, RecalibrateRequest(model, labels))
    click.echo(models.moved_text(moved))
    if report is not None:
        from service.cli.report import write_mapping_page

        click.echo(write_mapping_page(settings, report, moved.path.name))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
