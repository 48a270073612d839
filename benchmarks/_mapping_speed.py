"""What the mapping costs: a prompt, loading, memory, and training as a catalogue grows.

A prompt, loading and memory are measured in a process of their own on one core
(OMP_NUM_THREADS=1), as a service would run it. Training grows on made-up catalogues: texts are
combinations of the words below, so that as many repeat as in a real catalogue.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.figures import Figure
from schemas.protocols import TrainingExample

if TYPE_CHECKING:  # the child process is not to carry pandas, whose memory is not the mapping's
    from benchmarks._mapping_rounds import Bench

FEATURES = (
    "tempo_bpm", "energy", "danceability", "valence", "acousticness", "instrumentalness",
    "speechiness", "liveness", "loudness_lufs",
)  # fmt: skip
STYLES = (
    "house", "techno", "trance", "ambient", "folk", "country", "blues", "jazz", "swing", "bebop",
    "metal", "punk", "grunge", "indie rock", "pop", "synthpop", "disco", "funk", "soul", "gospel",
    "hip hop", "trap", "grime", "reggae", "dub", "ska", "salsa", "bossa nova", "samba", "tango",
    "flamenco", "opera", "baroque", "choral", "new age", "drone", "industrial", "garage", "emo",
    "shoegaze",
)  # fmt: skip
WORDS = (
    "deep", "dark", "modern", "classic", "melodic", "progressive", "minimal", "acoustic", "live",
    "alternative", "experimental", "psychedelic", "romantic", "northern", "southern", "nordic",
    "latin", "french", "german", "british", "brazilian", "japanese", "soft", "hard", "vocal",
)  # fmt: skip
SIZES = (20_000, 100_000, 1_000_000)
MILLISECONDS = 1000.0


def speed_figures(bench: Bench) -> list[Figure]:
    sizes = [size for size in SIZES if size <= bench.options.tracks]
    if bench.quick:
        sizes = [5_000]
    with tempfile.TemporaryDirectory() as folder:
        trained = [_child("train", str(Path(folder) / str(size)), str(size)) for size in sizes]
        served = _child("serve", str(Path(folder) / str(sizes[-1])), bench.encoder_name)
    note = f"mapping of {sizes[-1]} tracks, {served['rows']:.0f} reference tracks, one thread"
    found = [
        Figure("latency_p50_ms", served["p50"], "ms", "<= 8", note=note),
        Figure("latency_p99_ms", served["p99"], "ms", "<= 20", note=note),
        Figure("load_s", served["load_s"], "s", "<= 1.5", note="imports, encoder and artefact"),
        Figure("rss_mib", served["rss_mib"], "MiB", "<= 350", note="after 300 prompts"),
        Figure("artefact_mib", served["artefact_mib"], "MiB"),
    ]
    for size, one in zip(sizes, trained, strict=True):
        name = "train_1m_s" if size == 1_000_000 else f"train_{size // 1000}k_s"
        target = {20_000: "<= 60", 1_000_000: "<= 600"}.get(size, "")
        note = f"{one['texts']:.0f} different texts, peak {one['rss_mib']:.0f} MiB, evaluation off"
        found.append(Figure(name, one["train_s"], "s", target, note=note))
    if sizes[-1] < 1_000_000:
        found.append(Figure("train_1m_s", None, "s", "<= 600", note="--tracks 1000000"))
    return found


def _child(*arguments: str) -> dict[str, float]:
    """Run this module in a process of its own, and read the figures from its last line."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks._mapping_speed", *arguments],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def made_up(tracks: int, seed: int = 0) -> list[TrainingExample]:
    """Tracks whose words decide their features, ten an artist; texts repeat as artists' do."""
    rng, numbers = random.Random(seed), np.random.default_rng(seed)
    effect = {word: numbers.normal(0, 0.15, len(FEATURES)) for word in (*STYLES, *WORDS)}
    found: list[TrainingExample] = []
    while len(found) < tracks:
        artist = f"a{len(found) // 10}"
        styles, words = rng.sample(STYLES, rng.choice((1, 2, 2, 3))), rng.sample(WORDS, 2)
        text = ", ".join([*(f"{words[i % 2]} {style}" for i, style in enumerate(styles)), *words])
        mean = 0.5 + np.mean([effect[word] for word in (*styles, *words)], axis=0)
        for values in np.clip(mean + numbers.normal(0, 0.15, (10, len(FEATURES))), 0, 1).tolist():
            features = dict(zip(FEATURES, values, strict=True))
            features["tempo_bpm"] = 60 * 2 ** (1.5 * features["tempo_bpm"])
            features["loudness_lufs"] = -30 + 25 * features["loudness_lufs"]
            number = f"t{len(found)}"
            found.append(TrainingExample(number, text, {"artist": artist}, features, title=number))
    return found[:tracks]


def _train(folder: str, tracks: str) -> dict[str, float]:
    import resource
    import time

    from mapping.encoder import load_encoder
    from mapping.learning.config import TrainConfig
    from mapping.model import Mapping

    examples, encoder = made_up(int(tracks)), load_encoder()
    start = time.perf_counter()
    mapping = Mapping.train(examples, encoder, TrainConfig(evaluate=False))
    elapsed = time.perf_counter() - start
    mapping.save(folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    texts = len({example.text for example in examples})
    return {"train_s": elapsed, "rss_mib": peak, "texts": float(texts)}


def _serve(folder: str, encoder: str) -> dict[str, float]:
    import time

    start = time.perf_counter()
    from mapping.encoder import load_encoder
    from mapping.model import Mapping

    mapping = Mapping.load(folder, load_encoder(encoder))
    load = time.perf_counter() - start
    prompts = _prompts(320)
    times = []
    for prompt in prompts:
        start = time.perf_counter()
        mapping.condition(prompt)
        times.append(MILLISECONDS * (time.perf_counter() - start))
    warm = times[20:]
    size = sum(file.stat().st_size for file in Path(folder).iterdir())
    return {
        "p50": float(np.percentile(warm, 50)),
        "p99": float(np.percentile(warm, 99)),
        "load_s": load,
        "rss_mib": _resident_mib(),
        "artefact_mib": size / 2**20,
        "rows": float(len(mapping.learned.tracks)),
    }


def _prompts(count: int) -> list[str]:
    rng = random.Random(1)
    return [
        f"a {rng.choice(WORDS)} {rng.choice(STYLES)} track, {rng.choice(WORDS)} and slow, "
        f"around {rng.randint(60, 180)} bpm, no drums, number {n}"
        for n in range(count)
    ]


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main(arguments: Sequence[str]) -> None:
    kind, *rest = arguments
    print(json.dumps({"train": _train, "serve": _serve}[kind](*rest)))


if __name__ == "__main__":
    main(sys.argv[1:])
