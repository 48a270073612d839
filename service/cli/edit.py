"""`wordtone edit`: an earlier generation, changed."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import click

from schemas.errors import InputError
from schemas.parts import Region
from schemas.settings import Settings
from service.cli.producing import generating, produce, production, wanted_files

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*[-–…]\s*(\d+(?:\.\d+)?)")


@click.command("edit")
@click.argument("generation")
@click.argument("words", required=False)
@click.option("--regenerate", multiple=True, metavar="STEM", help="Draw it anew. Repeatable.")
@click.option("--keep", multiple=True, metavar="STEM", help="Draw all others anew. Repeatable.")
@click.option(
    "--region",
    "regions",
    multiple=True,
    metavar="S-S",
    help="Draw these seconds anew, as in 4-8. Repeatable.",
)
@click.option(
    "--keep-region",
    "kept_regions",
    multiple=True,
    metavar="S-S",
    help="Draw all but these seconds anew. Repeatable.",
)
@click.option("--vary", is_flag=True, help="Other notes: the style, tempo and key stay.")
@click.option("--length", "length_s", type=float, help="Go on to this length, seconds.")
@click.option("--lock", "locks", multiple=True, metavar="NAME", help="What WORDS must not move.")
@click.option("--blend", metavar="GENERATION", help="Make a piece between the two.")
@click.option(
    "--share",
    type=float,
    default=0.5,
    show_default=True,
    help="Of --blend: 0 is the first, 1 the second.",
)
@click.option("--model", "model_id", help="The mapping that reads WORDS; the one in use otherwise.")
@production
@click.pass_obj
def command(
    settings: Settings,
    /,
    generation: str,
    words: str | None,
    form: str,
    blend: str | None,
    share: float,
    **chosen: Any,
) -> None:
    """Change GENERATION (an id, or "latest"): by WORDS, stem by stem, or in part.

    What is not named stays as it is, sample for sample, where the engine can (the embedded one
    can). The result is a generation of its own; the one it came from is left alone.

    \b
    wordtone edit latest "darker" --out darker.wav
    wordtone edit latest --regenerate drums --seed 5
    """
    from service import edits
    from service.backends.backend import Blended, Edited, opened

    files, how = wanted_files(chosen), generating(chosen)
    model_id, change = chosen.pop("model_id"), _change(words, chosen)
    drawn = {name: chosen.pop(name) for name in ("seed", "candidates")}
    if blend is not None and change != edits.Change():
        raise InputError("--blend: makes a piece of its own; change it in a second step")
    with opened(settings) as backend:
        if blend is not None:
            blended = Blended(first=generation, second=blend, share=share, **drawn)
            produce(backend, partial(backend.blend, blended, how), files, form)
            return
        edited = Edited(generation=generation, change=change, model_id=model_id, **drawn)
        produce(backend, partial(backend.edit, edited, how), files, form)


def _change(words: str | None, chosen: dict[str, Any]) -> Any:
    from service.edits import Change

    return Change(
        words=words,
        locks=chosen.pop("locks"),
        keep_stems=chosen.pop("keep"),
        regenerate_stems=chosen.pop("regenerate"),
        regenerate_regions=tuple(_region("--region", t) for t in chosen.pop("regions")),
        keep_regions=tuple(_region("--keep-region", t) for t in chosen.pop("kept_regions")),
        vary=chosen.pop("vary"),
        length_s=chosen.pop("length_s"),
    )


def _region(option: str, text: str) -> Region:
    found = _SPAN.fullmatch(text.strip())
    if found is None or float(found[1]) >= float(found[2]):
        raise InputError(f"{option} {text!r}: valid is from-to in seconds, as in 4-8")
    return Region(start_s=float(found[1]), end_s=float(found[2]))
