"""A warehouse of its own for each test, and small files in the shape of the published sets."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pipelines.import_metadata import ImportReport, ImportRequest, import_metadata
from schemas.settings import Settings
from tests.warehouse.blank import blank
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.store import Store

STAMP = RunStamp("run-1", "test", "a test's commit")

SPOTIFY = (
    *("track_id", "track_name", "track_artist", "track_popularity", "track_album_name"),
    *("track_album_release_date", "playlist_name", "playlist_id", "playlist_genre"),
    *("playlist_subgenre", "danceability", "energy", "key", "loudness", "mode", "speechiness"),
    *("acousticness", "instrumentalness", "liveness", "valence", "tempo", "duration_ms"),
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(home=tmp_path / "home", workers=1)
    blank(Location.from_settings(found))
    return found


@pytest.fixture
def location(settings: Settings) -> Location:
    return Location.from_settings(settings)


class Reader:
    """One read-only connection a test, opened when first asked: each statement sees what is new."""

    def __init__(self, location: Location) -> None:
        self._location = location
        self._lake: Lake | None = None

    @property
    def lake(self) -> Lake:
        if self._lake is None:
            self._lake = Lake.open(self._location, read_only=True)
        return self._lake

    def __call__(self, sql: str, **parameters: Any) -> list[dict[str, Any]]:
        return list(self.lake.query(sql, parameters or None).to_pylist())

    def close(self) -> None:
        if self._lake is not None:
            self._lake.close()


@pytest.fixture
def read(location: Location) -> Iterator[Reader]:
    reader = Reader(location)
    yield reader
    reader.close()


@pytest.fixture
def snapshot(read: Reader) -> Callable[[], int]:
    return lambda: read.lake.current_snapshot()  # noqa: PLW0108  the lake is opened when asked


@pytest.fixture
def write(location: Location) -> Iterator[Callable[..., None]]:
    def run(**tables: Sequence[Any]) -> None:
        store.write(tables, STAMP)

    with Store(location) as store:
        yield run


@pytest.fixture
def take(settings: Settings) -> Callable[..., ImportReport]:
    def run(name: str, path: Path, **options: Any) -> ImportReport:
        return import_metadata(settings, ImportRequest(name, path, **options))

    return run


def write_csv(path: Path, names: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])
    return path


def spotify_id(number: int) -> str:
    return f"{number:022d}"


def spotify_row(number: int, **values: object) -> list[object]:
    """A row of the table of playlists; `number` is the track."""
    given: Mapping[str, object] = {
        "track_id": spotify_id(number),
        "track_name": f"Song {number}",
        "track_artist": f"Artist {number}",
        "track_popularity": 50,
        "track_album_name": f"Album {number}",
        "track_album_release_date": "2019-06-14",
        "playlist_name": "Pop Remix",
        "playlist_id": "p1",
        "playlist_genre": "pop",
        "playlist_subgenre": "dance pop",
        "danceability": 0.7,
        "energy": 0.8,
        "key": 6,
        "loudness": -5.5,
        "mode": 1,
        "speechiness": 0.05,
        "acousticness": 0.1,
        "instrumentalness": 0,
        "liveness": 0.2,
        "valence": 0.5,
        "tempo": 122.0,
        "duration_ms": 200_000,
    }
    return [{**given, **values}[name] for name in SPOTIFY]
