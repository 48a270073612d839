"""Finding weights: what a folder must be, whose they are, and what is refused."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from generation.engines import sound
from generation.engines.weights import UNKNOWN_LICENCE, Expected, Loading, digest_of, locate
from schemas.audio import Audio
from schemas.errors import GenerationError, InputError, MissingExtraError
from schemas.parts import Region
from tests.generation.engines.conftest import needs_engines

ROOT = Path(__file__).parents[3]
EXPECTED = Expected(
    index="config.json",
    field="model_type",
    values=("musicgen",),
    example="facebook/musicgen-small",
)


def folder(path: Path, **config: object) -> Path:
    from safetensors.numpy import save_file

    path.mkdir(exist_ok=True)
    (path / "config.json").write_text(json.dumps({"model_type": "musicgen", **config}))
    save_file({"a": np.ones(3, np.float32)}, path / "model.safetensors")
    return path


def test_a_folder_is_found_with_its_digest(tmp_path: Path) -> None:
    one = folder(tmp_path / "mine")
    found = locate(Loading(weights=str(one)), EXPECTED)
    assert found.folder == one
    assert found.weights.id == f"mine@{digest_of(one)[:12]}"
    assert found.weights.licence == UNKNOWN_LICENCE


def test_other_weights_have_another_digest(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    one = folder(tmp_path / "mine")
    before = digest_of(one)
    assert digest_of(folder(tmp_path / "same")) == before, "wherever they lie"
    save_file({"a": np.full(3, 2, np.float32)}, one / "model.safetensors")
    assert digest_of(one) != before


@pytest.mark.parametrize(
    ("card", "name", "licence"),
    [
        ("---\nlicense: cc-by-nc-4.0\n---\n# x", "", "CC-BY-NC-4.0"),
        ("---\ntags: [a]\nlicense: mit\n---\n", "", "MIT"),
        ("---\nlicense: other\nlicense_name: stable-audio-community\n---\n", "",
         "LicenseRef-Stability-AI-Community"),
        ("---\nlicense: openrail\n---\n", "", "LicenseRef-openrail"),
        ("no head; license: mit", "", UNKNOWN_LICENCE),
        ("---\nlicense: unknown\n---\n", "", UNKNOWN_LICENCE),
        (None, "facebook/musicgen-large", "CC-BY-NC-4.0"),
        (None, "stabilityai/stable-audio-open-1.0", "LicenseRef-Stability-AI-Community"),
        (None, "ACE-Step/acestep-v15", "MIT"),
        (None, "someone/else", UNKNOWN_LICENCE),
        ("---\nlicense: apache-2.0\n---\n", "facebook/musicgen-large", "Apache-2.0"),
    ],
)  # fmt: skip
def test_the_licence_is_the_cards_or_the_published_one(
    card: str | None, name: str, licence: str, tmp_path: Path
) -> None:
    one = folder(tmp_path / "mine", _name_or_path=name)
    if card is not None:
        (one / "README.md").write_text(card)
    found = locate(Loading(weights=str(one)), EXPECTED)
    assert found.weights.licence == licence
    assert licence in found.note


def test_what_is_no_model_of_the_kind_is_refused_with_what_is_needed(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(GenerationError, match=r"no config\.json; needed is .*model_type: musicgen"):
        locate(Loading(weights=str(empty)), EXPECTED)
    other = folder(tmp_path / "other", model_type="bert")
    with pytest.raises(GenerationError, match=r"model_type is 'bert'; needed is"):
        locate(Loading(weights=str(other)), EXPECTED)
    (other / "config.json").write_text("{")
    with pytest.raises(GenerationError, match="cannot be read"):
        locate(Loading(weights=str(other)), EXPECTED)


def test_pickles_are_never_opened(tmp_path: Path) -> None:
    one = folder(tmp_path / "mine")
    (one / "model.safetensors").rename(one / "pytorch_model.bin")
    with pytest.raises(GenerationError, match=r"pytorch_model\.bin, a pickle, which is never"):
        locate(Loading(weights=str(one)), EXPECTED)


@pytest.mark.parametrize("weights", ["", "nowhere", "a/b/c", "../x", "/none/here"])
def test_what_is_neither_folder_nor_id_is_refused(weights: str) -> None:
    with pytest.raises(InputError, match="neither a folder nor an id"):
        locate(Loading(weights=weights), EXPECTED)


@needs_engines
def test_an_id_that_is_not_on_this_machine_is_told_without_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(GenerationError, match=r"not in the hub's cache.*hf download facebook/mus"):
        locate(Loading(weights="facebook/musicgen-none"), EXPECTED)


@needs_engines
def test_damaged_weights_are_told(tmp_path: Path) -> None:
    from generation.engines.musicgen import MusicGen
    from tests.generation.engines import tiny

    one = tiny.save_musicgen(tmp_path / "m")
    content = (one / "model.safetensors").read_bytes()
    (one / "model.safetensors").write_bytes(content[: len(content) // 2])
    with pytest.raises(GenerationError, match="loading the weights"):
        MusicGen(Loading(weights=str(one))).load()


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("torch", r"torch is not installed; pip install torch.*wordtone\[engines\]"),
        ("transformers", r"transformers is not installed; pip install 'wordtone\[engines\]'"),
    ],
)
def test_without_torch_or_the_extra_it_is_named(
    missing: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from generation.engines.musicgen import MusicGen

    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == missing else found("json")
    )
    with pytest.raises(MissingExtraError, match=said):
        MusicGen(Loading(weights=str(folder(tmp_path / "m")))).load()


def test_importing_the_engines_loads_no_torch() -> None:
    code = (
        "import sys, generation.engines.ace_step, generation.engines.musicgen_melody, "
        "generation.engines.stable_audio_3, generation.engines.stable_audio_open, "
        "generation.engines.external; "
        "print([m for m in ('torch', 'diffusers', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_samples_are_cut_to_length_and_kept_below_full_scale() -> None:
    long = np.full((1, 2, 30), 2.0, np.float32)
    audio, notes = sound.finished(long, 10, 2.0)
    assert audio.samples.shape == (2, 20)
    assert audio.samples.max() == 1
    assert "lowered by 6.0 dB" in notes[0]
    short, notes = sound.finished(long, 10, 9.0)
    assert short.frames == 30
    assert "asked for 9.00 s, the engine gave 3.00 s" in notes[0]
    assert sound.finished(np.zeros((1, 5)), 10, None)[1] == ["the engine gave silence"]


@pytest.mark.parametrize("shape", [(0, 5), (3, 5), (2, 0), (2, 2, 5), (5,)])
def test_other_layouts_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(GenerationError, match="shape"):
        sound.finished(np.zeros(shape), 10, None)


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (48_000, 2), (11_025, 2)])
def test_a_clip_is_brought_to_the_engines_rate(rate: int, channels: int) -> None:
    time = np.arange(44_100) / 44_100
    clip = Audio(np.float32(np.sin(2 * np.pi * 440 * time))[None], 44_100)
    samples = sound.fitted(clip, rate, channels)
    assert samples.shape == (channels, rate)
    expected = np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    middle = slice(rate // 10, -rate // 10)
    assert np.abs(samples[0] - expected)[middle].max() < 0.01


def test_a_splice_has_no_click_and_takes_the_sources_level() -> None:
    rate = 8_000
    wave = np.float32(0.2 * np.sin(2 * np.pi * 100 * np.arange(4 * rate) / rate))[None]
    made = sound.spliced(wave, 3 * wave, (Region(start_s=1, end_s=2),), rate)
    assert np.allclose(made, wave, atol=1e-4), "three times as loud is brought down to the source"
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.1, (1, 4 * rate)).astype(np.float32)
    joined = sound.spliced(wave, noise, (Region(start_s=1, end_s=2),), rate)
    fade = round(sound.FADE_S * rate)
    for edge in (rate, 2 * rate):
        assert np.array_equal(joined[:, :rate], wave[:, :rate])
        assert np.array_equal(joined[:, 2 * rate :], wave[:, 2 * rate :])
        jump = np.abs(np.diff(joined[0]))[edge - 2 : edge + 1].max()
        assert jump < np.abs(np.diff(wave[0])).max() + 4 * 0.1 / fade
