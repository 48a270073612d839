"""`wordtone demo-catalogue`: labelled tracks of all styles, to try things on without any music."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click


@click.command("demo-catalogue")
@click.option(
    "--tracks", default=300, show_default=True, type=click.IntRange(1, 10_000), help="How many."
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="A folder."
)
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0), help="The same, the same files."
)
@click.option(
    "--sounds",
    type=click.Choice(("bank", "own")),
    default="bank",
    show_default=True,
    help="own: nothing sampled is heard, and all of it is free to use (CC0-1.0).",
)
@click.option("--workers", type=click.IntRange(1, 64), help="Processes; one a core by default.")
def command(
    tracks: int, out: Path, seed: int, sounds: Literal["bank", "own"], workers: int | None
) -> None:
    """Render a labelled catalogue by the built-in sequencer: FLAC files with sidecars.

    Each track has style, mood, instruments, tempo, key and a description that are true of it, by
    invented artists. They are rendered scores (origin score_render), no recordings.

    \b
    wordtone demo-catalogue --tracks 300 --out catalogue && wordtone ingest catalogue
    """
    from generation.catalogue.rendering import render_catalogue

    with click.progressbar(length=tracks, label="rendering", file=sys.stderr) as shown:
        render_catalogue(
            out, tracks, seed=seed, sounds=sounds, workers=workers, told=lambda _: shown.update(1)
        )
    click.echo(f"{tracks} tracks in {out}; take them in with: wordtone ingest {out}")
