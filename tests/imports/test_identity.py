"""A row speaks of audio that is here only beyond doubt; ids never change; moves can be undone."""

from __future__ import annotations

from collections import Counter

from schemas.catalogue import DuplicateRow, FileRow, TagRow, TrackRow
from schemas.outcomes import FileState
from tests.imports.conftest import SPOTIFY, spotify_id, spotify_row, write_csv

TITLES = ("track_id", "genre", "title")


def _audio(track_id, uri, **track):
    file = FileRow(
        uri=uri, size=1, mtime_ns=0, track_id=track_id, state=FileState.PRESENT, source="/m"
    )
    return TrackRow(track_id=track_id, **track), file


def _catalogue(*pairs):
    return {"tracks": [track for track, _ in pairs], "files": [file for _, file in pairs]}


def test_rows_find_audio_by_path_by_name_and_by_embedded_identifier(tmp_path, take, read, write):
    named = {"title": "Song 1", "artist": "ARTIST 1", "duration_s": 201.5}
    write(
        **_catalogue(
            _audio("byname", "/m/x.flac", **named),
            _audio("far", "/m/y.flac", title="Song 2", artist="Artist 2", duration_s=203.0),
            _audio("twin-a", "/m/za.flac", title="Song 3", artist="Artist 3", duration_s=200.0),
            _audio("twin-b", "/m/zb.flac", title="Song 3", artist="Artist 3", duration_s=201.0),
            _audio("tagged", "/m/t.flac", title="Other"),
            _audio("bypath", "/m/fma_small/000/000002.mp3"),
        ),
        tags=[
            TagRow(track_id="tagged", term="isrc:usrc17607839", kind="identifier",
                   source="id3:TSRC", raw="isrc:USRC17607839"),
        ],
    )  # fmt: skip
    path = write_csv(
        tmp_path / "t.csv",
        [*SPOTIFY, "isrc"],
        [[*spotify_row(n), "USRC17607839" if n == 4 else ""] for n in (1, 2, 3, 4)],
    )
    report = take("spotify", path)
    assert report.tracks == Counter(matched=2, new=2, ambiguous=1)
    found = read("SELECT value, track_id, evidence FROM identifiers WHERE scheme = 'spotify'")
    tracks = {int(row["value"]): row["track_id"] for row in found}
    assert (tracks[1], tracks[4]) == ("byname", "tagged")
    assert not {tracks[2], tracks[3]} & {"far", "twin-a", "twin-b"}
    evidence = {row["track_id"]: row["evidence"] for row in found}
    assert evidence["byname"] == "same artist, title and duration within 2 s"
    assert evidence["tagged"] == "same isrc USRC17607839"
    fma = write_csv(tmp_path / "fma.csv", TITLES, [[2, "Rock", "a"]])
    assert take("fma", fma).tracks == Counter(matched=1)
    titles = read("SELECT track_id, title FROM tracks WHERE track_id IN ('bypath', 'byname')")
    # What the audio says of itself is not overwritten.
    assert {t["track_id"]: t["title"] for t in titles} == {"bypath": None, "byname": "Song 1"}
    assert read("SELECT term FROM tags WHERE track_id = 'bypath' AND kind = 'genre'") == [
        {"term": "rock"}
    ]


def test_two_rows_never_share_a_track_though_both_fit(tmp_path, take, read, write):
    write(**_catalogue(_audio("one", "/m/x.flac", title="Song 1", artist="A", duration_s=200.0)))
    rows = [spotify_row(n, track_name="Song 1", track_artist="A") for n in (1, 2)]
    report = take("spotify", write_csv(tmp_path / "t.csv", SPOTIFY, rows))
    assert report.tracks == Counter(matched=1, new=1, taken=1)
    assert read("SELECT count(DISTINCT track_id) AS n FROM metrics") == [{"n": 2}]


def test_audio_that_came_later_is_found_when_asked_and_by_a_mapping_file(
    tmp_path, take, read, write, snapshot
):
    path = write_csv(tmp_path / "t.csv", SPOTIFY, [spotify_row(1), spotify_row(2)])
    take("spotify", path)
    own = {
        int(row["value"]): row["track_id"]
        for row in read("SELECT value, track_id FROM identifiers WHERE scheme = 'spotify'")
    }
    write(
        **_catalogue(
            _audio("late", "/m/x.flac", title="Song 1", artist="Artist 1", duration_s=200.0),
            _audio("said", "/m/y.flac", title="Something else"),
        )
    )
    before = snapshot()
    take("spotify", path)
    assert snapshot() == before
    report = take("spotify", path, rematch=True)
    assert report.tracks == Counter(matched=1, known=1)
    links = read("SELECT track_id, canonical_id, method FROM duplicates")
    assert links == [{"track_id": own[1], "canonical_id": "late", "method": "import"}]
    assert {r["track_id"] for r in read("SELECT track_id FROM metrics")} == {"late", own[2]}
    match = write_csv(tmp_path / "match.csv", ("id", "uri"), [[spotify_id(2), "/m/y.flac"]])
    take("spotify", path, match=match)
    assert {r["track_id"] for r in read("SELECT track_id FROM metrics")} == {"late", "said"}
    assert read("SELECT evidence FROM identifiers WHERE track_id = 'said'") == [
        {"evidence": "mapping file"}
    ]
    before = snapshot()
    take("spotify", path, match=match)
    take("spotify", path)
    assert {r["track_id"] for r in read("SELECT track_id FROM metrics")} == {"late", "said"}


def test_a_linked_copy_is_no_second_candidate(tmp_path, take, read, write):
    facts = {"title": "Song 1", "artist": "Artist 1", "duration_s": 200.0}
    link = DuplicateRow(track_id="copy", canonical_id="first", method="audio_hash",
                        evidence="same", score=1.0)  # fmt: skip
    write(
        **_catalogue(_audio("first", "/m/a.flac", **facts), _audio("copy", "/m/b.flac", **facts)),
        duplicates=[link],
    )
    take("spotify", write_csv(tmp_path / "t.csv", SPOTIFY, [spotify_row(1)]))
    assert read("SELECT DISTINCT track_id FROM metrics") == [{"track_id": "first"}]
