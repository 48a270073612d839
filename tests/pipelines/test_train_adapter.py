"""Adapters from a warehouse: what may train, and what the manifest says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from pipelines.generator.stretches import flat_of_track, names
from schemas.catalogue import Origin
from schemas.features import feature
from schemas.scales import normalise
from schemas.settings import Settings
from service.cli.main import cli
from tests.generation.engines.conftest import folder_of, needs_engines
from tests.warehouse.blank import blank
from tests.warehouse.catalogue import rows, track_id
from tests.warehouse.conftest import STAMP, Rows
from warehouse.location import Location
from warehouse.store import Store

__all__ = ["folder_of"]
COUNT = 15
UNLICENSED = {track_id(i) for i in range(0, COUNT, 5)}
GENERATED, MISSING, SHORT = track_id(1), track_id(2), track_id(3)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Fifteen tracks: a fifth without a licence, one generated, one gone, one too short."""
    location = blank(Location.from_settings(Settings(home=tmp_path)))
    music = tmp_path / "music"
    music.mkdir()
    tables = rows(COUNT, Rows(), music)
    tables["tracks"][1] = Rows().track(GENERATED, origin=Origin.GENERATED)
    for index in range(COUNT):
        path = music / f"{index}.flac"
        seconds = 0.5 if index == 3 else 2.5
        time = np.arange(int(seconds * 22_050)) / 22_050
        soundfile.write(path, 0.3 * np.sin(2 * np.pi * (200 + 20 * index) * time), 22_050)
    (music / "2.flac").unlink()
    with Store(location) as store:
        store.write(tables, STAMP)
    return tmp_path


def test_a_track_is_a_vector_of_what_was_measured() -> None:
    flat = flat_of_track({"tempo_bpm": 120.0, "key_probabilities": [1.0] + [0.0] * 23})
    count = len(names())
    place = names().index("tempo_bpm")
    assert flat[place] == pytest.approx(normalise(feature("tempo_bpm"), 120))
    assert flat[3 * count + place] == 1
    assert flat[3 * count : 4 * count].sum() == 1, "the rest is open"
    assert flat[4 * count] == 1
    unknown = flat_of_track({"tempo_bpm": None, "key_probabilities": None})
    assert unknown[4 * count :].tolist() == pytest.approx([1 / 24] * 24)


@needs_engines
def test_only_what_may_train_trains(home: Path, folder_of: Callable[..., Path]) -> None:
    from generation.adapters import artifact
    from tests.generation.engines.test_engines import engine

    weights, out = folder_of("musicgen"), home / "adapter"
    asked = ["train-adapter", "--weights", str(weights), "--out", str(out)]
    few = ["--seconds", "1", "--steps", "3", "--batch", "4"]
    done = CliRunner(env={"WORDTONE_HOME": str(home)}).invoke(cli, [*asked, *few])
    assert done.exit_code == 0, done.output
    manifest = json.loads((out / "manifest.json").read_text())
    kept = {track_id(i) for i in range(COUNT)} - UNLICENSED - {GENERATED, MISSING, SHORT}
    assert set(manifest["trained"]["tracks"]) == kept
    assert sum(manifest["trained"]["licences"].values()) == len(kept)
    assert sum(manifest["trained"]["skipped"].values()) == 2
    assert "left out: 1 recording: no 1 s of sound in it" in done.output
    one = engine("musicgen", weights)
    assert artifact.load(out, "musicgen", one.located).names == names()


@needs_engines
def test_too_few_recordings_are_told(home: Path, folder_of: Callable[..., Path]) -> None:
    asked = ["train-adapter", "--weights", str(folder_of("musicgen")), "--out", str(home / "a")]
    done = CliRunner(env={"WORDTONE_HOME": str(home)}).invoke(cli, [*asked, "--seconds", "20"])
    assert done.exit_code == 1
    assert "0 recordings to learn from" in str(done.exception)
    assert not (home / "a").exists()
