"""Album and year of a track reach the mapping, so that prompts can refer to them."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.catalogue import TrackRow
from tests.warehouse.conftest import STAMP
from warehouse.reader import WarehouseReader
from warehouse.store import Store


@pytest.mark.parametrize(
    ("date", "year"),
    [("1977", 1977), ("1977-05", 1977), ("2021-01-31", 2021), ("19777", None), ("May 1977", None),
     ("", None), (None, None)],
)  # fmt: skip
def test_album_and_year_are_read(store: Store, make: Any, date: str | None, year: int) -> None:
    store.write(
        {
            "tracks": [TrackRow(track_id="t1", artist="Moby", album="Play", date=date)],
            "files": [make.file("/t1", "t1")],
            "features_rhythm": [make.features("rhythm", "t1", tempo_bpm=120.0)],
            "tags": [make.tag("t1", "jazz")],
        },
        STAMP,
    )
    (example,) = WarehouseReader(store.location).training_examples()
    assert (example.artist, example.album, example.year) == ("Moby", "Play", year)
