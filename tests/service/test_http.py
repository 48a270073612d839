"""The HTTP application: starts without a mapping, says what is missing as problem JSON."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from schemas.settings import Settings
from service.http.app import create_app


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return TestClient(create_app(Settings(home=tmp_path)))


def test_health(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"prompt": "jazz", "tempo": 120}, 422, "tempo"),
        ({"prompt": "x" * 20_001}, 422, "prompt"),
        ({}, 422, "prompt"),
        ({"prompt": "jazz", "bpm": 900}, 422, "30 … 300"),
    ],
)
def test_problems(client: TestClient, body: dict[str, object], status: int, says: str) -> None:
    answer = client.post("/v1/conditioning", json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]


def test_before_anything_is_trained_the_starter_answers(client: TestClient) -> None:
    answer = client.post("/v1/conditioning", json={"prompt": "UK garage with trumpets"}).json()
    assert answer["model"]["model_id"].startswith("starter-")
    assert answer["prior_share"] == 1
    assert answer["styles"][0]["id"] == "uk-garage"
    assert 128 <= answer["features"]["tempo_bpm"]["value"] <= 136
    assert any("the starter answers" in warning for warning in answer["warnings"])


def test_unknown_path_and_method_are_problems_too(client: TestClient) -> None:
    for answer in (client.get("/v1/nothing"), client.get("/v1/conditioning")):
        assert answer.status_code in (404, 405)
        assert answer.json()["status"] == answer.status_code


def test_no_warehouse_is_said(client: TestClient) -> None:
    answer = client.get("/v1/tracks")
    assert answer.status_code == 503
    assert "wordtone ingest" in answer.json()["detail"]


def test_large_bodies_are_refused(client: TestClient) -> None:
    answer = client.post("/v1/conditioning", content=b"x" * 300_000)
    assert answer.status_code == 413


def test_token(tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(home=tmp_path, token="secret")))  # noqa: S106
    assert client.get("/healthz").status_code == 200
    assert client.get("/v1/schema").status_code == 401
    wrong = client.get("/v1/schema", headers={"Authorization": "Bearer secre"})
    assert wrong.status_code == 401
    right = client.get("/v1/schema", headers={"Authorization": "Bearer secret"})
    documents = {
        "ConditioningRequest", "ConditioningVector", "GenerationResult", "Refinement",
        "Explanation", "Guidance", "AnalysisReport", "EngineManifest", "Transcription",
    }  # fmt: skip
    assert set(right.json()) == documents
