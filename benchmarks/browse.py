"""Looking through a synthetic catalogue: what the map keeps, and how long its pages take.

`map_trustworthiness` is that of the layout that is shown once it is made (t-SNE), over 10
neighbours; `map_principal_trustworthiness` that of what is shown before, and
`map_random_trustworthiness` that of places drawn at random. `map_layout_s` is one thread. Latencies
are of whole answers of the service in this process, as a browser gets them, medians of QUERIES: a
page of the table with its map, one ordered by a feature within a range, one track, the map alone.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from fastapi.testclient import TestClient

from benchmarks._search_catalogue import new_catalogue, track_id
from benchmarks.figures import Figure
from mapping.projection import trustworthiness
from pipelines.catalogue_map import best_map, make_layout
from pipelines.features.threads import limit_threads
from schemas.settings import Settings
from service import compose
from service.http.app import create_app

QUERIES = 7


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tracks", type=int, default=20_000, help="size of the catalogue")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    tracks = min(options.tracks, 3_000) if options.quick else options.tracks
    limit_threads()
    with tempfile.TemporaryDirectory(prefix="wordtone-bench-browse-") as folder:
        settings = Settings(home=Path(folder))
        new_catalogue(Path(folder) / "warehouse", tracks)
        return [*_map(settings, tracks), *_pages(settings, tracks)]


def _map(settings: Settings, tracks: int) -> list[Figure]:
    with compose.open_lake(settings) as lake:
        began = time.perf_counter()
        first, _ = best_map(settings, lake)
        principal_s = time.perf_counter() - began
        began = time.perf_counter()
        best = make_layout(settings, lake, print)
        layout_s = time.perf_counter() - began
    note = f"{len(best.ids):,} of {tracks:,} tracks"
    assert first.trust is not None
    assert best.trust is not None
    random = np.random.default_rng(0).random((len(best.ids), 2)).astype(np.float32)
    chance = trustworthiness(best.xy, random)
    return [
        Figure("map_trustworthiness", best.trust, "1", note=note),
        Figure("map_principal_trustworthiness", first.trust, "1", note=note),
        Figure("map_random_trustworthiness", chance, "1", note="against the layout"),
        Figure("map_principal_s", principal_s, "s", note=note),
        Figure("map_layout_s", layout_s, "s", note=note),
    ]


def _pages(settings: Settings, tracks: int) -> list[Figure]:
    note = f"{tracks:,} tracks"
    asked = {
        "catalogue_page_ms": "/catalogue",
        "catalogue_filtered_ms": "/catalogue?where=energy%3E%3D0.5&sort=-tempo_bpm",
        "catalogue_track_ms": f"/tracks/{track_id(1)}",
        "catalogue_map_ms": "/v1/map?colour=energy",
    }
    with TestClient(create_app(settings)) as client:
        return [
            Figure(name, _median_ms(client, path), "ms", note=note) for name, path in asked.items()
        ]


def _median_ms(client: TestClient, path: str) -> float:
    taken = []
    for turn in range(QUERIES + 1):
        began = time.perf_counter()
        answer = client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:300]}")
        if turn:  # the first opens what the others find open
            taken.append((time.perf_counter() - began) * 1000)
    return float(np.median(taken))
