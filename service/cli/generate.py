"""`wordtone generate`: a prompt, a request or a vector becomes music."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from schemas.errors import InputError
from schemas.settings import Settings
from service.cli.producing import generating, produce, production, seeded, wanted_files
from service.cli.stating import like, stated, statements, taken

if TYPE_CHECKING:
    from service.backends.backend import Backend

_MOST_BYTES = 8_000_000


@click.command("generate")
@click.argument("prompt", required=False)
@click.option(
    "--request",
    "document",
    type=click.File("rb"),
    help="A request or vector as JSON instead of a prompt; - for standard input.",
)
@statements
@like
@click.option(
    "--melody",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A hummed, whistled or played melody that the piece takes up.",
)
@click.option("--random", "unprompted", is_flag=True, help="No prompt: the seed draws it all.")
@click.option("--preset", metavar="NAME", help="What it is for: podcast-intro, sting …")
@production
@click.option(
    "--payload",
    metavar="ENGINE",
    help="Make nothing: print what ENGINE would be called with, as JSON.",
)
@click.pass_obj
def command(
    settings: Settings,
    /,
    prompt: str | None,
    document: Any,
    form: str,
    payload: str | None,
    **chosen: Any,
) -> None:
    """Make music of PROMPT, or of a request that `wordtone condition` wrote.

    What is asked is measured on what was made, and told feature by feature. The embedded engine
    needs nothing installed and cannot sing; docs/engines.md has the others.

    \b
    wordtone generate "UK garage with trumpets" --bpm 130 --length 30 --out garage.wav --stems
    wordtone condition "dark ambient" | wordtone generate --request - --candidates 4
    """
    from service import generations
    from service.backends.backend import opened

    files, melody = wanted_files(chosen), chosen.pop("melody")
    how = generating(chosen, chosen.pop("preset"))
    with opened(settings) as backend:
        request = _request(backend, prompt, document, chosen)
        if melody is not None:
            from service.melodies import with_recording

            request = with_recording(settings, request, melody)
        request = seeded(request, chosen)
        if payload is not None:
            click.echo(generations.payload(payload, request).to_json())
            return
        produce(backend, partial(backend.make, request, how), files, form)


def _request(backend: Backend, prompt: str | None, document: Any, chosen: dict[str, Any]) -> Any:
    """From the prompt with its statements, or from the document alone."""
    from service import generations

    model_id, unprompted = chosen.pop("model_id"), chosen.pop("unprompted")
    given, clip = stated(chosen), chosen.pop("clip")
    asked = taken(chosen, seed=chosen["seed"])
    if (prompt is not None) + (document is not None) + unprompted != 1:
        raise InputError("generate: give a PROMPT, or --request FILE, or --random: one of them")
    if unprompted:
        if clip is not None:
            raise InputError("--like: goes with a PROMPT")
        return generations.unprompted(asked)
    if document is None:
        return backend.condition(prompt or "", asked, model_id, clip)
    if clip is not None:
        raise InputError("--like: goes with a PROMPT")
    if given:
        raise InputError(f"{given[0]}: goes with a PROMPT; in a request it is stated in the file")
    from service.documents import read_request

    return read_request(document.read(_MOST_BYTES + 1), getattr(document, "name", "-"))
