"""Links between copies, from files on disk to the views, and what a person does about them."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import soundfile
from click.testing import CliRunner

from benchmarks._duplicates_changes import CHANGES
from pipelines.analyse import analyse_file
from pipelines.duplicates.link import Related, redo, relate, undo
from pipelines.known_hashes import KnownHashes
from pipelines.plan import Method, make_plan, read_known
from pipelines.rows import rows_of
from pipelines.sources.fetching import Remotes
from pipelines.sources.opening import open_sources
from pipelines.staging import StagedFile, write_staged
from pipelines.steps import commit_staged
from schemas.analysis import FINGERPRINT_VERSION
from schemas.errors import InputError
from schemas.outcomes import Outcome
from schemas.settings import Settings
from service.cli.duplicates import command
from tests.pipelines.pieces import RATE_HZ, piece
from warehouse import queries
from warehouse.audits import run_audits
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.reader import WarehouseReader
from warehouse.store import Store
from warehouse.views import VIEWS

NEAR, PART = f"fingerprint:{FINGERPRINT_VERSION}", f"excerpt:{FINGERPRINT_VERSION}"
STAMP = RunStamp("test", "test", "as a test needs it")


def rows(settings: Settings, sql: str, **options: Any) -> list[dict[str, Any]]:
    with Lake.open(Location.from_settings(settings), read_only=True, **options) as lake:
        return list(lake.query(sql).to_pylist())


def views(settings: Settings, **options: Any) -> dict[str, list[dict[str, Any]]]:
    """Everything that every view shows."""
    with Lake.open(Location.from_settings(settings), read_only=True, **options) as lake:
        return {name: lake.query(f"FROM {name} ORDER BY ALL").to_pylist() for name in VIEWS}


def store(settings: Settings) -> Store:
    return Store(Location.from_settings(settings))


@dataclass(frozen=True)
class Report:
    counts: Counter[Outcome]
    decoded: int
    related: Related


def run(settings: Settings, folder: Path) -> Report:
    """What an ingest run does with `folder`, in this process: plan, analyse, commit, compare.

    The flow and its worker processes have tests of their own.
    """
    method = Method("wordtone", settings.max_duration_s)
    sources = open_sources([folder], Remotes.from_settings(settings))
    with store(settings) as opened:
        with Lake.open(opened.location) as lake:
            plan = make_plan(sources, read_known(lake, sources, method), method)
            known_rows, undone = queries.known_hashes(lake).to_pylist(), queries.undone_links(lake)
        known = KnownHashes.of(known_rows, (row.uri for row in plan.vanished), undone)
        staged, decoded = [], 0
        for planned in plan.files:
            found = analyse_file(planned.job, lambda question: known.answer(question) or None)
            decoded += found.decoded
            made = rows_of(planned.job, found, planned.seen)
            staged.append(StagedFile(planned.job.uri, found.outcome, made))
        counts = Counter({Outcome.UNCHANGED: plan.unchanged})
        if staged:
            path = settings.staging_path / "chunk-000000.parquet"
            write_staged(path, staged)
            counts += commit_staged(opened, RunStamp(plan.run_id, "ingest", "a chunk"), path, known)
        related = relate(opened, plan.run_id)
    return Report(+counts, decoded, related)


def links(settings: Settings) -> dict[str, tuple[str, str]]:
    """File name of the later track → that of the other, and the method; without undone ones."""
    sql = """SELECT a.uri AS one, b.uri AS other, method FROM duplicates AS d
        JOIN files AS a ON a.track_id = d.track_id
        JOIN files AS b ON b.track_id = d.canonical_id
        WHERE undone_at IS NULL"""
    return {
        Path(row["one"]).name: (Path(row["other"]).name, row["method"])
        for row in rows(settings, sql)
    }


def pair(settings: Settings, method: str) -> tuple[str, str]:
    sql = f"SELECT track_id, canonical_id FROM duplicates WHERE method = '{method}'"
    (row,) = rows(settings, sql)
    return row["track_id"], row["canonical_id"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    folder = tmp_path / "collection"
    folder.mkdir()
    soundfile.write(folder / "a song.flac", piece(1, 18.0), RATE_HZ)
    soundfile.write(folder / "b other.flac", piece(2, 18.0), RATE_HZ)
    CHANGES["cut_mp3_64_22k"].write(piece(1, 18.0), folder, "c copy")
    soundfile.write(folder / "d part.flac", piece(2, 18.0)[: 9 * RATE_HZ], RATE_HZ)
    return folder


def test_a_copy_is_linked_undone_and_linked_again(settings: Settings, collection: Path) -> None:
    report = run(settings, collection)
    assert report.counts == {Outcome.ACCEPTED: 4}
    assert (report.related.duplicates, report.related.excerpts) == (1, 1)
    assert links(settings) == {
        "c copy.mp3": ("a song.flac", NEAR),
        "d part.flac": ("b other.flac", PART),
    }
    (link,) = rows(settings, f"FROM duplicates WHERE method = '{NEAR}'")
    assert link["bit_error_rate"] < 0.1
    assert link["offset_s"] == pytest.approx(2.345, abs=0.1)
    assert "bits differ" in link["evidence"]
    assert "BPM" in link["evidence"]

    trained = {row["uri"] for row in rows(settings, "SELECT uri FROM training_examples")}
    assert {Path(uri).name for uri in trained} == {"a song.flac", "b other.flac", "d part.flac"}
    examples = WarehouseReader(Location.from_settings(settings)).training_examples()
    recordings = {e.title: e.groups["recording"] for e in examples}
    assert recordings["b other.flac"] == recordings["d part.flac"] != recordings["a song.flac"]
    values = rows(settings, "SELECT track_id, tempo_bpm_source FROM track_features")
    assert all(row["tempo_bpm_source"] for row in values), "every track keeps its own values"

    linked = views(settings)
    (row,) = rows(settings, "SELECT snapshot_id FROM ducklake_snapshots('lake') "
                  "WHERE commit_message LIKE '%copies and%' ORDER BY 1 LIMIT 1")  # fmt: skip
    before = views(settings, as_of=row["snapshot_id"] - 1)
    assert before != linked, "the copy trained before it was linked"
    track, canonical = pair(settings, NEAR)
    with store(settings) as opened:
        assert [row.method for row in undo(opened, track, canonical)] == [NEAR]
        assert views(settings) == before

        with pytest.raises(InputError, match=r"undone"):
            undo(opened, track, canonical)
        again = relate(opened, "scan", everything=True)
        assert (again.compared, again.duplicates, again.excerpts) == (4, 0, 0)
    assert run(settings, collection).decoded == 0
    assert views(settings) == before, "what a person has undone is not linked again"

    shutil.copy2(collection / "a song.flac", collection / "e same.wav")
    CHANGES["opus_48"].write(piece(1, 18.0), collection, "f copy of the copy")
    assert run(settings, collection).related.duplicates == 1, "another copy is another matter"
    with store(settings) as opened:
        redo(opened, track, canonical, NEAR)
    assert links(settings)["c copy.mp3"] == ("a song.flac", NEAR)
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        assert not [audit for audit in run_audits(lake) if not audit.passed]


@pytest.mark.slow
def test_identical_audio_is_measured_on_its_own_once_undone(
    settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "twins"
    folder.mkdir()
    soundfile.write(folder / "a.wav", piece(5), RATE_HZ)
    run(settings, folder)
    shutil.copy2(folder / "a.wav", folder / "b.wav")
    assert run(settings, folder).counts[Outcome.DUPLICATE] == 1
    track, canonical = pair(settings, "audio_hash")
    with store(settings) as opened:
        undo(opened, track, canonical)
    assert run(settings, folder).counts == {Outcome.ACCEPTED: 1, Outcome.UNCHANGED: 1}
    measured = rows(settings, "SELECT track_id FROM features_rhythm")
    assert {row["track_id"] for row in measured} == {track, canonical}
    assert not links(settings), "neither by its bytes nor by its fingerprint"
    assert len(rows(settings, "FROM training_examples")) == 2
    assert run(settings, folder).decoded == 0


def forget(settings: Settings, *names: str) -> None:
    """Empty tables, as if they had never been filled."""
    with store(settings) as opened:
        empty = {name: opened.tables[name].row_schema.empty_table() for name in names}
        held = {
            name: pa.table(
                {"track_id": [row["track_id"] for row in rows(settings, f"FROM {name}")]}
            )
            for name in names
        }
        opened.write(empty, STAMP, replace_by=held)


@pytest.mark.slow
def test_what_an_older_warehouse_or_a_killed_run_lacks(
    settings: Settings, collection: Path
) -> None:
    run(settings, collection)
    found = links(settings)
    forget(settings, "compared", "duplicates")  # killed between the last chunk and the comparison
    report = run(settings, collection)
    assert report.decoded == 0
    assert (report.related.duplicates, report.related.excerpts) == (1, 1)
    assert links(settings) == found

    before = rows(settings, "SELECT track_id, recorded_at FROM features_timbre ORDER BY ALL")
    forget(settings, "fingerprints", "compared", "duplicates")  # from before there were any
    assert run(settings, collection).counts == {Outcome.ACCEPTED: 4}
    assert links(settings) == found
    after = rows(settings, "SELECT track_id, recorded_at FROM features_timbre ORDER BY ALL")
    assert after == before, "nothing but the fingerprint was measured"
    assert run(settings, collection).decoded == 0

    result = CliRunner().invoke(command, ["--format", "jsonl"], obj=settings)
    assert result.exit_code == 0, result.output
    assert '"cluster":1' in result.output.replace(" ", "")
    track, canonical = pair(settings, NEAR)
    wrong = CliRunner().invoke(command, ["--undo", canonical, track], obj=settings)
    assert isinstance(wrong.exception, InputError)
    assert f"{track} {canonical} --method {NEAR}" in str(wrong.exception)
    right = CliRunner().invoke(command, ["--undo", track, canonical], obj=settings)
    assert right.output == f"undone: {track} → {canonical} by {NEAR}\n"
    both = CliRunner().invoke(command, ["--undo", track, canonical, "--scan"], obj=settings)
    assert both.exit_code == 2
