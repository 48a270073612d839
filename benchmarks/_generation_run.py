"""Requests made by the embedded engine and measured by the extractor, on all cores."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from benchmarks._generation_requests import Ask
from schemas.audio import Audio

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One request and what became of it.

    Attributes
    ----------
    cpu_s : CPU time of `generate`, one thread
    measured : by the extractor; NaN where it has no value
    key : 0 … 23 as the extractor hears it
    tempi : its ranked candidates, BPM
    aimed : what the engine says that it aimed for
    stem_error : largest difference between the mix and the sum of the stems, of the mix's peak
    """

    ask: Ask
    cpu_s: float
    measured: Mapping[str, float]
    key: int
    tempi: tuple[float, ...]
    aimed: Mapping[str, float]
    stem_error: float


def outcomes(asks: Sequence[Ask], folder: Path | None = None) -> list[Outcome]:
    """All requests; with `folder`, their mixes are kept there as NUMBER.flac."""
    return spread(_outcome, [(ask, folder) for ask in asks])


def spread(function: Callable[[T], R], items: Sequence[T], workers: int | None = None) -> list[R]:
    """The function of each item, in processes of one thread each; shows how far it is."""
    count = min(workers or os.cpu_count() or 1, max(1, len(items)))
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    context = multiprocessing.get_context("spawn")
    found = []
    with ProcessPoolExecutor(count, mp_context=context) as pool:
        for number, one in enumerate(pool.map(function, items), 1):
            found.append(one)
            if number % 20 == 0 or number == len(items):
                print(f"  {number} of {len(items)}", flush=True)
    return found


def _outcome(given: tuple[Ask, Path | None]) -> Outcome:
    from generation.sequencer.engine import Embedded

    ask, folder = given
    started = time.process_time()
    made = Embedded().generate(ask.request(), ask.seed)
    cpu_s = time.process_time() - started
    if folder is not None:
        import soundfile

        soundfile.write(folder / f"{ask.number:04d}.flac", made.mix.samples.T, 44_100)
    total = np.sum([stem.samples for stem in made.stems.values()], axis=0)
    peak = float(np.abs(made.mix.samples).max())
    aimed = {
        name: float(one.aimed)
        for name, one in made.applied.items()
        if isinstance(one.aimed, int | float)
    }
    measured, key, tempi = measure(made.mix)
    error = float(np.abs(total - made.mix.samples).max()) / max(peak, 1e-9)
    return Outcome(ask, cpu_s, measured, key, tempi, aimed, error)


def measure(audio: Audio) -> tuple[dict[str, float], int, tuple[float, ...]]:
    """(scalar features, key 0 … 23, tempo candidates) by the extractor."""
    from pipelines.features.extract import extract

    found: Mapping[str, Any] = extract(audio)
    scalars = {
        name: float(value) if isinstance(value, int | float) else float("nan")
        for name, value in found.items()
        if not isinstance(value, tuple)
    }
    chances = found["key_probabilities"]
    key = int(np.argmax(chances)) if isinstance(chances, tuple) else -1
    ranked = found["tempo_candidates"]
    tempi = tuple(float(t) for t in ranked if t) if isinstance(ranked, tuple) else ()
    return scalars, key, tempi
