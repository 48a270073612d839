"""A run as a person sees it: in Prefect's pages while it goes on, and a terminal without noise."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines.import_metadata import ImportRequest
from pipelines.ingest import ingest
from pipelines.maintain import MaintainRequest
from pipelines.progress import Silent
from pipelines.review import ReviewRequest
from schemas.errors import StorageError
from schemas.outcomes import Outcome
from schemas.settings import Settings
from service import operations, reviews
from tests.imports.conftest import SPOTIFY, spotify_row, write_csv
from tests.pipelines.conftest import write_loop
from tests.service.browser import CHROMIUM, open_page
from warehouse.maintenance import Keep

NOISE = re.compile(r"Traceback|CancelledError|\bWARNING\b|\bERROR\b|Warning:|prefect\.")
EVIL = "evil [x](javascript:1) <img src=x>.mp3"


def _found(address: str, what: str, query: dict[str, Any]) -> list[dict[str, Any]]:
    answer = httpx.post(f"{address}/{what}/filter", json=query, timeout=30)
    answer.raise_for_status()
    return list(answer.json())


def _flow_run(address: str, run_id: str) -> dict[str, Any]:
    (run,) = _found(address, "flow_runs", {"flow_runs": {"name": {"any_": [run_id]}}})
    return run


def test_a_run_can_be_read_back(settings: Settings, music: Path, prefect_server: str) -> None:
    (music / EVIL).write_bytes(b"no music at all")
    report = ingest(settings, [music])
    assert report.counts == {Outcome.ACCEPTED: 4, Outcome.REJECTED: 1}
    run = _flow_run(prefect_server, report.run_id)
    assert (run["state_type"], run["state_name"]) == ("COMPLETED", "Completed with rejects")
    assert run["state"]["message"] == "5 files: 4 accepted, 1 rejected"
    assert set(run["tags"]) == {"wordtone", "ingest"}
    assert run["parameters"]["sources"] == [str(music)]
    assert run["parameters"]["files"] == 5

    of_run = {"id": {"any_": [run["id"]]}}
    artifacts = {a["key"]: a for a in _found(prefect_server, "artifacts", {"flow_runs": of_run})}
    assert artifacts["ingest-progress"]["data"] == 100
    assert '"outcome": "accepted", "files": 4' in artifacts["ingest-outcomes"]["data"]
    rejects = artifacts["ingest-rejects"]["data"]
    assert r"not\\_audio" in rejects
    assert "<img" not in rejects.replace("\\\\<", "")  # escaped: cells are rendered as Markdown
    assert "| rejected | 1 |" in artifacts["ingest-summary"]["data"]
    _logs_say(prefect_server, run["id"], ["5 files in", "rejected: ", "5 files: 4 accepted"])
    tasks = _found(prefect_server, "task_runs", {"flow_runs": of_run})
    assert {t["name"].split(" chunk ")[0] for t in tasks} == {"analyse", "commit"}


def _logs_say(address: str, run_id: str, expected: list[str]) -> None:
    """Logs travel in batches: they may arrive a moment after the run."""
    query = {"logs": {"flow_run_id": {"any_": [run_id]}}}
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        text = "\n".join(log["message"] for log in _found(address, "logs", query))
        if all(words in text for words in expected):
            return
        time.sleep(0.5)
    raise AssertionError(f"{expected} not all in:\n{text}")


def test_a_run_that_cannot_commit_fails_in_words(
    settings: Settings, music: Path, prefect_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageError("the disk is full; nothing of this chunk was committed")

    monkeypatch.setattr("pipelines.flows.ingest.commit_staged", full)
    with pytest.raises(StorageError, match="the disk is full"):
        ingest(settings, [music])
    (run,) = [
        found
        for found in _found(prefect_server, "flow_runs", {"limit": 50})
        if found["parameters"].get("sources") == [str(music)]
    ]
    assert run["state_type"] == "FAILED"
    assert "the disk is full" in run["state"]["message"]


def test_imports_maintenance_and_reviews_are_flow_runs_too(
    settings: Settings, prefect_server: str, tmp_path: Path
) -> None:
    table = write_csv(tmp_path / "spotify.csv", SPOTIFY, [spotify_row(n) for n in range(3)])
    report = operations.import_metadata(settings, ImportRequest("spotify", table), Silent())
    assert report.counts == {Outcome.ACCEPTED: 3}
    maintained = operations.maintain(settings, MaintainRequest(Keep.parse("1")))
    assert maintained.expired
    reviewed = reviews.measure_batch(settings, ReviewRequest())
    for name, summary in [
        ("import", "| accepted | 3 |"),
        ("maintain", maintained.run_id),
        ("review", reviewed.run_id),
    ]:
        (run,) = _found(prefect_server, "flow_runs", {"flows": {"name": {"any_": [name]}}})
        assert run["state_type"] == "COMPLETED"
        assert set(run["tags"]) == {"wordtone", name}
        query = {"flow_runs": {"id": {"any_": [run["id"]]}}}
        (shown,) = _found(prefect_server, "artifacts", query)
        assert summary in shown["data"]


def test_the_pages_ask_for_nothing_elsewhere(prefect_server: str, tmp_path: Path) -> None:
    """Offline: the server's own address is all that its pages need."""
    root = prefect_server.removesuffix("/api")
    settings = httpx.get(f"{root}/ui-settings", timeout=30).json()
    assert settings["api_url"] == prefect_server
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    seen = open_page(f"{root}/runs", tmp_path)
    assert seen.requests
    assert {url for url in seen.requests if not url.startswith(f"{root}/")} == set()


@pytest.fixture
def many(tmp_path: Path) -> Path:
    folder = tmp_path / "many"
    for i in range(10):
        write_loop(folder / f"{i:02d}.wav", 80 + 5 * i, 150 + 10 * i, seconds=8)
    (folder / "bad.mp3").write_bytes(b"no music at all")
    return folder


def _start(home: Path, folder: Path) -> subprocess.Popen[str]:
    """`wordtone ingest` as a person runs it: no server, a fresh home, a group of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "WORDTONE_"))}
    environ = {
        **kept,
        "WORDTONE_HOME": str(home),
        "WORDTONE_WORKERS": "2",
        "WORDTONE_CHUNK_FILES": "1",
    }
    command = [str(Path(sys.executable).with_name("wordtone")), "ingest", str(folder)]
    return subprocess.Popen(
        command,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _wait_until_staged(home: Path, process: subprocess.Popen[str]) -> None:
    while process.poll() is None and not list((home / "staging").rglob("chunk-*.parquet")):
        time.sleep(0.02)


def _server_of(home: Path) -> int | None:
    """Process id of the temporary server that works for `home`."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            environ = (process / "environ").read_bytes()
        except OSError:
            continue
        if b"pipelines.flows.server:application" in command and str(home).encode() in environ:
            return int(process.name)
    return None


def _gone(home: Path) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and _server_of(home) is not None:
        time.sleep(0.1)
    return _server_of(home) is None


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for the server in /proc")
def test_ctrl_c_of_a_terminal_leaves_no_noise(tmp_path: Path, many: Path) -> None:
    """A terminal sends Ctrl-C to the whole group; the server must outlive it, and not the run."""
    home = tmp_path / "home"
    process = _start(home, many)
    _wait_until_staged(home, process)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=200)
    assert process.returncode == 1, err
    assert "run the same command to go on" in out
    assert not NOISE.search(err), err
    assert _gone(home)
    assert not NOISE.search((home / "prefect" / "temporary-server.log").read_text())


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for the server in /proc")
def test_a_run_outlives_its_server(tmp_path: Path, many: Path) -> None:
    home = tmp_path / "home"
    process = _start(home, many)
    _wait_until_staged(home, process)
    server = _server_of(home)
    assert server is not None
    os.kill(server, signal.SIGKILL)
    out, err = process.communicate(timeout=280)
    assert process.returncode == 0, err
    assert "10 accepted" in out
    assert "Prefect's server was not told" in err
    assert not NOISE.search(err), err


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for the server in /proc")
def test_the_server_goes_with_a_killed_run(tmp_path: Path, many: Path) -> None:
    home = tmp_path / "home"
    process = _start(home, many)
    _wait_until_staged(home, process)
    assert _server_of(home) is not None
    process.kill()
    process.communicate()
    assert _gone(home)
