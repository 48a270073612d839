"""The tagger through the whole of an ingest: what it fills, and what it leaves alone."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from mutagen.flac import FLAC

from pipelines.heard import measured_by, tags_scope
from pipelines.ingest import IngestReport, ingest
from schemas.errors import ContractError, TaggerError
from schemas.features import group_version
from schemas.operations import RunState
from schemas.outcomes import Outcome
from schemas.settings import Settings
from schemas.tables import TABLES
from tests.pipelines.conftest import write_loop
from warehouse.audits import run_audits
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.store import Store

needs_weights = pytest.mark.skipif(
    importlib.util.find_spec("musicnn") is None,
    reason="no weights here: pip install --no-deps musicnn==0.1.0",
)
VALUES = "instrumentalness, acousticness, valence, vocal_presence"


def rows(settings: Settings, sql: str) -> list[dict[str, Any]]:
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        return list(lake.query(sql).to_pylist())


def run(settings: Settings, folder: Path, tagger: str = "") -> IngestReport:
    report = ingest(settings, [folder], tagger=tagger)
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        failed = [audit for audit in run_audits(lake) if not audit.passed]
    assert not failed, failed
    return report


def genre(path: Path, text: str) -> None:
    tags = FLAC(path)
    tags["genre"] = text
    tags.save()


@pytest.mark.slow
@needs_weights
def test_life_with_a_tagger(settings: Settings, tmp_path: Path) -> None:
    """Off, on, on again, off again with other words, and a tagger that has changed."""
    folder = tmp_path / "music"
    path = write_loop(folder / "loop.flac", seconds=4)
    genre(path, "polka")

    run(settings, folder)
    (untagged,) = rows(settings, f"SELECT extractor, status, {VALUES} FROM features_perceptual")
    assert untagged == {"extractor": "wordtone", "status": "empty"} | dict.fromkeys(
        VALUES.split(", ")
    )
    rhythm = rows(settings, "SELECT run_id, extractor FROM features_rhythm")

    heard = run(settings, folder, "musicnn")
    assert heard.counts == {Outcome.ACCEPTED: 1}
    (first,) = rows(settings, f"SELECT extractor, status, {VALUES} FROM features_perceptual")
    assert (first["extractor"], first["status"]) == ("musicnn-0.1.0", "partial")
    assert all(0 <= first[name] <= 1 for name in VALUES.split(", "))
    assert rows(settings, "SELECT run_id, extractor FROM features_rhythm") == rhythm
    tagged = tags(settings)
    assert {source.rsplit(":", 1)[0] for source, _ in tagged if source[:3] == "tag"} == {
        "tagger:musicnn"
    }
    assert ("vorbis:genre", "polka") in tagged
    (asked,) = rows(settings, f"SELECT parameters FROM runs WHERE run = '{heard.run_id}'")
    assert '"tagger": "musicnn"' in asked["parameters"]

    assert run(settings, folder, "musicnn").state is RunState.NOTHING_TO_DO
    assert run(settings, folder).state is RunState.NOTHING_TO_DO, "what was heard stays"

    genre(path, "waltz")
    leave_a_stale_hearing(settings)
    run(settings, folder)
    stale = {("tagger:musicnn:MTT", "kazoo"), ("tagger:other:words", "kazoo")}
    reread = tagged - {("vorbis:genre", "polka")} | {("vorbis:genre", "waltz")}
    assert tags(settings) == reread | stale, "new words replace words alone"

    assert run(settings, folder, "musicnn").counts == {Outcome.ACCEPTED: 1}
    assert tags(settings) == reread | {("tagger:other:words", "kazoo")}
    assert rows(settings, f"SELECT extractor, status, {VALUES} FROM features_perceptual") == [first]


def tags(settings: Settings) -> set[tuple[str, str]]:
    return {(row["source"], row["term"]) for row in rows(settings, "SELECT source, term FROM tags")}


def leave_a_stale_hearing(settings: Settings) -> None:
    """As if an older musicnn, and some other tagger, had heard the track."""
    (track,) = rows(settings, "SELECT track_id FROM tracks")
    perceptual = TABLES["features_perceptual"].row(
        **track,
        group_version=group_version("perceptual"),
        extractor="musicnn-0.0.9",
        status="partial",
        null_reasons="{}",
    )
    stale = [
        TABLES["tags"].row(**track, term="kazoo", kind="instrument", source=source, raw="kazoo")
        for source in ("tagger:musicnn:MTT", "tagger:other:words")
    ]
    with Store(Location.from_settings(settings)) as store:
        batches = {"features_perceptual": [perceptual], "tags": stale}
        store.write(batches, RunStamp("older", "ingest", "an older tagger"))


def test_an_unknown_tagger_is_named_before_anything_is_read(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with pytest.raises(ContractError, match=r"tagger: 'clap'; valid: musicnn") as refused:
        ingest(settings, [tmp_path], tagger="clap")
    assert refused.value.exit_code == 2
    assert not settings.staging_path.exists()


def test_missing_weights_are_named_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.features.tagger.registry import load_tagger

    load_tagger.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    settings = Settings(home=tmp_path)
    with pytest.raises(TaggerError, match="pip install --no-deps musicnn") as refused:
        ingest(settings, [tmp_path], tagger="musicnn")
    assert refused.value.exit_code == 1
    assert not settings.staging_path.exists()


def test_only_the_perceptual_group_is_the_taggers() -> None:
    assert measured_by("perceptual", "wordtone", "musicnn") == "musicnn-0.1.0"
    assert measured_by("perceptual", "librosa", "") == "librosa"
    assert measured_by("rhythm", "wordtone", "musicnn") == "wordtone"


def test_a_commit_without_words_or_hearing_replaces_no_tags() -> None:
    import pyarrow as pa

    nobody = pa.table({"track_id": pa.array([], pa.string())})
    assert tags_scope({}, nobody).num_rows == 0
