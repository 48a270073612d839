"""Reviews by HTTP: what is left, what is said, that saying it again changes nothing, findings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from generation.around.candidates import create
from generation.around.describing import describe
from generation.around.keeping import keep
from pipelines.generations import record_generations
from schemas.settings import Settings
from service.http.app import create_app
from service.http.shell.tokens import digest_of
from tests.generation.around.playing import MANIFEST, Playing, request
from tests.warehouse.blank import blank
from warehouse.location import Location
from warehouse.store import Store

FOUND = {"tempo_bpm": 120.0, "key_pitch_class": 0.0, "key_mode": 1.0, "loudness_lufs": -14.0}
MISSING = "20200101T000000000000-00000000"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with two pieces."""
    settings = Settings(home=tmp_path_factory.mktemp("reviewed"))
    blank(Location.from_settings(settings))
    results = []
    for bpm in (120.0, 90.0):
        asked = request(bpm=bpm, duration_s=1.0)
        piece = create(Playing(seconds=1.0), asked, lambda _: FOUND)
        told = describe(MANIFEST, asked, piece, "wordtone 0")
        results.append(keep(settings.generations_path, piece, told).result)
    with Store(Location.from_settings(settings)) as store:
        record_generations(store, results, flow="generate")
    return settings


@pytest.fixture(scope="module")
def client(made: Settings) -> TestClient:
    return TestClient(create_app(made))


@pytest.fixture(scope="module")
def pieces(client: TestClient) -> list[str]:
    return [one["generation_id"] for one in client.get("/v1/generations").json()]


def left(client: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/v1/reviews/unreviewed").json()
    return found


def test_a_listener_judges_and_findings_follow(client: TestClient, pieces: list[str]) -> None:
    assert [one["generation_id"] for one in left(client)] == pieces
    assert "engine" not in left(client)[0], "judged blind"
    assert "tempo_bpm" in left(client)[0]["asked"]
    said = {
        "generation_id": pieces[0],
        "reviewer": "Ann",
        "rating": 0.75,
        "feature": "energy",
        "heard": "right",
        "note": "<b>fine</b>",
    }
    first = client.post("/v1/reviews", json=said).json()
    again = client.post("/v1/reviews", json=said).json()
    assert (first["changed"], again["changed"]) == (True, False)
    assert first["review_id"] == again["review_id"]
    other = client.post("/v1/reviews", json=said | {"rating": 0.5}).json()
    assert (other["changed"], other["review_id"]) == (True, first["review_id"])
    assert [one["generation_id"] for one in left(client)] == pieces[1:]
    pair = {"winner": pieces[0], "loser": pieces[1], "reviewer": "Ann"}
    chosen = client.post("/v1/reviews/comparisons", json=pair).json()
    turned = client.post(
        "/v1/reviews/comparisons",
        json={"winner": pieces[1], "loser": pieces[0], "reviewer": "Ann", "tied": True},
    ).json()
    assert turned == {"review_id": chosen["review_id"], "changed": True}
    assert left(client) == []
    found = client.get("/v1/reviews/findings").json()
    assert (found["pieces"], found["unreviewed"], found["listeners"]) == (2, 0, ["Ann"])
    assert found["comparisons"][0]["criterion"] == "overall"


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("reviews", {}, 422, "generation_id"),
        ("reviews", {"generation_id": "HERE"}, 422, "nothing is said"),
        ("reviews", {"generation_id": MISSING, "rating": 1}, 404, "there is none"),
        ("reviews", {"generation_id": "../x", "rating": 1}, 404, "no id"),
        ("reviews", {"generation_id": "HERE", "rating": 4}, 422, "less than or equal to 1"),
        ("reviews", {"generation_id": "HERE", "heard": "right"}, 422, "of which feature"),
        ("reviews", {"generation_id": "HERE", "heard": "loud", "feature": "energy"}, 422, "heard"),
        ("reviews", {"generation_id": "HERE", "heard": "right", "feature": "x"}, 422, "feature"),
        ("reviews", {"generation_id": "HERE", "note": "x" * 2001}, 422, "note"),
        ("reviews", {"generation_id": "HERE", "rating": 1, "reviewer": " "}, 422, "reviewer"),
        ("reviews", {"generation_id": "HERE", "rating": 1, "stars": 5}, 422, "stars"),
        ("reviews/comparisons", {"winner": "HERE", "loser": "HERE"}, 422, "same piece"),
        ("reviews/comparisons", {"winner": "HERE", "loser": MISSING}, 404, "there is none"),
        ("reviews/comparisons", {"winner": "HERE"}, 422, "loser"),
    ],
)
def test_what_cannot_be_said(
    client: TestClient, pieces: list[str], path: str, body: dict[str, Any], status: int, says: str
) -> None:
    body = {name: pieces[0] if value == "HERE" else value for name, value in body.items()}
    answer = client.post(f"/v1/{path}", json=body)
    assert answer.status_code == status, answer.text
    assert says in answer.json()["detail"]


def test_a_listener_is_the_token_where_no_name_is_given(
    made: Settings, pieces: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "tokens.toml"
    file.write_text(f'[radio]\nsha256 = "{digest_of("x").hex()}"\nscopes = ["review"]\n')
    client = TestClient(create_app(Settings(home=made.home, tokens_file=str(file))))
    bearer = {"Authorization": "Bearer x"}
    said = {"generation_id": pieces[0], "rating": 1}
    assert client.post("/v1/reviews", json=said).status_code == 401
    assert client.post("/v1/reviews", json=said, headers=bearer).status_code == 200
    found = client.get("/v1/reviews/findings", headers=bearer).json()
    assert "radio" in found["listeners"]
    assert client.get("/v1/tracks", headers=bearer).status_code == 403
