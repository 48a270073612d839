"""Tempo, beats, key, sections and loudness against what is known, beside Essentia and librosa.

Material, made or fetched at the first run and kept in ~/.cache/wordtone: grooves rendered by MMA
and fluidsynth, the same humanised, songs assembled from known parts, recordings with charts
(Frets on Fire), signals made by code. Headline figures are of held-out material, those that end in
`_dev` of material that something was fitted on; `_low` and `_high` bound the 95 % interval from
drawing whole groups (grooves, songs). What cannot be had here is a figure without a value, and its
note says what to install.

  --truth FILE.csv   score any folder of clips instead: columns path, tempo_bpm, key, mode, genre;
                     a cell may be empty, a path is relative to the table
  --played FOLDER    also drums played by people: the Groove MIDI Dataset, unpacked
  --only PART        tempo, key, sections, loudness, energy or equality
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import _accuracy_key, _accuracy_tempo
from benchmarks._truth import read_truth
from benchmarks.figures import Figure
from pipelines.features.threads import limit_threads
from schemas.errors import InputError

PARTS = ("tempo", "key", "sections", "loudness", "energy", "equality")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--truth", type=Path, metavar="FILE.csv", help="score the clips it lists")
    parser.add_argument("--played", type=Path, metavar="FOLDER", help="the Groove MIDI Dataset")
    parser.add_argument("--only", choices=PARTS, help="one part of the figures")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    limit_threads()
    if options.truth is not None:
        return of_table(options.truth, options.only)
    found: list[Figure] = []
    for part in PARTS:
        if options.only in (None, part):
            found += _figures(part, options)
    return found


def of_table(table: Path, only: str | None = None) -> Sequence[Figure]:
    """Tempo and key figures of the clips of a truth table.

    Raises
    ------
    InputError
        The table or a cell of it is not valid (row and column are named), or nothing in it can be
        scored.
    """
    clips = read_truth(table)
    of = f"of {table.name}"
    found: list[Figure] = []
    if only in (None, "tempo"):
        found += _accuracy_tempo.figures_on(clips, of)
    if only in (None, "key"):
        found += _accuracy_key.figures_on(clips, of)
    if not found:
        raise InputError(f"truth table {table}: no clip has a tempo, or a key and a mode, to score")
    return found


def _figures(part: str, options: argparse.Namespace) -> Sequence[Figure]:
    if part == "tempo":
        return _accuracy_tempo.figures(options.quick, options.played)
    module = importlib.import_module(f"benchmarks._accuracy_{part}")
    figures: Callable[[bool], Sequence[Figure]] = module.figures
    return figures(options.quick)
