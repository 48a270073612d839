"""The pages of the tracks without JavaScript, the map and the sound over HTTP; hostile titles,
addresses, files and ids."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
import soundfile
from fastapi.testclient import TestClient

from schemas.analysis import BeatsRow, SectionRow
from schemas.catalogue import FileRow, RightsRow, TagRow, TrackRow
from schemas.features import group_version
from schemas.outcomes import FeatureStatus, FileState
from schemas.rights import RightsLayer
from schemas.settings import Settings
from schemas.tables import TABLES
from service import compose
from service.http.app import create_app
from warehouse.lake import RunStamp

EVIL = '</title><script>alert(1)</script>"><img src=x onerror=alert(1)>\u202e'
COUNT = 60
GENRES = ("techno", "jazz", "folk")


def track_id(number: int) -> str:
    return f"t{number:021d}"


def _row(table: str, track: str, **values: float) -> object:
    return TABLES[table].row(
        track_id=track,
        group_version=group_version(table.removeprefix("features_")),
        extractor="wordtone",
        status=FeatureStatus.COMPLETE,
        null_reasons="{}",
        **values,
    )


def _file(path: Path, number: int) -> FileRow:
    facts = path.stat()
    return FileRow(
        uri=str(path), size=facts.st_size, mtime_ns=facts.st_mtime_ns, track_id=track_id(number),
        state=FileState.PRESENT, source=str(path.parent),
    )  # fmt: skip


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of tracks in three groups: techno is fast and loud, jazz and folk are not."""
    home = tmp_path_factory.mktemp("catalogue")
    random = np.random.default_rng(5)
    ids = [track_id(i) for i in range(COUNT)]
    tones = (np.sin(np.arange(2 * 22_050) * 0.06) * 0.5).astype(np.float32)
    for name in ("tone.wav", "tone.aiff"):
        soundfile.write(home / name, tones, 22_050)
    batches: dict[str, list[object]] = {
        "tracks": [
            TrackRow(
                track_id=track, title=EVIL if i == 0 else f"Song {i}", artist=f"Artist {i % 7}",
                duration_s=2.0, codec="pcm_s16le", audio_hash=f"{i:032x}",
            )
            for i, track in enumerate(ids)
        ],
        "files": [_file(home / "tone.wav", 0), _file(home / "tone.aiff", 1)],
        "tags": [
            TagRow(track_id=track, term=GENRES[i % 3], kind="genre", source="id3", raw="x")
            for i, track in enumerate(ids)
        ],
        "rights": [
            RightsRow(track_id=ids[0], layer=RightsLayer.RECORDING, source="id3", raw="CC0-1.0",
                      spdx="CC0-1.0", evidence="<b>TCOP</b>"),
        ],
        "features_rhythm": [
            _row("features_rhythm", t, tempo_bpm=(140, 90, 100)[i % 3] + random.normal(0, 2),
                 onset_rate_hz=(8, 4, 2)[i % 3] + random.normal(0, 0.2))
            for i, t in enumerate(ids[:-1])
        ],
        "features_loudness": [
            _row("features_loudness", t,
                 loudness_lufs=(-7, -16, -20)[i % 3] + random.normal(0, 0.5),
                 energy=(0.9, 0.4, 0.2)[i % 3])
            for i, t in enumerate(ids[:-1])
        ],
        "beats": [BeatsRow(track_id=ids[0], beat_count=3, times_s=[0.1, 0.6, 1.1], downbeats=[1])],
        "sections": [
            SectionRow(track_id=ids[0], index=0, start_s=0, end_s=1.5, label="A", energy=0.25),
            SectionRow(track_id=ids[0], index=1, start_s=1.5, end_s=2, label="B",
                       key_pitch_class=9, key_mode=0),
        ],
    }  # fmt: skip
    with compose.store(Settings(home=home)) as store:
        store.write(batches, RunStamp("run-1", "ingest", "a test's commit"))
    return home


@pytest.fixture(scope="module")
def client(catalogue: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=catalogue)), follow_redirects=False) as client:
        yield client


def test_map_and_table_show_the_same_selection(client: TestClient) -> None:
    page = client.get("/catalogue?tag=genre%3Dtechno&sort=-tempo_bpm").text
    assert re.search(r">20</span>\s*of 60\s*tracks", page)
    rows = re.findall(r'data-track="(\w+)"', page)
    assert len(rows) == 20
    assert all(int(row[1:]) % 3 == 0 for row in rows)
    shown = client.get("/v1/map?tag=genre%3Dtechno").json()
    assert {p["track_id"] for p in shown["points"] if p["chosen"]} == set(rows)
    assert shown["chosen"] == 20
    # The last track has no features: it is listed, and has no place.
    assert len(shown["points"]) == COUNT - 1
    assert page.count('<path class="point') - len(GENRES) == COUNT - 1


def test_what_is_alike_is_near_on_the_map(client: TestClient) -> None:
    shown = client.get("/v1/map").json()
    assert shown["method"] in ("principal", "neighbours")
    assert shown["trustworthiness"] > 0.8
    groups: dict[int, list[tuple[float, float]]] = {}
    for point in shown["points"]:
        groups.setdefault(point["group"], []).append((point["x"], point["y"]))
    centres = {group: np.mean(places, axis=0) for group, places in groups.items()}
    for group, places in groups.items():
        for place in places:
            nearest = min(centres, key=lambda g: float(np.hypot(*(centres[g] - place))))
            assert nearest == group


def test_pages_and_orders(client: TestClient) -> None:
    seen: list[str] = []
    for number in (1, 2):
        page = client.get(f"/catalogue?sort=-tempo_bpm&page={number}").text
        seen += re.findall(r'data-track="(\w+)"', page)
    assert len(seen) == len(set(seen)) == COUNT
    assert seen[-1] == track_id(COUNT - 1), "what has no tempo comes last"
    assert int(seen[0][1:]) % 3 == 0
    up = client.get("/catalogue?sort=tempo_bpm").text
    assert re.findall(r'data-track="(\w+)"', up)[0] == seen[-2]
    assert 'aria-sort="ascending"' in up


def test_the_form_becomes_an_address_that_says_it(client: TestClient) -> None:
    sent = client.get(
        "/catalogue?q=&with=without&term=jazz&feature=energy&low=0.3&high=&licence=&tag=techno"
    )
    assert sent.status_code == 303
    assert sent.headers["location"] == ("/catalogue?where=energy%3D0.3..&tag=techno&not_tag=jazz")
    page = client.get(sent.headers["location"]).text
    assert "without jazz" in page
    assert re.search(r">20</span>\s*of 60", page)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("where=enrgy>0.5", "did you mean energy?"),
        ("where=energy>7", "0 … 1"),
        ("sort=uri;drop", "sort"),
        ("columns=password", "columns"),
        ("page=0", "page"),
        ("page=99999999999999999999", "page"),
        ("box=0,0,nan,1", "box"),
        ("box=1,1,0,0", "box"),
        ("colour=red", "colour"),
        ("mark=../../etc", "mark"),
        ("nonsense=1", "no such field"),
        ("tag=kind%3Dx", "no kind"),
        ("q=" + "x" * 600, "too long"),
        ("tag=a%00b", "too long"),
    ],
)
def test_a_wrong_address_is_said(client: TestClient, query: str, says: str) -> None:
    page = client.get(f"/catalogue?{query}")
    assert page.status_code == 422
    alert = re.search(r'role="alert">([^<]*)<', page.text)
    assert alert, page.text
    assert says in alert[1].replace("&#39;", "'")


def test_text_from_outside_is_text(client: TestClient) -> None:
    for path in (
        "/catalogue",
        f"/catalogue?tag={quote(EVIL)}",
        f"/tracks/{track_id(0)}",
        f"/tracks/{track_id(0)}/similar",
        f"/sql?sql={quote(EVIL)}",
    ):
        page = client.get(path).text
        assert "<script>" not in page, path
        assert "<img" not in page, path
        # What turns the direction of text about stays where it was typed, or alone in its box.
        boxed = r'<bdi>.*?</bdi>|value="[^"]*"|<textarea.*?</textarea>|data-sql="[^"]*"'
        assert "\u202e" not in re.sub(boxed, "", page, flags=re.DOTALL), path
    assert "style=" not in page
    assert "&lt;b&gt;TCOP" in client.get(f"/tracks/{track_id(0)}").text


@pytest.mark.parametrize("odd", ["nothing", "a" * 5000, "%00", "%27%3B--", "..%2f..%2fetc"])
def test_no_such_track(client: TestClient, odd: str) -> None:
    for path in (f"/tracks/{odd}", f"/tracks/{odd}/similar", f"/v1/tracks/{odd}/audio"):
        assert client.get(path).status_code == 404, path


def test_a_page_of_a_track_says_all(client: TestClient) -> None:
    page = client.get(f"/tracks/{track_id(0)}").text
    for said in (" BPM", "techno", "CC0-1.0", "A minor", "<audio", "0.90", "2 sections"):
        assert said in page, said
    bare = client.get(f"/tracks/{track_id(COUNT - 1)}").text
    assert "No features yet" in bare
    assert "cannot be played" in bare
    assert "<audio" not in bare


@pytest.mark.slow
def test_the_waveform_comes_with_one_click_and_stays(client: TestClient) -> None:
    path = f"/tracks/{track_id(0)}"
    before = client.get(path).text
    assert 'class="wave" d=""' in before
    assert f'href="{path}/waveform"' in before
    page = client.get(f"{path}/waveform").text
    drawn = re.search(r'class="wave" d="(M[^"]+)"', page)
    assert drawn, re.findall(r"waveform cannot[^<]*", page)
    heights = [float(y) for y in re.findall(r",([\d.]+)", drawn[1])]
    assert min(heights) == pytest.approx(2, abs=0.5)
    assert max(heights) == pytest.approx(98, abs=0.5)
    assert drawn[1] in client.get(path).text


def test_sound_comes_in_ranges_as_it_is(client: TestClient, catalogue: Path) -> None:
    path = f"/v1/tracks/{track_id(0)}/audio"
    whole = client.get(path)
    assert whole.headers["content-type"] == "audio/wav"
    assert whole.content == (catalogue / "tone.wav").read_bytes()
    part = client.get(path, headers={"Range": "bytes=100-199"})
    assert part.status_code == 206
    assert part.content == whole.content[100:200]
    beyond = client.get(path, headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{len(whole.content)}"
    assert beyond.json()["status"] == 416
    for odd in (
        "bytes=abc",
        "bytes=9-1",
        "lines=0-1",
        "bytes=" + ",".join(["0-1"] * 50),
        "bytes=-",
    ):
        assert client.get(path, headers={"Range": odd}).content == whole.content, odd
    assert client.get(path, headers={"Range": "bytes=-10"}).content == whole.content[-10:]
    both = client.get(path, headers={"Range": "bytes=0-3, 8-11"})
    assert both.headers["content-type"].startswith("multipart/byteranges")


@pytest.mark.slow
def test_what_browsers_cannot_decode_is_copied(client: TestClient, catalogue: Path) -> None:
    copy = client.get(f"/v1/tracks/{track_id(1)}/audio")
    assert copy.headers["content-type"] == "audio/wav"
    heard, rate = soundfile.read(io.BytesIO(copy.content))
    truth, _ = soundfile.read(catalogue / "tone.aiff")
    assert rate == 22_050
    np.testing.assert_allclose(heard, truth, atol=1e-4)
    assert len(list((catalogue / "cache" / "audio").iterdir())) == 1


def test_a_file_that_is_not_the_one_that_was_taken_in_is_not_served(
    catalogue: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(catalogue, home)
    file = tmp_path / "tone.wav"
    shutil.copy2(catalogue / "tone.wav", file)
    with compose.store(Settings(home=home)) as store:
        there = _file(file, 2)
        afar = FileRow(uri="https://example.org/a.wav", size=1, mtime_ns=0, track_id=track_id(3),
                       state=FileState.PRESENT, source="https://example.org")  # fmt: skip
        store.write({"files": [there, afar]}, RunStamp("run-2", "ingest", "more files"))
    with TestClient(create_app(Settings(home=home))) as client:
        path = f"/v1/tracks/{track_id(2)}/audio"
        assert client.get(path).status_code == 200
        os.utime(file, ns=(1, 1))
        assert "has changed" in client.get(path).json()["detail"]
        file.unlink()
        assert "not there any more" in client.get(path).json()["detail"]
        os.mkfifo(file)
        assert "not a regular file" in client.get(path).json()["detail"]
        afar_path = f"/v1/tracks/{track_id(3)}/audio"
        assert "not on this machine" in client.get(afar_path).json()["detail"]
        assert "not a regular file" in client.get(f"/tracks/{track_id(2)}").text


@pytest.mark.slow
def test_a_correction_counts_until_it_is_taken_back(catalogue: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(catalogue, home)
    with TestClient(create_app(Settings(home=home)), follow_redirects=False) as client:
        path = f"/tracks/{track_id(0)}"
        sent = {"do": "correct", "feature": "tempo_bpm", "value": "70", "note": "<i>half</i>"}
        sent["author"] = "Ada"
        assert client.post(f"{path}/correct", data=sent).status_code == 303
        page = client.get(path).text
        assert "70 BPM" in page
        assert "&lt;i&gt;half" in page
        assert client.post(f"{path}/correct", data={**sent, "value": "7000"}).status_code == 422
        wrong = client.post(f"{path}/correct", data={**sent, "note": " "})
        assert "no note" in wrong.text
        assert 'value="Ada"' in wrong.text, "what was typed is kept"
        gone = {"do": "withdraw", "feature": "tempo_bpm", "author": "Ada"}
        back = client.post(f"{path}/correct", data=gone)
        assert back.status_code == 303
        assert "70 BPM" not in client.get(path).text
        assert "taken back" in client.get(path).text
        evil = {"Origin": "https://evil.org"}
        assert client.post(f"{path}/correct", data=sent, headers=evil).status_code == 403


@pytest.mark.slow
def test_words_and_licences_of_a_person_are_added_and_taken_back(
    catalogue: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(catalogue, home)
    with TestClient(create_app(Settings(home=home)), follow_redirects=False) as client:
        path = f"/tracks/{track_id(2)}"

        def post(**fields: str) -> str:
            answer = client.post(f"{path}/correct", data={"author": "Ada", **fields})
            assert answer.status_code in (303, 422)
            return answer.text

        assert not post(do="say", kind="genre", term="Drum & Bass", note="heard")
        assert not post(do="state", layer="recording", licence="CC-BY-4.0", note="her site")
        page = client.get(path).text
        assert "drum and bass" in page
        assert "person:Ada" in page
        assert re.search("May</b>\\s*be used to train", page)
        table = client.get("/catalogue?tag=genre%3Ddrum+and+bass&licence=CC-BY-4.0").text
        assert re.findall(r'data-track="(\w+)"', table) == [track_id(2)]
        taken = {"kind": "genre", "term": "drum and bass", "source": "person:Ada"}
        assert not post(do="unsay", **taken)
        assert "has no" in post(do="unsay", **taken)
        assert not post(do="unstate", layer="recording", source="person:Ada")
        page = client.get(path).text
        assert "drum and bass" not in page.replace('placeholder="', "")
        assert "May not</b>" in page
        mine = {"kind": "genre", "term": "folk", "source": "id3"}
        assert "only what a person has said" in post(do="unsay", **mine)
        assert "folk" in client.get(path).text
        for wrong in (
            {"do": "drop"}, {"do": "say", "kind": "artist", "term": "x", "note": "x"},
            {"do": "say", "kind": "genre", "term": " ", "note": "x"},
            {"do": "state", "layer": "soul", "licence": "x", "note": "x"},
            {"do": "state", "layer": "text", "licence": "x", "note": ""},
        ):  # fmt: skip
            assert 'role="alert"' in post(**wrong), wrong


@pytest.mark.slow
def test_a_correction_over_http(catalogue: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(catalogue, home)
    with TestClient(create_app(Settings(home=home))) as client:
        path = f"/v1/tracks/{track_id(0)}"
        question = {"values": {"tempo_bpm": 70, "key": "C minor"}, "note": "heard", "author": "Ada"}
        assert client.post(f"{path}/overrides", json=question).json()["snapshot"] > 0
        assert client.get(path).json()["features"]["tempo_bpm"]["source"] == "override"
        assert len(client.get(f"{path}/overrides").json()) == 3
        for wrong, says in (
            ({**question, "values": {"tempo": 1}}, "tempo_bpm"),
            ({**question, "values": {"energy": "nan"}}, "0 … 1"),
            ({**question, "note": "", "why": "x"}, "why"),
            ({**question, "values": {"mfcc_mean": 1}}, "single value"),
        ):
            refused = client.post(f"{path}/overrides", json=wrong)
            assert refused.status_code == 422
            assert says in refused.json()["detail"]
        assert client.delete(f"{path}/overrides/tempo_bpm?author=Ada").status_code == 200
        assert client.delete(f"{path}/overrides/tempo_bpm?author=Ada").status_code == 422
        assert client.get(path).json()["features"]["tempo_bpm"]["source"] == "wordtone"
        odd = client.post("/v1/tracks/nothing/overrides", json=question)
        assert "no track" in odd.json()["detail"]


@pytest.mark.slow
def test_similar_tracks_say_why(client: TestClient) -> None:
    page = client.get(f"/tracks/{track_id(0)}/similar").text
    found = [int(n) % 3 for n in re.findall(r'<li><div.*?href="/tracks/t(\d+)"', page)]
    assert len(found) == 12
    assert found == [0] * 12
    assert "both: techno" in page
    assert "(here" in page


def test_an_export_is_the_selection(client: TestClient) -> None:
    answer = client.get("/catalogue/export?tag=techno&sort=title&format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 20
    assert {row["track_id"] for row in rows} == {track_id(i) for i in range(0, COUNT, 3)}
    assert float(rows[0]["tempo_bpm"]) > 130
    assert client.get("/catalogue/export?format=parquet").content[:4] == b"PAR1"
    assert client.get("/catalogue/export?format=exe").status_code == 422


@pytest.mark.slow
def test_sql_runs_in_the_sandbox_and_is_drawn(client: TestClient) -> None:
    sql = (
        "SELECT term, avg(tempo_bpm) AS bpm FROM text_metadata JOIN track_features "
        "USING (track_id) GROUP BY term ORDER BY bpm DESC"
    )
    page = client.post("/sql", data={"sql": sql}).text
    widths = [float(w) for w in re.findall(r'class="bar" x="0.0%" width="([\d.]+)%"', page)]
    assert widths[0] == 100
    assert len(widths) == 3
    assert "3</span> rows" in page
    points = client.post("/sql", data={"sql": "SELECT energy, tempo_bpm FROM track_features"}).text
    assert points.count('class="dot"') == COUNT - 1
    downloaded = client.post("/sql/download", data={"sql": "SELECT 1 AS a", "format": "json"})
    assert downloaded.json() == [{"a": 1}]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("", "no statement"),
        ("SELECT", "without selection list"),
        ("SELECT frob FROM music", "frob"),
        ("DROP TABLE tracks", "SELECT"),
        ("SELECT * FROM read_csv('/etc/passwd')", "read_csv"),
        ("SELECT 1; SELECT 2", "statement"),
    ],
)
def test_sql_that_cannot_run_is_said(client: TestClient, sql: str, says: str) -> None:
    page = client.post("/sql", data={"sql": sql})
    assert page.status_code == 400
    alert = re.search(r'role="alert">.*?<pre[^>]*>(.*?)</pre>', page.text, re.DOTALL)
    assert alert
    assert says in alert[1]


def test_scopes(catalogue: Path, tmp_path: Path) -> None:
    import hashlib

    tokens = tmp_path / "tokens.toml"
    digest = hashlib.sha256(b"reader").hexdigest()
    tokens.write_text(f'[reader]\nsha256 = "{digest}"\nscopes = ["read"]\n')
    app = create_app(Settings(home=catalogue, tokens_file=str(tokens)))
    with TestClient(app, follow_redirects=False) as client:
        for path in ("/catalogue", f"/tracks/{track_id(0)}", "/sql"):
            assert client.get(path).headers["location"].startswith("/login")
        assert client.get("/v1/map").status_code == 401
        assert client.get(f"/v1/tracks/{track_id(0)}/audio").status_code == 401
        client.headers["Authorization"] = "Bearer reader"
        assert client.get("/catalogue").status_code == 200
        assert client.get("/sql").headers["location"].startswith("/login")
        corrected = client.post(f"/tracks/{track_id(0)}/correct", data={"feature": "energy"})
        assert corrected.headers["location"].startswith("/login")


def test_where_there_is_no_warehouse_a_page_says_so(tmp_path: Path) -> None:
    with TestClient(create_app(Settings(home=tmp_path))) as client:
        for path in ("/catalogue", "/tracks/x", "/sql"):
            page = client.get(path)
            assert page.status_code == 404
            assert "wordtone ingest" in page.text


@pytest.mark.slow
def test_an_empty_catalogue_and_one_without_features(tmp_path: Path) -> None:
    from pipelines.catalogue_map import make_layout

    settings = Settings(home=tmp_path)
    compose.store(settings).write({"tracks": []}, RunStamp("r", "i", "m"))
    with TestClient(create_app(settings)) as client:
        assert "The catalogue is empty" in client.get("/catalogue?colour=energy").text
        assert client.get("/v1/map").json()["points"] == []
        with compose.store(settings) as store:
            bare = [TrackRow(track_id="t1", title="One")]
            store.write({"tracks": bare}, RunStamp("r", "i", "m"))
        for path in ("/catalogue", "/tracks/t1", "/tracks/t1/similar"):
            assert client.get(path).status_code == 200, path
        assert client.get("/v1/map").json()["points"] == []
    with compose.open_lake(settings) as lake:
        assert make_layout(settings, lake, print).ids == ()


def test_a_kept_lake_shows_what_was_written_since(catalogue: Path, tmp_path: Path) -> None:
    from service.browsing.lakes import Lakes

    home = tmp_path / "home"
    shutil.copytree(catalogue, home)
    settings = Settings(home=home)
    lakes = Lakes(settings)

    def titles() -> set[str]:
        with lakes.newest() as lake:
            return set(lake.query("SELECT title FROM tracks")["title"].to_pylist())

    assert "New" not in titles()
    with lakes.newest() as first:
        pass
    with lakes.newest() as again:
        assert again is first, "it is kept between requests"
    with compose.store(settings) as store:
        store.write({"tracks": [TrackRow(track_id="new", title="New")]}, RunStamp("r", "i", "m"))
    assert "New" in titles()
    lakes.close()


@pytest.mark.slow
def test_until_the_next_map_is_made_the_last_is_shown(catalogue: Path, tmp_path: Path) -> None:
    from pipelines.catalogue_map import best_map, make_layout

    home = tmp_path / "home"
    shutil.copytree(catalogue, home)
    settings = Settings(home=home)
    with compose.open_lake(settings) as lake:
        made = make_layout(settings, lake, print)
        assert best_map(settings, lake)[1]
    with compose.store(settings) as store:
        more = _row("features_loudness", track_id(COUNT - 1), loudness_lufs=-9.0, energy=0.5)
        store.write({"features_loudness": [more]}, RunStamp("r", "i", "m"))
    with compose.open_lake(settings) as lake:
        shown, meant = best_map(settings, lake)
        assert not meant
        np.testing.assert_array_equal(shown.xy, made.xy)
        assert shown.ids == made.ids


@pytest.mark.slow
def test_the_examples_run(client: TestClient) -> None:
    from service.web.catalogue.sql import EXAMPLES

    for title, sql in EXAMPLES:
        answer = client.post("/v1/query", json={"sql": sql})
        assert answer.status_code == 200, (title, answer.text)
        json.loads(answer.text)
