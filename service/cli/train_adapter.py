"""`wordtone train-adapter`: let the vector itself condition somebody else's generator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generation.adapters.kinds import KINDS
from schemas.settings import Settings
from service.cli import options

if TYPE_CHECKING:
    from generation.adapters.adapter import Adapter


@click.command("train-adapter")
@click.option("--engine", type=click.Choice(KINDS), default="musicgen", show_default=True)
@click.option("--weights", required=True, metavar="PATH|ID", help="Folder or hub id; stays as is.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder to write; a new one."
)
@click.option(
    "--seconds",
    type=click.FloatRange(1, 30),
    default=10.0,
    show_default=True,
    help="Length of the stretches of recordings that it learns from, four a track.",
)
@click.option("--steps", type=click.IntRange(1), default=2000, show_default=True)
@click.option("--batch", type=click.IntRange(1, 4096), default=16, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--device", default="auto", show_default=True, help="As torch names it.")
@click.option("--download", is_flag=True, help="Let the weights be fetched from the hub.")
@options.as_of
@options.rights
@click.pass_obj
def command(settings: Settings, /, **chosen: Any) -> None:
    """Train an adapter on the catalogue's recordings beside a frozen generator.

    Only tracks whose licence is known, and allowed by the policy, train; generated tracks never
    do. Needs torch (extra `engines`). `wordtone generate --adapter FOLDER` plays with it;
    docs/adapters.md.
    """
    from pipelines.train_adapter import AdapterRequest, train_adapter
    from service.making_progress import MakingProgress

    with MakingProgress() as progress:
        adapter = train_adapter(settings, AdapterRequest(**chosen), progress)
    click.echo(_report(adapter, chosen["out"]))


def _report(adapter: Adapter, out: Path) -> str:
    trained = adapter.trained
    licences = ", ".join(f"{name} ({count})" for name, count in trained["licences"].items())
    lines = [
        f"{out}: {len(trained['tracks'])} tracks, loss {trained['loss_first']:.3f} → "
        f"{trained['loss_last']:.3f}",
        f"beside {adapter.weights} ({adapter.licence})",
        f"licences of what it learned from: {licences}",
    ]
    lines += [f"left out: {count} {reason}" for reason, count in trained["skipped"].items()]
    return "\n".join(lines)
