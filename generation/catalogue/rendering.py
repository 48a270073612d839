"""Rendering a demonstration catalogue: NAME.flac and NAME.json for each track, on all cores."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Literal

import numpy as np

from generation.catalogue.sketching import Sketch, sketch
from schemas.errors import GenerationError, InputError
from schemas.styles import style

Sounds = Literal["own", "bank"]
Told = Callable[[int], None]
"""Called with the number of each track that is done."""

MOST_TRACKS = 10_000
OWN_LICENCE = "CC0-1.0"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_SLOW, _FAST = 85.0, 130.0
_DESCRIPTIONS = (
    "{Mood} {style} at {bpm} BPM in {key}, with {instruments}.",
    "A {pace} {style} piece, {moods}; {instruments}.",
    "{Instruments}, playing {style} that is {moods}.",
    "{Style}: {moods}, {pace}, in {key}.",
    "{Pace} and {moods}, {style} with {instruments}.",
)


def render_catalogue(
    folder: Path,
    count: int,
    *,
    seed: int = 0,
    sounds: Sounds = "bank",
    workers: int | None = None,
    told: Told | None = None,
) -> int:
    """Write `count` labelled tracks; the same arguments give the same files.

    Each has NAME.flac (stereo, 44.1 kHz, 16 bit, 10 … 15 s) and NAME.json, the sidecar that
    `pipelines.sources.sidecar` reads, with origin "score_render". Files of these names are
    overwritten. The licence is CC0-1.0 where voices of our own alone are heard; where samples of
    the sound bank are, that of the bank.

    Parameters
    ----------
    sounds : "own" for voices of our own alone, "bank" for sampled ones where they are installed
    workers : processes; None for one a core

    Raises
    ------
    InputError
        When `count` is not 1 … 10000 or `seed` is negative.
    GenerationError
        When `folder` cannot be written.
    """
    if not 1 <= count <= MOST_TRACKS:
        raise InputError(f"tracks: {count}; valid is 1 … {MOST_TRACKS}")
    if seed < 0:
        raise InputError(f"seed: {seed}; valid is 0 or more")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GenerationError(f"{folder}: cannot be written: {error.strerror or error}") from error
    jobs = [(folder, sketch(number, count, seed), sounds) for number in range(count)]
    processes = min(workers or os.cpu_count() or 1, count)
    if processes == 1:
        for number, job in enumerate(jobs, 1):
            _render(job)
            _tell(told, number)
        return count
    kept = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))  # the processes are the parallelism
    try:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(processes, mp_context=context) as pool:
            for number, _ in enumerate(pool.map(_render, jobs, chunksize=4), 1):
                _tell(told, number)
    finally:
        for name, value in kept.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
    return count


def _tell(told: Told | None, number: int) -> None:
    if told is not None:
        told(number)


def _render(job: tuple[Path, Sketch, Sounds]) -> None:
    import soundfile

    from generation.sequencer.composition.compose import compose
    from generation.sequencer.editing.recipe import read_recipe
    from generation.sequencer.engine import Embedded

    folder, one, sounds = job
    made = Embedded(sounds=sounds).generate(one.request(), one.seed)
    played = compose(read_recipe(made.recipe).top.plan)
    heard = [part.instrument for part in played.parts]
    licence = made.weights[0].licence if made.weights else OWN_LICENCE
    name = f"{one.number + 1:04d}_{one.style}"
    text = json.dumps(labels(one, heard, licence), indent=1, ensure_ascii=False)
    try:
        soundfile.write(folder / f"{name}.flac", made.mix.samples.T, 44_100, subtype="PCM_16")
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    except (OSError, soundfile.LibsndfileError) as error:
        raise GenerationError(f"{folder / name}.flac: cannot be written: {error}") from error


def labels(one: Sketch, sounds: list[str], licence: str) -> dict[str, Any]:
    """The sidecar of a track; `sounds` are ids of those that play in it."""
    rng = np.random.default_rng([one.seed, 7])
    instruments = list(dict.fromkeys(instrument(sound) for sound in sounds))
    named = style(one.style).name
    pace = "slow" if one.tempo_bpm < _SLOW else "fast" if one.tempo_bpm > _FAST else "mid-tempo"
    some = [str(i) for i in rng.permutation(instruments)[:3]]
    listed = " and ".join(filter(None, (", ".join(some[:-1]), some[-1])))
    words = {"mood": one.words[0], "moods": " and ".join(one.words), "style": named.lower(),
             "pace": pace, "instruments": listed}  # fmt: skip
    capital = {name.capitalize(): value.capitalize() for name, value in words.items()}
    text = str(rng.choice(_DESCRIPTIONS)).format(
        bpm=f"{one.tempo_bpm:.0f}", key=one.key, **words, **capital
    )
    tags = [pace, style(one.style).family, f"{one.tempo_bpm:.0f} bpm", f"key {one.key}"]
    return {
        "title": one.title,
        "artist": one.artist,
        "album": one.album,
        "genre": [named],
        "mood": list(one.words),
        "instrument": instruments,
        "description": text,
        "tags": [str(tag) for tag in rng.permutation(tags)[: int(rng.integers(2, 5))]],
        "license": licence,
        "origin": "score_render",
    }


def instrument(sound: str) -> str:
    """What people call a sound of sounds.toml."""
    if sound.startswith("kit_8") or sound in ("kit_909", "kit_electro", "kit_trap"):
        return "drum machine"
    if sound.startswith("kit_"):
        return "drums"
    return _CALLED.get(sound, sound.replace("_", " "))


_CALLED = {
    "808": "808 bass", "electric_bass": "bass guitar", "picked_bass": "bass guitar",
    "fretless_bass": "fretless bass", "upright_bass": "double bass", "rhodes": "electric piano",
    "wurlitzer": "electric piano", "poly_synth": "synthesizer", "lead_saw": "synthesizer",
    "lead_square": "synthesizer", "lead_soft": "synthesizer", "supersaw": "synthesizer",
    "synth_stab": "synthesizer", "synth_pluck": "synthesizer", "warm_pad": "synth pad",
    "dark_pad": "synth pad", "glass_pad": "synth pad", "sweep_pad": "synth pad",
    "pad": "synth pad", "arp": "synthesizer", "distorted_guitar": "distorted electric guitar",
    "clean_guitar": "electric guitar", "lead_guitar": "electric guitar",
    "nylon_guitar": "classical guitar", "steel_guitar": "acoustic guitar",
}  # fmt: skip
