"""The vocabulary in the warehouse: its table, its hierarchy in SQL, and tags read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.sources.fields import Field, Gathered
from pipelines.vocabulary import record_vocabulary, renormalise
from schemas.catalogue import TagKind, TagRow, TrackRow
from schemas.vocabulary import Vocabulary, builtin, load
from warehouse import terms
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.store import Store

STAMP = RunStamp("run-1", "vocabulary", "a test's commit")


@pytest.fixture
def location(tmp_path: Path) -> Location:
    return Location(str(tmp_path / "wh" / "catalogue.sqlite"), str(tmp_path / "wh" / "data"))


@pytest.fixture
def mine(tmp_path: Path) -> Vocabulary:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[genre.in.techno]\nghettotech = ["ghetto tech", "wibble/wobble"]\n'
        '[instrument.in.brass]\n"slide horn" = []\n'
    )
    return load(path)


def rows(location: Location, sql: str) -> list[dict[str, Any]]:
    with Lake.open(location, read_only=True) as lake:
        return list(lake.query(sql).to_pylist())


def tagged(store: Store, track_id: str, *fields: tuple[Field, str, str]) -> None:
    gathered = Gathered("x")
    for field, source, text in fields:
        gathered.add(field, source, [text])
    tags = [
        TagRow(
            track_id=track_id,
            term=t.term,
            kind=t.kind,
            source=t.source,
            raw=t.raw,
            weight=t.weight,
            field=t.field,
            vocabulary=t.vocabulary,
        )
        for t in gathered.metadata().tags
    ]
    store.write({"tracks": [TrackRow(track_id=track_id)], "tags": tags}, STAMP)


def test_the_table_is_written_once_and_replaced_when_it_changes(
    location: Location, mine: Vocabulary
) -> None:
    with Store(location) as store:
        assert record_vocabulary(store, mine, STAMP)
        assert not record_vocabulary(store, mine, STAMP)
        assert rows(location, "SELECT * FROM vocabulary WHERE term = 'ghettotech'")
        assert record_vocabulary(store, builtin(), STAMP)
    assert rows(location, "SELECT * FROM vocabulary WHERE term = 'ghettotech'") == []
    (versions,) = rows(location, "SELECT DISTINCT version FROM vocabulary")
    assert versions == {"version": builtin().version}


def test_a_term_and_everything_below_it_is_one_join(location: Location) -> None:
    with Store(location) as store:
        record_vocabulary(store, builtin(), STAMP)
        tagged(store, "t1", (Field.INSTRUMENT, "sidecar:instrument", "Trompete, piano"))
        tagged(store, "t2", (Field.INSTRUMENT, "sidecar:instrument", "Brass"))
        tagged(store, "t3", (Field.INSTRUMENT, "sidecar:instrument", "violin"))
    found = rows(
        location,
        "SELECT DISTINCT track_id FROM text_metadata JOIN term_hierarchy USING (term, kind) "
        "WHERE ancestor = 'brass' AND kind = 'instrument' ORDER BY ALL",
    )
    assert [row["track_id"] for row in found] == ["t1", "t2"]


FIELDS = (
    (Field.GENRE, "id3:TCON", "(17)(4)Eurodisco; Ghetto Tech; Wibble/Wobble"),
    (Field.GENRE, "vorbis:genre", "Piano; Other"),
    (Field.OTHER, "sidecar:tags", "slide horn, my favourite"),
    (Field.KEY, "id3:TKEY", "Am"),
    (Field.DATE, "id3:TDRC", "1987-02"),
    (Field.TEMPO, "id3:TBPM", "120"),
    (Field.COMMENT, "id3:COMM", "some ghetto tech, slow piano. CC BY 4.0"),
    (Field.ARTIST, "id3:TPE1", "Techno Twins"),
)


def test_reading_again_is_what_reading_anew_would_give(
    location: Location, mine: Vocabulary, tmp_path: Path
) -> None:
    from schemas.vocabulary import using

    columns = "track_id, term, kind, source, raw, weight, field, vocabulary"
    with Store(location) as store:
        tagged(store, "t1", *FIELDS)
        before = rows(location, f"SELECT {columns} FROM tags ORDER BY ALL")
        done = renormalise(store, mine, STAMP)
        assert (done.tracks, done.version) == (1, mine.version)
        after = rows(location, f"SELECT {columns} FROM tags ORDER BY ALL")
        assert {(r["term"], r["kind"]) for r in after} >= {
            ("ghettotech", "genre"),
            ("slide horn", "instrument"),
            ("1980s", "era"),
            ("key am", "other"),
            ("techno twins", "artist"),
        }
        snapshot = rows(location, "SELECT max(recorded_at) AS at FROM tags")
        assert renormalise(store, mine, STAMP).changed == 0
        assert rows(location, "SELECT max(recorded_at) AS at FROM tags") == snapshot
        assert renormalise(store, builtin(), STAMP).tracks == 1
        assert rows(location, f"SELECT {columns} FROM tags ORDER BY ALL") == before
    with Store(Location(str(tmp_path / "b.sqlite"), str(tmp_path / "b"))) as anew:
        with using(mine):
            tagged(anew, "t1", *FIELDS)
        # A name that only the new vocabulary finds in a sentence needs the sentence read again.
        fresh = rows(anew.location, f"SELECT {columns} FROM tags ORDER BY ALL")
        extra = [r for r in fresh if r not in after]
        assert [(r["term"], r["source"]) for r in extra] == [("ghettotech", "id3:COMM:word")]
        assert [r for r in after if r not in fresh] == []


def test_tags_from_before_there_was_a_vocabulary(location: Location) -> None:
    old = [
        ("drum & bass", "Drum & Bass"),
        ("hip-hop", "Hip-Hop/Rap"),
        ("rap", "Hip-Hop/Rap"),
        ("wibble", "Wibble"),
    ]
    with Store(location) as store:
        store.write(
            {
                "tracks": [TrackRow(track_id="t1")],
                "tags": [
                    TagRow(track_id="t1", term=t, kind=TagKind.GENRE, source="id3:TCON", raw=r)
                    for t, r in old
                ],
            },
            STAMP,
        )
        renormalise(store, builtin(), STAMP)
    found = rows(location, "SELECT term, raw, vocabulary FROM tags ORDER BY term")
    assert [(r["term"], r["vocabulary"]) for r in found] == [
        ("drum and bass", builtin().version),
        ("hip hop", builtin().version),
        ("wibble", None),
    ]


def test_unknown_terms_are_counted_with_their_sources(location: Location) -> None:
    with Store(location) as store:
        tagged(store, "t1", (Field.GENRE, "id3:TCON", "Wibble; Rock"))
        tagged(store, "t2", (Field.GENRE, "vorbis:genre", "wibble"))
        tagged(store, "t3", (Field.TITLE, "id3:TIT2", "No word about sound"))
    with Lake.open(location, read_only=True) as lake:
        (unknown,) = terms.unknown_terms(lake, ["genre", "title"], 1).to_pylist()
        (shares,) = terms.known_shares(lake, ["genre"]).to_pylist()
    assert unknown == {
        "term": "wibble",
        "kind": "genre",
        "tracks": 2,
        "sources": ["id3:TCON", "vorbis:genre"],
        "example": "Wibble; Rock",
    }
    assert (shares["terms"], shares["known_terms"]) == (2, 1)
