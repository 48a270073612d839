"""What `generate` and `edit` have in common: engine, candidates, files, the result told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from generation.around.keeping import Kept
    from generation.contract import Progress
    from schemas.conditioning import ConditioningRequest
    from service.backends.backend import Backend
    from service.exporting import Wanted
    from service.generations import Generated, Generating

_DECORATORS = (
    click.option(
        "--engine", default="embedded", show_default=True, help="As embedded, musicgen, ace-step …"
    ),
    click.option(
        "--weights",
        metavar="PATH|ID",
        help="Folder or hub id of an engine's weights, or id of a generator trained here.",
    ),
    click.option("--download", is_flag=True, help="Let the weights be fetched from the hub."),
    click.option("--device", default="auto", show_default=True, help="As torch names it."),
    click.option("--steps", type=int, help="Denoising steps of engines that have any."),
    click.option("--guidance", type=float, help="How closely it keeps to the prompt; 1: off."),
    click.option(
        "--adapter",
        type=click.Path(path_type=Path),
        metavar="FOLDER",
        help="An adapter trained beside these weights: the vector itself conditions.",
    ),
    click.option(
        "--candidates",
        type=click.IntRange(1, 64),
        help="Pieces to make; the one that meets most of what is asked is kept.",
    ),
    click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Same seed, same piece."),
    click.option(
        "--correct/--no-correct",
        default=True,
        show_default=True,
        help="Bring tempo and key to what is asked, within ±12 % and ±3 semitones.",
    ),
    click.option(
        "--out", type=click.Path(path_type=Path), metavar="FILE|FOLDER",
        help="Also write the mix to FILE.wav, FILE.flac or FOLDER/mix.wav.",
    ),
    click.option("--stems", is_flag=True, help="With --out: the stems, a file each."),
    click.option("--midi", is_flag=True, help="With --out: the notes as MIDI."),
    click.option("--daw", is_flag=True, help="With --out: a zip for Logic, Live and others."),
    click.option(
        "--record/--no-record", default=True, show_default=True,
        help="Enter the result in the warehouse.",
    ),
    click.option(
        "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
    ),
)  # fmt: skip


def production(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of everything that makes a piece."""
    for decorate in reversed(_DECORATORS):
        command = decorate(command)
    return command


def wanted_files(chosen: dict[str, Any]) -> Wanted:
    """Read before anything is made, so that a mistake costs no minutes. Raises InputError."""
    from service.exporting import Wanted

    return Wanted(**{name: chosen.pop(name) for name in ("out", "stems", "midi", "daw")})


def generating(chosen: dict[str, Any], preset: str | None = None) -> Generating:
    from generation.registry import Making
    from service.generations import Generating

    names = ("weights", "download", "device", "steps", "guidance", "adapter")
    return Generating(
        engine=chosen.pop("engine"),
        making=Making(preset=preset, **{name: chosen.pop(name) for name in names}),
        correct=chosen.pop("correct"),
        record=chosen.pop("record"),
    )


def seeded(request: ConditioningRequest, chosen: dict[str, Any]) -> ConditioningRequest:
    """With --seed and --candidates, where they are given."""
    given = {name: chosen.pop(name) for name in ("seed", "candidates")}
    update = {name: value for name, value in given.items() if value is not None}
    return request.model_copy(update=update)


def produce(
    backend: Backend,
    make: Callable[[Progress], Generated],
    files: Wanted,
    form: str,
) -> None:
    """Make the piece and tell of it."""
    from service.making_progress import MakingProgress

    with MakingProgress() as progress:
        made = make(progress)
    if made.trouble:
        click.echo(f"wordtone: kept, but not entered in the warehouse: {made.trouble}", err=True)
    tell(backend, made.kept, files, form)


def tell(backend: Backend, kept: Kept, files: Wanted, form: str) -> None:
    """Write the files that are wanted, and show the result."""
    from service.exporting import export

    written = export(backend.with_files(kept, files), files)
    if form == "json":
        click.echo(kept.result.model_dump_json(indent=2))
        return
    from service.report.generation import generation_report

    click.echo(generation_report(kept, backend.place(kept)))
    for path in written:
        click.echo(f"written     {path}")
