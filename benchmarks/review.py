"""Proposals from reviews: how often planted faults are found, and what is raised for none.

Synthetic listeners with noisy ears judge pieces that were asked for by words and styles. In a world
without a fault every proposal is a false alarm; in one with a fault the right proposal must come,
and move by as much as was planted. Sizes are those of a small catalogue of reviews: 300 pieces, two
listeners.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks._review_worlds import Fault, Listening, moved_share, world
from benchmarks.figures import Figure
from pipelines.reviewing.proposals import proposals

FAULTS = (
    Fault("word", "dark", "brightness_hz", 0.2),
    Fault("word", "energetic", "energy", -0.15),
    Fault("style", "reggae", "brightness_hz", -0.2),
    Fault("engine", "ace-step", "brightness_hz", 0.12),
    Fault("tolerance", "tempo_bpm", "tempo_bpm", 0.15),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--worlds", type=int, default=200, help="worlds without a fault (200)")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    worlds = 40 if options.quick else options.worlds
    how = Listening(pieces=300)
    alarms = [bool(proposals(world(20_000 + seed, (), how))) for seed in range(worlds)]
    rate = Figure(
        "review_false_alarms", float(np.mean(alarms)), "", "<= 0.05", note=f"{worlds} worlds"
    )
    found = [rate]
    for fault in FAULTS:
        found += list(_fault_figures(fault, max(10, worlds // 8), how))
    return found


def _fault_figures(fault: Fault, worlds: int, how: Listening) -> Iterator[Figure]:
    found, others, moved = [], [], []
    for seed in range(worlds):
        there = proposals(world(30_000 + seed, (fault,), how))
        ours = [p for p in there if (p.kind, p.subject, p.feature) == _names(fault)]
        found.append(bool(ours))
        others.append(len(there) > len(ours))
        moved += [moved_share(fault.feature, p.before, p.after) for p in ours]
    name = f"review_{fault.kind}_{fault.subject}"
    note = f"{fault.feature} {fault.by:+.2f} of its range, {worlds} worlds"
    yield Figure(f"{name}_found", float(np.mean(found)), "", ">= 0.9", note=note)
    yield Figure(f"{name}_beside", float(np.mean(others)), "", note="worlds with another proposal")
    if moved and fault.kind != "tolerance":
        yield Figure(
            f"{name}_moved", float(np.median(moved)), "of range", note=f"truth {-fault.by:+.2f}"
        )


def _names(fault: Fault) -> tuple[str, str, str]:
    return fault.kind, fault.subject, fault.feature
