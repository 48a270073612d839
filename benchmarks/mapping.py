"""How well the mapping predicts features from words, on public data, beside what it must beat.

`--only` picks parts: prediction (R², ceiling, CRPS skill, coverage, beside the mean, a lookup by
tag, neighbours, ridge and the prototype of the research), joint (samples judged by a classifier),
captions (direction of MusicCaps captions), artists, genres (unseen), reference (fewer tracks to
draw on), shift (another catalogue, before and after a few labels), speed, reading (what prompts
state and move).

Splits are disjoint by playlist, artist and album: test tracks are those whose playlists were all
drawn, and training drops whatever shares a playlist, artist or album with them. The text of a track
is its subgenre, genre, playlist name and artist terms. Figures are means over --seeds splits (one
with --quick, on fewer rows); what was tried and did not help stands in docs/mapping.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks._mapping_captions import caption_figures
from benchmarks._mapping_joint import joint_figures
from benchmarks._mapping_prediction import prediction_figures
from benchmarks._mapping_reading import compositional_figures, reading_figures
from benchmarks._mapping_reference import reference_figures
from benchmarks._mapping_rounds import CONFIG, Bench
from benchmarks._mapping_shift import shift_figures
from benchmarks._mapping_speed import speed_figures
from benchmarks._mapping_transfer import artist_figures, genre_figures
from benchmarks.figures import Figure
from mapping.model import Mapping
from schemas.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, required=True, metavar="FOLDER",
        help="folder of the public sets: spotify_songs, spotify_by_genre, musiccaps, fma",
    )  # fmt: skip
    parser.add_argument("--encoder", default="minilm", help="minilm or sentence-transformers:NAME")
    parser.add_argument(
        "--only", default="", metavar="PARTS", help=f"comma-separated: {', '.join(PARTS)}"
    )
    parser.add_argument(
        "--prompts", type=Path, metavar="FILE.jsonl",
        help="also score these prompts with expected moves and statements (docs/prompts.md)",
    )  # fmt: skip
    parser.add_argument("--seeds", type=int, default=3, help="splits to average over (3)")
    parser.add_argument(
        "--tracks", type=int, default=100_000, metavar="N",
        help="largest made-up catalogue to train on in the part speed (100000; up to 1000000)",
    )  # fmt: skip


def run(options: argparse.Namespace) -> Sequence[Figure]:
    asked = [name for name in options.only.split(",") if name] or list(PARTS)
    if unknown := [name for name in asked if name not in PARTS]:
        raise InputError(f"--only: unknown part {unknown[0]!r}; valid are {', '.join(PARTS)}")
    if not 1 <= options.seeds <= 20:
        raise InputError(f"--seeds: {options.seeds}; valid is 1 … 20")
    seeds = 1 if options.quick else options.seeds
    bench = Bench(options.data, options.encoder, seeds, options.quick, options)
    return [figure for name in asked for figure in PARTS[name](bench)]


def _reading_figures(bench: Bench) -> list[Figure]:
    r = bench.rounds[0]
    mapping = Mapping.of(r.fitted, bench.plain, CONFIG)
    return [*reading_figures(), *compositional_figures(mapping, bench.options.prompts)]


PARTS: dict[str, Callable[[Bench], Sequence[Figure]]] = {
    "prediction": prediction_figures,
    "joint": joint_figures,
    "captions": caption_figures,
    "artists": artist_figures,
    "genres": genre_figures,
    "reference": reference_figures,
    "shift": shift_figures,
    "speed": speed_figures,
    "reading": _reading_figures,
}
