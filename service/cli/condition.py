"""`wordtone condition`: a prompt becomes a conditioning vector."""

from __future__ import annotations

from typing import Any

import click

from schemas.settings import Settings

_VOCALS = {True: "on", False: "off", None: None}


@click.command("condition")
@click.argument("prompt")
@click.option("--bpm", type=float, help="Tempo that must be met, 30 … 300 BPM.")
@click.option("--key", help='Key that must be met, as in "C minor" or "F#m".')
@click.option("--length", "duration_s", type=float, help="Duration, seconds, to 3600.")
@click.option("--vocals/--no-vocals", default=None, help="With or without a voice.")
@click.option(
    "--samples",
    type=int,
    default=3,
    show_default=True,
    help="Joint samples to draw: features of real tracks.",
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--model", "model_id", help="A model id (`wordtone models`); the one in use otherwise."
)
@click.option(
    "--format", "form", type=click.Choice(["json", "table"]), default="json", show_default=True
)
@click.pass_obj
def command(
    settings: Settings, /, prompt: str, form: str, model_id: str | None, **chosen: Any
) -> None:
    """Turn PROMPT into a conditioning vector: a distribution over each feature, as JSON.

    What the prompt or an option states (tempo, key, length, vocals) is met exactly; the rest is
    what the catalogue's tracks with such words sound like.

    \b
    wordtone condition "UK garage track with trumpets" --bpm 130 --no-vocals
    """
    from mapping.reading.wishes import Options
    from service import operations
    from service.report.mapping import vector_report

    chosen["vocals"] = _VOCALS[chosen["vocals"]]
    vector = operations.condition(settings, prompt, Options(**chosen), model_id)
    click.echo(vector.model_dump_json(indent=2) if form == "json" else vector_report(vector))
