"""A saved mapping answers as before, and a changed one is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mapping import artifact
from mapping.model import Mapping
from mapping.reading.wishes import Options
from schemas.errors import ArtifactError, NotTrainedError
from schemas.protocols import TextEncoder

PROMPTS = ["slow dark ambient", "house at 124 BPM in F# minor", "high energy, no vocals", "xyzzy"]


@pytest.fixture
def saved(mapping: Mapping, tmp_path: Path) -> Path:
    mapping.save(tmp_path / "model")
    return tmp_path / "model"


def test_round_trip_gives_identical_vectors(mapping: Mapping, saved: Path) -> None:
    again = Mapping.load(saved)
    assert again.manifest == mapping.manifest
    assert again.info.snapshot == 7
    for prompt in PROMPTS:
        options = Options(samples=5, seed=1)
        assert again.condition(prompt, options) == mapping.condition(prompt, options)


def test_saving_again_changes_nothing_and_overwrites_nothing(
    mapping: Mapping, saved: Path, tmp_path: Path
) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in saved.iterdir()}
    mapping.save(saved)
    assert {path.name: path.stat().st_mtime_ns for path in saved.iterdir()} == before
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")
    with pytest.raises(ArtifactError, match="exists and is not this mapping"):
        mapping.save(tmp_path / "other")


@pytest.mark.parametrize("name", [artifact.ARRAYS, artifact.TEXT])
def test_a_changed_file_is_refused(saved: Path, encoder: TextEncoder, name: str) -> None:
    data = bytearray((saved / name).read_bytes())
    data[len(data) // 2] ^= 1
    (saved / name).write_bytes(data)
    with pytest.raises(ArtifactError, match=f"{name}: sha256 is .*, the manifest says"):
        Mapping.load(saved, encoder)


def _rewrite(folder: Path, change: Callable[[dict[str, Any]], object], resign: bool) -> None:
    """Change the manifest; with `resign`, as someone who knows how to make its hash fit."""
    path = folder / artifact.MANIFEST
    record = json.loads(path.read_text())
    change(record)
    if resign:
        record["sha256"] = artifact._own_hash(record)
    path.write_text(json.dumps(record))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r["features"][0].update(version=99), "feature tempo_bpm has version 99"),
        (lambda r: r["features"][0].update(name="speed"), "unknown feature 'speed'"),
        (lambda r: r.update(encoder="another"), "encoder is 'another' there"),
        (lambda r: r.update(format=2), "format 2; this version reads 1"),
        (lambda r: r.update(colour="red"), "colour"),
        (lambda r: r.update(data=["rights"]), "data is no object"),
        (lambda r: r.update(model_id="mapping-0"), "model_id does not belong"),
        (lambda r: r["features"].pop(), "features are not those of the arrays"),
    ],
)
def test_a_manifest_that_disagrees_is_refused(
    saved: Path, encoder: TextEncoder, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    _rewrite(saved, change, resign=True)
    with pytest.raises(ArtifactError, match=message):
        Mapping.load(saved, encoder)


def test_what_it_was_trained_on_is_kept_and_older_mappings_load(
    mapping: Mapping, encoder: TextEncoder, tmp_path: Path
) -> None:
    data = {"rights": {"policy": "open", "counts": {"allowed": 8}}}
    before, mapping.manifest = mapping.manifest, replace(mapping.manifest, data=data)
    try:
        mapping.save(tmp_path / "model")
    finally:
        mapping.manifest = before
    assert Mapping.load(tmp_path / "model", encoder).manifest.data == data
    _rewrite(tmp_path / "model", lambda r: r.pop("data"), resign=True)
    assert Mapping.load(tmp_path / "model", encoder).manifest.data is None


def test_a_manifest_changed_by_hand_is_refused(saved: Path, encoder: TextEncoder) -> None:
    _rewrite(saved, lambda r: r.update(snapshot=8), resign=False)
    with pytest.raises(ArtifactError, match="sha256 is"):
        Mapping.load(saved, encoder)
    (saved / artifact.MANIFEST).write_text("{")
    with pytest.raises(ArtifactError, match="not a manifest of a mapping"):
        Mapping.load(saved, encoder)


def test_no_mapping_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NotTrainedError, match="wordtone train"):
        Mapping.load(tmp_path / "nowhere")
