"""What each set's files become, row by row; the files are written here in the published shape."""

from __future__ import annotations

import gzip
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.sources.sets import delimited
from pipelines.sources.sets.contract import Entry, Part
from pipelines.sources.sets.documents import listed
from pipelines.sources.sets.opening import unknown
from pipelines.sources.sets.reading import Unusable, read_entry
from pipelines.sources.sets.registry import SETS, calibration_targets, metadata_set
from schemas.errors import ContractError, InputError
from schemas.features import FEATURES
from schemas.outcomes import RejectReason
from tests.imports.conftest import SPOTIFY, spotify_id, spotify_row, write_csv

MBID = "0383dadf-2a4e-4d10-a46a-e9e041da8eb3"


def parts(name: str, path: Path) -> list[Part]:
    return metadata_set(name).open_parts(path)


def entries(name: str, path: Path) -> list[Entry]:
    return [
        read_entry(part, record.values)
        for part in parts(name, path)
        for record in part.records()
        if record.reason is None
    ]


def only(name: str, path: Path) -> Entry:
    (entry,) = entries(name, path)
    return entry


def numbers(entry: Entry) -> dict[str, float]:
    return {name: value for name, (value, _) in entry.metrics.items()}


def terms(entry: Entry, kind: str) -> set[tuple[str, float]]:
    return {(term.term, term.weight) for term in entry.terms if term.kind == kind}


def test_no_source_of_a_set_begins_with_another() -> None:
    sources = [layout.source for found in SETS.values() for layout in found.layouts]
    assert len(sources) == len(set(sources))
    for one, other in itertools.permutations(sources, 2):
        assert not one.startswith(other)


def test_a_metric_with_a_features_name_has_its_unit_and_others_name_what_they_may_become() -> None:
    specs = {spec.name: spec for spec in FEATURES if spec.size == 1}
    columns = [c for s in SETS.values() for layout in s.layouts for c in layout.columns]
    assert any(column.to in specs and column.unit for column in columns)
    for column in columns:
        if column.use == "metric" and column.to in specs:
            assert column.unit == specs[column.to].unit, column.name
            assert not column.feature or column.feature != column.to
    assert set(calibration_targets().values()) <= set(specs)
    assert not set(calibration_targets()) & set(specs)


# --- fma


def test_fma_echonest_json_by_column(tmp_path: Path) -> None:
    table = {"track_id": {"0": 2, "1": 7}, "tempo": {"0": 165.9, "1": None},
             "energy": {"0": 0.6, "1": 0.1}, "valence": {"0": 1.5, "1": 0.2}}  # fmt: skip
    (path := tmp_path / "echonest-metrics.json").write_text(json.dumps(table))
    first, second = entries("fma", path)
    assert first.identifiers == [("fma", "2")]
    assert first.metrics == {"tempo_bpm": (165.9, "BPM"), "echonest_energy": (0.6, "ratio")}
    assert first.problems == ["valence=1.5 is out of range; valid is 0 … 1"]
    assert numbers(second) == {"echonest_energy": 0.1, "valence": 0.2}
    assert first.paths == ["000/000002.mp3"]
    assert [(r.layer, r.spdx) for r in first.rights] == [("features", "CC-BY-4.0")]


def test_fma_tracks_with_its_header_of_several_rows(tmp_path: Path) -> None:
    path = tmp_path / "tracks.csv"
    path.write_text(
        ",album,artist,set,track,track,track,track,track\n"
        ",title,name,split,title,genre_top,genres,license,duration\n"
        "track_id,,,,,,,,\n"
        '2,A Way,AWOL,training,Food,Hip-Hop,"[21, 5]",Attribution 4.0,168\n'
    )
    write_csv(tmp_path / "genres.csv", ["genre_id", "#tracks", "parent", "title", "top_level"],
              [[21, 1, 0, "Hip-Hop", 21], [5, 1, 0, "Classical", 5]])  # fmt: skip
    (part,) = parts("fma", tmp_path)
    assert part.layout.source == "fma:tracks"
    assert unknown(part.layout, part.names) == []
    entry = only("fma", tmp_path)
    assert entry.facts == {"album": "A Way", "artist": "AWOL", "title": "Food", "duration_s": 168.0}
    assert terms(entry, "genre") == {("hip hop", 1.0), ("classical", 1.0)}
    recording = next(right for right in entry.rights if right.layer == "recording")
    assert (recording.raw, recording.source) == ("Attribution 4.0", "fma:tracks:track.license")


def test_fma_echonest_csv_and_raw_tracks(tmp_path: Path) -> None:
    (tmp_path / "echonest.csv").write_text(
        ",echonest,echonest,echonest,echonest\n"
        ",audio_features,audio_features,metadata,temporal_features\n"
        ",tempo,valence,artist_name,000\n"
        "track_id,,,,\n"
        "2,165.9,0.5,AWOL,1.1\n"
    )
    names = ["track_id", "track_title", "artist_name", "track_duration", "track_genres",
             "license_title", "track_url"]  # fmt: skip
    genres = "[{'genre_id': '21', 'genre_title': 'Hip-Hop', 'genre_url': 'x'}]"
    row = ["2", "Food", "AWOL", "02:48", genres, "CC BY-NC-SA 3.0", "http://x"]
    write_csv(tmp_path / "raw_tracks.csv", names, [row])
    echonest, raw = entries("fma", tmp_path)
    assert numbers(echonest) == {"tempo_bpm": 165.9, "valence": 0.5}
    assert echonest.facts == {"artist": "AWOL"}
    assert raw.facts == {"title": "Food", "artist": "AWOL", "duration_s": 168.0}
    assert terms(raw, "genre") == {("hip hop", 1.0)}


def test_fma_slice_names_a_missing_column_and_the_nearest_one(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", ["trackid", "genre", "title"], [["2", "Rock", "x"]])
    with pytest.raises(InputError, match=r"needs column track_id \(is it trackid\?\)"):
        parts("fma", tmp_path)


# --- spotify


def test_spotify_table_with_artists_beside(tmp_path: Path) -> None:
    write_csv(tmp_path / "tracks.csv", SPOTIFY, [spotify_row(1, track_artist="Ed")])
    write_csv(tmp_path / "artists.csv", ["artists", "genres"], [["ED", "['pop', 'uk pop']"]])
    entry = only("spotify", tmp_path)
    assert entry.identifiers == [("spotify", spotify_id(1))]
    assert entry.metrics["echonest_loudness"] == (-5.5, "dB")
    assert entry.metrics["key_pitch_class"] == (6.0, "pitch class")
    assert entry.facts["duration_s"] == 200.0
    assert ("uk pop", 0.5) in terms(entry, "genre")
    playlists = [t.term for t in entry.terms if t.source == "spotify:table:playlist"]
    assert playlists == ["pop remix"]
    assert {r.spdx for r in entry.rights} == {None}


def test_spotify_answers_of_the_web_api(tmp_path: Path) -> None:
    features = {"id": spotify_id(1), "danceability": 0.5, "energy": 0.6, "tempo": 0.0, "key": -1,
                "mode": 0, "loudness": -9.0, "duration_ms": 1000, "type": "x"}  # fmt: skip
    track = {"id": spotify_id(1), "name": "Song", "artists": [{"name": "A"}, {"name": "B"}],
             "album": {"name": "Album", "release_date": "2001-02"}, "popularity": 3,
             "external_ids": {"isrc": "USRC17607839"}}  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps({"audio_features": [features, None]}))
    (tmp_path / "b.json").write_text(json.dumps({"tracks": [track]}))
    first, second = parts("spotify", tmp_path)
    good, nothing = first.records()
    assert (nothing.reason, nothing.problem) == (
        RejectReason.INVALID_ROW, "null: the API had nothing",
    )  # fmt: skip
    assert numbers(read_entry(first, good.values)) == {
        "echonest_danceability": 0.5, "echonest_energy": 0.6, "echonest_loudness": -9.0,
        "key_mode": 0.0,
    }  # fmt: skip
    (record,) = second.records()
    entry = read_entry(second, record.values)
    assert entry.identifiers == [("spotify", spotify_id(1)), ("isrc", "USRC17607839")]
    assert entry.facts == {"title": "Song", "artist": "A; B", "album": "Album", "date": "2001-02"}


def test_spotify_averages_of_genres_are_no_tracks(tmp_path: Path) -> None:
    (path := tmp_path / "genres.csv").write_text("genres;acousticness;tempo\nabstract;0.4;100\n")
    with pytest.raises(InputError, match="averages of genres, not tracks"):
        parts("spotify", path)


# --- million song


def test_million_song_table_without_header(tmp_path: Path) -> None:
    names = ["artist.name", "artist.terms", "song.id", "song.tempo", "song.loudness", "song.title",
             "song.year", "song.key"]  # fmt: skip
    lines = ["Name,Music", f"Properties,Name,Type,Index,Description\n,{names[0]},string,True,x"]
    lines += [f",{name},float,,what it is" for name in names[1:]]
    (tmp_path / "music-meta.csv").write_text("\n".join(lines) + "\n")
    row = "Casual,hip hop,SOMZWCG12A8C13C480,92.198,-11.197,0,0,1.0\n"
    (tmp_path / "music-corgis.csv").write_text(row + row.replace("SOM", "som"))
    (part,) = parts("million_song", tmp_path)
    good, bad = part.records()
    entry = read_entry(part, good.values)
    assert entry.facts == {"artist": "Casual"}
    assert terms(entry, "genre") == {("hip hop", 0.5)}
    assert numbers(entry) == {
        "tempo_bpm": 92.198, "echonest_loudness": -11.197, "key_pitch_class": 1.0,
    }  # fmt: skip
    with pytest.raises(Unusable, match=r"song\.id='somZWCG12A8C13C480' is no identifier"):
        read_entry(part, bad.values)


# --- acousticbrainz


def _low_level(**rhythm: Any) -> dict[str, Any]:
    return {
        "lowlevel": {"dynamic_complexity": 3.0, "average_loudness": 0.9, "mfcc": {"mean": [1]}},
        "rhythm": {"bpm": 120.5, "danceability": 1.1, **rhythm},
        "tonal": {"key_key": "A#", "key_scale": "minor", "key_strength": 0.7},
        "metadata": {
            "audio_properties": {"length": 212.5},
            "tags": {"title": ["T"], "artist": ["A"], "genre": ["Rock"],
                     "musicbrainz_recordingid": [MBID]},
        },
    }  # fmt: skip


def test_acousticbrainz_documents_of_both_levels(tmp_path: Path) -> None:
    low = tmp_path / "low" / "03" / f"{MBID}-0.json"
    high = tmp_path / "highlevel" / f"{MBID}-0.json.gz"
    for path in (low, high):
        path.parent.mkdir(parents=True)
    low.write_text(json.dumps(_low_level()))
    model = {"all": {"acoustic": 0.25, "not_acoustic": 0.75}, "probability": 0.75}
    document = {"highlevel": {"mood_acoustic": model}, "metadata": {"tags": {}}}
    high.write_bytes(gzip.compress(json.dumps(document).encode()))
    (low.parent / "broken.json").write_text("{")
    first, second = parts("acousticbrainz", tmp_path)
    good, broken = first.records()
    entry = read_entry(first, good.values)
    assert entry.identifiers[0] == ("musicbrainz_recording", MBID)
    assert numbers(entry) == {
        "tempo_bpm": 120.5, "danceability": 1.1, "dynamic_complexity": 3.0,
        "essentia_average_loudness": 0.9, "essentia_key_strength": 0.7,
        "key_pitch_class": 10.0, "key_mode": 0.0,
    }  # fmt: skip
    assert entry.facts == {"title": "T", "artist": "A", "duration_s": 212.5}
    assert broken.reason is RejectReason.UNREADABLE
    assert "broken.json: no JSON" in broken.problem
    (record,) = second.records()
    found = read_entry(second, record.values)
    assert numbers(found) == {"acousticness": 0.25}
    assert found.identifiers == entry.identifiers


def test_acousticbrainz_bulk_answer(tmp_path: Path) -> None:
    (path := tmp_path / "bulk.json").write_text(
        json.dumps({MBID: {"0": _low_level(), "1": _low_level(bpm=0)}, "mbid_mapping": {}})
    )
    first, second = entries("acousticbrainz", path)
    assert "tempo_bpm" in first.metrics
    assert "tempo_bpm" not in second.metrics
    assert second.problems == []


# --- mtg-jamendo


def test_mtg_jamendo_ragged_tags(tmp_path: Path) -> None:
    (path := tmp_path / "autotagging_genre.tsv").write_text(
        "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS\n"
        "track_0000773\tartist_000104\talbum_000126\t73/773.mp3\t275.3\tgenre---punk\tgenre---rock\n"
        "track_0000774\tartist_000104\talbum_000126\t74/774.mp3\t12.0\tmoods---x\n"
        "track_0000775\tartist_000104\n"
    )
    (tmp_path / "tag_map.json").write_text(json.dumps({"genre": {"punk": "punkrock"}}))
    (part,) = parts("mtg_jamendo", path)
    first, second, third = part.records()
    entry = read_entry(part, first.values)
    assert {name for name, _ in terms(entry, "genre")} == {"punk rock", "rock"}
    assert entry.placeholders == {"artist", "album"}
    assert entry.paths == ["73/773.mp3", "73/773.low.mp3"]
    assert [r.spdx for r in entry.rights] == ["CC-BY-NC-SA-4.0"]
    assert "is no CATEGORY---TAG" in read_entry(part, second.values).problems[0]
    assert third.reason is RejectReason.INVALID_ROW


# --- musiccaps


def test_musiccaps_clip(tmp_path: Path) -> None:
    names = ["ytid", "start_s", "end_s", "audioset_positive_labels", "aspect_list", "caption"]
    aspects = "['low quality', 'mellow piano melody', 'sad', \"it's\"]"
    write_csv(tmp_path / "captions.csv", names,
              [["-0Gj8-vB1q4", 30, 40, "/m/04rlf", aspects, "A sad ballad."]])  # fmt: skip
    entry = only("musiccaps", tmp_path)
    assert entry.identifiers == [("youtube", "-0Gj8-vB1q4#t=30,40")]
    assert terms(entry, "description") == {("a sad ballad.", 1.0)}
    assert ("sad", 1.0) in terms(entry, "mood")
    assert ("piano", 0.5) in terms(entry, "instrument")
    assert ("it's", 1.0) in terms(entry, "other")
    assert [(r.layer, r.spdx) for r in entry.rights] == [("text", "CC-BY-SA-4.0")]


# --- hostile files


def test_hostile_tables(tmp_path: Path) -> None:
    (long := tmp_path / "long.csv").write_text("track_id,genre,title\n2,Rock," + "x" * (2 << 20))
    (part,) = parts("fma", long)
    with pytest.raises(InputError, match="line 2 is longer than"):
        list(part.records())
    (twice := tmp_path / "twice.csv").write_text("track_id,title,title,genre\n")
    with pytest.raises(InputError, match="title occurs more than once"):
        parts("fma", twice)
    (binary := tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 50)
    with pytest.raises(InputError):
        parts("fma", binary)
    (nul := tmp_path / "nul.csv").write_bytes(b"track_id,genre,title\n2,Rock,a\0b\xff\xfe\n")
    entry = only("fma", nul)
    assert "\0" not in entry.facts["title"]
    with pytest.raises(InputError, match="no such file"):
        parts("fma", tmp_path / "nothing")


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"track_id": NaN}', "", "[1, 2]", '{"a": {"0": 1e999}}', '"x"', "null"],
)
def test_hostile_json(tmp_path: Path, text: str) -> None:
    (path := tmp_path / "x.json").write_text(text)
    with pytest.raises(InputError):
        parts("fma", path)


def test_a_document_that_unpacks_to_more_than_the_limit_is_one_reject(tmp_path: Path) -> None:
    path = tmp_path / f"{MBID}-0.json.gz"
    path.write_bytes(gzip.compress(b" " * (20 << 20) + b"{}"))
    (tmp_path / "other.json").write_text(json.dumps(_low_level()))
    (part,) = parts("acousticbrainz", tmp_path)
    bomb, good = part.records()
    assert (bomb.reason, good.reason) == (RejectReason.UNREADABLE, None)
    assert "more than 16 MB" in bomb.problem


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("['a', 'b, c']", ["a", "b, c"]),
        ('["it\'s", 2]', ["it's", "2"]),
        ("[21, 5]", ["21", "5"]),
        ("[]", []),
        ("plain", ["plain"]),
        ("", []),
        (r"['it\'s']", ["it's"]),
        ("['unclosed", ["['unclosed"]),
    ],
)
def test_lists_as_python_and_json_write_them(text: str, found: list[str]) -> None:
    assert listed(text) == found


def test_a_set_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(ContractError, match="did you mean spotify"):
        metadata_set("spotfy")


def test_a_header_of_unreasonable_width_is_refused(tmp_path: Path) -> None:
    (path := tmp_path / "wide.csv").write_text("a," * 5_000 + "b\n")
    with pytest.raises(InputError, match="5001 columns"):
        delimited.header(path)
