"""The rendered corpus: clips of 30 s with exactly known tempo, key, metre and groove.

`grooves.csv` lists the grooves of MMA's library that are used, their tempo range, harmony and
modes, and which side of the split their family is on: no groove, and no groove that resembles it,
is on both. Each groove is played once a mode, at a whole tempo and in a key drawn by a seeded
generator, in chords usual for its style (`progressions.csv`: ii–V–I, blues, modal and borrowed
chords among them), by one of the soundfonts that are installed. Half of the clips start at the
first bar, the others anywhere in the bars after it. Most are Ogg Vorbis in stereo, some FLAC, some
mono at 22,050 Hz.

Rendering takes about a second a clip, once: clips are kept in `$XDG_CACHE_HOME` or ~/.cache, under
wordtone/truth.
"""

from __future__ import annotations

import csv
import os
import random
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import soxr

from benchmarks._render import RATE_HZ, Part, missing_programs, render, score, soundfonts
from benchmarks._truth import Truth
from schemas.errors import InputError

VERSION = "1"  # of the corpus: raise it when a clip would come out differently
CLIP_S = 30.0
SPLITS = ("development", "held-out")
_SPARE_S = 2.0
_QUICK_STEP = 4
_HERE = Path(__file__).parent
# Metre → felt beats a bar, which are MMA's beats too.
_METERS = {"4/4": 4, "3/4": 3, "6/8": 2, "12/8": 4}


@dataclass(frozen=True, slots=True)
class _Plan:
    """One clip that is to be rendered; `truth.path` is where it goes."""

    truth: Truth
    part: Part
    soundfont: Path
    seed: int
    offset_s: float


def rendered(split: str, quick: bool = False, take: int = 0) -> Sequence[Truth]:
    """The clips of one side, rendered where they are not in the cache; every fourth with `quick`.

    Another `take` is the same grooves with everything else drawn anew, for fitting.

    Raises
    ------
    InputError
        `split` is neither "development" nor "held-out", or a program is missing (says what to
        install).
    """
    if split not in SPLITS:
        raise InputError(f"split: {split!r}; valid: {', '.join(SPLITS)}")
    if lacking := missing_programs():
        raise InputError(lacking)
    plans = [plan for plan in _plans(take) if plan.truth.split == split]
    plans = plans[:: _QUICK_STEP if quick else 1]
    wanted = [plan for plan in plans if not plan.truth.path.is_file()]
    if wanted:
        print(f"rendering {len(wanted)} clips, about {len(wanted)} s, once", file=sys.stderr)
        wanted[0].truth.path.parent.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(_make, wanted))
    return [plan.truth for plan in plans]


def cache_folder() -> Path:
    """Where the clips are kept: a folder for each version of the corpus and set of soundfonts."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    names = "-".join([VERSION, *(path.stem for path in soundfonts())])
    return Path(base) / "wordtone" / "truth" / names


@cache
def progressions() -> Mapping[tuple[str, int], Sequence[tuple[str, ...]]]:
    """(harmony, mode) → chord progressions in Roman numerals."""
    found: dict[tuple[str, int], list[tuple[str, ...]]] = {}
    for row in _table("progressions.csv"):
        mode = int(row["mode"] == "major")
        found.setdefault((row["harmony"], mode), []).append(tuple(row["chords"].split()))
    return found


def _plans(take: int = 0) -> list[_Plan]:
    grooves = [(row, mode) for row in _table("grooves.csv") for mode in row["modes"]]
    return [_plan(row, int(mode == "M"), take) for row, mode in grooves]


def _plan(row: Mapping[str, str], mode: int, take: int) -> _Plan:
    # Seeded by its own name, so that a groove added to the table changes no other clip.
    name = f"{row['groove']} {mode}" + (f" {take}" if take else "")
    draw = random.Random(f"{VERSION} {name}")
    tempo = draw.randint(int(row["slowest"]), int(row["fastest"]))
    tonic = draw.randrange(12)
    chords = draw.choice(progressions()[row["harmony"], mode])
    bar_beats = _METERS[row["meter"]]
    beat_s = 60 / tempo
    offset_s = draw.choice([0.0, draw.uniform(0, 4 * bar_beats * beat_s)])
    count = int(np.ceil((offset_s + CLIP_S + _SPARE_S) / (bar_beats * beat_s)))
    bars = tuple(chords[i % len(chords)] for i in range(count))
    suffix = draw.choice(["ogg", "ogg", "ogg", "flac"])
    stem = "".join(c if c.isalnum() else "-" for c in row["groove"].lower())
    stem += ("-minor", "-major")[mode] + (f"-{take}" if take else "")
    truth = Truth(
        cache_folder() / f"{stem}.{suffix}",
        float(tempo), tonic, mode, row["genre"], row["groove"], row["family"], row["meter"],
        -offset_s % beat_s, -offset_s % (bar_beats * beat_s), row["split"],
    )  # fmt: skip
    part = Part(row["groove"], tonic, mode, bars, bar_beats, row["bed"])
    return _Plan(truth, part, draw.choice(soundfonts()), draw.randrange(1 << 30), offset_s)


def _make(plan: _Plan) -> None:
    assert plan.truth.tempo_bpm is not None
    draw = random.Random(plan.seed)
    samples = render(score(int(plan.truth.tempo_bpm), [plan.part], plan.seed), plan.soundfont)
    start = round(plan.offset_s * RATE_HZ)
    clip = samples[start : start + round(CLIP_S * RATE_HZ)]
    clip = clip * (10 ** (draw.uniform(-10, -0.5) / 20) / max(float(np.abs(clip).max()), 1e-6))
    rate = RATE_HZ
    path = plan.truth.path
    if path.suffix == ".flac" and draw.random() < 0.5:
        rate = RATE_HZ // 2
        clip = soxr.resample(clip.mean(axis=1), RATE_HZ, rate)
    unfinished = path.with_name(f".{path.name}")
    kind, coding = ("OGG", "VORBIS") if path.suffix == ".ogg" else ("FLAC", "PCM_16")
    soundfile.write(unfinished, clip, rate, format=kind, subtype=coding)
    unfinished.rename(path)


def _table(name: str) -> list[dict[str, str]]:
    with (_HERE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
