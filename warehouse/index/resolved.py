"""The part `resolved`: the rows of the view `track_features`, sorted by track, in one Parquet file.

The view joins every feature group, overrides, imports, calibrations and links; at a million tracks
that takes seconds. What it says changes only with those tables, so it is kept as a file beside the
lake, and stands in for the view until one of them is written again (`warehouse.index.parts`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from schemas.features import FEATURES, FeatureSpec, groups
from warehouse.index.parts import Built, Note, Opened, Source, existing, ready
from warehouse.lake import Lake
from warehouse.sqltext import filled, literal
from warehouse.views import view_sql

NAME = "resolved"
VIEW = "track_features"
WORTH_BUILDING = 50_000
"""Tracks from which on a file is made for a query; below, the view answers as fast."""

_FILE = "track_features.parquet"


def source(features: Iterable[FeatureSpec] = FEATURES) -> Source:
    """What the part depends on: the tables behind the view, and the view's definition."""
    listed = tuple(features)
    text = view_sql(VIEW, listed)
    digest = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    tables = [f"features_{group}" for group in groups(listed)]
    names = ("tracks", "overrides", "metrics", "duplicates", "calibrations", *tables)
    return Source(NAME, names, {"view": digest})


def resolved_file(root: Path, lake: Lake) -> Path | None:
    """The file for what `lake` shows, when it is there and whole."""
    part = existing(root, lake, source(lake.features))
    return None if part is None else part.folder / _FILE


def use_resolved(root: Path, lake: Lake) -> bool:
    """Let the file stand in for the view on a pinned `lake`; False when there is none."""
    found = resolved_file(root, lake)
    if found is not None:
        lake.stand_in(VIEW, found)
    return found is not None


def build_resolved(root: Path, lake: Lake, note: Note, least: int | None = None) -> bool:
    """As `use_resolved`, after making the file where it is missing and there are `least` tracks;
    None: WORTH_BUILDING.

    Of a small catalogue the file saves the planning of the view alone, some 0.3 s of each query:
    worth it to a service, that makes it aside.

    Raises
    ------
    StorageError
        When the folder cannot be written.
    """
    if use_resolved(root, lake):
        return True
    tracks = int(lake.query("SELECT count(*) AS n FROM tracks")["n"][0].as_py())
    if tracks < (WORTH_BUILDING if least is None else least):
        return False
    note(f"the features of {tracks:,} tracks are brought together for queries, once")

    def build(work: Path, previous: Opened | None) -> Built:
        return _build(work, lake)

    ready(root, lake, source(lake.features), build, note)
    return use_resolved(root, lake)


def _build(work: Path, lake: Lake) -> Built:
    path = work / _FILE
    lake.execute(filled("search", "resolved", {"path": literal(str(path))}))
    count = lake.query(f"SELECT count(*) AS n FROM read_parquet({literal(str(path))})")["n"][0]
    return Built(int(count.as_py()), {})
