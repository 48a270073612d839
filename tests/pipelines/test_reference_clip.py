"""A recording as a prompt: the vector says what is measured; words and options change it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import soundfile

from generation.sequencer.engine import Embedded
from mapping.controlling.measuring import Measured
from mapping.encoder import load_encoder
from mapping.model import Mapping
from mapping.reading.wishes import Options
from pipelines.features.extract import extract
from pipelines.reference_clip import TAKEN, measure_clip, vector_like
from schemas.audio import Audio
from schemas.conditioning import ConditioningRequest
from schemas.errors import AudioError, PromptError
from schemas.parts import Lock, Prompt, Source
from schemas.settings import Settings


@pytest.fixture(scope="module")
def mapping() -> Mapping:
    return Mapping.starter(load_encoder())


@pytest.fixture(scope="module")
def audio() -> Audio:
    """A real rendering of 12 seconds."""
    asked = ConditioningRequest(prompt=Prompt(text="house"), duration_s=12.0)
    return Embedded(sounds="own").generate(asked, seed=4).mix


@pytest.fixture(scope="module")
def clip(audio: Audio, tmp_path_factory: pytest.TempPathFactory) -> Measured:
    path = tmp_path_factory.mktemp("clip") / "My private demo.flac"
    soundfile.write(path, audio.samples.T, audio.sample_rate_hz, subtype="PCM_24")
    return measure_clip(Settings(home=path.parent), path)


def test_the_vector_says_what_is_measured(audio: Audio, clip: Measured, mapping: Mapping) -> None:
    vector = vector_like(mapping, clip, "something like this", Options())
    measured = extract(audio, ("rhythm", "tonality", "loudness", "timbre"))
    taken = [name for name in TAKEN if isinstance(measured.get(name), float)]
    assert len(taken) >= 8
    for name in taken:
        condition = vector.features[name]
        assert condition.value == pytest.approx(measured[name], rel=1e-3)
        assert condition.source is Source.AUDIO
        assert condition.lock is Lock.SOFT
        assert condition.tolerance is not None
    assert vector.key is not None
    assert vector.key.source is Source.AUDIO
    assert vector.key.pitch_class == measured["key_pitch_class"]
    assert vector.vector.names == mapping.features
    assert any("left open" in warning for warning in vector.warnings)


def test_ten_percent_faster_and_no_vocals(clip: Measured, mapping: Mapping) -> None:
    start = vector_like(mapping, clip, "", Options())
    vector = vector_like(mapping, clip, "like this but 10% faster, no vocals", Options())
    assert vector.features["tempo_bpm"].value == pytest.approx(1.1 * clip.values["tempo_bpm"], 2e-3)
    onsets = vector.features["onset_rate_hz"].value
    assert onsets == pytest.approx(1.1 * clip.values["onset_rate_hz"], rel=2e-3)
    assert vector.vocals.mode == "off"
    for name in ("energy", "brightness_hz", "loudness_lufs", "danceability"):
        assert vector.features[name] == start.features[name]


@pytest.mark.parametrize(
    ("words", "feature", "sign"),
    [
        ("make it darker", "brightness_hz", -1),
        ("like this, but much brighter", "brightness_hz", 1),
        ("a bit slower", "tempo_bpm", -1),
        ("just like this one only more energetic", "energy", 1),
    ],
)
def test_words_move_what_they_name(
    words: str, feature: str, sign: int, clip: Measured, mapping: Mapping
) -> None:
    value = vector_like(mapping, clip, words, Options()).features[feature].value
    assert value is not None
    assert sign * (value - clip.values[feature]) > 0.01 * abs(clip.values[feature])


def test_options_are_met_exactly(clip: Measured, mapping: Mapping) -> None:
    asked = Options(bpm=90, key="D minor", locks={"energy": 0.3}, duration_s=20, vocals="on")
    vector = vector_like(mapping, clip, "darker", asked)
    assert vector.features["tempo_bpm"].value == 90
    assert vector.features["energy"].value == 0.3
    assert vector.features["energy"].lock is Lock.HARD
    assert vector.key is not None
    assert vector.key.name == "D minor"
    assert (vector.duration_s, vector.vocals.mode) == (20, "on")
    brightness = vector.features["brightness_hz"].value
    assert brightness is not None
    assert brightness < clip.values["brightness_hz"]


def test_its_name_reaches_no_engine(clip: Measured, mapping: Mapping) -> None:
    vector = vector_like(mapping, clip, "like this but darker", Options())
    assert vector.references[0].kind == "audio"
    told = vector.to_request().model_dump_json()
    assert "private" not in told
    assert '"darker"' in told


def test_what_was_not_measured_is_left_open(clip: Measured, mapping: Mapping) -> None:
    bare = replace(clip, values={"loudness_lufs": -20.0}, key_probabilities=None)
    vector = vector_like(mapping, bare, "like this", Options())
    assert vector.features["loudness_lufs"].value == -20
    assert vector.features["tempo_bpm"].source is Source.MODEL
    assert vector.features["tempo_bpm"].lock is Lock.FREE


def test_what_cannot_be(clip: Measured, mapping: Mapping, tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="nothing in"):
        vector_like(mapping, clip, "like this but qqq", Options())
    with pytest.raises(AudioError, match=r"none\.wav: no such file"):
        measure_clip(Settings(home=tmp_path), tmp_path / "none.wav")
    text = tmp_path / "clip.ogg"
    text.write_text("not audio")
    with pytest.raises(AudioError, match=r"clip\.ogg"):
        measure_clip(Settings(home=tmp_path), text)
