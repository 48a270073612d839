"""Drums played by people to a click: the Groove MIDI Dataset, where someone has it.

Gillick et al. 2019, CC BY 4.0, https://magenta.tensorflow.org/datasets/groove: a folder with
`info.csv` and MIDI files. Up to six pieces a drummer and style, of 14 s or more, are played by a
soundfont, half of them dry, half with reverberation. Drummers with an odd number are development
material, the others are held out.
"""

from __future__ import annotations

import csv
import os
import random
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import soundfile

from benchmarks._render import RATE_HZ, missing_programs, soundfonts
from benchmarks._truth import Truth
from schemas.errors import InputError

PIECES = 6
SHORTEST_S, CLIP_S = 14.0, 30.0
_SKIPPED_BEATS = 16  # at the beginning of pieces that are long enough


def played(folder: Path, split: str, quick: bool = False) -> Sequence[Truth]:
    """The clips of one side, rendered where they are not in the cache; every fourth with `quick`.

    Raises
    ------
    InputError
        `folder` holds no `info.csv`, or a program is missing.
    """
    if lacking := missing_programs():
        raise InputError(lacking)
    rows = [row for row in _chosen(folder) if _split(row) == split]
    return [_clip(folder, row, split) for row in rows[:: 4 if quick else 1]]


def _chosen(folder: Path) -> list[Mapping[str, str]]:
    try:
        with (folder / "info.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise InputError(f"{folder} is not the Groove MIDI Dataset: {error}") from error
    kinds: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        if row["beat_type"] == "beat" and float(row["duration"]) > SHORTEST_S:
            kinds.setdefault(_group(row), []).append(row)
    draw = random.Random(1)
    return [
        row for kind in sorted(kinds) for row in draw.sample(kinds[kind], len(kinds[kind]))[:PIECES]
    ]


def _group(row: Mapping[str, str]) -> str:
    return f"played:{row['drummer']} {row['style'].split('/')[0]}"


def _split(row: Mapping[str, str]) -> str:
    return "development" if int(row["drummer"].removeprefix("drummer")) % 2 else "held-out"


def _clip(folder: Path, row: Mapping[str, str], split: str) -> Truth:
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    path = home / "wordtone" / "truth" / "played-3" / f"{row['id'].replace('/', '-')}.ogg"
    tempo = float(row["bpm"])
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        _render(folder / row["midi_filename"], path, tempo)
    meter = row["time_signature"].replace("-", "/")
    return Truth(
        path, tempo, genre=row["style"], groove=row["id"], family=_group(row), meter=meter,
        split=split,
    )  # fmt: skip


def _render(midi: Path, path: Path, tempo_bpm: float) -> None:
    fonts = soundfonts()
    with tempfile.TemporaryDirectory() as name:
        wave = Path(name) / "played.wav"
        number = sum(path.name.encode())
        font = fonts[number % len(fonts)]
        room = str(number // 2 % 2)
        subprocess.run(
            ["fluidsynth", "-niq", "-R", room, "-C", "0", "-g", "0.5",
             "-r", str(RATE_HZ), "-F", str(wave), str(font),
             str(midi)],
            check=True, capture_output=True,
        )  # fmt: skip
        samples, rate = soundfile.read(wave, dtype="float32", always_2d=True)
    skipped = round(_SKIPPED_BEATS * 60 / tempo_bpm * rate)
    start = skipped if len(samples) > skipped + 1.2 * CLIP_S * rate else 0
    clip = samples[start : start + round(CLIP_S * rate)]
    clip = clip * (0.8 / max(float(np.abs(clip).max()), 1e-6))
    unfinished = path.with_name(f".{path.name}")
    soundfile.write(unfinished, clip, rate, format="OGG", subtype="VORBIS")
    unfinished.rename(path)
