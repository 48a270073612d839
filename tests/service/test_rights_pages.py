"""The page of rights: the same verdicts as the command, every excluded track with its reason."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from schemas.catalogue import FileRow, RightsRow, TrackRow
from schemas.outcomes import FileState
from schemas.rights import Purpose, RightsLayer, policies
from schemas.settings import Settings
from service import compose
from service.report.rights import catalogue_rights
from service.web.rights.shown import DUTIES
from tests.service.test_runs_pages import sound, visitor
from warehouse.gate import judged, licences_in, verdicts
from warehouse.lake import RunStamp

EVIL = "<script>alert(1)</script>\u202e\x1b[31m"
LICENCES: dict[str, str | None] = {
    "a": "CC0-1.0",
    "b": "CC-BY-NC-4.0",
    "c": "LicenseRef-All-Rights-Reserved",
    "d": None,
    "e": "GPL-2.0-only WITH Classpath-exception-2.0 OR MIT",
}
SILENT = 30
"""Tracks of which nothing is stated."""


def right(track: str, spdx: str | None) -> RightsRow:
    return RightsRow(
        track_id=track,
        layer=RightsLayer.RECORDING,
        source=f"id3:{EVIL}",
        raw=spdx or f"ask {EVIL}",
        spdx=spdx,
        evidence=EVIL,
    )


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("rights"))
    names = [*LICENCES, *(f"silent{n:02d}" for n in range(SILENT))]
    rows: dict[str, list[Any]] = {
        "tracks": [
            TrackRow(track_id=t, title=f"T {t} {EVIL}", artist=f"A{t[:1]}", audio_hash=t)
            for t in names
        ],
        "files": [
            FileRow(
                uri=f"/{t}", size=1, mtime_ns=0, track_id=t, state=FileState.PRESENT, source="/"
            )
            for t in names
        ],
        "rights": [right(track, spdx) for track, spdx in LICENCES.items()],
    }
    with compose.store(settings) as store:
        store.write(rows, RunStamp("r", "ingest", "x"))
    return settings


@pytest.fixture(scope="module")
def client(settings: Settings) -> TestClient:
    return visitor(settings)


def test_an_empty_home_says_how_to_begin(tmp_path: Path) -> None:
    shown = visitor(Settings(home=tmp_path)).get("/rights")
    assert shown.status_code == 200
    assert "The catalogue is empty" in shown.text
    assert all(name in shown.text for name in policies())


@pytest.mark.parametrize("name", policies())
@pytest.mark.parametrize("unknown", ["", "yes"])
def test_the_numbers_are_those_of_the_command(
    client: TestClient, settings: Settings, name: str, unknown: str
) -> None:
    from dataclasses import replace

    policy = replace(policies()[name], allow_unknown=bool(unknown))
    with compose.open_lake(settings) as lake:
        told = catalogue_rights(lake, policy, Purpose.EXPORT).data
    shown = client.get("/rights", params={"policy": name, "purpose": "export", "unknown": unknown})
    text = shown.text
    sound(text)
    admission = told["admission"]
    allowed = sum(n for ground, n in admission["counts"].items() if ground.startswith("allowed"))
    assert f"<dd>{allowed}</dd>" in text
    assert f"<dt>of {len(LICENCES) + SILENT} tracks</dt>" in text
    for reason, tracks in admission["left_out"].items():
        line = text[text.index(f"{reason}</a>") :]
        assert f'<td class="n">{tracks}</td>' in line[: line.index("</tr>")]
    for row in told["statements"]:
        line = text[text.index(f'<th scope="row">{row["spdx"] or "not understood"}') :]
        verdict = "allowed" if row["allowed"] else "not allowed" if row["spdx"] else "unknown"
        assert f">{verdict}</td>" in line[: line.index("</tr>")]


def test_every_excluded_track_is_listed_with_its_reason(
    client: TestClient, settings: Settings
) -> None:
    policy = policies()["open"]
    with compose.open_lake(settings) as lake:
        said = verdicts(lake, policy, Purpose.TRAIN)
    out = {track: verdict.reason for track, verdict in said.items() if not verdict.allowed}
    found: dict[str, str] = {}
    for number in (1, 2):
        text = client.get("/rights", params={"page": number}).text
        pattern = r'href="/tracks/(\w+)">.*?</a></th><td>.*?</td><td>(.*?)</td>'
        found |= dict(re.findall(pattern, text))
    assert found == out
    assert len(out) == 3 + SILENT


def test_tracks_are_chosen_by_reason_and_text(client: TestClient) -> None:
    reason = "recording: licence not understood"
    text = client.get("/rights", params={"reason": reason}).text
    assert re.findall(r'href="/tracks/(\w+)"', text) == ["d"]
    assert "ask &lt;script&gt;" in text
    found = client.get("/rights", params={"text": "t SILENT07"}).text
    assert re.findall(r'href="/tracks/(\w+)"', found) == ["silent07"]
    nothing = client.get("/rights", params={"text": "%_' OR 1=1 --"})
    assert "No track that is left out fits" in nothing.text
    assert nothing.status_code == 200


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"policy": "opne"}, "did you mean open"),
        ({"purpose": "sell"}, "valid is train, export"),
        ({"page": "0"}, "page"),
        ({"page": "१"}, "page"),
        ({"text": "x" * 401}, "longer than 400"),
    ],
)
def test_a_wrong_question_is_told(client: TestClient, asked: dict[str, str], says: str) -> None:
    shown = client.get("/rights", params=asked)
    assert shown.status_code == 422
    assert says in shown.text


def test_verdicts_kept_small_say_the_same(settings: Settings) -> None:
    policy = policies()["open"]
    with compose.open_lake(settings) as lake:
        small, whole = judged(lake, policy, Purpose.TRAIN), verdicts(lake, policy, Purpose.TRAIN)
    rows = small.tracks.to_pylist()
    assert {row["track_id"]: small.judgements[row["judgement"]].rest for row in rows} == {
        track: verdict[1:] for track, verdict in whole.items()
    }
    assert sum(small.counts) == small.admission().tracks == len(whole)


def test_every_class_of_licence_has_words() -> None:
    assert set(policies()["open"].classes) < set(DUTIES)


def test_licences_in_an_expression() -> None:
    found = licences_in("GPL-2.0-only WITH Classpath-exception-2.0 AND (CC-BY-4.0 OR MIT)")
    assert found == ["GPL-2.0-only", "CC-BY-4.0", "MIT"]
    assert licences_in("no AND") == []
