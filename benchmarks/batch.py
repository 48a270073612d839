"""How fast `wordtone batch` turns prompts into arrays, and that memory does not grow with them.

The mapping is trained here on a synthetic catalogue (no data set is needed), the prompts are drawn
from a seeded grammar, all different. RSS is the peak of a fresh process, with few prompts and with
ten times as many; `growth_mb` is the difference. `repeats` asks each prompt twenty times. With its
20,000 and 200,000 prompts a run takes most of an hour; --prompts 2000 takes minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure
from mapping.encoder import load_encoder
from mapping.learning.config import TrainConfig
from mapping.model import Mapping
from schemas.protocols import TrainingExample

FEW, QUICK = 20_000, 500
_STYLES = {
    "ambient, drone": (72, 0.12), "death metal": (188, 0.95), "deep house": (124, 0.7),
    "folk, acoustic": (98, 0.3), "dance pop": (118, 0.75), "boom bap": (90, 0.6),
    "swing, jazz trio": (140, 0.4), "jungle": (174, 0.85),
}  # fmt: skip
_LEADS = ("slow", "fast", "dark", "bright", "dreamy", "angry", "warm", "hypnotic", "sparse", "lush")
_ENDS = ("with strings", "without vocals", "with trumpets", "for a film", "at night", "live")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--prompts", type=int, default=FEW, help="of the smaller run; ×10 follows")
    parser.add_argument("--workers", type=int, default=2, help="processes of the last run")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    few = QUICK if options.quick else options.prompts
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        config = TrainConfig(captions=400, components=512, evaluate=False)
        Mapping.train(catalogue(), load_encoder(), config).save(home / "m")
        write_prompts(home / "few.txt", few)
        write_prompts(home / "many.txt", 10 * few)
        write_prompts(home / "repeats.txt", few, few // 20)
        one, many = measured(home, "few", 1), measured(home, "many", 1)
        several = measured(home, "few", options.workers)
        repeats = measured(home, "repeats", 1)
    more = f"{10 * few:,} prompts, all different, one process"
    return [
        Figure("prompts_per_s", many["rate"], "1/s", note=more),
        Figure(f"prompts_per_s_{options.workers}_workers", several["rate"], "1/s",
               note=f"{few:,} prompts; starting the processes counts"),
        Figure("prompts_per_s_repeats", repeats["rate"], "1/s",
               note=f"{few:,} prompts, each twenty times"),
        Figure("rss_mb", one["rss"], "MB", note=f"peak, {few:,} prompts, one process"),
        Figure("growth_mb", many["rss"] - one["rss"], "MB", "<= 50", note=f"peak of {more}"),
        Figure("bytes_per_prompt", many["bytes"] / (10 * few), "B", note="Parquet, zstd"),
        Figure("unaccounted", one["lines"] - few + many["lines"] - 10 * few, "lines", "<= 0"),
    ]  # fmt: skip


def catalogue(tracks: int = 400) -> list[TrainingExample]:
    """Tracks of eight styles, each artist of one."""
    rng = np.random.default_rng(0)
    styles = list(_STYLES)
    found = []
    for i in range(tracks):
        style = styles[i % len(styles)]
        tempo, energy = _STYLES[style]
        found.append(
            TrainingExample(
                track_id=f"t{i:021d}", text=style, groups={"artist": f"a{i % 80}"},
                features={
                    "tempo_bpm": float(np.clip(tempo * 2 ** rng.normal(0, 0.1), 31, 299)),
                    "energy": float(np.clip(energy + rng.normal(0, 0.08), 0, 1)),
                    "brightness_hz": float(600 + 3000 * energy + rng.normal(0, 100)),
                    "valence": float(rng.random()),
                    "instrumentalness": float(rng.random()),
                },
            )
        )  # fmt: skip
    return found


def write_prompts(path: Path, count: int, different: int | None = None) -> None:
    """`count` prompts, of which `different` (None: all) are not the same."""
    rng = np.random.default_rng(1)
    styles = [style.split(",")[0] for style in _STYLES]
    with path.open("w", encoding="utf-8") as file:
        for i in range(count):
            number = i if different is None else i % different
            lead, end = _LEADS[number % 10], _ENDS[number // 10 % 6]
            bpm = 40 + number // 480 % 160
            style = styles[number // 60 % 8]
            mark = "" if different else f", take {int(rng.integers(10**9))}"
            file.write(f"{lead} {style} {end} at {bpm} BPM{mark}\n")


_RUN = """
import json, resource, sys
from functools import partial
from pathlib import Path
from mapping.model import Mapping
from pipelines.batch.run import BatchRequest, run_batch
from time import perf_counter
if __name__ == "__main__":
    home, name, workers = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    out = home / f"{name}-{workers}.parquet"
    started = perf_counter()
    request = BatchRequest("txt", out, workers)
    with (home / f"{name}.txt").open("rb") as stream:
        report = run_batch(stream, request, partial(Mapping.load, home / "m"))
    took = perf_counter() - started
    unit = 1e6 if sys.platform == "darwin" else 1e3
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    print(json.dumps({"rate": report.answered / took, "rss": peak, "lines": report.lines,
                      "bytes": out.stat().st_size}))
"""


def measured(home: Path, name: str, workers: int) -> dict[str, float]:
    """A run in a process of its own: prompts/s with loading, peak RSS in MB, lines, bytes."""
    script = home / "run.py"
    script.write_text(_RUN)
    done = subprocess.run(
        [sys.executable, str(script), str(home), name, str(workers)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1],
        env=_environment(),
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _environment() -> dict[str, str]:
    root = str(Path(__file__).parents[1])
    return {**os.environ, "PYTHONPATH": root, "OMP_NUM_THREADS": "1"}
