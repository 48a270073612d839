"""`wordtone samples`: one-shots and loops as files, without a prompt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from schemas.errors import InputError

if TYPE_CHECKING:
    from generation.sequencer.oneshots import Sample

_CATEGORIES = (
    "kick", "snare", "clap", "hat", "percussion", "bass", "chord", "lead", "fx", "loop",
)  # fmt: skip
_STEMS = ("drums", "bass", "chords", "lead", "extra")
_INDEX = "samples.json"


@click.command("samples")
@click.option(
    "--category",
    "categories",
    type=click.Choice(_CATEGORIES),
    multiple=True,
    required=True,
    help="What to draw; may be given again.",
)
@click.option(
    "--count", default=8, show_default=True, type=click.IntRange(1, 10_000), help="Of each."
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="A folder."
)
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0), help="The same, the same files."
)
@click.option("--style", help="Of loops: an id of docs/styles.md; drawn when not given.")
@click.option("--bars", type=click.IntRange(1, 32), help="Of loops.")
@click.option("--tempo", type=click.FloatRange(40, 240), help="Of loops, BPM.")
@click.option("--key", help='Of loops: as "A minor".')
@click.option("--stem", type=click.Choice(_STEMS), help="Of loops: one stem alone.")
@click.option(
    "--sounds",
    type=click.Choice(("bank", "own")),
    default="bank",
    show_default=True,
    help="own: nothing sampled is heard, and all of it is free to use (CC0-1.0).",
)
@click.option("--overwrite", is_flag=True, help="Replace files of the same names.")
def command(out: Path, overwrite: bool, **chosen: Any) -> None:
    """Draw one-shots and loops at random, as WAV files (24 bit) named by what they are.

    Loops carry their tempo for workstations to read, and join without a click. samples.json lists
    all that was drawn, with seeds and licences.

    \b
    wordtone samples --category kick --count 8 --out kicks
    wordtone samples --category loop --style house --tempo 124 --key "A minor" --out loops
    """
    from generation.sequencer.samples import Wanted, draw

    drawn = draw(
        Wanted(
            categories=tuple(dict.fromkeys(chosen["categories"])),
            count=chosen["count"],
            seed=chosen["seed"],
            style=chosen["style"],
            bars=chosen["bars"],
            tempo_bpm=chosen["tempo"],
            key=chosen["key"],
            stem=chosen["stem"],
            own_sounds=chosen["sounds"] == "own",
        )
    )
    try:
        _write_all(out, drawn, overwrite)
    except OSError as error:
        raise InputError(f"--out {out}: {error.strerror or error}") from error


def _write_all(out: Path, drawn: Iterator[Sample], overwrite: bool) -> None:
    out.mkdir(parents=True, exist_ok=True)
    listed = []
    for sample in drawn:
        path = out / f"{sample.name}.wav"
        _write(path, sample, overwrite)
        listed.append(_entry(path.name, sample))
        click.echo(f"{path}  {sample.audio.duration_s:.2f} s")
    (out / _INDEX).write_text(json.dumps(listed, indent=2) + "\n", encoding="utf-8")


def _write(path: Path, sample: Sample, overwrite: bool) -> None:
    from generation.sequencer.export.wav import wav_bytes, with_loop

    if path.exists() and not overwrite:
        raise InputError(f"{path} exists; choose another folder or --seed, or say --overwrite")
    content = wav_bytes(sample.audio)
    if sample.tempo_bpm is not None and sample.beats is not None:
        content = with_loop(content, sample.tempo_bpm, sample.beats, sample.metre)
    path.write_bytes(content)


def _entry(name: str, sample: Sample) -> dict[str, Any]:
    licences = [f"{one.licence} ({one.id})" for one in sample.weights] or ["CC0-1.0"]
    return {
        "file": name,
        "category": sample.category,
        "seed": sample.seed,
        "duration_s": round(sample.audio.duration_s, 6),
        "key": sample.key or None,
        "tempo_bpm": sample.tempo_bpm,
        "beats": sample.beats,
        "licences": licences,
    }
