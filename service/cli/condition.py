"""`wordtone condition`: a prompt becomes a conditioning vector."""

from __future__ import annotations

import json
from typing import Any

import click

from schemas.errors import InputError
from schemas.settings import Settings
from service.cli.stating import like, statements, taken


@click.command("condition")
@click.argument("prompt")
@statements
@click.option(
    "--samples",
    type=int,
    default=3,
    show_default=True,
    help="Joint samples to draw: features of real tracks.",
)
@click.option("--seed", type=int, default=0, show_default=True)
@like
@click.option(
    "--guidance",
    is_flag=True,
    help="Also show what was left open and better phrasings; JSON is then {vector, guidance}.",
)
@click.option(
    "--format", "form", type=click.Choice(["json", "table"]), default="json", show_default=True
)
@click.pass_obj
def command(
    settings: Settings,
    /,
    prompt: str,
    form: str,
    model_id: str | None,
    guidance: bool,
    **chosen: Any,
) -> None:
    """Turn PROMPT into a conditioning vector: a distribution over each feature, as JSON.

    What the prompt or an option states (tempo, key, length, vocals) is met exactly; the rest is
    what the catalogue's tracks with such words sound like.

    \b
    wordtone condition "UK garage track with trumpets" --bpm 130 --no-vocals
    wordtone condition "like this, but 10% faster and darker" --like clip.ogg
    """
    from service.backends.backend import opened
    from service.report.control import guidance_report
    from service.report.mapping import vector_report

    asked = taken(chosen, samples=chosen.pop("samples"), seed=chosen.pop("seed"))
    clip = chosen.pop("clip")
    if clip is not None and guidance:
        raise InputError("--guidance: is of words alone; leave out --like")
    with opened(settings) as backend:
        vector = backend.condition(prompt, asked, model_id, clip)
        found = backend.guide(prompt, asked, model_id) if guidance else None
    if found is None:
        click.echo(vector.model_dump_json(indent=2) if form == "json" else vector_report(vector))
        return
    if form == "json":
        both = {"vector": vector.model_dump(mode="json"), "guidance": found.model_dump(mode="json")}
        click.echo(json.dumps(both, indent=2, ensure_ascii=False))
    else:
        click.echo(f"{vector_report(vector)}\n{guidance_report(found)}")
