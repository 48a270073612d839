"""Rendered clips played less evenly: each stroke scattered, the tempo drifting about its mean.

Not people: grooves of `_truth_rendered` at another tempo, their MIDI moved by a seeded generator.
Every stroke is off by 10 … 20 ms (standard deviation), as skilled players are (Hennig et al. 2011),
and the tempo drifts by 1 … 3 % over some bars; half of the clips in 4/4 are swung, up to a shuffle
(the second half of a beat begins at 0.56 … 0.67 of it). The true tempo is the mean.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from benchmarks import _truth_rendered
from benchmarks._midi import Feel, humanise
from benchmarks._render import RATE_HZ, Part, render, score, soundfonts
from benchmarks._truth import Truth

VERSION = "2"
EVERY = 3  # third rendered clip has a humanised sister
_SWUNG = 0.5  # share of the clips in 4/4
_BEATS = {"4/4": 4, "3/4": 3, "6/8": 2, "12/8": 4}


def humanised(split: str, quick: bool = False, every: int = EVERY) -> Sequence[Truth]:
    """The clips of one side, made where they are not in the cache; every fourth with `quick`.

    Raises InputError as `rendered` does.
    """
    models = _truth_rendered.rendered(split)[::every]
    clips = [_clip(model) for model in models[:: 4 if quick else 1]]
    wanted = [clip for clip in clips if not clip.path.is_file()]
    if wanted:
        print(f"humanising {len(wanted)} clips, about {len(wanted)} s, once", file=sys.stderr)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(_make, wanted))
    return clips


def _clip(model: Truth) -> Truth:
    assert model.tempo_bpm is not None
    draw = random.Random(f"{VERSION} {model.path.stem}")
    tempo = float(round(model.tempo_bpm * draw.uniform(0.93, 1.07)))
    folder = model.path.parent / f"humanised-{VERSION}"
    path = folder / f"{model.path.stem}.ogg"
    return replace(
        model, path=path, tempo_bpm=tempo, key=None, mode=None, first_beat_s=None, first_bar_s=None
    )


def _make(clip: Truth) -> None:
    assert clip.tempo_bpm is not None
    draw = random.Random(f"{VERSION} {clip.path.stem} feel")
    swing = draw.uniform(0.56, 0.67) if clip.meter == "4/4" and draw.random() < _SWUNG else 0.5
    feel = Feel(draw.uniform(10, 20), draw.uniform(0.01, 0.03), swing)
    mode = draw.randrange(2)
    chords = draw.choice(_truth_rendered.progressions()["pop", mode])
    beats = _BEATS[clip.meter]
    bars = int(np.ceil(34 * clip.tempo_bpm / 60 / beats))
    seed = draw.randrange(1 << 30)
    part = Part(
        clip.groove, draw.randrange(12), mode, tuple(chords[i % len(chords)] for i in range(bars)),
        beats,
    )  # fmt: skip
    text = score(int(clip.tempo_bpm), [part], seed)
    samples = render(text, draw.choice(soundfonts()), lambda midi: humanise(midi, feel, seed))
    samples = samples[: 30 * RATE_HZ]
    samples = samples * (0.8 / max(float(np.abs(samples).max()), 1e-6))
    _write(clip.path, samples.astype(np.float32))


def _write(path: Path, samples: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}")
    soundfile.write(unfinished, samples, RATE_HZ, format="OGG", subtype="VORBIS")
    unfinished.rename(path)
