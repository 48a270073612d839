"""The demonstration catalogue: labels that are true, artists that share styles out, determinism."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import soundfile

from generation.catalogue.rendering import labels, render_catalogue
from generation.catalogue.sketching import MOODS, sketch
from pipelines.sources.targets import LISTS, TEXTS
from schemas.errors import GenerationError, InputError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("catalogue")
    assert render_catalogue(where, 3, sounds="own", workers=1) == 3
    return where


def test_every_track_is_clean_and_labelled(folder: Path) -> None:
    tracks = sorted(folder.glob("*.flac"))
    assert len(tracks) == 3
    for path in tracks:
        samples, rate = soundfile.read(path)
        assert rate == 44_100
        assert samples.shape[1] == 2
        assert 10.0 <= len(samples) / rate <= 15.0
        assert 0.03 < np.abs(samples).max() < 1.0
        assert np.abs(samples.mean(axis=0)).max() < 0.01
        text = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        assert set(text) <= {*TEXTS, *LISTS, "origin"}
        assert text["origin"] == "score_render"
        assert text["license"] == "CC0-1.0"
        assert text["instrument"]


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    render_catalogue(tmp_path, 3, sounds="own", workers=1)
    for one in folder.iterdir():
        both = [hashlib.sha256((f / one.name).read_bytes()).hexdigest() for f in (folder, tmp_path)]
        assert both[0] == both[1], one.name


def test_styles_are_shared_out_among_artists_and_albums_belong_to_one() -> None:
    sketches = [sketch(number, 300, 0) for number in range(300)]
    artists, owners = defaultdict(set), defaultdict(set)
    for one in sketches:
        artists[one.style].add(one.artist)
        owners[one.album].add(one.artist)
    assert len(artists) >= 60
    assert min(len(found) for found in artists.values()) >= 3
    assert len({one.artist for one in sketches}) >= 40
    assert all(len(found) == 1 for found in owners.values())
    assert {one.mood.words for one in sketches} == {mood.words for mood in MOODS}


def test_moods_move_what_is_asked() -> None:
    sketches = [sketch(number, 300, 0) for number in range(300)]

    def mean(word: str, field: str) -> float:
        return float(np.mean([getattr(s, field) for s in sketches if word in s.mood.words]))

    assert mean("calm", "energy") < mean("energetic", "energy") - 0.2
    assert mean("dark", "brightness_hz") < 0.7 * mean("bright", "brightness_hz")
    assert {s.mode for s in sketches if "happy" in s.mood.words} == {"major"}


def test_labels_name_what_plays_and_vary() -> None:
    one = sketch(0, 40, 0)
    text = labels(one, ["kit_909", "rhodes", "wurlitzer", "trumpet"], "CC0-1.0")
    assert text["instrument"] == ["drum machine", "electric piano", "trumpet"]
    texts = {labels(sketch(n, 40, 0), ["piano"], "CC0-1.0")["description"] for n in range(40)}
    assert len(texts) == 40


def test_bad_arguments_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="tracks: 0; valid is 1"):
        render_catalogue(tmp_path, 0)
    with pytest.raises(InputError, match="seed: -1"):
        render_catalogue(tmp_path, 1, seed=-1)
    (tmp_path / "file").touch()
    with pytest.raises(GenerationError, match="cannot be written"):
        render_catalogue(tmp_path / "file", 1)
