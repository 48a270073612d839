"""What a prompt and options state, as `condition` and `generate` both take it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from schemas.errors import InputError
from service.cli import options

if TYPE_CHECKING:
    from mapping.reading.wishes import Options

_VOCALS = {True: "on", False: "off", None: None}
_LOCKS = "FEATURE=NUMBER, as in energy=0.8"

_DECORATORS = (
    click.option("--bpm", type=float, help="Tempo that must be met, 30 … 300 BPM."),
    click.option("--key", help='Key that must be met, as in "C minor" or "F#m".'),
    click.option("--length", "duration_s", type=float, help="Duration, seconds, to 3600."),
    click.option("--vocals/--no-vocals", default=None, help="With or without a voice."),
    click.option(
        "--side",
        "sides",
        multiple=True,
        metavar="NAME=N",
        help="Which side of a name that has several, as in “Bowie=2”. Repeatable.",
    ),
    click.option(
        "--sense",
        "senses",
        multiple=True,
        metavar="WORD=SENSE",
        help="Which sense of an ambiguous word is meant, as in dark=timbre. Repeatable.",
    ),
    click.option(
        "--lock",
        "locks",
        multiple=True,
        metavar="FEATURE=VALUE",
        help="What a feature must be, in its unit, as in energy=0.8. Repeatable.",
    ),
    click.option(
        "--model", "model_id", help="A model id (`wordtone models`); the one in use otherwise."
    ),
)
_NAMES = ("bpm", "key", "duration_s", "vocals", "sides", "senses", "locks")


def statements(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that state something, and --model; `taken` reads them."""
    for decorate in reversed(_DECORATORS):
        command = decorate(command)
    return command


def like(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option --like, as `clip`: a recording that the words start from."""
    return click.option(
        "--like",
        "clip",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="A recording to start from: PROMPT then says how to differ, as in “10% faster”.",
    )(command)


def taken(chosen: dict[str, Any], **more: Any) -> Options:
    """The statements among `chosen`, which loses them, as the mapping takes them.

    Raises
    ------
    InputError
        Names the option whose form is wrong.
    PromptError
        Names the value that is out of range.
    """
    from mapping.reading.wishes import Options

    stated = {name: chosen.pop(name) for name in _NAMES}
    stated["vocals"] = _VOCALS[stated["vocals"]]
    stated["sides"] = _sides(stated["sides"])
    stated["senses"] = _senses(stated["senses"])
    stated["locks"] = options.numbered("--lock", stated["locks"], _LOCKS)
    return Options(**stated, **more)


def stated(chosen: dict[str, Any]) -> list[str]:
    """The options of `statements` that were given, by their names on the command line."""
    shown = {"duration_s": "length", "sides": "side", "senses": "sense", "locks": "lock"}
    given = [name for name in _NAMES if chosen[name] not in (None, ())]
    return [f"--{shown.get(name, name)}" for name in given]


def _sides(given: Sequence[str]) -> dict[str, int]:
    valid = "NAME=NUMBER"
    found = options.named("--side", given, valid)
    if odd := [f"{name}={number}" for name, number in found.items() if not number.isdecimal()]:
        raise InputError(f"--side {odd[0]!r}: valid is {valid}")
    return {name: int(number) for name, number in found.items()}


def _senses(given: Sequence[str]) -> dict[str, str]:
    found = options.named("--sense", given, "WORD=SENSE, as in dark=timbre")
    return {word.lower(): sense.lower() for word, sense in found.items()}
