"""`wordtone transcribe`: a hum, a whistle or a recording becomes notes."""

from __future__ import annotations

from pathlib import Path

import click

from schemas.errors import InputError
from schemas.settings import Settings


@click.command("transcribe")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--tempo", "tempo_bpm", type=float, help="The tempo of the grid, 30 … 300 BPM.")
@click.option(
    "--tap",
    "taps",
    metavar="S,S,S…",
    help="Times of beats that were tapped, seconds: tempo, and where the beat lies.",
)
@click.option(
    "--kind",
    type=click.Choice(["auto", "line", "mix"]),
    default="auto",
    show_default=True,
    help="line: one voice or instrument; mix: the most salient line of several sounds.",
)
@click.option(
    "--midi", type=click.Path(dir_okay=False, path_type=Path), help="Also write a MIDI file."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def command(
    settings: Settings,
    /,
    file: Path,
    midi: Path | None,
    as_json: bool,
    taps: str | None,
    **chosen: object,
) -> None:
    """Write down the melody of FILE, hummed, whistled or played: notes, key and tempo.

    A tempo that is not stated or tapped is a suggestion. `wordtone generate --melody FILE` plays
    the melody.

    \b
    wordtone transcribe hum.wav --tap 0.4,1.0,1.6,2.2 --midi hum.mid
    """
    from pipelines.melody.midi import midi_bytes
    from pipelines.melody.transcribe import Wanted
    from service.backends.backend import opened
    from service.report.melody import melody_table

    if midi is not None and midi.suffix.lower() not in (".mid", ".midi"):
        raise InputError(f"--midi {midi}: valid is a name that ends in .mid")
    wanted = Wanted(taps=_times(taps), **chosen)  # type: ignore[arg-type]  # by their options
    with opened(settings) as backend:
        found = backend.transcribe(file, wanted)
    if midi is not None:
        _write(midi, midi_bytes(found))
    if as_json:
        click.echo(found.model_dump_json(indent=2))
    else:
        click.echo(melody_table(file.name, found))
    for warning in found.warnings:
        click.echo(f"wordtone: {warning}", err=True)


def _times(text: str | None) -> tuple[float, ...]:
    if text is None:
        return ()
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(f"--tap {text!r}: valid are seconds, as in 0.4,1.0,1.6") from error


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise click.FileError(str(path), error.strerror or str(error)) from error
