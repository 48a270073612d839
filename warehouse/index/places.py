"""The parts `map_principal` and `map_neighbours`: where tracks stand on a map of the catalogue.

Tracks are compared as `wordtone similar` compares them by features (`warehouse.index.space`): what
is near there should be near on the map. Of more than MOST tracks a sample is placed, always the
same one. A track of which less than half of the weight is known is not placed: it would stand in
the middle, near to everything. Files: ids.npy and places.npy, float32 (tracks, 2) in 0 … 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from warehouse.index import space
from warehouse.index.features import catalogue_rows, default_weights
from warehouse.index.features import source as features_source
from warehouse.index.parts import Built, Note, Opened, Source, earlier, existing, ready
from warehouse.index.vectors import Ids
from warehouse.lake import Lake
from warehouse.sqltext import sql_text

METHODS = ("principal", "neighbours")
MOST = 5_000
LEAST_COVERED = 0.5

_SEED = "map-1"

Project = Callable[[space.Array, space.Array | None], tuple[space.Array, float | None]]
"""Points (tracks, dimensions), and earlier places (NaN where there were none) or None → places
(tracks, 2) and their trustworthiness."""


@dataclass(frozen=True, slots=True)
class Places:
    """A map: `xy` float32 (tracks, 2), each in 0 … 1, in the order of `ids`.

    `tracks` are those of the catalogue, `sampled` those that were looked at; what was looked at and
    is not in `ids` has too few features. `trust` says how far neighbours are neighbours.
    """

    method: str
    ids: tuple[str, ...]
    xy: space.Array
    tracks: int
    sampled: int
    trust: float | None


def open_places(root: Path, lake: Lake, method: str, project: Project, note: Note) -> Places:
    """The map for what `lake` shows, made first where need be.

    Raises
    ------
    StorageError
        The folder `root` cannot be written.
    """

    def build(work: Path, previous: Opened | None) -> Built:
        return _build(lake, work, None if previous is None else _read(method, previous), project)

    return _read(method, ready(root, lake, _source(lake, method), build, note))


def existing_places(root: Path, lake: Lake, method: str) -> Places | None:
    """The map for what `lake` shows, when there is one."""
    found = existing(root, lake, _source(lake, method))
    return None if found is None else _read(method, found)


def earlier_places(root: Path, lake: Lake, method: str) -> Places | None:
    """The last map that was made, of what the catalogue was then."""
    found = earlier(root, lake, _source(lake, method))
    return None if found is None else _read(method, found)


def _source(lake: Lake, method: str) -> Source:
    assert method in METHODS
    base = features_source(lake.features)
    extra = {"sample": f"{_SEED}:{MOST}", "covered": str(LEAST_COVERED)}
    return Source(f"map_{method}", base.tables, {**base.extra, **extra})


def _read(method: str, part: Opened) -> Places:
    ids: Ids = np.load(part.folder / "ids.npy", allow_pickle=False)
    xy: space.Array = np.load(part.folder / "places.npy", allow_pickle=False)
    details = part.details
    return Places(
        method,
        tuple(value.decode() for value in ids),
        xy,
        int(details["tracks"]),
        int(details["sampled"]),
        details["trust"],
    )


def _build(lake: Lake, work: Path, previous: Places | None, project: Project) -> Built:
    tracks = int(lake.query("SELECT count(*) AS n FROM tracks")["n"][0].as_py())
    parameters = {"seed": _SEED, "most": MOST}
    asked = lake.query(sql_text("search", "map_sample"), parameters)["track_id"].to_pylist()
    ids, points = _points(lake, asked)
    xy, trust = project(points, None if previous is None else _earlier(ids, previous))
    np.save(work / "ids.npy", ids, allow_pickle=False)
    np.save(work / "places.npy", _fitted(xy), allow_pickle=False)
    return Built(len(ids), {"tracks": tracks, "sampled": len(asked), "trust": trust})


def _points(lake: Lake, asked: list[str]) -> tuple[Ids, space.Array]:
    """Tracks with enough features, and their standardised, weighted rows."""
    rows = catalogue_rows(lake, asked)
    matrix = space.Scaling.of(rows.raw).standardised(rows.raw) if len(rows.ids) else rows.raw
    known = np.asarray(np.isfinite(rows.raw).any(axis=0))
    dims = space.dimensions(lake.features)
    present = frozenset(d.feature for d, some in zip(dims, known, strict=True) if some)
    weight = default_weights(lake.features, present)
    kept = np.isfinite(matrix).astype(np.float32) @ weight >= LEAST_COVERED
    return rows.ids[kept], space.embedded(matrix[kept], weight)[:, :-1]


def _earlier(ids: Ids, previous: Places) -> space.Array:
    known = dict(zip(previous.ids, previous.xy, strict=True))
    nowhere = np.full(2, np.nan, np.float32)
    found = [known.get(value.decode(), nowhere) for value in ids]
    return np.array(found, np.float32).reshape(-1, 2)


def _fitted(xy: space.Array) -> space.Array:
    """Into 0 … 1, centred, the same scale both ways."""
    if not len(xy):
        return np.empty((0, 2), np.float32)
    low, high = xy.min(axis=0), xy.max(axis=0)
    side = float((high - low).max()) or 1.0
    found: space.Array = ((xy - (low + high) / 2) / side + 0.5).astype(np.float32)
    return found
