"""Search and similar tracks on a synthetic catalogue: building, latency, recall, size.

`similar_recall_at_10` holds the ten nearest that `similar` finds against those that comparing every
row at the same weights finds. Latencies are of `similar` and `search` in a process that has the
index open, links and filters included; `described_p50_ms` is what it takes to look up what twenty
findings are called, with licence, tempo and key. The encoder is the packaged one; prompts are new
to it. Tracks draw their features around the points of 300 styles, with 5 terms each out of 1,200,
each of which is embedded once while building. index_build_1m_s is given by --tracks 1000000; it
holds all parts, and their share is in the note.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks._search_catalogue import Catalogue, new_catalogue, track_id, vocabulary
from benchmarks.figures import Figure
from mapping.encoder import load_encoder
from schemas.protocols import TextEncoder
from warehouse.index.features import open_features
from warehouse.index.fulltext import open_text
from warehouse.index.opened import Indexes
from warehouse.index.resolved import build_resolved
from warehouse.index.vectors import as_ids
from warehouse.index.words import open_words
from warehouse.lake import Lake
from warehouse.location import Location
from warehouse.search import hits_table, search
from warehouse.selection import EVERYTHING, Selection, parse_selection
from warehouse.similar import Wish, compare, similar

T = TypeVar("T")
QUERIES = 100
MILLION = 1_000_000
_ADDED = 200
_ALL_ASKED, _FEW_ASKED = 100_000, 20
_CHUNK = 50_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tracks", type=int, default=100_000, help="size of the catalogue")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    tracks = min(options.tracks, 20_000) if options.quick else options.tracks
    encoder = load_encoder()
    with tempfile.TemporaryDirectory(prefix="wordtone-bench-search-") as folder:
        root = Path(folder)
        location = new_catalogue(root / "warehouse", tracks)
        with Lake.open(location, read_only=True, pinned=True) as lake:
            indexes, seconds = _built(root / "index", lake, encoder)
            figures = [*_building(indexes, seconds, tracks), *_latencies(lake, indexes, tracks)]
        figures.append(_update(root / "index", location, encoder, tracks))
    return figures


def _built(root: Path, lake: Lake, encoder: TextEncoder) -> tuple[Indexes, dict[str, float]]:
    seconds: dict[str, float] = {}

    def timed(name: str, make: Callable[[], T]) -> T:
        start = time.perf_counter()
        made = make()
        seconds[name] = time.perf_counter() - start
        return made

    timed("resolved", lambda: build_resolved(root, lake, _ignore))
    text = timed("text", lambda: open_text(root, lake, _ignore))
    words = timed("words", lambda: open_words(root, lake, encoder, _ignore, _ignore))
    features = timed("features", lambda: open_features(root, lake, _ignore, _ignore))
    return Indexes(text, words, features, encoder), seconds


def _ignore(_: object) -> None:
    return None


def _building(indexes: Indexes, seconds: dict[str, float], tracks: int) -> list[Figure]:
    parts = {"text": indexes.text, "words": indexes.words, "features": indexes.features}
    sizes = {name: part.part.megabytes for name, part in parts.items() if part is not None}
    total = sum(seconds.values())
    note = ", ".join(f"{name} {value:.1f}" for name, value in seconds.items())
    size_note = ", ".join(f"{name} {value:.0f}" for name, value in sizes.items())
    million = tracks == MILLION
    return [
        Figure("index_build_s", total, "s", note=f"{tracks} tracks: {note}"),
        Figure(
            "index_build_1m_s",
            total if million else None,
            "s",
            note=note if million else "measured with --tracks 1000000",
        ),
        Figure("index_mb", sum(sizes.values()), "MB", note=f"{tracks} tracks: {size_note}"),
    ]


def _latencies(lake: Lake, indexes: Indexes, tracks: int) -> list[Figure]:
    rng = np.random.default_rng(1)
    asked = [track_id(int(i)) for i in rng.integers(0, tracks, QUERIES)]
    prompts = [" ".join(rng.choice(vocabulary(), 2)) for _ in range(QUERIES)]
    narrow = parse_selection(["tempo_bpm=120..122", "energy>=0.5"], [], [])
    wide = parse_selection([], [], ["dark ambient"])

    def near(wish: Wish) -> Callable[[str], object]:
        return lambda one: similar(lake, indexes, one, wish)

    def found(selection: Selection) -> Callable[[str], object]:
        return lambda one: search(lake, indexes, one, selection)

    near(Wish())(asked[0])
    found(EVERYTHING)(prompts[0])
    few = asked[:10]
    hits = search(lake, indexes, prompts[0], limit=20)
    return [
        _latency("similar_p50_ms", near(Wish()), asked, tracks),
        _latency("similar_weighted_p50_ms", near(Wish(factors={"rhythm": 3})), few, tracks),
        _latency("similar_filtered_p50_ms", near(Wish(selection=narrow)), few, tracks),
        _recall(indexes, asked, tracks),
        _latency("search_p50_ms", found(EVERYTHING), prompts, tracks),
        _latency("search_filtered_p50_ms", found(narrow), prompts[:10], tracks),
        _latency("search_unlike_p50_ms", found(wide), prompts[:10], tracks),
        _latency("described_p50_ms", lambda _: hits_table(lake, hits), few, tracks),
    ]


def _latency(
    name: str, call: Callable[[str], object], arguments: Sequence[str], tracks: int
) -> Figure:
    times = []
    for argument in arguments:
        start = time.perf_counter()
        call(argument)
        times.append(1000 * (time.perf_counter() - start))
    slowest = f"{tracks} tracks, {len(times)} calls, the slowest {max(times):.0f} ms"
    return Figure(name, float(np.median(times)), "ms", note=slowest)


def _recall(indexes: Indexes, asked: Sequence[str], tracks: int) -> Figure:
    """Share of the ten truly nearest among the ten found, by the weights of `Wish`."""
    assert indexes.features is not None
    hits = []
    for one in asked if tracks <= _ALL_ASKED else asked[:_FEW_ASKED]:
        comparison = compare(indexes, one, Wish())
        own = as_ids([one])
        candidates = comparison.candidates(None, 500)
        found = comparison.ranked(candidates[candidates != own[0]], 10)
        everything = indexes.features.ids[indexes.features.ids != own[0]]
        best = [
            neighbour
            for start in range(0, len(everything), _CHUNK)
            for neighbour in comparison.ranked(everything[start : start + _CHUNK], 10)
        ]
        true = sorted(best, key=lambda neighbour: neighbour.distance)[:10]
        limit = true[-1].distance + 1e-6  # of equally near tracks any will do
        hits.append(sum(n.distance <= limit for n in found) / len(true))
    note = (
        f"{tracks} tracks, {len(hits)} queries, against comparing every row; worst {min(hits):.1f}"
    )
    return Figure("similar_recall_at_10", float(np.mean(hits)), "ratio", ">= 0.95", note=note)


def _update(root: Path, location: Location, encoder: TextEncoder, tracks: int) -> Figure:
    Catalogue(_ADDED, seed=9).write(location, first=tracks)
    with Lake.open(location, read_only=True, pinned=True) as lake:
        _, seconds = _built(root, lake, encoder)
    note = f"{_ADDED} tracks more: " + ", ".join(f"{n} {s:.1f}" for n, s in seconds.items())
    return Figure("index_update_s", sum(seconds.values()), "s", note=note)
