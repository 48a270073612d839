"""The pages of runs: the same numbers as the commands, an empty home, text of strangers."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pipelines.progress import Problem
from pipelines.running import recorded
from schemas.catalogue import ImportedRow, RejectRow
from schemas.operations import RunRow, RunState
from schemas.outcomes import Outcome, RejectReason, Stage
from schemas.settings import Settings
from service import compose
from service.attention import accounted, attention
from service.http.app import create_app
from service.web.runs import now
from warehouse import queries
from warehouse.lake import RunStamp

MOMENT = datetime(2026, 5, 17, 12, 0, tzinfo=UTC)
EVIL = "<script>alert(1)</script>"
INPUTS = 30


def run_row(name: str, flow: str, state: RunState, hours: int, **counts: int) -> RunRow:
    started = MOMENT + timedelta(hours=hours)
    return RunRow(
        run=name,
        flow=flow,
        state=state,
        started_at=started,
        ended_at=started + timedelta(seconds=75),
        parameters=json.dumps({"sources": [f"/music/{EVIL}\x1b[31m"]}),
        counts=json.dumps(counts),
        message=f"{INPUTS} inputs",
        version="1",
    )


def reject(number: int, reason: RejectReason = RejectReason.NOT_AUDIO) -> RejectRow:
    return RejectRow(
        uri=f"/music/{number:03d}{EVIL}\x1b[31m.mp3",
        stage=Stage.PROBE,
        reason=reason,
        detail=f"begins with {EVIL}\u202e",
        first_seen=MOMENT,
        last_seen=MOMENT,
    )


def imported(number: int) -> ImportedRow:
    return ImportedRow(
        source=f"fma:{EVIL}",
        key=str(number),
        uri="/sets/tracks.csv",
        digest="0" * 32,
        outcome=Outcome.ACCEPTED if number else Outcome.REJECTED,
        track_id=None,
    )


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("runs"))
    with compose.store(settings) as store:
        store.write(
            {"rejects": [reject(n) for n in range(29)] + [reject(99, RejectReason.TIMED_OUT)]},
            RunStamp("r1", "ingest", f"chunk 1 of 1 {EVIL}"),
        )
        runs = [
            run_row("r1", "ingest", RunState.COMPLETED, 0, accepted=0, rejected=30, vanished=0),
            run_row("r2", "ingest", RunState.INTERRUPTED, 1, accepted=10, left=20),
            run_row("r3", "ingest", RunState.COMPLETED, 2, accepted=30, copies=4, excerpts=1),
            run_row("r4", "ingest", RunState.COMPLETED, 3, accepted=29),
            run_row("r5", "train", RunState.FAILED, 4, tracks=7),
        ]
        store.write({"runs": runs}, RunStamp("r1", "ingest", "run ended"))
        store.write({"imports": [imported(n) for n in range(5)]}, RunStamp("r6", "import", "rows"))
    return settings


@pytest.fixture(scope="module")
def client(settings: Settings) -> TestClient:
    return visitor(settings)


def visitor(settings: Settings) -> TestClient:
    """Somebody who looks at the pages, without what a service prepares when it starts."""
    return TestClient(create_app(settings), follow_redirects=False)


def sound(text: str) -> None:
    """What strangers wrote is text, on one line, without what a terminal or bidi would obey."""
    assert "<script>alert" not in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", text)


def test_an_empty_home_says_how_to_begin(tmp_path: Path) -> None:
    client = visitor(Settings(home=tmp_path))
    shown = client.get("/runs")
    assert shown.status_code == 200
    assert "The warehouse is empty" in shown.text
    assert "Nothing is under way" in shown.text
    assert client.get("/runs/audits").status_code == 200
    assert client.get("/runs/r1").status_code == 404
    assert "No input waits" in client.get("/runs/rejects/timed_out").text
    assert not (tmp_path / "warehouse").exists()


def test_history_rejects_and_imports_are_those_of_the_warehouse(
    client: TestClient, settings: Settings
) -> None:
    shown = client.get("/runs").text
    sound(shown)
    with compose.open_lake(settings) as lake:
        summary = queries.rejects_summary(lake).to_pylist()
        for run in queries.runs(lake).to_pylist():
            assert f'href="/runs/{run["run"]}"' in shown
    for row in summary:
        line = shown[shown.index(f"/runs/rejects/{row['reason']}") :]
        assert f'<td class="n">{row["inputs"]}</td>' in line[: line.index("</tr>")]
    assert "wordtone rejects --retry timed_out" in shown
    assert "with a higher WORDTONE_FILE_TIMEOUT_S" in shown
    assert "fma:&lt;script&gt;" in shown
    assert "4 accepted" in shown


def test_counts_that_do_not_sum_up_are_told(client: TestClient) -> None:
    """Copies and excerpts are links beside outcomes: they are no inputs of their own."""
    assert "The counts sum up to the 30 inputs" in client.get("/runs/r1").text
    assert "The counts sum up" in client.get("/runs/r2").text
    copies = client.get("/runs/r3").text
    assert "The counts sum up" in copies
    assert "4 copies" in copies
    assert "do not sum up to the 30 inputs" in client.get("/runs/r4").text
    assert client.get("/runs").text.count("do not sum up to 30") == 1
    row = {"counts": json.dumps({"accepted": 30, "copies": 4}), "message": "30 inputs"}
    assert accounted(row) == 30
    status: dict[str, object] = {
        "last_runs": [row | {"flow": "ingest", "run": "r", "state": "completed"}]
    }
    assert not [line for line in attention(_whole(status)) if "accounted" in line.text]


def _whole(status: dict[str, object]) -> dict[str, object]:
    empty: dict[str, object] = {
        key: {} for key in ("rejects_by_reason", "pending", "files_by_state")
    }
    empty |= {key: [] for key in ("rights_by_layer", "models")}
    empty |= dict.fromkeys(("tracks", "described"), 0)
    return empty | {"space": {"current_bytes": 0, "bytes": 0}} | status


def test_one_run(client: TestClient) -> None:
    shown = client.get("/runs/r1").text
    sound(shown)
    assert "1:15" in shown
    assert "30 inputs of this run that no later run has mended" in shown
    assert "chunk 1 of 1" in shown
    assert "wordtone ingest" in shown
    missing = client.get("/runs/none%3Cscript%3E")
    assert missing.status_code == 404
    sound(missing.text)


def test_history_is_chosen(client: TestClient) -> None:
    failed = client.get("/runs", params={"state": "failed"}).text
    assert "/runs/r5" in failed
    assert 'href="/runs/r1"' not in failed
    assert 'href="/runs/r2"' in client.get("/runs", params={"flow": "ingest"}).text
    assert "No such run" in client.get("/runs", params={"flow": "maintain"}).text
    wrong = ({"state": "odd"}, {"page": "0"}, {"page": "1e3"}, {"flow": "\x00"}, {"flow": EVIL})
    for asked in wrong:
        told = client.get("/runs", params=asked)
        assert told.status_code == 422
        assert 'role="alert"' in told.text
        sound(told.text)
    assert "No such run" in client.get("/runs", params={"page": "9999"}).text


def test_rejects_of_one_reason_page_by_page(client: TestClient) -> None:
    first = client.get("/runs/rejects/not_audio").text
    sound(first)
    second = client.get("/runs/rejects/not_audio", params={"page": 2}).text
    uris = re.compile(r"/music/(\d{3})")
    found = [*uris.findall(first), *uris.findall(second)]
    assert sorted(found) == [f"{n:03d}" for n in range(29)]
    assert 'rel="next"' in first
    assert 'rel="next"' not in second
    assert client.get("/runs/rejects/not_audi").status_code == 404


@pytest.mark.slow
def test_audits_are_run_and_kept(client: TestClient) -> None:
    shown = client.get("/runs/audits").text
    assert re.search(r"All \d+ audits passed", shown)


@pytest.mark.slow
def test_a_commit_is_seen_at_once(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with compose.store(settings) as store:
        store.write({"rejects": [reject(1)]}, RunStamp("a", "ingest", "x"))
    client = visitor(settings)
    assert "timed out" not in client.get("/runs").text
    later = {"rejects": [reject(2, RejectReason.TIMED_OUT)]}
    with compose.store(settings) as store:
        store.write(later, RunStamp("b", "ingest", "x"))
    assert "timed out" in client.get("/runs").text


def test_a_run_under_way_is_shown(client: TestClient, settings: Settings) -> None:
    before = client.get("/runs/now").text
    assert "Nothing is under way" in before
    problem = Problem(f"/m/{EVIL}\x1b.mp3", Outcome.REJECTED, RejectReason.NOT_AUDIO, "odd")
    with recorded(settings, "ingest", [f"/m/{EVIL}"]) as shown:
        shown.stage("analysing")
        shown.start(4)
        shown.looking(f"/m/{EVIL}")
        shown.file(Outcome.ACCEPTED)
        shown.file(Outcome.REJECTED, problem)
        shown.note("a note")
        text = client.get("/runs/now").text
        sound(text)
        for part in ('max="4" value="2"', "ingest: analysing", "1 accepted", "not audio, odd"):
            assert part in text
        assert "<noscript>" in client.get("/runs").text
        key = re.search(r'data-key="([^"]*)"', text)
        assert key is not None
        assert key[1] == now.key(now.under_way(settings)) != ""
    assert 'data-key=""' in client.get("/runs/now").text


def test_a_killed_run_says_how_to_go_on(client: TestClient, settings: Settings) -> None:
    """A file whose lock nobody holds: what is left of a process that was killed."""
    left = settings.home_path / "running" / "left.json"
    with recorded(settings, "ingest", ["/my music"]) as shown:
        shown.start(10)
        shown.looking("/my music/a.wav")
        shown.file(Outcome.ACCEPTED)
        shown.stage("analysing")
        (path,) = (settings.home_path / "running").glob("*.json")
        left.write_bytes(path.read_bytes())
    text = client.get("/runs/now").text
    assert "ingest: killed" in text
    assert "1 of 10 files" in text
    assert "wordtone ingest &#39;/my music&#39;" in text
    left.unlink()


def test_runs_ask_for_a_token_where_there_is_one(tmp_path: Path) -> None:
    app = create_app(Settings(home=tmp_path, token="secret"))  # noqa: S106
    client = TestClient(app, follow_redirects=False)
    for path in ("/runs", "/runs/now", "/runs/r1", "/runs/audits", "/runs/rejects/not_audio"):
        assert client.get(path).headers["location"] == "/login"
