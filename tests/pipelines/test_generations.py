"""Generations in the warehouse, and generated audio at the gate: it never trains."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from generation.around import judging
from generation.around.candidates import create
from generation.around.describing import describe
from generation.around.files import write_audio
from pipelines.analyse import Job, analyse_file
from pipelines.generations import EXTRACTOR, record_generations, review_rows
from pipelines.rows import Seen, rows_of
from schemas.audio import Audio
from schemas.catalogue import Origin
from schemas.features import groups
from schemas.generation import GenerationResult, Weights
from schemas.parts import Lock
from schemas.tables import PRIVATE_TABLES
from tests.generation.around.playing import MANIFEST, Playing, condition, request
from tests.warehouse.blank import blank
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.store import Store

STAMP = RunStamp(run_id="r", flow="ingest", message="a test")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(blank(Location(str(tmp_path / "catalogue.sqlite"), str(tmp_path / "data"))))


def result() -> GenerationResult:
    asked = request(bpm=100.0, duration_s=1.0)
    found = {"tempo_bpm": 120.0, "key_pitch_class": 9.0, "key_mode": 0.0}
    made = create(Playing(seconds=1.0), asked, lambda _: found)
    weights = (Weights(id="a", licence="MIT"), Weights(id="b", licence="GPL-2.0-only"))
    return describe(MANIFEST, asked, made, "wordtone 0").model_copy(update={"weights": weights})


def read(store: Store, sql: str) -> pa.Table:
    with Lake.open(store.location, read_only=True) as lake:
        return lake.query(sql)


def test_a_generation_and_its_verdicts_become_rows_once(store: Store) -> None:
    one = result()
    assert record_generations(store, [one]).changed
    assert not record_generations(store, [one]).changed
    (row,) = read(store, "SELECT * FROM generations").to_pylist()
    assert row["generation_id"] == one.generation_id
    assert row["engine"] == "playing"
    assert row["weights_id"] == "a + b"
    assert row["weights_licence"] == "MIT AND GPL-2.0-only"
    reviews = {r["feature"]: r for r in read(store, "SELECT * FROM reviews").to_pylist()}
    assert set(reviews) == {"tempo_bpm", "key"}
    assert {r["reviewer"] for r in reviews.values()} == {EXTRACTOR}
    tempo, key = reviews["tempo_bpm"], reviews["key"]
    assert (tempo["asked"], tempo["measured"], tempo["hit"]) == (100.0, 120.0, False)
    assert (key["asked"], key["measured"], key["hit"]) == (None, None, False)
    assert "asked C major, measured A minor" in key["note"]
    assert "the relative key" in key["note"]


def test_a_new_verdict_replaces_the_extractors_and_no_listeners(store: Store) -> None:
    one = result()
    record_generations(store, [one])
    listener = review_rows(one)[0]
    said = dataclasses.replace(listener, review_id="mine", reviewer="me", rating=0.5)
    store.write({"reviews": [said]}, STAMP)
    fewer = one.model_copy(update={"features": one.features[:1]})
    record_generations(store, [fewer])
    left = read(store, "SELECT reviewer, feature FROM reviews ORDER BY reviewer").to_pylist()
    assert [(r["reviewer"], r["feature"]) for r in left] == [
        ("extractor", one.features[0].feature),
        ("me", one.features[0].feature),
    ]


def test_prompts_generations_and_reviews_are_no_part_of_what_others_may_query() -> None:
    assert {"generations", "reviews"} <= PRIVATE_TABLES


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_a_generated_file_is_known_as_such_wherever_it_was_copied_and_never_trains(
    tmp_path: Path, store: Store, suffix: str
) -> None:
    """No sidecar beside it, and a licence that would let any recording in."""
    t = np.arange(6 * 22_050) / 22_050
    tone = (0.3 * np.sin(2 * np.pi * 220 * t)).astype(np.float32)
    path = tmp_path / f"copied{suffix}"
    write_audio(path, Audio(tone[None], 22_050), "20260101T000000000000-00000000", "nice music")
    path.with_suffix(".json").write_text(
        '{"license": "CC0-1.0", "origin": "recording", "tags": ["ambient"]}'
    )
    job = Job(uri=str(path), source=str(tmp_path), groups=tuple(groups()), max_duration_s=60)
    found = analyse_file(job, lambda _: None)
    assert found.text is not None
    assert found.text["origin"] == Origin.GENERATED
    assert not any("wordtone" in term["raw"] for term in found.text["tags"])
    rows = rows_of(job, found, Seen(size=1, mtime_ns=1, at=datetime.now(UTC)))
    store.write(rows, STAMP)
    assert read(store, "SELECT origin FROM tracks").to_pylist() == [{"origin": "generated"}]
    assert read(store, "SELECT * FROM training_examples").num_rows == 0


def test_features_that_are_free_are_recorded_too() -> None:
    asked = request(features={"energy": condition("ratio", 0.5, Lock.FREE)})
    verdicts = judging.judge(asked, {"energy": 0.9}, {})
    one = result().model_copy(update={"features": verdicts})
    assert [row.hit for row in review_rows(one)] == [False, None]
