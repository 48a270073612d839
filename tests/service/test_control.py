"""Refine, explain and guidance as a person and a program meet them; the starter answers here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mapping.encoder import load_encoder
from mapping.model import Mapping
from schemas.answers import ConditioningVector
from schemas.control import Explanation, Refinement
from schemas.settings import Settings
from service import operations
from service.http.app import create_app
from service.report.control import explanation_report, most_moved, refinement_report
from service.report.waterfall import page, waterfall
from tests.service.conftest import Run


@pytest.fixture(scope="module")
def starter() -> Mapping:
    return Mapping.starter(load_encoder())


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return TestClient(create_app(Settings(home=tmp_path)))


def test_refine_on_the_command_line(wordtone: Run, tmp_path: Path) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    first.write_text(wordtone("condition", "dark ambient").stdout)
    done = wordtone(
        "refine", str(first), "faster, not brighter", "--lock", "key", "--out", str(second)
    )
    assert done.returncode == 0, done.stderr
    assert "asked: faster" in done.stdout
    assert "locked      brightness_hz, key" in done.stdout
    before, after = (ConditioningVector.model_validate_json(p.read_text()) for p in (first, second))
    assert after.features["brightness_hz"] == before.features["brightness_hz"]
    assert after.key == before.key
    again = wordtone("refine", str(second), "much sadder", "--format", "json")
    found = Refinement.model_validate_json(again.stdout)
    assert found.changes[0].feature == "valence"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "no conditioning vector"),
        ('{"prompt": {"text": "x"}}', "no conditioning vector (vector: Field required)"),
        ("[" * 5000, "no conditioning vector"),
    ],
)
def test_what_is_no_vector_is_refused(
    wordtone: Run, tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    done = wordtone("refine", str(path), "darker")
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_explain_on_the_command_line(wordtone: Run, tmp_path: Path) -> None:
    plot = tmp_path / "why.svg"
    done = wordtone("explain", "dark ambient at 72 BPM", "--plot", str(plot), "--format", "json")
    assert done.returncode == 0, done.stderr
    found = Explanation.model_validate_json(done.stdout)
    assert found.predicted["tempo_bpm"] == 72
    assert plot.read_text().startswith("<svg")
    wrong = wordtone("explain", "x", "--plot", "why.gif")
    assert wrong.returncode == 2
    assert "valid is a name in .svg or .html" in wrong.stderr


def test_guidance_on_the_command_line(wordtone: Run) -> None:
    done = wordtone("condition", "dark house", "--guidance")
    both = json.loads(done.stdout)
    assert set(both) == {"vector", "guidance"}
    assert both["guidance"]["rephrasings"]
    table = wordtone("condition", "dark house", "--guidance", "--format", "table")
    assert "\ntry " in table.stdout
    wrong = wordtone("condition", "x", "--side", "Bowie")
    assert wrong.returncode == 2
    assert "valid is NAME=NUMBER" in wrong.stderr


def test_over_http(client: TestClient) -> None:
    vector = client.post("/v1/conditioning", json={"prompt": "dark ambient"}).json()
    asked = {"vector": vector, "words": "darker, not slower", "locks": ["key"]}
    answer = client.post("/v1/refine", json=asked)
    assert answer.status_code == 200
    assert answer.json()["locked"] == ["key", "tempo_bpm"]
    assert answer.json()["vector"]["features"]["tempo_bpm"] == vector["features"]["tempo_bpm"]
    wrong = client.post("/v1/refine", json=asked | {"locks": ["tempo"]})
    assert wrong.status_code == 422
    assert "did you mean tempo_bpm?" in wrong.json()["detail"]
    explained = client.post("/v1/explain", json={"prompt": "dark ambient", "bpm": 72}).json()
    total = explained["base"]["tempo_bpm"] + sum(
        phrase["effects"]["tempo_bpm"] for phrase in explained["phrases"]
    )
    assert total == pytest.approx(72)
    guided = client.post("/v1/guidance", json={"prompt": "dark house"}).json()
    assert guided["rephrasings"]
    assert client.post("/v1/explain", json={"prompt": "  "}).status_code == 422


def test_a_name_of_the_references_file(tmp_path: Path) -> None:
    names = tmp_path / "names.toml"
    names.write_text('[references."Aunt Vera"]\nfeatures = {energy = [0.9, 1.0]}\n')
    settings = Settings(home=tmp_path, references_file=str(names))
    from mapping.reading.wishes import Options

    found = operations.condition(settings, "like Aunt Vera", Options())
    assert found.references[0].name == "Aunt Vera"
    energy = found.features["energy"].value
    assert energy is not None
    assert energy > 0.8
    client = TestClient(create_app(Settings(home=tmp_path, references="refuse")))
    refused = client.post("/v1/conditioning", json={"prompt": "a song like Zorbnax"})
    assert refused.status_code == 422
    assert "references to names are refused here" in refused.json()["detail"]
    broken = Settings(home=tmp_path, references_file=str(tmp_path / "none.toml"))
    answer = TestClient(create_app(broken)).post("/v1/conditioning", json={"prompt": "jazz"})
    assert answer.status_code == 422
    assert "none.toml: cannot be read" in answer.json()["detail"]


def test_the_picture_escapes_and_adds_up(starter: Mapping) -> None:
    found = starter.explain("slow <script>\"&' ambient\x1b[31m at 72 BPM")
    for text in (waterfall(found, most_moved(found)), page(found, most_moved(found))):
        assert "<script" not in text
        assert "\x1b" not in text
        assert "http-equiv" in text or text.startswith("<svg")
    assert waterfall(found, ["tempo_bpm"]).count("<rect ") == 1 + len(found.phrases)
    report = explanation_report(found)
    assert "without “" in report
    assert "\x1b" not in report


def test_the_diff_is_shown(starter: Mapping) -> None:
    first = starter.condition("dark ambient")
    found = starter.refine(first, "faster with [red]trumpets, in C minor")
    text = refinement_report(found)
    assert "asked: faster" in text
    assert "key: open → C minor" in text
    assert "instruments: trumpet present" in text
