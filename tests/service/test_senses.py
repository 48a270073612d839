"""The sense of an ambiguous word is chosen from the command line and over HTTP alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fastapi.testclient import TestClient

from schemas.settings import Settings
from service.cli.condition import command
from service.http.app import create_app


def condition(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, ["dark house", *arguments], obj=Settings(home=home))


def middle(answer: dict[str, Any], feature: str) -> float:
    return float(answer["features"][feature]["quantiles"]["p50"])


def test_the_command_line_takes_senses(tmp_path: Path) -> None:
    answers = {
        sense: json.loads(
            condition(tmp_path, *(["--sense", f"dark={sense}"] if sense else [])).output
        )
        for sense in ("", "timbre", "mood")
    }
    assert [a["senses"][0]["chosen"] for a in answers.values()] == [None, "timbre", "mood"]
    assert middle(answers["timbre"], "brightness_hz") < middle(answers["mood"], "brightness_hz")
    assert middle(answers["mood"], "valence") < middle(answers["timbre"], "valence")
    table = condition(tmp_path, "--format", "table").output
    assert "dark: timbre 35% (brightness_hz" in table
    assert "--sense WORD=SENSE" in table


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("dark", "valid is WORD=SENSE"),
        ("slow=tempo", "senses: 'slow'"),
        ("dark=x", "timbre, mood, bass"),
    ],
)
def test_senses_that_cannot_be_are_refused(tmp_path: Path, given: str, says: str) -> None:
    done = condition(tmp_path, "--sense", given)
    assert done.exit_code != 0
    assert says in done.output + str(done.exception)


def test_http_takes_senses(tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(home=tmp_path)))
    answers = {}
    for sense in ("timbre", "mood"):
        body = {"prompt": "dark house", "senses": {"dark": sense}}
        answers[sense] = client.post("/v1/conditioning", json=body).json()
        assert answers[sense]["senses"][0]["chosen"] == sense
    assert middle(answers["timbre"], "brightness_hz") < middle(answers["mood"], "brightness_hz")
    wrong = client.post("/v1/conditioning", json={"prompt": "x", "senses": {"dark": "loud"}})
    assert wrong.status_code == 422
    assert "valid is timbre, mood, bass" in wrong.json()["detail"]
