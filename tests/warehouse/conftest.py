"""A fresh warehouse for each test, and short ways to make rows."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas.catalogue import FileRow, TagRow, TrackRow
from schemas.features import group_version
from schemas.outcomes import FeatureStatus, FileState
from schemas.tables import TABLES
from tests.warehouse.blank import blank
from tests.warehouse.postgres import Server, running_server
from warehouse.lake import Lake, Location, RunStamp
from warehouse.store import Store

ROOT = Path(__file__).parents[2]
STAMP = RunStamp("run-1", "ingest", "a test's commit")
MOMENT = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)


@pytest.fixture
def location(tmp_path: Path) -> Location:
    return Location(str(tmp_path / "wh" / "catalogue.sqlite"), str(tmp_path / "wh" / "data"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def store(location: Location) -> Iterator[Store]:
    if not location.is_postgres:
        blank(location)
    with Store(location) as opened:
        yield opened


@pytest.fixture
def read(location: Location) -> Callable[..., list[dict[str, Any]]]:
    """Run a query on a fresh read-only Lake; rows as dicts."""

    def run(sql: str, parameters: Any = None, **options: Any) -> list[dict[str, Any]]:
        with Lake.open(location, read_only=True, **options) as lake:
            return list(lake.query(sql, parameters).to_pylist())

    return run


@pytest.fixture
def stamp() -> RunStamp:
    return STAMP


@pytest.fixture
def moment() -> datetime:
    return MOMENT


@pytest.fixture
def make() -> Rows:
    return Rows()


class Rows:
    """Rows with everything that a test does not care about filled in."""

    def track(self, track_id: str, **values: Any) -> TrackRow:
        return TrackRow(track_id=track_id, **values)

    def file(self, uri: str, track_id: str | None, **values: Any) -> FileRow:
        given = {"size": 1, "mtime_ns": 0, "state": FileState.PRESENT, "source": "/music"}
        return FileRow(uri=uri, track_id=track_id, **(given | values))

    def tag(self, track_id: str, term: str, kind: Any = "genre", **values: Any) -> TagRow:
        given = {"source": "id3", "raw": term.title()}
        return TagRow(track_id=track_id, term=term, kind=kind, **(given | values))

    def features(self, group: str, track_id: str, **values: Any) -> Any:
        given = {
            "group_version": group_version(group),
            "extractor": "wordtone",
            "status": FeatureStatus.COMPLETE,
            "null_reasons": "{}",
        }
        return TABLES[f"features_{group}"].row(track_id=track_id, **(given | values))


@pytest.fixture
def program() -> Callable[..., list[str]]:
    """Command line that runs a program of `tests/warehouse/programs`."""

    def command(name: str, *arguments: str) -> list[str]:
        path = Path(__file__).parent / "programs" / f"{name}.py"
        return [sys.executable, str(path), *arguments]

    return command


@pytest.fixture
def program_env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}
