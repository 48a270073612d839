"""Pieces that are easily taken for each other: one groove, tempo, key and band, other notes.

Each family of grooves (`_song_plans`) gives pieces of 30 s from the first bar on: eight chord
sequences, each under two melodies, all in the same groove, at the same tempo, in the same key, by
the same instruments. To them come two remixes of the first piece, in another key and at another
tempo. No two of them are the same recording, so that every link between two is false.

Development and held-out families share no groove. Rendered once, about a second a piece; kept in
the cache of `_truth_rendered`.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

from benchmarks._render import RATE_HZ, missing_programs, render, soundfonts
from benchmarks._song_plans import CHORDS, FAMILIES, MELODIES, Family, Part, melody, score
from benchmarks._truth_rendered import cache_folder
from schemas.errors import InputError

CLIP_S = 30.0
_PEAK = 0.7
_SEQUENCES, _MELODIES_EACH = 8, 2


@dataclass(frozen=True, slots=True)
class SameStyle:
    """A piece. `style` is what it shares with others; `sequence` its chords, also of a remix."""

    name: str
    style: str
    sequence: int
    remix: bool
    path: Path


@dataclass(frozen=True, slots=True)
class _Plan:
    piece: SameStyle
    part: Part
    seed: int


def same_style(split: str, families: int | None = None) -> Sequence[SameStyle]:
    """The pieces of "dev" or "held-out", of the first `families` families where that is given.

    Raises
    ------
    InputError
        A program is missing (says what to install).
    """
    if lacking := missing_programs():
        raise InputError(lacking)
    folder = cache_folder() / "same-style"
    folder.mkdir(parents=True, exist_ok=True)
    plans = [plan for family in FAMILIES[split][:families] for plan in _plans(family, folder)]
    wanted = [plan for plan in plans if not plan.piece.path.is_file()]
    if wanted:
        print(f"rendering {len(wanted)} pieces, about {len(wanted)} s, once", file=sys.stderr)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(_make, wanted))
    return [plan.piece for plan in plans]


def _plans(family: Family, folder: Path) -> list[_Plan]:
    rng = random.Random(f"same style {family[0]}")
    style = Part(
        groove=f"{family[0]}:{family[3][0]}",
        beats=family[1],
        bpm=rng.randint(*family[2]),
        tonic=rng.randrange(12),
        minor=rng.random() < 0.5,
        chords=(),
    )
    bars = int(np.ceil((CLIP_S + 1) / (style.beats * 60 / style.bpm)))
    instrument = rng.choice(MELODIES)
    parts = []
    for _ in range(_SEQUENCES):
        chords = _chords(rng, style.minor, bars)
        for _ in range(_MELODIES_EACH):
            played = replace(style, chords=chords)
            notes = melody(rng, played, bars)[1]
            parts.append(replace(played, melody=(instrument, notes)))
    parts.append(replace(parts[0], tonic=(parts[0].tonic + 2) % 12))
    parts.append(replace(parts[0], bpm=round(parts[0].bpm * 1.06) + 1))
    seed = rng.randrange(1 << 30)
    names = [f"{family[0].replace('/', '-')}-{number:02d}" for number in range(len(parts))]
    return [
        _plan(folder / name, family[0], number, part, seed)
        for number, (name, part) in enumerate(zip(names, parts, strict=True))
    ]


def _plan(stem: Path, style: str, number: int, part: Part, seed: int) -> _Plan:
    digest = hashlib.blake2b(repr((part, seed)).encode(), digest_size=6).hexdigest()
    remix = number >= _SEQUENCES * _MELODIES_EACH
    sequence = 0 if remix else number // _MELODIES_EACH
    path = stem.with_name(f"{stem.name}-{digest}.flac")
    return _Plan(SameStyle(stem.name, style, sequence, remix, path), part, seed)


def _chords(rng: random.Random, minor: bool, bars: int) -> tuple[str, ...]:
    """Loops of four bars one after the other, as a verse and a chorus would be."""
    loops = rng.sample(CHORDS[minor], 3)
    order = [chord for loop in (loops[0], loops[1], loops[0], loops[2]) for chord in loop.split()]
    return tuple(order[bar % len(order)] for bar in range(bars))


def _make(plan: _Plan) -> None:
    samples = render(score(plan.part, plan.seed), soundfonts()[0])
    clip = samples[: round(CLIP_S * RATE_HZ)]
    clip = clip * np.float32(_PEAK / max(float(np.abs(clip).max()), 1e-6))
    unfinished = plan.piece.path.with_name(f".{plan.piece.path.name}")
    soundfile.write(unfinished, clip, RATE_HZ, "PCM_16", format="FLAC")
    unfinished.rename(plan.piece.path)
