"""The page about the catalogue: it holds what is there, and what strangers wrote stays text."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas.analysis import OverrideRow
from schemas.catalogue import DuplicateRow, FileRow, RejectRow, RightsRow, TagRow, TrackRow
from schemas.features import FEATURES, group_version, groups
from schemas.operations import RunRow, RunState
from schemas.outcomes import FeatureStatus, FileState
from schemas.settings import Settings
from schemas.tables import TABLES
from service import compose
from service.report.page.document import page
from service.report.page.gather import distributions, gather
from warehouse.lake import Lake, Location, RunStamp

from .browser import CHROMIUM, open_page
from .conftest import Run

MOMENT = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=http://127.0.0.1:9/x onerror=alert(1)>',
    "</style></title><svg onload=alert(1)>",
    "' onmouseover='alert(1)",
    "שלום עולם \u202egnp.exe\u202c",
    "\x1b[31mred\x07\x01 \u2028line",
    "<!-- -- --!> <![CDATA[ ]]> &lt; &#x3c;script&#x3e;",
    "x" * 10_000,
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def _fill(settings: Settings, titles: list[str]) -> None:
    now = MOMENT
    ids = [f"t{i:02d}" for i in range(len(titles))]
    pairs = list(zip(ids, titles, strict=True))
    rows: dict[str, list[Any]] = {
        "tracks": [
            TrackRow(track_id=t, title=s, artist=s, album=s, date="1999", duration_s=60.0)
            for t, s in pairs
        ],
        "files": [
            FileRow(
                uri=f"/{t}", size=1, mtime_ns=0, track_id=t, state=FileState.PRESENT, source="/"
            )
            for t in ids
        ],
        "tags": [
            TagRow(track_id=t, term=s[:200], kind="genre", source="id3", raw=s) for t, s in pairs
        ],
        "rights": [
            RightsRow(track_id=t, layer="recording", source="id3", raw=s, evidence=s, spdx=None)
            for t, s in pairs
        ],
        "rejects": [
            RejectRow(
                uri=f"/{s}",
                stage="decode",
                reason="truncated",
                detail=s,
                first_seen=now,
                last_seen=now,
            )
            for s in titles
        ],
        "duplicates": [
            DuplicateRow(
                track_id=ids[-1], canonical_id=ids[0], method="x:1", evidence=titles[0], score=0.99
            )
        ],
        "overrides": [
            OverrideRow(
                track_id=ids[0], metric="tempo_bpm", value=128.0, note=titles[0], author=titles[1]
            )
        ],
        "runs": [
            RunRow(
                run="r",
                flow="ingest",
                state=RunState.COMPLETED,
                started_at=now,
                ended_at=now,
                parameters="{}",
                counts='{"accepted": 8}',
                message=titles[0],
                version="1",
            )
        ],
    }
    for group in groups():
        rows[f"features_{group}"] = [_measured(group, t, i) for i, t in enumerate(ids)]
    with compose.store(settings) as store:
        store.write(rows, RunStamp("r", "ingest", "filled"))


def _measured(group: str, track_id: str, i: int) -> object:
    values: dict[str, float | None] = {
        spec.name: spec.minimum + (spec.maximum - spec.minimum) * (i + 1) / 16
        for spec in FEATURES
        if spec.group == group and spec.size == 1 and spec.unit not in ("beats", "pitch class")
    }
    if i == 0:  # one track without any value
        values = dict.fromkeys(values)
    return TABLES[f"features_{group}"].row(
        track_id=track_id,
        group_version=group_version(group),
        extractor="wordtone",
        status=FeatureStatus.PARTIAL,
        null_reasons="{}",
        **values,
    )


def _page(settings: Settings) -> str:
    with compose.open_lake(settings) as lake:
        return page(gather(settings, lake))


def test_what_strangers_wrote_stays_text(settings: Settings) -> None:
    _fill(settings, HOSTILE)
    text = _page(settings)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert not re.search(r"<(script|img|iframe|object|link|base|form)\b", text)
    assert text.count("</style>") == 1
    assert text.count("<svg") == text.count("</svg>")
    # Markup of ours holds no handler, no address but anchors of the page, no control character.
    tags = re.findall(r"<[a-z][^>]*>", text)
    assert not [tag for tag in tags if re.search(r"\son\w+\s*=|\ssrc=|\sstyle=", tag)]
    assert {m for tag in tags for m in re.findall(r'href="(.)', tag)} == {"#"}
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2028]", text)
    assert "x" * 200 not in text  # ten thousand of them are cut


def test_the_page_says_what_is_there(settings: Settings) -> None:
    _fill(settings, [f"Song {i}" for i in range(8)])
    text = _page(settings)
    for expected in (
        "<dd>8</dd>",
        "tempo_bpm",
        "median",
        "truncated",
        "Song 3",
        "128",
        "Tracks by tempo and energy",
        "Hill",
        "wordtone</",
    ):
        assert expected in text, expected
    # A histogram for each feature that has a value, each with its table behind it.
    drawn = [s for s in FEATURES if s.size == 1 and s.unit not in ("beats", "pitch class")]
    drawn = [s for s in drawn if s.name != "key_mode"]
    assert all(f"<h3>{spec.name}</h3>" in text for spec in drawn)
    assert text.count("as a table") >= len(drawn)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_runs_nothing_and_asks_for_nothing(settings: Settings, tmp_path: Path) -> None:
    _fill(settings, HOSTILE)
    path = tmp_path / "page.html"
    path.write_text(_page(settings), encoding="utf-8")
    seen = open_page(path, tmp_path)
    assert seen.console == []
    assert seen.requests == []
    assert "What is measured" in seen.document
    # The same browser does tell of a page that asks for something.
    control = tmp_path / "control.html"
    control.write_text("<img src='http://127.0.0.1:9/x'><script>console.log('hello')</script>")
    told = open_page(control, tmp_path)
    assert [line for line in told.console if "hello" in line]
    assert any("127.0.0.1:9" in url for url in told.requests)


def test_bins_hold_each_value_once_and_no_nulls(settings: Settings) -> None:
    _fill(settings, [f"Song {i}" for i in range(8)])
    with compose.open_lake(settings) as lake:
        found = distributions(lake)
    for d in found:
        expected = 8 if d.spec.name == "tempo_bpm" else 7  # a correction stands in for the null
        assert (d.count, sum(d.counts)) == (expected, expected), d.spec.name
        edges = d.bins.edges()
        assert edges == sorted(edges)
        assert edges[0] <= d.quantiles[1] <= d.quantiles[5] <= edges[-1] * (1 + 1e-9) + 1e-9


def test_the_page_of_an_empty_warehouse(settings: Settings) -> None:
    Lake.open(Location.from_settings(settings)).close()
    text = _page(settings)
    assert "Nothing has been measured yet" in text
    assert "<dd>0</dd>" in text


def test_the_command(wordtone: Run, tmp_path: Path) -> None:
    Lake.open(Location.from_settings(Settings(home=tmp_path / "home"))).close()
    made = wordtone("report", "catalogue", "--out", str(tmp_path / "page.html"))
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".part")] == []
    lost = wordtone("report", "catalogue", "--out", str(tmp_path / "nowhere" / "page.html"))
    assert (lost.returncode, "Traceback" in lost.stderr) == (2, False)
    assert "No such file or directory" in lost.stderr
