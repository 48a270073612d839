"""`wordtone models`, and what a training does with the registry, from a catalogue to a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.current_model import current_model
from pipelines.registry.ledger import read_ledger
from pipelines.train import TrainRequest, train
from schemas.settings import Settings
from service import compose
from service.cli.report import write_mapping_page
from service.report import models
from tests.warehouse.catalogue import rows
from tests.warehouse.conftest import Rows
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location

from .conftest import Run


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["models"], 1, "wordtone ingest"),
        (["models", "show", "x"], 1, "wordtone ingest"),
        (["models", "promote", "x", "--force"], 2, "--force and --note go together"),
        (["models", "promote", "x", "--note", "y"], 2, "--force and --note go together"),
        (["models", "rolback"], 2, "No such command"),
    ],
)
def test_what_cannot_be_done_is_said(
    wordtone: Run, arguments: list[str], code: int, says: str
) -> None:
    done = wordtone(*arguments)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)
    assert says in done.stderr


def test_an_empty_registry(wordtone: Run, tmp_path: Path) -> None:
    Lake.open(Location.from_settings(Settings(home=tmp_path / "home"))).close()
    assert "run `wordtone train`" in wordtone("models").stdout
    assert json.loads(wordtone("models", "--format", "json").stdout) == []
    assert "no mapping to go back to" in wordtone("models", "rollback").stderr
    promoted = wordtone("models", "promote", "2026")
    assert (promoted.returncode, "no such model" in promoted.stderr) == (2, True)


@pytest.mark.slow
def test_training_promotes_what_is_no_worse(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    names = []
    for count, seed, promote in ((60, 0, True), (90, 1, True), (90, 2, False)):
        with compose.store(settings) as store:
            found = rows(count, Rows(), tmp_path / "music")
            store.write(found, RunStamp(f"r{count}", "ingest", "a test"))
        trained = train(settings, TrainRequest(seed=seed, promote=promote))
        names.append(trained.path.name)
        lines = models.promotion_lines(trained.promotion)
        assert lines[0].startswith(("in use: ", "not promoted"))
    ledger = read_ledger(settings)
    third, second, first = (ledger.entry(name).row for name in reversed(names))
    assert (first["parent"], second["parent"]) == (None, names[0])
    assert third["parent"] == current_model(settings)
    assert (first["trained_tracks"], second["trained_tracks"]) == (48, 72)
    assert json.loads(second["data"])["rights"]["policy"] == "open"
    assert json.loads(second["config"])["seed"] == 1
    assert ledger.entry(names[2]).state == "waiting"
    event = ledger.entry(names[1]).events[0]
    gate = json.loads(event["gate"])
    assert gate["rows"] == 48  # of 72 tracks, those that the first had too
    assert {figure["name"] for figure in gate["figures"]} >= {
        "mean_r2", "crps_skill", "coverage90_off", "caption_direction",
    }  # fmt: skip
    out = tmp_path / "page.html"
    assert names[2] in write_mapping_page(settings, out, names[2][:15])
    assert "Worst prompts" in out.read_text()
