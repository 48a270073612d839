"""Search and similar tracks on a small catalogue whose styles are known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mapping.encoder import load_encoder
from schemas.catalogue import DuplicateRow, TrackRow
from schemas.errors import ContractError, InputError
from tests.warehouse.catalogue import rows, style_of, track_id
from tests.warehouse.conftest import Rows
from warehouse.index.opened import Indexes, open_indexes
from warehouse.lake import Lake, Location, RunStamp
from warehouse.search import hits_table, search
from warehouse.selection import parse_selection
from warehouse.similar import Wish, compare, neighbours_table, similar, similar_to
from warehouse.store import Store

ALL = frozenset({"text", "words", "features"})
STAMP = RunStamp("run-1", "ingest", "a test's commit")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("search")


@pytest.fixture(scope="module")
def place(home: Path) -> Location:
    found = Location(str(home / "catalogue.sqlite"), str(home / "data"))
    tables = rows(60, Rows(), home)
    silent = TrackRow(track_id="silent", title="Unheard")
    copy, undone = (
        DuplicateRow(
            track_id=track_id(a), canonical_id=track_id(b), method="audio_hash",
            evidence="same audio", score=1, undone_at=at,
        )
        for a, b, at in ((9, 5, None), (13, 5, datetime.now(UTC)))
    )  # fmt: skip
    tables |= {"tracks": [*tables["tracks"], silent], "duplicates": [copy, undone]}
    with Store(found) as store:
        store.write(tables, STAMP)
    return found


@pytest.fixture(scope="module")
def lake(place: Location) -> Iterator[Lake]:
    with Lake.open(place, read_only=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def indexes(home: Path, lake: Lake) -> Indexes:
    return open_indexes(home / "index", lake, ALL, load_encoder(), _ignore, _ignore)


def _ignore(*_: object) -> None:
    return None


def test_words_and_meaning(lake: Lake, indexes: Indexes) -> None:
    hits = search(lake, indexes, "dark ambient drone", limit=10)
    assert {style_of(hit.track_id) for hit in hits} == {"drone"}
    assert hits[0].words == ("ambient", "dark", "drone")
    assert hits[0].by_words == 1
    assert hits[0].similarity is not None
    assert hits[0].similarity > 0.5


def test_meaning_finds_what_no_word_says(lake: Lake, indexes: Indexes) -> None:
    hits = search(lake, indexes, "furious guitars", limit=5)
    assert {style_of(hit.track_id) for hit in hits} == {"metal"}
    assert all(hit.by_words is None and hit.by_meaning is not None for hit in hits)


def test_a_title_in_full_comes_first(lake: Lake, indexes: Indexes) -> None:
    assert search(lake, indexes, "piece 12")[0].track_id == track_id(12)
    assert search(lake, indexes, "unheard")[0].track_id == "silent"


def test_filters(lake: Lake, indexes: Indexes) -> None:
    slow = parse_selection(["tempo_bpm<100"])
    found = search(lake, indexes, "angry music", slow, limit=100)
    assert {style_of(hit.track_id) for hit in found} == {"drone"}
    no_metal = parse_selection([], [], ["heavy metal"])
    found = search(lake, indexes, "angry", no_metal, limit=100)
    assert found
    assert "metal" not in {style_of(hit.track_id) for hit in found}
    assert search(lake, indexes, "angry", parse_selection([], ["polka"])) == []


def test_what_a_hit_shows(lake: Lake, indexes: Indexes) -> None:
    table = hits_table(lake, search(lake, indexes, "piece 11", limit=1))
    row = table.to_pylist()[0]
    assert row["title"] == "Piece 11"
    assert row["licence"] == "CC-BY-4.0"
    assert row["tempo_bpm"] > 150
    assert row["key"] == "B major"
    assert row["uri"].endswith("/11.flac")


@pytest.mark.parametrize("query", ["", "  ", "\t", "a\0b", "x" * 1_001])
def test_queries_that_are_refused(lake: Lake, indexes: Indexes, query: str) -> None:
    with pytest.raises(InputError, match="search"):
        search(lake, indexes, query)


def test_similar_finds_the_style(lake: Lake, indexes: Indexes) -> None:
    for index in range(4):
        found = similar(lake, indexes, track_id(index), Wish(limit=5))
        assert {style_of(n.track_id) for n in found.neighbours} == {style_of(track_id(index))}
        assert [n.distance for n in found.neighbours] == sorted(
            n.distance for n in found.neighbours
        )
        first = found.neighbours[0]
        assert first.distance < 0.5
        assert first.near
        assert track_id(index) not in {n.track_id for n in found.neighbours}


def test_weights_decide(lake: Lake, indexes: Indexes) -> None:
    by_key = Wish(features=1, text=0, factors={"tonality": 100, "rhythm": 0, "timbre": 0,
                                               "loudness": 0, "chroma": 0}, limit=4)  # fmt: skip
    found = similar(lake, indexes, track_id(0), by_key).neighbours
    assert all(int(n.track_id[1:]) % 12 == 0 for n in found)  # the same key, whatever the style
    assert len({style_of(n.track_id) for n in found}) == 1  # 12 is a multiple of 4
    assert set(found[0].near) <= {"key_pitch_class", "key_mode"}
    words = similar(lake, indexes, track_id(1), Wish(features=0, text=1, limit=3)).neighbours
    assert words[0].distance == pytest.approx(words[0].of_words)
    assert words[0].of_words == pytest.approx(0, abs=0.01)


def test_distances_are_those_of_comparing_every_row(lake: Lake, indexes: Indexes) -> None:
    assert indexes.features is not None
    comparison = compare(indexes, track_id(7), Wish())
    everything = comparison.ranked(indexes.features.ids, 61)
    found = similar(lake, indexes, track_id(7), Wish(limit=10)).neighbours
    others = [n for n in everything if n.track_id != track_id(7)]
    assert [n.track_id for n in found] == [n.track_id for n in others[:10]]


def test_what_is_no_track_is_compared_by_its_values(lake: Lake, indexes: Indexes) -> None:
    sql = f"SELECT * FROM track_features WHERE track_id = '{track_id(7)}'"
    (values,) = lake.query(sql).to_pylist()
    wish = Wish(features=1, text=0, limit=10)
    itself, *others = similar_to(lake, indexes, values, wish).neighbours
    assert itself.track_id == track_id(7)
    assert itself.distance == pytest.approx(0, abs=1e-3)
    found = similar(lake, indexes, track_id(7), wish).neighbours
    assert [n.track_id for n in others] == [n.track_id for n in found[:9]]
    only = similar_to(lake, indexes, {"tempo_bpm": values["tempo_bpm"]}, wish).neighbours
    assert {name for n in only for name in n.near} == {"tempo_bpm"}
    for nothing in ({}, {"tempo_bpm": None}, {"chroma": [0.1, 0.2]}, {"nonsense": 3.0}):
        with pytest.raises(InputError, match="nothing was measured"):
            similar_to(lake, indexes, nothing, wish)  # type: ignore[arg-type]


def test_repeats_are_hidden_until_asked_for(lake: Lake, indexes: Indexes) -> None:
    def found(track: int, **options: Any) -> set[str]:
        wish = Wish(limit=60, **options)
        return {n.track_id for n in similar(lake, indexes, track_id(track), wish).neighbours}

    assert track_id(9) not in found(5)  # 9 repeats 5
    assert track_id(5) not in found(9)
    assert {track_id(5), track_id(9)} & found(1) == {track_id(5)}  # of both, the first
    assert track_id(13) in found(5)  # that link was undone
    assert track_id(9) in found(5, duplicates=True)


def test_what_a_track_lacks_is_said(lake: Lake, indexes: Indexes) -> None:
    with pytest.raises(InputError, match="neither features nor words"):
        similar(lake, indexes, "silent", Wish())
    with pytest.raises(InputError, match="no track 'nope'"):
        similar(lake, indexes, "nope", Wish())
    with pytest.raises(ContractError, match="one of them must count"):
        similar(lake, indexes, track_id(1), Wish(features=0, text=0))
    without = Indexes(features=indexes.features)
    found = similar(lake, without, track_id(1), Wish(limit=2))
    assert found.notes == ("no words to compare by: compared by features alone",)


def test_similar_within_a_selection(lake: Lake, indexes: Indexes) -> None:
    fast = parse_selection(["tempo_bpm>=160"])
    found = similar(lake, indexes, track_id(1), Wish(selection=fast, limit=50)).neighbours
    assert {style_of(n.track_id) for n in found} == {"metal"}
    table = neighbours_table(lake, found)
    assert table.num_rows == len(found) == 15
    assert np.all(np.array(table["tempo_bpm"].to_pylist()) >= 160)
