"""Generations on disk: whole or not at all, found again, refused when damaged or hostile."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from generation.around import keeping
from generation.around.candidates import Made, create
from generation.around.describing import Origin, describe
from generation.around.files import read_audio, write_audio
from generation.around.keeping import (
    Kept,
    files_of,
    keep,
    list_generations,
    load_generation,
)
from schemas.answers import ModelInfo
from schemas.audio import Audio
from schemas.errors import ContractError, GenerationError, InputError, StorageError
from schemas.generation import GENERATED_MARK
from schemas.ids import new_id
from tests.generation.around.playing import MANIFEST, Playing, request

MODEL = ModelInfo(model_id="starter", encoder="x", snapshot=0, trained_tracks=0)


@pytest.fixture(scope="module")
def made() -> Made:
    found = {"tempo_bpm": 120.0, "key_pitch_class": 0.0, "key_mode": 1.0}
    return create(Playing(seconds=1.0), request(duration_s=2.0), lambda _: found)


@pytest.fixture
def kept(tmp_path: Path, made: Made) -> Kept:
    result = describe(MANIFEST, request(duration_s=2.0), made, "wordtone 0", Origin(MODEL, ("t1",)))
    return keep(tmp_path, made, result)


def test_what_is_kept_is_found_again_sample_for_sample(
    tmp_path: Path, kept: Kept, made: Made
) -> None:
    again = load_generation(tmp_path, kept.result.generation_id)
    assert again.result == kept.result
    step = 2.0**-23
    assert np.abs(again.audio().samples - made.piece.mix.samples).max() <= step
    total = again.audio("drums").samples + again.audio("chords").samples
    assert np.abs(total - again.audio().samples).max() <= 3 * step
    assert again.midi() == made.piece.midi
    assert soundfile.info(again.path()).subtype == "PCM_24"
    assert again.result.provenance.model == MODEL
    assert again.result.provenance.source_tracks == ("t1",)
    assert again.result.notes == ("length: 2.0 s asked, 1.0 s made",)
    assert [file.stem for file in again.result.audio] == [None, "drums", "chords"]


def test_every_file_says_that_it_was_generated(kept: Kept) -> None:
    for path in kept.folder.rglob("*.wav"):
        with soundfile.SoundFile(path) as file:
            assert file.comment == f"{GENERATED_MARK} {kept.result.generation_id}"
        assert json.loads(path.with_suffix(".json").read_text())["origin"] == "generated"


def test_samples_beyond_full_scale_are_kept_as_they_are(tmp_path: Path) -> None:
    loud = Audio(np.full((1, 100), 1.5, np.float32), 8000)
    write_audio(tmp_path / "loud.wav", loud, "x")
    assert read_audio(tmp_path / "loud.wav").samples.max() == 1.5
    write_audio(tmp_path / "quiet.flac", Audio(loud.samples / 2, 8000), "x", "\0\u202e")
    assert soundfile.info(tmp_path / "quiet.flac").format == "FLAC"


def test_ids_sort_by_time_and_name_their_folders(tmp_path: Path, made: Made) -> None:
    ids = [new_id() for _ in range(5)]
    assert ids == sorted(ids)
    results = [describe(MANIFEST, request(), made, "wordtone 0") for _ in range(3)]
    for result in results:
        keep(tmp_path, made, result)
    assert list_generations(tmp_path) == tuple(r.generation_id for r in reversed(results))
    assert list_generations(tmp_path / "nowhere") == ()


def test_a_killed_run_leaves_nothing_half(
    tmp_path: Path, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the last file was written: no id is listed, and what is left goes in a day."""

    def die(path: Path, content: bytes) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(keeping, "_write_bytes", die)
    with pytest.raises(KeyboardInterrupt):
        keep(tmp_path, made, describe(MANIFEST, request(), made, "wordtone 0"))
    assert list_generations(tmp_path) == ()
    (left,) = tmp_path.iterdir()
    monkeypatch.undo()
    keep(tmp_path, made, describe(MANIFEST, request(), made, "wordtone 0"))
    assert left.exists()
    os.utime(left, (0, 0))
    keep(tmp_path, made, describe(MANIFEST, request(), made, "wordtone 0"))
    assert not left.exists()


def test_a_full_disk_is_told_and_leaves_nothing(
    tmp_path: Path, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keeping, "_write_bytes", full)
    with pytest.raises(StorageError, match="No space left"):
        keep(tmp_path, made, describe(MANIFEST, request(), made, "wordtone 0"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "hostile", ["../../etc", "/etc/passwd", "", "20260101T000000000000-0000000g", "a" * 500, "."]
)
def test_hostile_ids_are_refused_before_the_disk_is_asked(tmp_path: Path, hostile: str) -> None:
    with pytest.raises(InputError, match="valid is as in"):
        load_generation(tmp_path, hostile)


def test_a_missing_one_names_the_latest(tmp_path: Path, kept: Kept) -> None:
    with pytest.raises(InputError, match=kept.result.generation_id):
        load_generation(tmp_path, new_id())
    with pytest.raises(InputError, match="there are none"):
        load_generation(tmp_path / "empty", new_id())


@pytest.mark.parametrize("path", ["../../secret.wav", "/etc/passwd", "stems/../../x.wav"])
def test_paths_that_lead_out_are_refused(tmp_path: Path, kept: Kept, path: str) -> None:
    file = kept.folder / "result.json"
    data = json.loads(file.read_text())
    data["audio"][0]["path"] = path
    file.write_text(json.dumps(data))
    again = load_generation(tmp_path, kept.result.generation_id)
    with pytest.raises(ContractError, match="leads out of its folder"):
        again.audio()


def test_a_link_that_leads_out_is_refused(tmp_path: Path, kept: Kept) -> None:
    outside = tmp_path / "outside.wav"
    write_audio(outside, Audio(np.zeros((1, 10), np.float32), 8000), "x")
    mix = kept.folder / "mix.wav"
    mix.unlink()
    mix.symlink_to(outside)
    with pytest.raises(ContractError, match="leads out of its folder"):
        kept.audio()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d.update(suprise=1), "suprise"),
        (lambda d: d["features"][0].update(applied="magic"), r"features\.0\.applied"),
        (lambda d: d.pop("seed"), "seed"),
    ],
)
def test_damaged_results_name_the_field(
    tmp_path: Path, kept: Kept, change: object, told: str
) -> None:
    file = kept.folder / "result.json"
    data = json.loads(file.read_text())
    assert callable(change)
    change(data)
    file.write_text(json.dumps(data))
    with pytest.raises(ContractError, match=told):
        load_generation(tmp_path, kept.result.generation_id)


def test_no_json_and_another_ones_result_are_told(tmp_path: Path, kept: Kept) -> None:
    file = kept.folder / "result.json"
    data = json.loads(file.read_text())
    file.write_text("{")
    with pytest.raises(ContractError, match="the file"):
        load_generation(tmp_path, kept.result.generation_id)
    file.write_text(json.dumps(data | {"generation_id": new_id()}))
    with pytest.raises(ContractError, match="not its folder's"):
        load_generation(tmp_path, kept.result.generation_id)


def test_a_stem_that_is_not_there_names_those_that_are(kept: Kept) -> None:
    with pytest.raises(InputError, match="drums, chords"):
        kept.audio("vocals")


@pytest.mark.parametrize("name", ["../x", "a/b", "", "x" * 80, ".hidden"])
def test_stems_with_names_that_are_no_files_are_refused(made: Made, name: str) -> None:
    from dataclasses import replace

    piece = replace(made.piece, stems={name: made.piece.mix})
    with pytest.raises(GenerationError, match="no name for a file"):
        files_of(replace(made, piece=piece))
