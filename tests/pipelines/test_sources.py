"""Everything that can be listed, through a whole ingest: taken once, known again, never lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.ingest import IngestReport, ingest
from pipelines.sources.fetching import Remotes
from pipelines.sources.listing import Source
from pipelines.sources.manifest import Mapped, open_manifest
from schemas.errors import InputError
from schemas.operations import RunState
from schemas.outcomes import Outcome
from schemas.settings import Settings
from tests.pipelines.conftest import write_loop
from tests.servers import ObjectStore
from tests.sources.midi import midi
from tests.sources.web import Web, serving
from warehouse.lake import Lake
from warehouse.location import Location

ACCEPTED, UNCHANGED, REJECTED = Outcome.ACCEPTED, Outcome.UNCHANGED, Outcome.REJECTED


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as running:
        yield running


def rows(settings: Settings, sql: str) -> list[dict[str, Any]]:
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        return list(lake.query(sql).to_pylist())


def run(settings: Settings, *sources: str | Path | Source) -> IngestReport:
    report = ingest(settings, sources)
    assert report.counts.total() + report.left == report.discovered
    assert not report.audits, report.audits
    assert not list(settings.staging_path.rglob("spool*")), "no copy of a remote is left"
    return report


def loop(tmp_path: Path, number: int, suffix: str = ".flac") -> bytes:
    path = write_loop(tmp_path / f"loop{suffix}", 100 + 10 * number, 200 + 20 * number, 3.0)
    return path.read_bytes()


def manifest(path: Path, settings: Settings, *mapped: str) -> Source:
    return open_manifest(path, Mapped.parse(mapped), Remotes.from_settings(settings))


def test_a_manifest_of_files_and_addresses(settings: Settings, tmp_path: Path, web: Web) -> None:
    settings = replace(settings, http_allow=web.allow)
    write_loop(tmp_path / "songs" / "a.flac", 100, 200, 3.0)
    first = web.put("/b.flac", loop(tmp_path, 1), ETag='"1"')
    plain = web.put("/c.flac", loop(tmp_path, 2))  # no version: its bytes are compared
    path = tmp_path / "list.csv"
    head = "uri,name,style,terms\nsongs/a.flac,Song A,Jazz,CC-BY-4.0\n"
    tail = f"{plain},Song C,,\n{web.url('/gone.flac')},x,,\nsongs/none.flac,x,,\n{first},again,,\n"
    path.write_text(f"{head}{first},Song B,Techno,\n{tail}")
    mapped = ("title=name", "genre=style", "license=terms")

    report = run(settings, manifest(path, settings, *mapped))
    assert report.counts == {ACCEPTED: 3, REJECTED: 3}
    assert (report.discovered, report.fetched) == (6, 2)
    found = {row["title"]: row for row in rows(settings, "FROM music")}
    assert set(found) == {"Song A", "Song B", "Song C"}
    assert found["Song B"]["uri"] == first
    (spdx,) = rows(settings, "SELECT spdx FROM rights WHERE source = 'manifest:terms'")
    assert spdx == {"spdx": "CC-BY-4.0"}
    genres = rows(settings, "SELECT term FROM tags WHERE source = 'manifest:style' ORDER BY ALL")
    assert genres == [{"term": "jazz"}, {"term": "techno"}]
    stored = {row["uri"]: row for row in rows(settings, "FROM files")}
    assert stored[first]["version"] == 'etag:"1"'
    assert stored[first]["size"] == len(web.files["/b.flac"][0])
    reasons = {(r["uri"].rpartition("/")[2], r["reason"]) for r in rows(settings, "FROM rejects")}
    assert reasons == {
        ("list.csv#6", "repeated_uri"),
        ("none.flac", "unreadable"),
        ("gone.flac", "unreadable"),
    }

    measured = rows(settings, "SELECT max(recorded_at) AS at FROM features_timbre")
    web.files.pop("/c.flac")  # and the row with it, so that the repeated one has another number
    head = head.replace("Jazz", "Swing")
    path.write_text(f"{head}{first},Song B2,Techno,\n{tail.partition(chr(10))[2]}")
    changed = run(settings, manifest(path, settings, *mapped))
    assert changed.counts == {ACCEPTED: 2, UNCHANGED: 2, REJECTED: 1}
    assert changed.vanished == 1
    assert rows(settings, "SELECT max(recorded_at) AS at FROM features_timbre") == measured
    genres = rows(settings, "SELECT term FROM tags WHERE source = 'manifest:style' ORDER BY ALL")
    assert genres == [{"term": "swing"}, {"term": "techno"}]
    durations = rows(settings, "SELECT title, duration_s FROM tracks WHERE title LIKE '%B%'")
    assert durations == [{"title": "Song B2", "duration_s": pytest.approx(3.0, abs=0.01)}]
    open_rejects = rows(settings, "SELECT uri FROM rejects WHERE NOT resolved AND uri LIKE '%#%'")
    assert [row["uri"] for row in open_rejects] == [f"{path}#5"]

    fetched = web.seen["GET", "/b.flac"]
    again = run(settings, manifest(path, settings, *mapped))
    assert (again.state, again.counts) == (RunState.NOTHING_TO_DO, {UNCHANGED: 5})
    assert web.seen["GET", "/b.flac"] == fetched, "a version says that nothing has changed"


@pytest.mark.slow
def test_an_address_and_a_remote_out_of_reach(settings: Settings, tmp_path: Path, web: Web) -> None:
    settings = replace(settings, http_allow=web.allow, max_download_mb=1)
    url = web.put("/song.flac", loop(tmp_path, 3), ETag='"1"')
    assert run(settings, url).counts == {ACCEPTED: 1}
    web.down = True
    with pytest.raises(InputError, match="503"):
        ingest(settings, [url])
    path = tmp_path / "list.jsonl"
    path.write_text(json.dumps({"uri": url}))
    lost = run(settings, manifest(path, settings))
    assert (lost.counts, lost.vanished) == ({REJECTED: 1}, 0)
    (file,) = rows(settings, f"SELECT state, track_id FROM files WHERE uri = '{url}'")
    assert file["state"] == "present"
    assert web.seen["GET", "/song.flac"] == 1

    web.down = False
    web.put("/song.flac", loop(tmp_path, 4), ETag='"2"')
    endless = web.url("/endless/x")
    path.write_text(json.dumps({"uri": url}) + "\n" + json.dumps({"uri": endless}))
    assert run(settings, manifest(path, settings)).counts == {ACCEPTED: 1, REJECTED: 1}
    (changed,) = rows(settings, f"SELECT version, track_id FROM files WHERE uri = '{url}'")
    assert changed["version"] == 'etag:"2"'
    assert changed["track_id"] != file["track_id"], "other audio is another track"
    (reject,) = rows(settings, "SELECT uri, reason FROM rejects WHERE NOT resolved")
    assert reject == {"uri": endless, "reason": "too_large"}


@pytest.mark.parametrize(
    "source",
    [
        *("http://127.0.0.1/x.ogg", "http://169.254.169.254/x", "https://u:p@example.org/x"),
        *("ftp://example.org/x", "s3://", "s3://user@host/x", "s3://bucket/../x"),
    ],
)
def test_sources_that_are_refused(settings: Settings, source: str) -> None:
    with pytest.raises(InputError):
        ingest(settings, [source])


@pytest.mark.slow
def test_scores_beside_audio_and_alone(settings: Settings, tmp_path: Path) -> None:
    music = tmp_path / "music"
    path = write_loop(music / "song.flac", 100, 200, 3.0)
    midi(music / "song.mid", "Not the title", "© 2001 Jane Doe. CC BY 4.0")
    midi(music / "Nocturne.mid", "", "© 1901 Someone", pitch=62)
    (music / "broken.mid").write_bytes(b"MThd broken")
    (music / "song.musicxml").write_text("<html/>")

    report = run(settings, music)
    assert report.counts == {ACCEPTED: 2, REJECTED: 1}, "a score beside audio is no input"
    tracks = {row["title"]: row for row in rows(settings, "FROM tracks")}
    nocturne = tracks["Nocturne"]
    assert (nocturne["origin"], nocturne["duration_s"]) == ("score", None)
    (song,) = rows(settings, f"SELECT track_id FROM files WHERE uri = '{path}'")
    scores = {row["track_id"]: row for row in rows(settings, "FROM scores")}
    assert scores[song["track_id"]]["source"] == "beside:song.mid"
    assert scores[nocturne["track_id"]]["source"] == "file:Nocturne.mid"
    assert {row["format"] for row in scores.values()} == {"midi"}
    layers = {r["track_id"]: r for r in rows(settings, "FROM rights")}
    assert {row["layer"] for row in layers.values()} == {"composition"}
    assert layers[song["track_id"]]["spdx"] == "CC-BY-4.0"
    reasons = {Path(r["uri"]).name: r["reason"] for r in rows(settings, "FROM rejects")}
    assert reasons == {"broken.mid": "undecodable", "song.musicxml": "undecodable"}

    measured = rows(settings, "SELECT max(recorded_at) AS at FROM features_timbre")
    (music / "song.musicxml").unlink()
    midi(music / "song.mid", "", "© 2001 Jane Doe", pitch=64)
    (music / "Nocturne.json").write_text('{"title": "From the sidecar", "genre": "Dub"}')
    listed = tmp_path / "list.csv"
    listed.write_text(f"uri,style\n{path},Ska\n")
    report = run(settings, music, manifest(listed, settings, "genre=style"))
    assert report.counts == {ACCEPTED: 2, UNCHANGED: 1}
    assert rows(settings, "SELECT max(recorded_at) AS at FROM features_timbre") == measured
    changed = {row["track_id"]: row for row in rows(settings, "FROM scores")}
    hashes = {row[song["track_id"]]["file_hash"] for row in (scores, changed)}
    assert len(hashes) == 2
    genres = {row["term"] for row in rows(settings, "SELECT term FROM tags WHERE kind = 'genre'")}
    assert genres == {"dub", "ska"}
    again = run(settings, music)
    assert again.state is RunState.NOTHING_TO_DO, "a listing that knows less takes nothing away"


@pytest.mark.slow
def test_a_prefix_and_a_warehouse_on_an_object_store(
    settings: Settings, tmp_path: Path, store_environ: ObjectStore
) -> None:
    store = store_environ
    store.put("warehouse-test/x", b"")
    settings = replace(settings, home=tmp_path / "remote", storage="s3://warehouse-test/lake")
    for number, key in enumerate(("a/one.flac", "a/two", "b/three.flac")):
        store.put(f"ingest-test/{key}", loop(tmp_path, 20 + number))
    store.put("ingest-test/a/one.json", b'{"title": "One", "license": "CC0-1.0"}')
    store.put("ingest-test/a/one.mid", midi(tmp_path / "x.mid", "", "© Jane").read_bytes())
    store.put("ingest-test/b/metadata.csv", b"file,artist\nthree.flac,Jane Doe\n")
    store.put("ingest-test/b/empty.ogg", b"")
    store.put("ingest-test/b/cover.png", b"fLaC")
    store.put("ingest-test/.trash/x.flac", b"x")
    source = "s3://ingest-test/"

    report = run(settings, source)
    assert report.counts == {ACCEPTED: 3, REJECTED: 1}
    files = {row["uri"]: row for row in rows(settings, "FROM files")}
    one = files["s3://ingest-test/a/one.flac"]
    assert one["version"].startswith("etag:")
    found = {row["uri"]: row for row in rows(settings, "FROM music")}
    assert found["s3://ingest-test/a/one.flac"]["title"] == "One"
    assert found["s3://ingest-test/b/three.flac"]["artist"] == "Jane Doe"
    (score,) = rows(settings, "FROM scores")
    assert (score["uri"], score["track_id"]) == ("s3://ingest-test/a/one.mid", one["track_id"])
    assert len(rows(settings, "SELECT track_id FROM track_features WHERE tempo_bpm > 0")) == 3
    assert any(path.endswith(".parquet") for path in store.paths("warehouse-test/lake"))

    store.put("ingest-test/b/three.flac", loop(tmp_path, 30))
    store.remove("ingest-test/a/two")
    changed = run(settings, source)
    assert (changed.counts, changed.vanished) == ({ACCEPTED: 1, UNCHANGED: 2}, 1)
    assert changed.fetched == 1
    with pytest.raises(InputError, match="nothing is there"):
        ingest(settings, ["s3://ingest-test/nothing"])
    listed = tmp_path / "list.csv"
    listed.write_text("uri\ns3://ingest-test/a/one.flac\ns3://ingest-test/none.flac\n")
    listing = manifest(listed, settings).list({})
    assert [file.uri for file in listing.files] == ["s3://ingest-test/a/one.flac"]
    assert [problem.uri for problem in listing.problems] == ["s3://ingest-test/none.flac"]
