"""The ingest flow on real files, end to end: Prefect, worker processes, the warehouse."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import soundfile

from pipelines.ingest import IngestReport, ingest
from schemas.errors import InputError
from schemas.operations import RunState
from schemas.outcomes import Outcome
from schemas.settings import Settings
from tests.pipelines.conftest import write_loop
from warehouse.audits import run_audits
from warehouse.lake import Lake
from warehouse.location import Location


def rows(settings: Settings, sql: str) -> list[dict[str, Any]]:
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        return list(lake.query(sql).to_pylist())


def run(settings: Settings, *folders: Path) -> IngestReport:
    report = ingest(settings, folders)
    assert report.counts.total() + report.left == report.discovered
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        failed = [audit for audit in run_audits(lake) if not audit.passed]
    assert not failed, failed
    return report


def test_life_of_a_folder(settings: Settings, music: Path) -> None:
    """New, unchanged, retagged, changed, moved, copied, broken, vanished and returned files."""
    first = run(settings, music)
    assert first.counts == {Outcome.ACCEPTED: 4}
    before = {row["uri"]: row["track_id"] for row in rows(settings, "FROM files")}
    assert len(set(before.values())) == 4
    measured = rows(settings, "SELECT count(*) AS n, count(tempo_bpm) AS t FROM features_rhythm")
    assert measured == [{"n": 4, "t": 4}]

    again = run(settings, music)
    assert again.state is RunState.NOTHING_TO_DO
    assert again.counts == {Outcome.UNCHANGED: 4}

    zero, one, two, three = sorted(music.rglob("*.flac"))
    write_loop(zero, 150, 300)  # other audio under a known name
    moved = one.rename(music / "moved.flac")
    copy = Path(shutil.copy2(two, music / "copy.flac"))
    same_audio = music / "same audio.wav"
    soundfile.write(same_audio, *soundfile.read(two, dtype="int16"))
    (music / "broken.mp3").write_bytes(b"not audio at all" * 64)
    (music / "empty.ogg").touch()
    three.unlink()
    changed = run(settings, music)
    assert changed.counts == {
        Outcome.ACCEPTED: 1,
        Outcome.UNCHANGED: 2,  # one as it was, one moved
        Outcome.DUPLICATE: 2,
        Outcome.REJECTED: 2,
    }
    assert changed.vanished == 2
    after = {row["uri"]: row for row in rows(settings, "FROM files")}
    assert after[str(zero)]["track_id"] != before[str(zero)], "other audio is another track"
    assert after[str(moved)]["track_id"] == before[str(one)], "a moved file keeps its track"
    assert after[str(one)]["state"] == after[str(three)]["state"] == "missing"
    links = rows(settings, "FROM duplicates")
    assert {link["canonical_id"] for link in links} == {before[str(two)]}
    assert {link["track_id"] for link in links} == {
        after[str(copy)]["track_id"],
        after[str(same_audio)]["track_id"],
    }
    reasons = {row["uri"]: row["reason"] for row in rows(settings, "FROM rejects")}
    assert reasons[str(music / "empty.ogg")] == "empty_file"
    assert set(reasons) == {str(music / "broken.mp3"), str(music / "empty.ogg")}
    assert run(settings, music).state is RunState.NOTHING_TO_DO, "a known reject is not retried"

    write_loop(music / "mended.flac", 90, 250)
    (music / "broken.mp3").unlink()
    write_loop(three, 130, 260)  # the vanished file is back with the bytes it had
    returned = run(settings, music)
    assert returned.counts == {Outcome.UNCHANGED: 7, Outcome.ACCEPTED: 1}
    states = {row["uri"]: row for row in rows(settings, "FROM files")}
    assert states[str(three)]["track_id"] == before[str(three)]
    assert states[str(three)]["state"] == "present"


@pytest.mark.slow
def test_retagged_file_keeps_track_and_features(settings: Settings, music: Path) -> None:
    run(settings, music)
    target = sorted(music.rglob("*.flac"))[0]
    query = (
        "SELECT track_id, t.recorded_at FROM files JOIN features_timbre AS t USING (track_id) "
        f"WHERE uri = '{target}'"
    )
    before = rows(settings, query)
    import mutagen.flac

    tags = mutagen.flac.FLAC(target)
    tags["genre"] = "Chamber Jazz"
    tags["license"] = "https://creativecommons.org/licenses/by/4.0/"
    tags.save()
    assert run(settings, music).counts == {Outcome.ACCEPTED: 1, Outcome.UNCHANGED: 3}
    assert rows(settings, query) == before, "the audio is as it was: nothing is measured again"
    track = before[0]["track_id"]
    terms = rows(settings, f"SELECT term FROM tags WHERE kind = 'genre' AND track_id = '{track}'")
    assert {"term": "chamber jazz"} in terms
    raw = rows(settings, f"SELECT raw FROM rights WHERE track_id = '{track}'")
    assert any("creativecommons.org/licenses/by/4.0" in row["raw"] for row in raw)
    del tags["license"]
    tags.save()
    assert run(settings, music).counts == {Outcome.ACCEPTED: 1, Outcome.UNCHANGED: 3}
    left = rows(settings, f"SELECT raw FROM rights WHERE track_id = '{track}'")
    assert left == [], "a licence that the file no longer states is not kept as if it did"


@pytest.mark.slow
def test_rows_without_versions_of_their_own_are_measured_whole(
    settings: Settings, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(settings, music)
    from schemas import features as contract

    def raised(group: str, features: object = None) -> str:
        version = contract.group_version(group)
        return "raised-by-test" if group == "loudness" else version

    for module in ("plan", "rows", "backfill"):
        monkeypatch.setattr(f"pipelines.{module}.group_version", raised)
    stamps = "SELECT max(recorded_at) AS at FROM features_{}"
    before = rows(settings, stamps.format("timbre"))
    assert run(settings, music).counts == {Outcome.ACCEPTED: 4}
    assert rows(settings, stamps.format("timbre")) == before
    versions = rows(settings, "SELECT DISTINCT group_version FROM features_loudness")
    assert versions == [{"group_version": "raised-by-test"}]
    assert run(settings, music).state is RunState.NOTHING_TO_DO


def test_run_is_recorded_with_its_counts(settings: Settings, music: Path) -> None:
    report = run(settings, music)
    (row,) = rows(settings, "FROM runs")
    assert row["run"] == report.run_id
    counts = {"accepted": 4, "vanished": 0, "left": 0, "copies": 0, "excerpts": 0}
    assert json.loads(row["counts"]) == counts
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        authors = {snapshot.author for snapshot in lake.snapshots()}
    assert report.run_id in authors, "every commit carries the id of its run"


@pytest.mark.slow
def test_missing_folder_is_an_error_not_an_empty_one(settings: Settings, music: Path) -> None:
    run(settings, music)
    shutil.rmtree(music)
    with pytest.raises(InputError, match="no such folder"):
        ingest(settings, [music])
    states = rows(settings, "SELECT DISTINCT state FROM files")
    assert states == [{"state": "present"}]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_folder_does_not_make_files_vanish(settings: Settings, music: Path) -> None:
    run(settings, music)
    closed = music / "album 0"
    closed.chmod(0)
    try:
        report = run(settings, music)
    finally:
        closed.chmod(0o755)
    assert report.vanished == 0
    assert report.counts[Outcome.REJECTED] == 1


def test_hostile_words_reach_the_warehouse_as_text(settings: Settings, music: Path) -> None:
    """NUL, half a surrogate pair and SQL in a sidecar: none breaks a row or a statement."""
    target = sorted(music.rglob("*.flac"))[0]
    words = {"title": "zero\0byte \ud800", "description": "'; DROP TABLE tracks; --"}
    target.with_suffix(".json").write_text(json.dumps(words))
    assert run(settings, music).counts == {Outcome.ACCEPTED: 4}
    titles = [row["title"] for row in rows(settings, "SELECT title FROM tracks")]
    assert not any("\0" in title or "\ud800" in title for title in titles if title)
    assert any(title and title.startswith("zero") for title in titles)


@pytest.mark.slow
def test_values_that_break_a_contract_cost_only_their_file(
    settings: Settings, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines import steps
    from pipelines.analyse import Analysed

    culprit = sorted(music.rglob("*.flac"))[1]
    real = steps._analyse

    def impossible(worker: Any, job: Any, known: Any) -> Analysed:
        found = real(worker, job, known)
        if job.uri == str(culprit):
            found.features["loudness"]["energy"] = 7.0
        return found

    monkeypatch.setattr(steps, "_analyse", impossible)
    report = run(settings, music)
    assert report.counts == {Outcome.ACCEPTED: 3, Outcome.REJECTED: 1}
    (reject,) = rows(settings, "FROM rejects")
    assert reject["uri"] == str(culprit)
    assert reject["reason"] == "invalid_values"
    assert "energy" in reject["detail"]
