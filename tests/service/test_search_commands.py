"""search, similar and export as commands: what they print, and how they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from schemas.errors import ContractError, InputError
from schemas.settings import Settings
from service import compose
from service.cli.main import cli
from tests.warehouse.catalogue import rows, track_id
from tests.warehouse.conftest import Rows
from warehouse.lake import RunStamp

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a command on a catalogue of 24 tracks; errors are raised."""
    home = tmp_path_factory.mktemp("home")
    with compose.store(Settings(home=home)) as store:
        store.write(rows(24, Rows(), home), RunStamp("r", "ingest", "a test's commit"))

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(
            cli, arguments, env={"WORDTONE_HOME": str(home)}, catch_exceptions=False
        )

    return invoke


def test_search(run: Run) -> None:
    first = run("search", "dark ambient drone", "--limit", "3")
    assert first.exit_code == 0
    assert "indexing words" in first.stderr
    assert "Piece 1 – Artist 1" in first.stdout
    assert "words: ambient, dark, drone" in first.stdout
    assert all(len(line) <= 80 for line in first.stdout.splitlines())
    second = run("search", "angry", "--where", "tempo_bpm>=160", "--tag", "genre=heavy metal",
                 "--format", "jsonl")  # fmt: skip
    assert second.stderr == ""  # the index is there
    assert [json.loads(line)["tempo_bpm"] >= 160 for line in second.stdout.splitlines()] == [
        True
    ] * 6
    assert run("search", "angry", "--tag", "polka").stdout == "nothing found\n"
    with pytest.raises(ContractError, match="did you mean tempo_bpm"):
        run("search", "angry", "--where", "temp_bpm>1")


def test_similar(run: Run) -> None:
    found = run("similar", track_id(2), "--limit", "2", "--weight", "rhythm=2")
    assert found.exit_code == 0
    assert "near: " in found.stdout
    assert "distance " in found.stdout
    table: list[dict[str, Any]] = json.loads(
        run("similar", track_id(2), "--text", "0", "--format", "json").stdout
    )
    assert len(table) == 10
    assert [row["distance"] for row in table] == [row["features"] for row in table]
    with pytest.raises(ContractError, match="did you mean rhythm"):
        run("similar", track_id(2), "--weight", "rythm=2")
    with pytest.raises(InputError, match="NAME=NUMBER"):
        run("similar", track_id(2), "--weight", "rhythm")


def test_export(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("export", "--format", "jsonl", "--out", str(out), "--split", "50,25,25")
    assert done.exit_code == 0
    assert f"19 of 24 tracks written to {out}" in done.stdout
    assert "5  track: recording: no licence stated" in done.stdout
    assert json.loads((out / "manifest.json").read_text())["format"] == "jsonl"
    assert run("export", "--format", "jsonl", "--out", str(out), "--sp").exit_code == 2
    with pytest.raises(ContractError, match="did you mean open"):
        run("export", "--format", "csv", "--out", str(out), "--policy", "opn")
    with pytest.raises(InputError, match="--overwrite"):
        run("export", "--format", "csv", "--out", str(out))
