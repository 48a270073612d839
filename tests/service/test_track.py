"""One track over HTTP and on the command line: its beats and sections beside everything else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from schemas.analysis import BeatsRow, SectionRow
from schemas.catalogue import FileRow, TagRow, TrackRow
from schemas.features import group_version
from schemas.outcomes import FeatureStatus, FileState
from schemas.settings import Settings
from schemas.tables import TABLES
from service import compose
from service.http.app import create_app
from service.report.catalogue import track_card
from tests.service.conftest import Run
from warehouse.lake import RunStamp

SECTIONS = [
    SectionRow(track_id="t1", index=0, start_s=0, end_s=61.5, label="A", energy=0.25),
    SectionRow(
        track_id="t1",
        index=1,
        start_s=61.5,
        end_s=120,
        label="B",
        tempo_bpm=120,
        key_pitch_class=9,
        key_mode=0,
    ),
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(home=tmp_path / "home")
    rhythm = TABLES["features_rhythm"].row(
        track_id="t1",
        group_version=group_version("rhythm"),
        extractor="wordtone",
        status=FeatureStatus.PARTIAL,
        null_reasons=json.dumps({"danceability": "too_short"}),
        tempo_bpm=120.0,
    )
    file = FileRow(uri="/a", size=1, mtime_ns=0, track_id="t1", state=FileState.PRESENT, source="/")
    tag = TagRow(track_id="t1", term="jazz", kind="genre", source="id3", raw="Jazz")
    with compose.store(found) as store:
        store.write(
            {
                "tracks": [TrackRow(track_id="t1", title="Blue"), TrackRow(track_id="t2")],
                "files": [file],
                "tags": [tag],
                "features_rhythm": [rhythm],
                "beats": [
                    BeatsRow(track_id="t1", beat_count=3, times_s=[0.1, 0.6, 1.1], downbeats=[1])
                ],
                "sections": SECTIONS,
            },
            RunStamp("run-1", "ingest", "a test's commit"),
        )
    return found


def test_over_http(settings: Settings) -> None:
    client = TestClient(create_app(settings))
    found = client.get("/v1/tracks/t1").json()
    assert (found["title"], found["uri"]) == ("Blue", "/a")
    assert found["beats"] == {"count": 3, "times_s": [0.1, 0.6, 1.1], "downbeats": [1]}
    assert [part["label"] for part in found["sections"]] == ["A", "B"]
    assert found["sections"][1]["key_name"] == "A minor"
    tempo, dance = (found["features"][name] for name in ("tempo_bpm", "danceability"))
    assert (tempo["value"], tempo["unit"], tempo["null_reason"]) == (120, "BPM", None)
    assert (dance["value"], dance["null_reason"]) == (None, "too_short")
    assert [term["term"] for term in found["terms"]] == ["jazz"]
    bare = client.get("/v1/tracks/t2").json()
    assert (bare["beats"], bare["sections"], bare["features"]) == (None, [], {})
    missing = client.get("/v1/tracks/nobody")
    assert (missing.status_code, missing.json()["detail"]) == (404, "no track 'nobody'")


def test_a_token_guards_it(settings: Settings) -> None:
    guarded = Settings(home=settings.home, token="secret")  # noqa: S106
    assert TestClient(create_app(guarded)).get("/v1/tracks/t1").status_code == 401


def test_on_the_command_line(settings: Settings, wordtone: Run) -> None:
    with compose.open_lake(settings) as lake:
        card = track_card(lake, "t1").splitlines()
        assert "sections: none" in track_card(lake, "t2")
    assert "beats: 3, 1 bar" in [line.strip() for line in card]
    parts = [line.split() for line in card if " 1:02" in line]
    assert parts == [["0:00", "1:02", "A", "0.25"], ["1:02", "2:00", "B", "120", "A", "minor"]]
    done = wordtone("tracks", "t1", "--format", "json", WORDTONE_HOME=str(settings.home))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["beats"]["count"] == 3
