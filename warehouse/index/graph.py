"""Nearest neighbours by a kept graph: HNSW (Malkov & Yashunin 2018) of usearch, in bytes.

Points are int8 with one scale for all, so squared distances are whole numbers and a graph takes a
quarter of float32. A graph finds candidates only; who asks ranks them again on exact rows.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.int8]
Keys = npt.NDArray[np.uint64]
Metric = Literal["l2sq", "cos"]

CONNECTIVITY = 10
EXPANSION_ADD = 32
EXPANSION_SEARCH = 64
"""Measured with `./dev bench search`: more costs building time and finds hardly more, since
candidates are fetched by the hundred and ranked again."""

_BATCH = 20_000


def build_graph(
    path: Path, points: Bytes, keys: Keys, metric: Metric, progress: Callable[[int], None]
) -> None:
    """Write a graph of `points` (n, dimensions), known by `keys`."""
    graph = _empty(points.shape[1], metric)
    _add(graph, points, keys, progress)
    graph.save(str(path))


def update_graph(
    old: Path, path: Path, gone: Keys, points: Bytes, keys: Keys, metric: Metric
) -> None:
    """Write the graph of `old` without `gone` and with `points`, known by `keys`."""
    graph = _empty(points.shape[1], metric)
    graph.load(str(old))
    if len(gone):
        graph.remove(gone, threads=0)
    _add(graph, points, keys, lambda _: None)
    graph.save(str(path))


def _empty(dimensions: int, metric: Metric) -> Any:
    from usearch.index import Index

    return Index(
        ndim=dimensions,
        metric=metric,
        dtype="i8",
        connectivity=CONNECTIVITY,
        expansion_add=EXPANSION_ADD,
        expansion_search=EXPANSION_SEARCH,
    )


def _add(graph: Any, points: Bytes, keys: Keys, progress: Callable[[int], None]) -> None:
    for start in range(0, len(points), _BATCH):
        part = slice(start, start + _BATCH)
        graph.add(keys[part], np.ascontiguousarray(points[part]), threads=0)
        progress(len(points[part]))


class Graph:
    """A graph in a file, mapped into memory: pages are read as a search needs them."""

    def __init__(self, path: Path, dimensions: int, metric: Metric) -> None:
        self._graph = _empty(dimensions, metric)
        if path.stat().st_size:
            self._graph.view(str(path))

    def nearest(self, point: Bytes, count: int) -> Keys:
        """Keys of about the `count` nearest points, the nearest first; (at most count,)."""
        if len(self._graph) == 0:
            return np.empty(0, np.uint64)
        found = self._graph.search(point, min(count, len(self._graph)), threads=1)
        keys: Keys = found.keys.astype(np.uint64)
        return keys


def as_bytes(rows: npt.NDArray[np.float32], scale: float) -> Bytes:
    """`rows` times `scale`, rounded and cut to int8."""
    found: Bytes = np.clip(np.rint(rows * scale), -127, 127).astype(np.int8)
    return found
