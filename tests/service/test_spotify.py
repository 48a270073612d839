"""The read API in the closed one's shape: a client written for that one, on our own files."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import spotipy
import uvicorn
from fastapi.testclient import TestClient

from generation.catalogue.rendering import render_catalogue
from pipelines.ingest import ingest
from schemas.settings import Settings
from service import compose
from service.http.app import create_app
from warehouse import queries

RANGES = {
    "danceability": (0, 1), "energy": (0, 1), "key": (-1, 11), "loudness": (-60, 0), "mode": (0, 1),
    "tempo": (30, 300), "time_signature": (3, 7), "duration_ms": (1, 10**8),
}  # fmt: skip
NULL_WITHOUT_A_MODEL = {"speechiness", "acousticness", "instrumentalness", "liveness", "valence"}
REST = {"type", "id", "uri", "track_href", "analysis_url"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    music = tmp_path_factory.mktemp("music")
    render_catalogue(music, 2, workers=1)
    found = Settings(home=tmp_path_factory.mktemp("home"), workers=1)
    ingest(found, [music])
    return found


@pytest.fixture(scope="module")
def ids(settings: Settings) -> list[str]:
    """The breakbeat first, which has beats and bars; the ambient one second."""
    with compose.open_lake(settings) as lake:
        rows = queries.tracks(lake, limit=10).to_pylist()
    return [row["track_id"] for row in sorted(rows, key=lambda r: r["title"])]


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[Any]:
    """spotipy against a real server: only its base URL and token are ours."""
    app = create_app(Settings(home=settings.home, token="secret"))  # noqa: S106
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    # The first analysis of a track is measured while the client waits; by default that is 5 s.
    spotify = spotipy.Spotify(auth="secret", retries=0, requests_timeout=120)
    spotify.prefix = f"http://127.0.0.1:{port}/v1/"
    yield spotify
    spotify._session.close()
    server.should_exit = True
    thread.join()


@pytest.mark.filterwarnings("ignore:You're using:DeprecationWarning")
def test_spotipy_reads_our_features(client: Any, ids: list[str]) -> None:
    unknown = "0" * 22
    first, second, none = client.audio_features([*ids, unknown])
    assert none is None
    assert [first["id"], second["id"]] == ids
    assert client.audio_features(ids[0]) == [first]
    assert set(first) == set(RANGES) | NULL_WITHOUT_A_MODEL | REST
    for name, (low, high) in RANGES.items():
        assert first[name] is None or low <= first[name] <= high, name
    assert {first[name] for name in NULL_WITHOUT_A_MODEL} == {None}
    assert first["type"] == "audio_features"
    assert first["track_href"].endswith(f"/v1/tracks/{ids[0]}")


@pytest.mark.filterwarnings("ignore:You're using:DeprecationWarning")
def test_spotipy_reads_our_analysis(client: Any, ids: list[str], settings: Settings) -> None:
    found = client.audio_analysis(ids[0])
    duration = found["track"]["duration"]
    for part in ("bars", "beats", "tatums", "sections", "segments"):
        assert found[part], part
        for this, following in zip(found[part], found[part][1:], strict=False):
            assert this["start"] + this["duration"] == pytest.approx(following["start"])
        last = found[part][-1]
        assert last["start"] + last["duration"] == pytest.approx(duration, abs=0.05)
    assert len(found["tatums"]) == 2 * len(found["beats"])
    assert len(found["segments"]) > len(found["beats"]) / 2
    assert found["segments"][0]["start"] == 0
    for segment in found["segments"]:
        assert len(segment["pitches"]) == len(segment["timbre"]) == 12
        assert segment["loudness_max"] >= max(segment["loudness_start"], segment["loudness_end"])
        assert 0 <= segment["loudness_max_time"] <= segment["duration"]
    assert client.audio_analysis(ids[0])["segments"] == found["segments"], "kept"
    with compose.open_lake(settings) as lake:
        values = queries.track_values(lake, ids[0])
    assert values is not None
    assert found["track"]["tempo"] == values["tempo_bpm"]
    assert found["track"]["loudness"] == pytest.approx(values["loudness_lufs"])


@pytest.mark.filterwarnings("ignore:You're using:DeprecationWarning")
def test_what_is_wrong_reaches_the_client(client: Any, settings: Settings) -> None:
    with pytest.raises(spotipy.SpotifyException) as missing:
        client.audio_analysis("0" * 22)
    assert missing.value.http_status == 404
    stranger = spotipy.Spotify(auth="guess", retries=0)
    stranger.prefix = client.prefix
    with pytest.raises(spotipy.SpotifyException) as refused:
        stranger.audio_features(["0" * 22])
    assert refused.value.http_status == 401
    stranger._session.close()
    plain = TestClient(create_app(settings))
    assert plain.get("/v1/audio-features", params={"ids": ",".join("a" * 101)}).status_code == 400
    assert plain.get("/v1/audio-features").status_code == 422


def test_search_likeness_and_sql_by_http(settings: Settings, ids: list[str]) -> None:
    client = TestClient(create_app(settings))
    hits = client.get("/v1/search", params={"q": "ambient pads", "limit": 5}).json()
    assert {hit["track_id"] for hit in hits} <= set(ids)
    assert hits
    near = client.get(f"/v1/similar/{ids[0]}").json()
    assert [row["track_id"] for row in near["tracks"]] == [ids[1]]
    odd = client.get("/v1/search", params={"q": "x", "where": "tempo>fast"})
    assert odd.status_code == 422
    counted = client.post("/v1/query", json={"sql": "SELECT count(*) AS n FROM music"}).json()
    assert counted["rows"] == [{"n": 2}]
    for sql in ("SELECT * FROM read_csv('/etc/passwd')", "DROP TABLE tracks"):
        assert client.post("/v1/query", json={"sql": sql}).status_code == 400
