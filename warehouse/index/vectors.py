"""What the two vector parts have in common: rows by track id, a matrix, and a graph of points.

Files: ids.npy (track ids, sorted), keys.npy (a row's key in the graph, NO_KEY without a point),
matrix.npy (exact rows, mapped), graph.usearch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from warehouse.index.graph import Bytes, Graph, Keys, Metric, build_graph, update_graph
from warehouse.index.parts import Opened

Ids = npt.NDArray[np.bytes_]
Rows = npt.NDArray[np.int64]

NO_KEY = np.uint64(2**64 - 1)
MOST_CHANGED = 0.2
"""Beyond this share of changed points a graph is built anew: updates wear it out."""

SMALLEST_UPDATED = 20_000
"""Below this many points building anew takes seconds."""


@dataclass(frozen=True, slots=True)
class Points:
    """What goes into a part: sorted ids, exact rows, and a point for each row where `present`."""

    ids: Ids
    matrix: npt.NDArray[Any]
    present: npt.NDArray[np.bool_]
    points_of: Callable[[Rows], Bytes]
    metric: Metric


def as_ids(track_ids: Sequence[str]) -> Ids:
    """Track ids as a fixed-width byte array."""
    found: Ids = np.array([track_id.encode() for track_id in track_ids], dtype=np.bytes_)
    return found if len(found) else np.empty(0, "S22")


def write_vectors(
    work: Path, new: Points, previous: Opened | None, progress: Callable[[int], None]
) -> dict[str, Any]:
    """Write the four files; an earlier graph is updated where little has changed.

    Returns details for the manifest: changed points since the graph was built anew.
    """
    keys = np.full(len(new.ids), NO_KEY, np.uint64)
    plan = None if previous is None else _update(new, previous, keys)
    if plan is None or previous is None:
        rows = np.flatnonzero(new.present)
        keys[rows] = np.arange(len(rows), dtype=np.uint64)
        build_graph(work / "graph.usearch", new.points_of(rows), keys[rows], new.metric, progress)
        changed = 0
    else:
        gone, fresh, changed = plan
        points = new.points_of(fresh)
        old = previous.folder / "graph.usearch"
        update_graph(old, work / "graph.usearch", gone, points, keys[fresh], new.metric)
    for name, array in (("ids", new.ids), ("keys", keys), ("matrix", new.matrix)):
        np.save(work / f"{name}.npy", array, allow_pickle=False)
    return {"changed": changed, "updated": plan is not None}


def _update(new: Points, previous: Opened, keys: Keys) -> tuple[Keys, Rows, int] | None:
    """Keys that leave the graph, rows that enter it, changes so far; None: build anew.

    Fills `keys` for rows that stay and for those that enter.
    """
    if len(new.ids) < SMALLEST_UPDATED:
        return None
    old_ids, old_keys, old = (_mapped(previous.folder, n) for n in ("ids", "keys", "matrix"))
    if old.shape[1:] != new.matrix.shape[1:] or old.dtype != new.matrix.dtype:
        return None
    place = np.minimum(np.searchsorted(old_ids, new.ids), max(len(old_ids) - 1, 0))
    known = (old_ids[place] == new.ids) if len(old_ids) else np.zeros(len(new.ids), bool)
    same = np.zeros(len(new.ids), bool)
    rows = np.flatnonzero(known)
    for start in range(0, len(rows), 50_000):
        part = rows[start : start + 50_000]
        a, b = new.matrix[part], old[place[part]]
        same[part] = (a.view(np.uint8) == b.view(np.uint8)).all(axis=1)
    keys[same] = old_keys[place[same]]
    stays = np.zeros(len(old_ids), bool)
    stays[place[same]] = True
    gone = old_keys[~stays & (old_keys != NO_KEY)]
    fresh = np.flatnonzero(new.present & ~same)
    changed = int(previous.details["changed"]) + len(gone) + len(fresh)
    if changed > MOST_CHANGED * max(int(new.present.sum()), 1):
        return None
    used = old_keys[old_keys != NO_KEY]
    first = np.uint64(int(used.max()) + 1 if len(used) else 0)
    keys[fresh] = first + np.arange(len(fresh), dtype=np.uint64)
    return np.asarray(gone), fresh, changed


def _mapped(folder: Path, name: str) -> npt.NDArray[Any]:
    found: npt.NDArray[Any] = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    return found


class Vectors:
    """A vector part, open for reading."""

    def __init__(self, part: Opened, points: int, metric: Metric) -> None:
        self.part = part
        self.ids: Ids = np.load(part.folder / "ids.npy", allow_pickle=False)
        self.matrix = _mapped(part.folder, "matrix")
        keys = np.load(part.folder / "keys.npy", allow_pickle=False)
        held = np.flatnonzero(keys != NO_KEY)
        self._row_of_key = np.full(int(keys[held].max()) + 1 if len(held) else 0, -1, np.int64)
        self._row_of_key[keys[held]] = held
        self._graph = Graph(part.folder / "graph.usearch", points, metric)

    def rows_of(self, ids: Ids) -> Rows:
        """Row of each id, -1 where it is unknown."""
        if len(self.ids) == 0:
            return np.full(len(ids), -1, np.int64)
        place = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        found: Rows = np.where(self.ids[place] == ids, place, -1).astype(np.int64)
        return found

    def nearest(self, point: Bytes, count: int) -> Rows:
        """Rows of about the `count` nearest points, the nearest first."""
        found: Rows = self._row_of_key[self._graph.nearest(point, count)]
        return found
