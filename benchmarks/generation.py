"""The embedded engine: does it do what it is asked, how fast, how varied, and heard by whom.

adherence  random requests (`_generation_requests`, a seed that nothing was chosen on) of 15 s in
           all playable styles, measured by the extractor. A tempo is hit within 4 %, at an octave
           of it or not; a key when tonic and mode are right. `key_ceiling`: I–IV–V–I in each key,
           held by an organ over a bass, by the same synthesiser and extractor: the plainest that
           has a key. Correlations are Spearman's, of what was asked with what was measured, over
           the requests that asked.
speed      CPU seconds of requests of 15 s and 120 s in busy styles, in a process that is warm.
reach      what each style measures at the extremes of what may be asked.
diversity  the same prompt with several seeds: distances of feature vectors, and near copies.
peers      the same pieces heard by librosa and Essentia.
tagger     whether musicnn gives a style a tag of its family among its first five, beside labels
           that are shuffled.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks._generation_adherence import adherence_figures, ceiling_figures
from benchmarks._generation_diversity import diversity_figures
from benchmarks._generation_peers import peer_figures, tagger_figures
from benchmarks._generation_plot import plot
from benchmarks._generation_reach import reach_figures
from benchmarks._generation_requests import DEVELOP, REPORT, random_asks
from benchmarks._generation_run import Outcome, outcomes
from benchmarks._generation_speed import speed_figures
from benchmarks.figures import Figure

PARTS = ("adherence", "speed", "reach", "diversity", "peers", "tagger")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--only", action="append", choices=PARTS, help="a part alone; repeatable (all but reach)"
    )
    parser.add_argument("--requests", type=int, default=240, help="random requests (240)")
    parser.add_argument(
        "--develop", action="store_true", help="the seed that constants are chosen on"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="asked against measured, as SVG")
    parser.add_argument("--verbose", action="store_true", help="print each request that is missed")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    parts = options.only or [part for part in PARTS if part != "reach"]
    found: list[Figure] = []
    if {"adherence", "peers"} & set(parts):
        with tempfile.TemporaryDirectory() as folder:
            found += _on_requests(options, parts, Path(folder))
    others: dict[str, Callable[[bool], list[Figure]]] = {
        "speed": speed_figures,
        "reach": reach_figures,
        "diversity": diversity_figures,
        "tagger": tagger_figures,
    }
    for name, figures in others.items():
        if name in parts:
            print(f"{name}:")
            found += figures(options.quick)
    return found


def _on_requests(options: argparse.Namespace, parts: Sequence[str], folder: Path) -> list[Figure]:
    count = 24 if options.quick else options.requests
    asks = random_asks(count, DEVELOP if options.develop else REPORT)
    print(f"{count} requests:")
    done: list[Outcome] = outcomes(asks, folder if "peers" in parts else None)
    if options.plot is not None:
        plot(done, options.plot)
    found: list[Figure] = []
    if "adherence" in parts:
        found += adherence_figures(done, ceiling_figures(), verbose=options.verbose)
    if "peers" in parts:
        found += peer_figures(done, folder)
    return found
