"""The part `features`: every track's standardised features, and a graph at default weights."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.errors import ContractError
from schemas.features import FEATURES, FeatureSpec, group_version, groups
from warehouse.index import space
from warehouse.index.graph import Bytes, as_bytes
from warehouse.index.parts import Built, Note, Opened, Source, ready
from warehouse.index.vectors import Ids, Points, Rows, Vectors, as_ids, write_vectors
from warehouse.lake import Lake
from warehouse.sqltext import filled, identifier
from warehouse.views import view_sql

NAME = "features"
_CHUNK = 50_000
_REFIT = 1.25
"""A scaling is kept until the catalogue has grown or shrunk by this factor."""


def source(features: Iterable[FeatureSpec] = FEATURES) -> Source:
    """What the part depends on: tables behind `track_features`, and what is compared how."""
    listed = tuple(features)
    tables = [f"features_{group}" for group in groups(listed)]
    weights = ",".join(f"{g}:{w}" for g, w in space.GROUP_WEIGHTS.items())
    view = hashlib.blake2b(view_sql("track_features", listed).encode(), digest_size=8).hexdigest()
    versions = ",".join(f"{g}:{group_version(g, listed)}" for g in groups(listed))
    names = ("tracks", "overrides", "metrics", "duplicates", "calibrations", *tables)
    return Source(NAME, names, {"versions": versions, "weights": weights, "view": view})


def open_features(
    root: Path, lake: Lake, note: Note, progress: Callable[[int], None]
) -> FeatureIndex:
    """The part for what `lake` shows, built first where need be."""

    def build(work: Path, previous: Opened | None) -> Built:
        return _build(lake, work, previous, progress)

    return FeatureIndex(ready(root, lake, source(lake.features), build, note), lake.features)


class FeatureIndex(Vectors):
    """Standardised features of every track; float16 (tracks, dimensions), NaN where unknown."""

    def __init__(self, part: Opened, features: tuple[FeatureSpec, ...]) -> None:
        self.features = features
        self.dimensions = space.dimensions(features)
        self.present = frozenset(part.details["present"])
        self.weights = default_weights(features, self.present)
        self.scale = float(part.details["scale"])
        self.scaling = space.Scaling.from_lists(part.details["scaling"])
        super().__init__(part, len(self.dimensions) + 1, "l2sq")

    def rows(self, places: Rows) -> space.Array:
        """Standardised rows, float32 (places, dimensions)."""
        found: space.Array = self.matrix[places].astype(np.float32)
        return found

    def row_of(self, values: Mapping[str, float | Sequence[float | None] | None]) -> space.Array:
        """Features that were measured on what is no track, as its rows are: (dimensions,).

        A feature that is missing, None or of another length is unknown.
        """
        columns = {
            spec.name: _column(values.get(spec.name), spec.size)
            for spec in space.compared(self.features)
        }
        row: space.Array = self.scaling.standardised(space.raw_matrix(columns, self.dimensions))[0]
        return row

    def nearest_places(self, query: space.Array, count: int) -> Rows:
        """About the `count` nearest at default weights, by the graph."""
        point = space.embedded_query(query, self.weights)
        return self.nearest(as_bytes(point, self.scale), count)

    def scan(self, query: space.Array, weight: space.Array, count: int) -> Rows:
        """Exactly the `count` nearest at any weights, by reading every row."""
        found = np.empty(len(self.ids), np.float32)
        for start in range(0, len(found), _CHUNK):
            rows = self.matrix[start : start + _CHUNK].astype(np.float32)
            found[start : start + _CHUNK] = space.distances(query, rows, weight)
        count = min(count, len(found))
        best = np.argpartition(found, count - 1)[:count] if count else np.empty(0, np.int64)
        nearest: Rows = best[np.argsort(found[best], kind="stable")]
        return nearest


@dataclass(frozen=True, slots=True)
class CatalogueRows:
    """Track ids, sorted, and raw values on their axes, float32 (tracks, dimensions)."""

    ids: Ids
    raw: space.Array


def catalogue_rows(lake: Lake, among: list[str] | None = None) -> CatalogueRows:
    """Features of all tracks, or of those named; read in batches."""
    dims = space.dimensions(lake.features)
    specs = space.compared(lake.features)
    parts_of = {"columns": ", ".join(identifier(spec.name) for spec in specs)}
    sql = filled("search", "feature_rows" if among is None else "map_rows", parts_of)
    ids: list[Ids] = []
    parts: list[space.Array] = []
    for batch in lake.stream(sql, None if among is None else {"track_ids": among}):
        ids.append(as_ids(batch.column(0).to_pylist()))
        by_name = {spec.name: _values(batch.column(spec.name), spec.size) for spec in specs}
        parts.append(space.raw_matrix(by_name, dims))
    if not parts:
        return CatalogueRows(as_ids([]), np.empty((0, len(dims)), np.float32))
    joined, raw = np.concatenate(ids), np.concatenate(parts)
    order = np.argsort(joined, kind="stable")
    return CatalogueRows(joined[order], raw[order])


def _column(value: float | Sequence[float | None] | None, size: int) -> npt.NDArray[np.float64]:
    """One value as float64 (1, size)."""
    given = value if isinstance(value, Sequence) else [value]
    if len(given) != size:
        return np.full((1, size), np.nan)
    return np.array([[np.nan if one is None else one for one in given]], np.float64)


def _values(column: pa.Array, size: int) -> npt.NDArray[np.float64]:
    """A column as float64 (rows, size), NaN for null; a list of another length counts as null."""
    found = np.full((len(column), size), np.nan)
    if not pa.types.is_list(column.type):
        found[:, 0] = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return found
    lengths = column.value_lengths().fill_null(-1).to_numpy(zero_copy_only=False)
    whole = np.flatnonzero(lengths == size)
    if len(whole):
        values = column.take(pa.array(whole)).flatten().cast(pa.float64())
        found[whole] = values.to_numpy(zero_copy_only=False).reshape(len(whole), size)
    return found


def _build(
    lake: Lake, work: Path, previous: Opened | None, progress: Callable[[int], None]
) -> Built:
    catalogue = catalogue_rows(lake)
    present = _present(catalogue.raw, space.dimensions(lake.features))
    weight = default_weights(lake.features, present)
    kept = _kept(previous, source(lake.features), len(catalogue.ids), present)
    if kept is None:
        previous = None
        scaling = space.Scaling.of(catalogue.raw)
        fitted, scale = len(catalogue.ids), 0.0
    else:
        scaling = space.Scaling.from_lists(kept["scaling"])
        fitted, scale = int(kept["fitted"]), float(kept["scale"])
    matrix = np.empty(catalogue.raw.shape, np.float16)
    for start in range(0, len(matrix), _CHUNK):
        part = slice(start, start + _CHUNK)
        matrix[part] = scaling.standardised(catalogue.raw[part])
    scale = scale or _scale(matrix, weight)
    points = Points(
        catalogue.ids,
        matrix,
        np.ones(len(matrix), bool),
        lambda rows: _points(matrix, rows, weight, scale),
        "l2sq",
    )
    details = write_vectors(work, points, previous, progress)
    details |= {"scaling": scaling.as_lists(), "fitted": fitted, "scale": scale}
    details["present"] = sorted(present)
    return Built(len(matrix), details)


def _present(raw: space.Array, dims: Sequence[space.Dimension]) -> frozenset[str]:
    known = np.asarray(np.isfinite(raw).any(axis=0))
    return frozenset(dim.feature for dim, some in zip(dims, known, strict=True) if some)


def default_weights(features: tuple[FeatureSpec, ...], present: frozenset[str]) -> space.Array:
    """Default weights; 0 throughout where no track has anything that is compared by default."""
    try:
        return space.weights(features, present)
    except ContractError:
        return np.zeros(len(space.dimensions(features)), np.float32)


def _kept(
    previous: Opened | None, wanted: Source, count: int, present: frozenset[str]
) -> dict[str, Any] | None:
    """Details of the last part whose scaling still fits, or None."""
    if previous is None or previous.manifest["extra"] != dict(wanted.extra):
        return None
    if set(previous.details["present"]) != present:
        return None
    fitted = int(previous.details["fitted"])
    if not fitted / _REFIT <= count <= fitted * _REFIT:
        return None
    return dict(previous.details)


def _scale(matrix: npt.NDArray[np.float16], weight: space.Array) -> float:
    """What makes the largest coordinate of a sample 127."""
    sample = matrix[:: max(1, len(matrix) // _CHUNK)].astype(np.float32)
    largest = float(np.abs(space.embedded(sample, weight)).max()) if len(sample) else 0.0
    return 127 / largest if largest > 0 else 127.0


def _points(
    matrix: npt.NDArray[np.float16], rows: Rows, weight: space.Array, scale: float
) -> Bytes:
    points = np.empty((len(rows), matrix.shape[1] + 1), np.int8)
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        some = matrix[part].astype(np.float32)
        points[start : start + _CHUNK] = as_bytes(space.embedded(some, weight), scale)
    return points
