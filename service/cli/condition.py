"""`wordtone condition`: a prompt becomes a conditioning vector."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from schemas.errors import InputError
from schemas.settings import Settings
from service.cli import options

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
    "--side",
    "sides",
    multiple=True,
    metavar="NAME=N",
    help="Which side of a name that has several, as in “Bowie=2”. Repeatable.",
)
@click.option(
    "--sense",
    "senses",
    multiple=True,
    metavar="WORD=SENSE",
    help="Which sense of an ambiguous word is meant, as in dark=timbre. Repeatable.",
)
@click.option(
    "--lock",
    "locks",
    multiple=True,
    metavar="FEATURE=VALUE",
    help="What a feature must be, in its unit, as in energy=0.8. Repeatable.",
)
@click.option(
    "--guidance",
    is_flag=True,
    help="Also show what was left open and better phrasings; JSON is then {vector, guidance}.",
)
@click.option(
    "--model", "model_id", help="A model id (`wordtone models`); the one in use otherwise."
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
    """
    from mapping.reading.wishes import Options
    from service import operations
    from service.report.control import guidance_report
    from service.report.mapping import vector_report

    chosen["vocals"] = _VOCALS[chosen["vocals"]]
    chosen["sides"] = _sides(chosen["sides"])
    chosen["senses"] = _senses(chosen["senses"])
    locks = "FEATURE=NUMBER, as in energy=0.8"
    chosen["locks"] = options.numbered("--lock", chosen["locks"], locks)
    asked = Options(**chosen)
    vector = operations.condition(settings, prompt, asked, model_id)
    if not guidance:
        click.echo(vector.model_dump_json(indent=2) if form == "json" else vector_report(vector))
        return
    found = operations.guide(settings, prompt, asked, model_id)
    if form == "json":
        both = {"vector": vector.model_dump(mode="json"), "guidance": found.model_dump(mode="json")}
        click.echo(json.dumps(both, indent=2, ensure_ascii=False))
    else:
        click.echo(f"{vector_report(vector)}\n{guidance_report(found)}")


def _sides(given: Sequence[str]) -> dict[str, int]:
    valid = "NAME=NUMBER"
    found = options.named("--side", given, valid)
    if odd := [f"{name}={number}" for name, number in found.items() if not number.isdecimal()]:
        raise InputError(f"--side {odd[0]!r}: valid is {valid}")
    return {name: int(number) for name, number in found.items()}


def _senses(given: Sequence[str]) -> dict[str, str]:
    found = options.named("--sense", given, "WORD=SENSE, as in dark=timbre")
    return {word.lower(): sense.lower() for word, sense in found.items()}
