"""`wordtone status`: it fits, says what is so, and what it wants done can be done."""

from __future__ import annotations

import json
import shlex
import subprocess
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from schemas.catalogue import FileRow, RejectRow, TagRow, TrackRow
from schemas.operations import RunRow, RunState
from schemas.outcomes import FileState
from schemas.settings import Settings
from service import compose
from service.attention import attention
from service.cli.main import COMMANDS
from service.report.dashboard import print_status
from service.status import by_kind, gather
from warehouse.lake import Lake, Location, RunStamp

from .conftest import Run

MOMENT = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)
HOSTILE = "\x1b[31m[red]שלום\u202e" + "x" * 500


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def _run(name: str, flow: str, state: RunState, hours: int, **counts: int) -> RunRow:
    started = MOMENT + timedelta(hours=hours)
    return RunRow(
        run=name,
        flow=flow,
        state=state,
        started_at=started,
        ended_at=started + timedelta(seconds=75),
        parameters='{"sources": ["/my music"]}',
        counts=json.dumps(counts),
        message="3 inputs",
        version="1",
    )


def _file(name: str, state: FileState) -> FileRow:
    return FileRow(uri=f"/{name}", size=1, mtime_ns=0, track_id=name, state=state, source="/")


@pytest.fixture
def filled(settings: Settings) -> Settings:
    rejects = [
        RejectRow(
            uri=f"/music/{HOSTILE}",
            stage=stage,
            reason=reason,
            detail=HOSTILE,
            first_seen=MOMENT,
            last_seen=MOMENT,
        )
        for stage, reason in (("probe", "not_audio"), ("decode", "timed_out"))
    ]
    rows: dict[str, list[Any]] = {
        "tracks": [TrackRow(track_id=t, title=HOSTILE, artist="A", duration_s=1800) for t in "ab"],
        "files": [
            _file("a", FileState.PRESENT),
            _file("b", FileState.MISSING),
        ],
        "tags": [TagRow(track_id="a", term=HOSTILE, kind="genre", source="id3", raw="x")],
        "rejects": rejects,
        "runs": [
            _run("r1", "ingest", RunState.COMPLETED, 0, accepted=3),
            _run("r2", "ingest", RunState.INTERRUPTED, 1, accepted=1, left=2),
        ],
    }
    with compose.store(settings) as store:
        store.write(rows, RunStamp("r", "ingest", "filled"))
    return settings


def _status(settings: Settings, as_of: int | None = None) -> dict[str, Any]:
    with compose.open_lake(settings, as_of) as lake:
        return gather(settings, lake)


def _drawn(status: dict[str, Any], width: int) -> str:
    out = StringIO()
    print_status(status, Console(file=out, width=width, force_terminal=False))
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_dashboard_fits(filled: Settings, width: int) -> None:
    text = _drawn(_status(filled), width)
    assert max(map(len, text.splitlines())) <= width
    for expected in (
        "2 tracks",
        "1.0 hours",
        "needs attention",
        "tracks with a value",
        "last runs",
    ):
        assert expected in text, expected
    assert "interrupted" in text
    assert "\x1b[31m" not in text
    assert "\u202e" not in text
    assert "x" * 300 not in text


def test_what_needs_attention_has_commands_that_exist(filled: Settings) -> None:
    lines = _status(filled)["attention"]
    texts = " | ".join(line["text"] for line in lines)
    for expected in (
        "the last ingest was stopped with 2 inputs left",
        "1 track waits to be measured",
        "1 input killed or outlasted the worker",
        "1 input could not be used whole",
        "1 file vanished",
        "2 tracks have no clear licence",
        "1 track has no words beyond its name",
        "no mapping from words to features",
    ):
        assert expected in texts
    commands = [line["command"] for line in lines]
    assert "wordtone ingest '/my music'" in commands
    assert {command.split()[1] for command in commands} <= set(COMMANDS)


def test_its_queries_run(filled: Settings) -> None:
    asked = [
        line["command"] for line in _status(filled)["attention"] if " query " in line["command"]
    ]
    assert asked
    with compose.open_lake(filled) as lake:
        for command in asked:
            assert lake.query(shlex.split(command)[2]).num_rows >= 1


def test_a_run_that_lost_count_is_told() -> None:
    base = {"rejects_by_reason": {}, "pending": {}, "files_by_state": {}, "rights_by_layer": []}
    status = base | {
        "last_runs": [
            {
                "run": "r",
                "flow": "ingest",
                "state": "completed",
                "message": "5 inputs",
                "counts": '{"accepted": 3, "rejected": 1, "vanished": 7, "left": 0}',
                "parameters": "{}",
            }
        ],
        "tracks": 0,
        "described": 0,
        "models": [{"kind": "mapping"}],
        "space": {"current_bytes": 1, "bytes": 1},
    }
    assert [line.text for line in attention(status)] == ["run r found 5 inputs and accounted for 4"]


def test_sources_by_kind() -> None:
    assert by_kind({"wordtone": 3, "override": 1, "fma:echonest": 2}, ["wordtone"]) == {
        "measured": 3,
        "imported": 2,
        "override": 1,
    }


def test_an_empty_warehouse_and_the_past(filled: Settings, tmp_path: Path) -> None:
    empty = Settings(home=tmp_path / "empty")
    Lake.open(Location.from_settings(empty)).close()
    assert "The warehouse is empty" in _drawn(_status(empty), 80)
    before = _status(filled, as_of=1)
    assert (before["tracks"], _status(filled)["tracks"]) == (0, 2)


def test_counts_are_remembered_for_one_snapshot_of_one_warehouse(filled: Settings) -> None:
    first, path = _status(filled), filled.home_path / "cache" / "status.json"
    kept = json.loads(path.read_text())
    kept["numbers"]["tracks"] = 77
    path.write_text(json.dumps(kept))
    assert _status(filled)["tracks"] == 77  # read, not counted
    assert _status(filled, as_of=1)["tracks"] == 0
    with compose.store(filled) as store:
        store.write({"tracks": [TrackRow(track_id="c")]}, RunStamp("r", "ingest", "one more"))
    assert _status(filled)["tracks"] == first["tracks"] + 1
    path.write_text("{ no JSON")
    assert _status(filled)["tracks"] == first["tracks"] + 1


def test_json_has_it_all(filled: Settings, wordtone: Run) -> None:
    answer: subprocess.CompletedProcess[str] = wordtone("status", "--format", "json")
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert (found["tracks"], found["described"]) == (2, 1)
    assert found["attention"][0]["command"].startswith("wordtone ")
    assert {"feature_coverage", "coverage_by_kind", "snapshots", "space", "models"} <= set(found)
