"""The page of the mapping: before there is one, versions as the command lists them, the switch."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipelines.current_model import current_model
from pipelines.registry.ledger import event, read_ledger
from pipelines.train import TrainRequest, train
from schemas.operations import ModelRow, PromotionAction
from schemas.settings import Settings
from service import compose
from service.http.app import create_app
from service.http.shell.tokens import digest_of
from service.report import models
from service.report.page.curves import Point, course, shifts
from tests.service.test_runs_pages import sound, visitor
from tests.warehouse.catalogue import rows
from tests.warehouse.conftest import Rows
from warehouse.lake import RunStamp

EVIL = "<script>alert(1)</script>\u202e\x1b[31m"
GATE = {
    "old": "m1", "rows": 40, "note": "",
    "refused": [f"mean_r2: worse {EVIL}"],
    "figures": [{"name": "mean_r2"}],
}  # fmt: skip


def model(name: str, r2: float) -> ModelRow:
    metrics = {"mean": {"r2": r2, "crps_skill": r2 / 2, "coverage90": 0.9}}
    return ModelRow(
        model_id=name,
        kind="mapping",
        path="/nowhere",
        snapshot=3,
        encoder=f"onnx:{EVIL}",
        features=["energy"],
        metrics=json.dumps(metrics),
        manifest_hash="0" * 32,
        trained_tracks=77,
        code="0.1",
        config="{}",
        data=json.dumps({"rights": {"policy": "open"}}),
    )


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("mapping"))
    found: dict[str, list[Any]] = {
        "models": [model("20260101-m1", 0.4), model("20260102-m2", 0.1)],
        "promotions": [
            event(PromotionAction.PROMOTED, "20260101-m1", None, {"refused": []}),
            event(PromotionAction.REFUSED, "20260102-m2", "20260101-m1", GATE),
        ],
    }
    with compose.store(settings) as store:
        store.write(found, RunStamp("m", "models", "x"))
    return settings


@pytest.fixture(scope="module")
def client(settings: Settings) -> TestClient:
    return visitor(settings)


def test_before_there_is_a_mapping_the_starter_answers(tmp_path: Path) -> None:
    client = visitor(Settings(home=tmp_path))
    shown = client.get("/mapping")
    assert shown.status_code == 200
    assert "No mapping has been trained" in shown.text
    assert "wordtone train" in shown.text
    tried = client.get(
        "/mapping", params={"a": "starter", "b": "starter", "prompt": "house 120 BPM"}
    )
    assert tried.status_code == 200
    assert tried.text.count("120 BPM</td>") == 2
    assert "100 % in A, 100 % in B" in tried.text
    assert not list(tmp_path.iterdir())


def test_versions_are_those_of_the_command(client: TestClient, settings: Settings) -> None:
    text = client.get("/mapping").text
    sound(text)
    for row in models.listed(read_ledger(settings)):
        line = text[text.index(f'href="/mapping/versions/{row["model_id"]}"') :]
        for name in ("mean_r2", "crps_skill", "coverage90"):
            assert f'<td class="n">{row[name]:.3f}</td>' in line[: line.index("</tr>")]
    assert ">refused</td>" in text
    assert "20260101 0.400" not in text
    assert "m1 0.400" in text
    gone = client.get("/mapping/versions/20260102-m2").text
    sound(gone)
    assert "worse &lt;script&gt;" in gone
    assert "its files are gone" in gone


@pytest.mark.parametrize("path", ["", "/use"])
def test_a_version_that_is_none_is_a_page(client: TestClient, path: str) -> None:
    missing = client.get(f"/mapping/versions/%3Cscript%3Ealert(1)%3C/script%3E{path}")
    assert missing.status_code == 404
    missing = client.get(f"/mapping/versions/..%2F..{path}")
    assert missing.status_code == 404
    sound(client.get(f"/mapping/versions/{'x' * 5000}{path}").text)


def test_what_cannot_be_put_in_use_is_told(client: TestClient) -> None:
    done = client.post("/mapping/versions/20260102-m2/use", data={"note": ""})
    assert done.status_code == 422
    assert "its files are gone" in done.text
    back = client.post("/mapping/back", data={"note": ""})
    assert back.status_code == 422
    assert "no mapping to go back to" in back.text


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"a": "starter", "b": EVIL}, "no mapping"),
        ({"a": "../../etc", "b": "starter"}, "no mapping"),
        ({"a": "starter", "b": "starter", "prompt": "x" * 20_001}, "20,000"),
    ],
)
def test_a_wrong_comparison_is_told(client: TestClient, given: dict[str, str], says: str) -> None:
    shown = client.get("/mapping", params=given)
    assert shown.status_code == 422
    assert says in shown.text
    sound(shown.text)


def test_who_may_only_read_cannot_switch(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.toml"
    tokens.write_text(
        f'[reader]\nsha256 = "{digest_of("r").hex()}"\nscopes = ["read"]\n'
        f'[keeper]\nsha256 = "{digest_of("k").hex()}"\nscopes = ["read", "operate"]\n'
    )
    app = create_app(Settings(home=tmp_path / "home", tokens_file=str(tokens)))
    client = TestClient(app, follow_redirects=False)
    reader = {"Authorization": "Bearer r"}
    assert client.get("/mapping", headers=reader).status_code == 200
    for path in ("/mapping/versions/x/use", "/mapping/back"):
        assert client.post(path, data={"note": ""}, headers=reader).headers["location"] == "/login"
        assert client.get(path, headers=reader).headers["location"] == "/login"
        evil = {"Authorization": "Bearer k", "Origin": "https://evil.org"}
        assert client.post(path, data={"note": ""}, headers=evil).status_code == 403
    keeper = client.post("/mapping/back", data={"note": ""}, headers={"Authorization": "Bearer k"})
    assert keeper.status_code == 503  # there is no warehouse yet


def test_pictures_say_their_numbers() -> None:
    drawn = course("mean R²", [Point("a<b", 0.25), Point("c", -0.5, current=True)], 0.9)
    assert "a&lt;b 0.250; c -0.500, in use" in drawn
    xs = [float(x) for x in re.findall(r'cx="([\d.]+)"', drawn)]
    ys = [float(y) for y in re.findall(r'cy="([\d.]+)"', drawn)]
    assert xs[0] < xs[1]
    assert ys[0] < ys[1], "what is less lies lower"
    moved = shifts({"energy": [("jazz", 0.1), ("rock", -3.0)], "tempo": [("jazz", 0.0)]})
    places = [float(x) for x in re.findall(r'cx="([\d.]+)"', moved)]
    assert places[1] < places[2] < places[0]
    assert "energy 1.55 on average; tempo 0.00 on average" in moved


@pytest.mark.slow
def test_a_version_is_put_in_use_and_left_again(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    names = []
    for count, promote in ((60, True), (90, False)):
        with compose.store(settings) as store:
            store.write(rows(count, Rows(), tmp_path / "music"), RunStamp(f"r{count}", "x", "x"))
        names.append(train(settings, TrainRequest(seed=count, promote=promote)).path.name)
    old, new = names
    client = visitor(settings)
    shown = client.get("/mapping").text
    assert f">{old}</a>" in shown
    for title in ("What it can promise", "Calibration", "Worst prompts", "Lineage", "Who answers"):
        assert f">{title}</h2>" in shown
    asked = client.get(f"/mapping/versions/{new}/use")
    assert asked.status_code == 200
    assert "gated" in asked.text
    refused = 'name="force"' in asked.text
    forced = {"force": "yes", "note": "a test"} if refused else {"note": ""}
    if refused:
        assert client.post(f"/mapping/versions/{new}/use", data={"note": ""}).status_code == 409
        assert current_model(settings) == old
    assert client.post(f"/mapping/versions/{new}/use", data=forced).status_code == 303
    assert current_model(settings) == new
    assert f">{new}</a>" in client.get("/mapping").text
    beside = client.get("/mapping", params={"a": old, "b": new, "prompt": "techno"})
    assert beside.status_code == 200
    assert "How far answers moved" in beside.text
    assert "Figure by figure" in beside.text
    assert client.post("/mapping/back", data={"note": "as before"}).status_code == 303
    assert current_model(settings) == old
    assert "as before" in client.get(f"/mapping/versions/{new}").text
