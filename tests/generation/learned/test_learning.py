"""Tiny trainings: the vector leads what is made, and with shuffled vectors it does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from generation.learned import artifact
from generation.learned.artifact import Manifest
from generation.learned.conditions import HEARD
from generation.learned.loop import Training, TrainingConfig
from generation.learned.prefetch import ahead
from generation.learned.schedule import learning_rate
from generation.learned.sound.layout import Shape as SoundShape
from generation.learned.symbolic import events as e
from generation.learned.symbolic.sampling import BarOrder, Manner, Writer
from generation.learned.symbolic.training import train
from generation.learned.symbolic.windows import Example
from schemas.conditioning import ConditioningRequest, FeatureCondition, KeyCondition
from schemas.errors import GenerationError, InputError
from schemas.parts import Edit, Prompt, Source
from tests.generation.learned import sounds
from tests.generation.learned.pieces import SMALL, STYLES, examples, led
from tests.generation.learned.tools import needs_torch

pytestmark = needs_torch
FACTS = e.BarFacts(label=0, intensity=4, place=0, left=3, ticks=48)
SOUND = SoundShape(features=len(HEARD), width=48, layers=2, frames=128, condition=48)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    import torch

    torch.set_num_threads(1)


def _trained(pieces: list[Example], steps: int = 160) -> Training:
    def passed(epoch: int) -> list[Example]:
        order = np.random.default_rng(epoch).permutation(len(pieces))
        return [pieces[place] for place in order]

    return train(passed, SMALL, STYLES, TrainingConfig(steps=steps, batch=6, rate=6e-3))


def _hats(training: Training, rate: float) -> float:
    """Hats a bar that the model writes when it is asked for `rate` (0 … 1)."""
    vector = led(training.weights, onset_rate_hz=10 * rate)
    bars = []
    for seed in range(4):
        manner = Manner(guidance=2.0)
        writer = Writer(training.weights, SMALL, vector, np.ones(1, np.float32), manner)
        bars += [writer.bar([], BarOrder(facts=FACTS, seed=seed))]
    return float(np.mean([(bar[:, e.KIND] == e.DRUMS).sum() for bar in bars]))


def test_onsets_follow_the_vector_and_not_one_that_was_shuffled() -> None:
    led = _trained(examples(60))
    assert _hats(led, 0.9) > 2 * _hats(led, 0.1)
    lost = _trained(examples(60, shuffled=True))
    ratio = _hats(lost, 0.9) / max(1.0, _hats(lost, 0.1))
    assert 0.5 < ratio < 2, "a vector that says nothing of the notes leads nothing"
    assert led.losses[-1] < led.losses[0] / 4
    assert 0 <= led.waiting_share < 0.3


def test_training_says_when_there_is_nothing_to_learn_from() -> None:
    with pytest.raises(GenerationError, match="nothing to train on"):
        train(lambda _: [], SMALL, STYLES, TrainingConfig(steps=1))


def test_the_rate_rises_and_sinks() -> None:
    rates = [learning_rate(step, 100) for step in range(100)]
    assert max(rates) == pytest.approx(1, abs=0.01)
    assert rates[0] < 0.5
    assert rates[-1] < 0.05


@pytest.fixture(scope="module")
def sound_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from generation.learned.sound.clips import scale_of
    from generation.learned.sound.training import train as train_sound

    clips = sounds.clips(24)
    scale = scale_of(clips)
    training = train_sound(
        lambda _: clips, SOUND, scale, TrainingConfig(steps=140, batch=8, rate=4e-3)
    )
    assert training.losses[-1] < training.losses[0] / 4
    folder = tmp_path_factory.mktemp("sound") / "model"
    manifest = Manifest(
        kind="audio", features=HEARD, styles=(), shape=SOUND.as_json(), licence="CC0-1.0",
        licences={"CC0-1.0": 24}, scale={"mean": scale[0], "deviation": scale[1]},
    )  # fmt: skip
    artifact.save(folder, training.weights, manifest)
    return folder


def _request(seconds: float, **values: float) -> ConditioningRequest:
    units = {"tempo_bpm": "BPM", "brightness_hz": "Hz", "energy": "ratio", "zcr": "ratio"}
    return ConditioningRequest(
        prompt=Prompt(text=""),
        duration_s=seconds,
        key=KeyCondition(pitch_class=9, mode="minor", source=Source.USER, confidence=1),
        features={
            name: FeatureCondition(value=value, unit=units[name], source=Source.USER, confidence=1)
            for name, value in values.items()
        },
    )


def test_brightness_follows_the_vector_in_sound(sound_folder: Path) -> None:
    from generation.learned.sound.engine import LearnedAudio
    from pipelines.features.extract import extract

    engine = LearnedAudio.load(sound_folder, device="cpu")
    dark, bright = (
        engine.generate(_request(5.0, tempo_bpm=110, brightness_hz=value, zcr=0.1), seed=1)
        for value in (400.0, 3_500.0)
    )
    low, high = (extract(made.mix)["brightness_hz"] for made in (dark, bright))
    assert isinstance(low, float)
    assert isinstance(high, float)
    assert high > 1.15 * low
    assert dark.mix.samples.shape == (1, 256 * (round(5.0 * 22_050 / 256) - 1))
    assert np.abs(bright.mix.samples).max() <= 0.98
    assert "zcr: is not among the features of this model" in dark.ignored
    again = engine.generate(_request(5.0, tempo_bpm=110, brightness_hz=400.0, zcr=0.1), seed=1)
    assert np.array_equal(again.mix.samples, dark.mix.samples)


def test_windows_overlap_without_a_seam(sound_folder: Path) -> None:
    from generation.learned.sound.engine import network_of
    from generation.learned.sound.sampling import Manner as Drawing
    from generation.learned.sound.sampling import sample

    network = network_of(sound_folder, artifact.load(sound_folder, "audio"), "cpu")
    tracks = np.zeros((420, 19), np.float32)
    vector = np.zeros(2 * len(HEARD), np.float32)
    made = sample(network, tracks, vector, 0, Drawing(steps=8))
    assert made.shape == (420, 80)
    steps = np.abs(np.diff(made, axis=0)).mean(1)
    edges = [128, 192, 256, 320, 384]
    assert steps[[edge - 1 for edge in edges]].max() < 2 * np.percentile(steps, 95)
    short = sample(network, tracks[:50], vector, 0, Drawing(steps=2))
    assert short.shape == (50, 80)


def test_an_edit_and_a_wrong_folder_are_refused(sound_folder: Path) -> None:
    from generation.learned.sound.engine import LearnedAudio
    from generation.learned.symbolic.engine import LearnedSymbolic

    with pytest.raises(GenerationError, match="kind is 'audio'"):
        LearnedSymbolic.load(sound_folder)
    request = _request(5.0).model_copy(update={"edit": Edit(generation_id="x")})
    with pytest.raises(InputError, match="cannot edit"):
        LearnedAudio.load(sound_folder, device="cpu").generate(request, 0)


def test_batches_made_ahead_keep_their_order_and_their_errors() -> None:
    def source() -> Iterator[int]:
        yield from range(20)
        raise ValueError("broken row")

    with ahead(source()) as coming:
        assert [next(coming) for _ in range(20)] == list(range(20))
        with pytest.raises(ValueError, match="broken row"):
            next(coming)
    with ahead(iter(range(3))) as coming:
        assert list(coming) == [0, 1, 2]
    before = threading.active_count()
    with ahead(iter(range(1_000_000))) as coming:
        next(coming)
    assert threading.active_count() <= before, "the thread ends with its reader"
