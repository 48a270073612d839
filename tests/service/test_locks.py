"""What a feature must be is said on the command line and over HTTP as it is in Python."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from schemas.settings import Settings
from service.cli.condition import command
from service.http.app import create_app

WORDS = "slow house"


def test_a_lock_holds_and_the_rest_moves(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    free, locked = (
        json.loads(CliRunner().invoke(command, [WORDS, *more], obj=settings).output)
        for more in ([], ["--lock", "energy=0.2", "--lock", "tempo_bpm=104"])
    )
    for name, value in (("energy", 0.2), ("tempo_bpm", 104)):
        condition = locked["features"][name]
        assert (condition["value"], condition["lock"]) == (value, "hard")
    middles = [a["features"]["danceability"]["quantiles"]["p50"] for a in (free, locked)]
    assert middles[1] < middles[0], "what is that calm is less danceable"

    client = TestClient(create_app(settings))
    body = {"prompt": WORDS, "locks": {"energy": 0.2, "tempo_bpm": 104}, "samples": 3, "seed": 0}
    over_http = client.post("/v1/conditioning", json=body).json()
    assert over_http["features"] == locked["features"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("energy", "valid is FEATURE=NUMBER"),
        ("energy=much", "valid is FEATURE=NUMBER"),
        ("enrgy=0.5", "did you mean energy"),
        ("energy=7", "valid is 0 … 1"),
        ("energy=nan", "valid is 0 … 1"),
    ],
)
def test_locks_that_cannot_be_are_refused(tmp_path: Path, given: str, says: str) -> None:
    settings = Settings(home=tmp_path)
    done = CliRunner().invoke(command, [WORDS, "--lock", given], obj=settings)
    assert done.exit_code != 0
    assert says in done.output + str(done.exception)
    if says.startswith("valid is F"):
        return
    name, _, value = given.partition("=")
    if value != "nan":  # is no JSON
        body = {"prompt": WORDS, "locks": {name: float(value)}}
        wrong = TestClient(create_app(settings)).post("/v1/conditioning", json=body)
        assert wrong.status_code == 422
        assert says in wrong.json()["detail"]
