"""`wordtone train-generator`: train a generator of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from schemas.settings import Settings
from service.cli import options

if TYPE_CHECKING:
    from pipelines.train_generator import GeneratorTrained


@click.command("train-generator")
@click.option(
    "--kind",
    type=click.Choice(["symbolic", "audio"]),
    default="symbolic",
    show_default=True,
    help="symbolic: notes, from scores and the style library; audio: sound, from recordings.",
)
@options.as_of
@click.option(
    "--library",
    default=600,
    show_default=True,
    type=click.IntRange(0, 100_000),
    help="Pieces of the style library that the symbolic model also learns from.",
)
@click.option(
    "--steps",
    default=0,
    type=click.IntRange(0),
    help="Steps of training; 0: as many as docs/learned.md reports on.",
)
@click.option(
    "--batch", default=0, type=click.IntRange(0, 4096), help="Windows a step; 0: as usual."
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0))
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda", "mps"]),
    default="auto",
    show_default=True,
    help="auto takes a GPU where there is one.",
)
@options.rights
@click.pass_obj
def command(settings: Settings, /, **chosen: Any) -> None:
    """Train a generator that is led by the vector itself, and keep it.

    Only tracks whose licence is known, and allowed by the policy, train; generated tracks never
    do. Needs torch (extra `engines`). `wordtone generate --engine learned-symbolic` or
    `learned-audio` plays what was trained.
    """
    from pipelines.generator.request import GeneratorRequest
    from service import operations
    from service.making_progress import MakingProgress

    with MakingProgress() as progress:
        trained = operations.train_generator(settings, GeneratorRequest(**chosen), progress)
    click.echo(_report(trained))


def _report(trained: GeneratorTrained) -> str:
    manifest = trained.manifest
    engine = "learned-symbolic" if manifest.kind == "symbolic" else "learned-audio"
    licences = ", ".join(f"{name} ({count})" for name, count in manifest.licences.items())
    lines = [
        f"{trained.path.name}: {len(manifest.tracks)} tracks, {manifest.library_pieces} pieces of "
        f"the style library, {trained.seconds:.0f} s",
        f"loss {trained.losses[0]:.2f} → {manifest.metrics['loss']:.2f}; data waited for: "
        f"{manifest.metrics['waiting_share']:.1%} of the steps' time",
        f"licences: {licences}",
        f"weights' licence: {manifest.licence}",
    ]
    lines += [f"left out: {count} {reason}" for reason, count in trained.skipped.items()]
    lines.append(f"saved in {trained.path}")
    lines.append(f"wordtone generate --engine {engine} --weights {trained.path.name} PROMPT")
    return "\n".join(lines)
