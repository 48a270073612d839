"""`wordtone condition`: a prompt becomes a conditioning vector."""

from __future__ import annotations

import json
from collections.abc import Sequence
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
    chosen["locks"] = _locks(chosen["locks"])
    options = Options(**chosen)
    vector = operations.condition(settings, prompt, options, model_id)
    if not guidance:
        click.echo(vector.model_dump_json(indent=2) if form == "json" else vector_report(vector))
        return
    found = operations.guide(settings, prompt, options, model_id)
    if form == "json":
        both = {"vector": vector.model_dump(mode="json"), "guidance": found.model_dump(mode="json")}
        click.echo(json.dumps(both, indent=2, ensure_ascii=False))
    else:
        click.echo(f"{vector_report(vector)}\n{guidance_report(found)}")


def _sides(given: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for text in given:
        name, equals, number = text.rpartition("=")
        if not equals or not name.strip() or not number.strip().isdecimal():
            raise click.BadParameter(f"{text!r}: valid is NAME=NUMBER", param_hint="--side")
        found[name.strip()] = int(number)
    return found


def _senses(given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        word, equals, sense = text.partition("=")
        if not equals or not word.strip() or not sense.strip():
            raise click.BadParameter(f"{text!r}; valid is WORD=SENSE, as in dark=timbre")
        found[word.strip().lower()] = sense.strip().lower()
    return found


def _locks(given: Sequence[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for text in given:
        name, equals, value = text.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            equals = ""
        if not equals:
            raise click.BadParameter(f"{text!r}; valid is FEATURE=NUMBER, as in energy=0.8")
    return found
