"""Beats and sections from a file to the warehouse, and what becomes of old ones; no Prefect."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile

from pipelines.analyse import Analysed, Job, analyse_file
from pipelines.known_hashes import KnownHashes
from pipelines.plan import MEASURED_GROUPS
from pipelines.recovery import recover
from pipelines.rows import Seen, rows_of
from pipelines.staging import StagedFile, is_current, write_staged
from pipelines.steps import commit_staged
from pipelines.timeline import plain_beats, plain_sections
from pipelines.timeline_rows import section_rows
from schemas.analysis import BeatsRow, SectionRow
from schemas.outcomes import Outcome
from schemas.timeline import Beats, Section
from tests.pipelines.conftest import RATE, write_loop
from warehouse.audits import run_audits
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.store import Store

STAMP = RunStamp("run-1", "ingest", "a test's commit")
Ingest = Callable[..., str]


@pytest.fixture
def location(tmp_path: Path) -> Location:
    return Location(str(tmp_path / "wh" / "catalogue.sqlite"), str(tmp_path / "wh" / "data"))


@pytest.fixture
def store(location: Location) -> Iterator[Store]:
    with Store(location) as opened:
        yield opened


@pytest.fixture
def read(location: Location) -> Callable[[str], list[dict[str, Any]]]:
    def run(sql: str) -> list[dict[str, Any]]:
        with Lake.open(location, read_only=True) as lake:
            assert [audit.name for audit in run_audits(lake) if not audit.passed] == []
            return list(lake.query(sql).to_pylist())

    return run


@pytest.fixture
def ingest(store: Store, tmp_path: Path) -> Ingest:
    """Analyse a file, or take what was found, and commit it as a chunk of its own; its track."""

    def run(job: Job, found: Analysed | None = None) -> str:
        found = analyse_file(job, lambda _: None) if found is None else found
        rows = rows_of(job, found, Seen(1, 0, datetime.now(UTC)))
        staged = tmp_path / "chunk-000000.parquet"
        write_staged(staged, [StagedFile(job.uri, found.outcome, rows)])
        assert is_current(staged)
        commit_staged(store, STAMP, staged, KnownHashes())
        track_id: str = rows["files"][0].track_id
        return track_id

    return run


def job_of(path: Path, *groups: str) -> Job:
    return Job(uri=str(path), source=str(path.parent), groups=groups or MEASURED_GROUPS)


def again(job: Job, found: Analysed, track_id: str, **changes: Any) -> tuple[Job, Analysed]:
    """The same audio measured once more, with other results."""
    assert found.audio is not None
    known = replace(job, track_id=track_id, audio_hash=found.audio["audio_hash"])
    return known, replace(found, **changes)


def test_a_loop_has_beats_and_sections(
    tmp_path: Path, ingest: Ingest, read: Callable[[str], list[dict[str, Any]]]
) -> None:
    track = ingest(job_of(write_loop(tmp_path / "loop.flac", 120.0, seconds=12)))
    (beats,) = read("FROM beats")
    assert beats["track_id"] == track
    assert 20 <= beats["beat_count"] == len(beats["times_s"]) <= 25
    gaps = np.diff(beats["times_s"])
    assert np.median(gaps) == pytest.approx(0.5, abs=0.02)
    sections = read('FROM track_sections ORDER BY "index"')
    assert sections[0]["start_s"] == 0
    assert sections[-1]["end_s"] == pytest.approx(12, abs=0.1)
    assert sections[0]["label"] == "A"


@pytest.mark.slow
def test_a_second_analysis_replaces_the_first_whole(
    tmp_path: Path, ingest: Ingest, store: Store, read: Callable[[str], list[dict[str, Any]]]
) -> None:
    others = {
        "sections": [SectionRow(track_id="other", index=0, start_s=0, end_s=1, label="A")],
        "beats": [BeatsRow(track_id="other", beat_count=1, times_s=[0.5], downbeats=[])],
    }
    job = job_of(write_loop(tmp_path / "loop.flac"))
    found = analyse_file(job, lambda _: None)
    parts = [Section(float(i), i + 1.0, "AB"[i % 2], tempo_bpm=120.0) for i in range(5)]
    five = replace(
        found,
        sections=plain_sections(parts),
        beats=plain_beats(Beats((0.5, 1.0, 1.5), downbeats=(0,))),
    )
    track = ingest(job, five)
    from schemas.catalogue import TrackRow

    store.write({"tracks": [TrackRow(track_id="other")], **others}, STAMP)
    assert len(read(f"FROM sections WHERE track_id = '{track}'")) == 5

    fewer = again(job, five, track, sections=five.sections[:2], beats=None)
    assert ingest(*fewer) == track
    counted = "SELECT track_id, count(*) AS n FROM {} GROUP BY track_id ORDER BY n"
    assert read(counted.format("sections")) == [
        {"track_id": "other", "n": 1},
        {"track_id": track, "n": 2},
    ]
    assert read("SELECT track_id FROM beats") == [{"track_id": "other"}], "no pulse any more"

    rhythm = {"rhythm": five.features["rhythm"]}
    ingest(*again(job, five, track, features=rhythm, sections=[]))
    assert len(read(f"FROM beats WHERE track_id = '{track}'")) == 1
    assert len(read(f"FROM sections WHERE track_id = '{track}'")) == 2, "not measured: kept"

    ingest(*again(job, five, track, sections=[], beats=None))
    assert read("SELECT track_id FROM sections") == [{"track_id": "other"}]


def test_only_what_is_asked_for_is_measured(tmp_path: Path) -> None:
    loop = write_loop(tmp_path / "loop.flac")
    found = analyse_file(job_of(loop, "loudness"), lambda _: None)
    assert set(found.features) == {"loudness"}
    assert (found.beats, found.sections, found.curves) == (None, [], None)
    found = analyse_file(job_of(loop, "rhythm"), lambda _: None)
    assert found.beats is not None
    assert found.sections == []


def test_noise_has_no_beats(tmp_path: Path) -> None:
    path = tmp_path / "noise.wav"
    noise = np.random.default_rng(1).uniform(-0.2, 0.2, 8 * RATE).astype(np.float32)
    soundfile.write(path, noise, RATE)
    found = analyse_file(job_of(path, "rhythm"), lambda _: None)
    assert found.features["rhythm"]["tempo_bpm"] == {"null": "no_pulse"}
    assert found.beats is None


def test_values_that_no_section_can_have_are_left_out() -> None:
    section = Section(
        0.0,
        np.float32(2.5),
        "A",
        tempo_bpm=math.nan,
        key_pitch_class=np.int64(3),
        key_mode=0,
        energy=1.5,
        brightness_hz=math.inf,
    )
    (plain,) = plain_sections([section])
    assert (plain["end_s"], plain["tempo_bpm"], plain["brightness_hz"]) == (2.5, None, None)
    assert type(plain["key_pitch_class"]) is int
    (row,) = section_rows("t", [plain])
    assert (row.energy, row.key_pitch_class, row.index) == (None, 3, 0)


def test_beats_without_times_are_none() -> None:
    assert plain_beats(None) is None
    assert plain_beats(Beats(())) is None
    assert plain_beats(Beats((np.float64(0.12345),), (np.int64(0),))) == {
        "times_s": [0.1235],
        "downbeats": [0],
    }


def test_what_another_version_staged_is_given_up(tmp_path: Path, store: Store) -> None:
    folder = tmp_path / "staging" / "dead"
    path = folder / "chunk-000000.parquet"
    write_staged(path, [StagedFile("/x", Outcome.REJECTED, {})])
    table = pq.read_table(path)
    pq.write_table(table.drop_columns(["beats"]), path)
    assert not is_current(path)
    assert recover(folder, store, KnownHashes()).total() == 0
    assert not folder.exists()
    assert pa.types.is_list(table.schema.field("beats").type)
