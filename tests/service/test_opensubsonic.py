"""OpenSubsonic's sonic similarity, by its published contract: envelope, codes, keys, and songs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from schemas.catalogue import TrackRow
from schemas.settings import Settings
from service.http.app import create_app
from service.http.shell.tokens import digest_of
from service.opensubsonic import NAMESPACE
from tests.warehouse.catalogue import rows, track_id
from tests.warehouse.conftest import Rows
from warehouse.lake import RunStamp
from warehouse.location import Location
from warehouse.store import Store

SONG = {"id", "isDir", "title"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("home")
    tables = rows(60, Rows(), found)
    odd = TrackRow(track_id="odd", title='A <b> & "c" \x01', artist="Déjà")
    with Store(Location.from_settings(Settings(home=found))) as store:
        tables |= {"tracks": [*tables["tracks"], odd]}
        store.write(tables, RunStamp("run-1", "ingest", "a test"))
    return found


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=home))) as client:
        yield client


def asked(client: TestClient, method: str, **given: Any) -> dict[str, Any]:
    answer = client.get(f"/rest/{method}", params={"f": "json", **given})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()["subsonic-response"]
    assert found["version"] == "1.16.1"
    assert found["type"] == "wordtone"
    assert found["openSubsonic"] is True
    assert found["serverVersion"]
    return found


def failed(client: TestClient, method: str, **given: Any) -> int:
    found = asked(client, method, **given)
    assert found["status"] == "failed"
    assert found["error"]["message"]
    return int(found["error"]["code"])


def test_ping_and_extensions(client: TestClient) -> None:
    for method in ("ping", "ping.view"):
        assert asked(client, method)["status"] == "ok"
    listed = asked(client, "getOpenSubsonicExtensions", u="demo", p="x")["openSubsonicExtensions"]
    assert {one["name"]: one["versions"] for one in listed} == {
        "apiKeyAuthentication": [1], "formPost": [1], "sonicSimilarity": [1]
    }  # fmt: skip


def test_similar_tracks_are_songs_the_nearest_first(client: TestClient) -> None:
    found = asked(client, "getSonicSimilarTracks.view", id=track_id(0), count=5)["sonicMatch"]
    assert len(found) == 5
    scores = [one["similarity"] for one in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    near = client.get(f"/v1/similar/{track_id(0)}", params={"limit": 60}).json()["tracks"]
    of_features = sorted(near, key=lambda one: one["features"])
    assert {one["entry"]["id"] for one in found} & {one["track_id"] for one in of_features[:8]}
    for one in found:
        assert set(one["entry"]) >= SONG
        assert one["entry"]["isDir"] is False
        assert all(isinstance(one["entry"][name], str) for name in ("id", "title"))
    assert len(asked(client, "getSonicSimilarTracks", id=track_id(0))["sonicMatch"]) == 10
    assert asked(client, "getSonicSimilarTracks", id=track_id(0), count=0)["sonicMatch"] == []


def test_a_path_leads_from_one_song_to_the_other(client: TestClient) -> None:
    ends = {"startSongId": track_id(0), "endSongId": track_id(1)}
    path = asked(client, "findSonicPath", **ends, count=6)["sonicMatch"]
    ids = [one["entry"]["id"] for one in path]
    assert (ids[0], ids[-1]) == (track_id(0), track_id(1))
    assert len(ids) == len(set(ids)) <= 6
    assert path[0]["similarity"] == 1
    assert min(one["similarity"] for one in path) == path[-1]["similarity"]
    short = asked(client, "findSonicPath", **ends, count=2)["sonicMatch"]
    assert [one["entry"]["id"] for one in short] == [track_id(0), track_id(1)]


def test_a_form_is_as_good_as_a_query(client: TestClient) -> None:
    given = {"id": track_id(0), "count": "3", "f": "json"}
    posted = client.post("/rest/getSonicSimilarTracks.view", data=given).json()
    assert posted["subsonic-response"] == asked(
        client, "getSonicSimilarTracks", id=track_id(0), count=3
    )


def test_xml_says_the_same(client: TestClient) -> None:
    answer = client.get("/rest/getSonicSimilarTracks", params={"id": track_id(0), "count": 3})
    assert answer.headers["content-type"] == "application/xml"
    root = ElementTree.fromstring(answer.content)  # noqa: S314  our own
    assert root.tag == f"{{{NAMESPACE}}}subsonic-response"
    assert root.attrib["status"] == "ok"
    assert root.attrib["openSubsonic"] == "true"
    matches = root.findall(f"{{{NAMESPACE}}}sonicMatch")
    told = asked(client, "getSonicSimilarTracks", id=track_id(0), count=3)["sonicMatch"]
    assert [float(one.attrib["similarity"]) for one in matches] == [o["similarity"] for o in told]
    assert [one[0].attrib["id"] for one in matches] == [one["entry"]["id"] for one in told]


def test_what_no_xml_can_hold_is_replaced(client: TestClient) -> None:
    from service.opensubsonic import child, enveloped

    song = child("odd", {"title": 'A <b> & "c" \x01', "uri": "file:///x/y.FLAC"})
    root = ElementTree.fromstring(enveloped({"entry": song}, "xml").body)  # noqa: S314
    assert root[0].attrib["title"] == 'A <b> & "c" \ufffd'
    assert root[0].attrib["suffix"] == "flac"
    assert json.loads(enveloped({"x": "\ud800"}, "json").body)


@pytest.mark.parametrize(
    ("method", "given", "code"),
    [
        ("getSonicSimilarTracks", {}, 10),
        ("getSonicSimilarTracks", {"id": ""}, 10),
        ("getSonicSimilarTracks", {"id": "nope"}, 70),
        ("getSonicSimilarTracks", {"id": "../../etc"}, 70),
        ("getSonicSimilarTracks", {"id": "x" * 5000}, 70),
        ("getSonicSimilarTracks", {"id": "odd", "count": "-1"}, 0),
        ("getSonicSimilarTracks", {"id": "odd", "count": "501"}, 0),
        ("getSonicSimilarTracks", {"id": "odd", "count": "٣"}, 0),
        ("findSonicPath", {"startSongId": "odd"}, 10),
        ("findSonicPath", {"startSongId": "nope", "endSongId": "odd"}, 70),
        ("findSonicPath", {"startSongId": "odd", "endSongId": "odd"}, 70),
        ("findSonicPath", {"startSongId": "a", "endSongId": "b", "count": "1"}, 0),
    ],
)
def test_errors_have_the_codes_of_the_contract(
    client: TestClient, method: str, given: dict[str, str], code: int
) -> None:
    assert failed(client, method, **given) == code


def test_no_script_is_ever_given(client: TestClient) -> None:
    answer = client.get("/rest/ping", params={"f": "jsonp", "callback": "alert"})
    assert answer.headers["content-type"] == "application/xml"
    assert "alert" not in answer.text


def test_who_is_let_in(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "tokens.toml"
    file.write_text(
        "".join(
            f'[{name}]\nsha256 = "{digest_of(name).hex()}"\nscopes = ["{scope}"]\n'
            for name, scope in (("reader", "read"), ("maker", "generate"))
        )
    )
    client = TestClient(create_app(Settings(home=home, tokens_file=str(file))))
    assert asked(client, "getOpenSubsonicExtensions")["status"] == "ok"
    for given, code in (
        ({}, 10),
        ({"u": "reader", "p": "reader"}, 42),
        ({"u": "reader", "t": "0" * 32, "s": "abcdef"}, 41),
        ({"u": "reader", "apiKey": "reader"}, 43),
        ({"apiKey": "guess"}, 44),
        ({"apiKey": "maker"}, 50),
    ):
        assert failed(client, "ping", **given) == code, given
    assert asked(client, "ping", apiKey="reader")["status"] == "ok"
    assert asked(client, "tokenInfo", apiKey="reader")["tokenInfo"] == {"username": "reader"}
    bearer = client.get("/rest/ping?f=json", headers={"Authorization": "Bearer reader"})
    assert bearer.json()["subsonic-response"]["status"] == "ok"


def test_without_a_warehouse_it_says_so(tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(home=tmp_path)))
    assert failed(client, "getSonicSimilarTracks", id="x") == 0


def test_a_track_without_features_is_one_in_the_closed_shape_too(client: TestClient) -> None:
    found = client.get("/v1/audio-features/odd").json()
    assert (found["id"], found["key"], found["tempo"], found["energy"]) == ("odd", -1, None, None)
    several = client.get("/v1/audio-features", params={"ids": f"odd,nope,{track_id(0)},odd"})
    ids = [one and one["id"] for one in several.json()["audio_features"]]
    assert ids == ["odd", None, track_id(0), "odd"]
    analysis = client.get("/v1/audio-analysis/odd").json()
    assert [analysis[part] for part in ("bars", "beats", "tatums", "sections")] == [[]] * 4
