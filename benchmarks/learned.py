"""Generators of our own: trained here, then judged on pieces that were held out.

The style library is composed, rendered and measured; a symbolic model and a model of sound are
trained on it for a few minutes on a CPU; each is asked for the vectors of held-out pieces. With
shuffled vectors what the model decides must fall to chance. Beside them stands the rule-based
composer on the same requests. Needs torch. --dev judges on the pieces that are for developing.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks import _learned_audio, _learned_symbolic
from benchmarks._learned_data import DEVELOPMENT, REPORT, Made, all_made, written
from benchmarks.figures import Figure
from generation.learned import artifact
from generation.learned.loop import Training
from pipelines.generator.learning import learn_notes, learn_sound
from pipelines.generator.request import GeneratorRequest
from pipelines.generator.rows import RowReader
from schemas.errors import MissingExtraError
from schemas.settings import cores

UNHEARD = 4
"""Pieces of notes alone for each that is measured."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pieces", type=int, default=100, help="measured pieces to learn (100)")
    parser.add_argument("--held-out", type=int, default=24, help="pieces to judge on (24)")
    parser.add_argument("--steps", type=int, default=400, help="steps of each training (400)")
    parser.add_argument("--only", choices=["symbolic", "audio"], help="one of the two models")
    parser.add_argument("--dev", action="store_true", help="judge on the development pieces")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="asked against heard")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    if not _has_torch():
        raise MissingExtraError("the benchmark of learned generators", "engines")
    os.environ["OMP_NUM_THREADS"] = "1"
    quick = options.quick
    pieces, held, steps = (
        (24, 8, 40) if quick else (options.pieces, options.held_out, options.steps)
    )
    workers = max(1, min(4, cores()))
    first = DEVELOPMENT if options.dev else REPORT
    started = time.perf_counter()
    training = all_made(range(pieces), workers)
    held_out = all_made(range(first, first + held), workers)
    found = [
        Figure("learned_data_s", time.perf_counter() - started, "s",
               note=f"{pieces + held} pieces of 16 s composed, rendered, measured"),
    ]  # fmt: skip
    kinds: list[artifact.Kind] = [options.only] if options.only else ["symbolic", "audio"]
    with tempfile.TemporaryDirectory(prefix="wordtone-") as name:
        home = Path(name)
        notes, sound = written(training, range(1_000, 1_000 + UNHEARD * pieces), home)
        jobs = [(kind, str((notes if kind == "symbolic" else sound).path), steps, str(home / kind))
                for kind in kinds]  # fmt: skip
        with ProcessPoolExecutor(len(kinds), mp_context=get_context("spawn")) as pool:
            for kind, made in zip(kinds, pool.map(_trained, jobs), strict=True):
                found += _training_figures(kind, made, home / kind)
        if "symbolic" in kinds:
            found += _learned_symbolic.figures(home / "symbolic", held_out, training, workers)
        if "audio" in kinds:
            found += _learned_audio.figures(home / "audio", held_out, workers)
        if options.plot:
            _plotted(options.plot, home / "symbolic", held_out, workers)
    return found


def _has_torch() -> bool:
    from importlib.util import find_spec

    return find_spec("torch") is not None


def _trained(job: tuple[artifact.Kind, str, int, str]) -> tuple[Training, float]:
    """One training in a process and on a thread of its own; its CPU time, s."""
    import torch

    torch.set_num_threads(1)
    kind, rows, steps, folder = job
    learn = learn_notes if kind == "symbolic" else learn_sound
    started = time.process_time()
    manifest, training = learn(
        GeneratorRequest(kind=kind, steps=steps), RowReader(Path(rows)), None, lambda *_: None
    )
    seconds = time.process_time() - started
    artifact.save(Path(folder), training.weights, manifest)
    return training, seconds


def _training_figures(kind: str, made: tuple[Training, float], folder: Path) -> list[Figure]:
    training, seconds = made
    size = (folder / artifact.WEIGHTS).stat().st_size
    count = sum(array.size for array in training.weights.values())
    return [
        Figure(f"{kind}_parameters", count, "1"),
        Figure(f"{kind}_size_mb", size / 1e6, "MB"),
        Figure(f"{kind}_training_cpu_s", seconds, "s", note=f"{len(training.losses)} steps"),
        Figure(f"{kind}_parquet_share_of_step", training.waiting_share, "ratio", "<= 0.05",
               note="time that steps waited for rows of Parquet"),
    ]  # fmt: skip


def _plotted(path: Path, folder: Path, held_out: Sequence[Made], workers: int) -> None:
    """Asked against heard, led and shuffled, of what the symbolic model decides."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    wanted = _learned_symbolic.requests(held_out, 1)
    mixed = _learned_symbolic.shuffled(wanted, 2)
    led, lost = (
        _learned_symbolic.mapped(
            _learned_symbolic.written, [(str(folder), one, False) for one in group], workers
        )
        for group in (wanted, mixed)
    )
    names = ("onset_rate_hz", "energy", "brightness_hz")
    figure, axes = pyplot.subplots(1, len(names), figsize=(12, 4))
    for axis, name in zip(axes, names, strict=True):
        for got, label, colour in ((led, "led", "#1f6feb"), (lost, "shuffled", "#bbbbbb")):
            pairs = [
                (one.values[name], other.values[name])
                for one, other in zip(wanted, got, strict=True)
                if isinstance(one.values[name], float) and isinstance(other.values[name], float)
            ]
            axis.scatter(*zip(*pairs, strict=True), s=14, label=label, color=colour)
        axis.set(title=name, xlabel="asked", ylabel="heard")
    axes[0].legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)
