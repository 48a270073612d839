"""`wordtone condition`: a prompt becomes a conditioning vector."""

from __future__ import annotations

import click

from schemas.settings import Settings


@click.command("condition")
@click.argument("prompt")
@click.option("--bpm", type=click.FloatRange(30, 300), help="Tempo that must be met, BPM.")
@click.option("--key", "key_text", help='Key that must be met, as in "C minor" or "F#m".')
@click.option("--length", type=click.FloatRange(1, 3600), help="Duration, seconds.")
@click.option("--vocals/--no-vocals", default=None, help="With or without a voice.")
@click.option(
    "--samples",
    type=click.IntRange(0, 64),
    default=3,
    show_default=True,
    help="Joint samples to draw: features of real tracks.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--model", "model_id", help="A model id of the `models` table; the newest otherwise.")
@click.option(
    "--format", "form", type=click.Choice(["json", "table"]), default="json", show_default=True
)
@click.pass_obj
def command(settings: Settings, prompt: str, **chosen: object) -> None:
    """Turn PROMPT into a conditioning vector: a distribution over each feature, as JSON.

    What the prompt or an option states (tempo, key, length, vocals) is met exactly; the rest is
    what the catalogue's tracks with such words sound like.
    """
    from service import operations
    from service.report import vector_table

    form, model_id = chosen.pop("form"), chosen.pop("model_id")
    wishes = operations.Wishes(**chosen)  # type: ignore[arg-type]  # click has checked each type
    vector = operations.condition(settings, prompt, wishes, model_id=model_id)  # type: ignore[arg-type]  # str or None
    click.echo(vector.model_dump_json(indent=2) if form == "json" else vector_table(vector))
