"""The engines on tiny saved models: the same code that loads and runs the real ones."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generation.contract import Generator
from generation.engines.engine import Options, TorchEngine
from generation.engines.regions import made_anew
from generation.engines.weights import Loading
from schemas.audio import Audio
from schemas.conditioning import ConditioningRequest
from schemas.errors import GenerationError, InputError
from schemas.parts import Region
from tests.generation.engines.conftest import needs_engines, needs_torchsde

pytestmark = needs_engines
Folders = Callable[..., Path]

CLASSES = {
    "ace_step": "AceStep",
    "stable_audio_3": "StableAudio3",
    "stable_audio_open": "StableAudioOpen",
    "musicgen": "MusicGen",
    "musicgen_melody": "MusicGenMelody",
}
ENGINES = [
    pytest.param(name, marks=needs_torchsde) if name == "stable_audio_open" else name
    for name in CLASSES
]
# (seconds asked, seconds made, rate, channels): ACE-Step makes 10 s at least.
SHAPES = {
    "ace_step": (3.0, 10.0, 48_000, 2),
    "stable_audio_3": (2.0, 2.0, 44_100, 2),
    "stable_audio_open": (2.0, 2.0, 44_100, 2),
    "musicgen": (2.0, 2.0, 32_000, 1),
    "musicgen_melody": (2.0, 2.0, 32_000, 1),
}


def engine(name: str, folder: Path, **more: Any) -> TorchEngine:
    module = importlib.import_module(f"generation.engines.{name}")
    options = more.pop("options", Options(steps=None if "musicgen" in name else 2))
    made: TorchEngine = getattr(module, CLASSES[name])(
        Loading(weights=str(folder), device="cpu"), options, **more
    )
    return made


def request(text: str = "dark calm piano", **more: Any) -> ConditioningRequest:
    return ConditioningRequest.model_validate({"prompt": {"text": text}, **more})


def tone(seconds: float, rate: int, channels: int = 2, hz: float = 220.0) -> Audio:
    wave = 0.3 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)
    return Audio(np.tile(wave.astype(np.float32), (channels, 1)), rate)


@pytest.mark.parametrize("name", ENGINES)
def test_each_engine_makes_what_is_asked(name: str, folder_of: Folders) -> None:
    asked, made, rate, channels = SHAPES[name]
    one = engine(name, folder_of(name))
    assert isinstance(one, Generator)
    told: list[tuple[float, str]] = []
    first = one.generate(
        request(duration_s=asked), 7, lambda share, what: told.append((share, what))
    )
    assert first.mix.sample_rate_hz == rate
    assert first.mix.samples.shape == (channels, round(made * rate))
    assert np.isfinite(first.mix.samples).all()
    assert np.abs(first.mix.samples).max() <= 1
    assert first.seed == 7
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len({s for s in shares if 0 < s < 1}) >= 2, "the steps are told one by one"
    again = one.generate(request(duration_s=asked), 7)
    other = one.generate(request(duration_s=asked), 8)
    assert np.array_equal(first.mix.samples, again.mix.samples), "a seed says it all"
    assert not np.array_equal(first.mix.samples, other.mix.samples)


@pytest.mark.parametrize("name", ENGINES)
def test_the_words_reach_the_model(name: str, folder_of: Folders) -> None:
    one = engine(name, folder_of(name))
    dark, bright = (one.generate(request(text, duration_s=2), 1) for text in ("dark", "bright"))
    assert not np.array_equal(dark.mix.samples, bright.mix.samples)


@pytest.mark.parametrize("name", ENGINES)
def test_licence_and_identity_travel_with_the_sound(name: str, folder_of: Folders) -> None:
    made = engine(name, folder_of(name)).generate(request(duration_s=1), 1)
    assert made.weights[0].licence == "LicenseRef-Unknown"
    assert made.weights[0].id.startswith(f"{name}@")
    assert "nothing states" in made.notes[0]


def test_what_was_clamped_is_said(folder_of: Folders) -> None:
    made = engine("ace_step", folder_of("ace_step")).generate(request(duration_s=3), 1)
    assert any("duration_s" in note and "10" in note for note in made.notes)


@needs_torchsde
def test_weights_with_a_shorter_window_than_published_say_so(folder_of: Folders) -> None:
    made = engine("stable_audio_open", folder_of("stable_audio_open")).generate(
        request(duration_s=20), 1
    )
    assert made.mix.duration_s == pytest.approx(256 * 1024 / 44_100, abs=1e-3)
    assert any("these weights make 5.94 s" in note for note in made.notes)


def test_a_prompt_that_is_cut_is_told(folder_of: Folders) -> None:
    one = engine("stable_audio_3", folder_of("stable_audio_3"))
    made = one.generate(request("dark calm piano " * 20, duration_s=1), 1)
    assert any("was cut to 32" in note for note in made.notes)


def test_tempo_and_key_reach_ace_step_as_words(folder_of: Folders) -> None:
    feature = {"unit": "BPM", "source": "user", "confidence": 1, "lock": "hard"}
    one = engine("ace_step", folder_of("ace_step"))
    slow, fast = (
        one.generate(request(features={"tempo_bpm": {"value": bpm, **feature}}), 1)
        for bpm in (80, 160)
    )
    assert not np.array_equal(slow.mix.samples, fast.mix.samples)
    assert slow.applied["tempo_bpm"].applied == "prompt"
    assert slow.applied["tempo_bpm"].aimed == 80


def edit(**more: Any) -> dict[str, Any]:
    return {"edit": {"generation_id": "g1", **more}}


@pytest.mark.parametrize("name", ["ace_step", "stable_audio_3", "musicgen"])
def test_an_edit_keeps_every_sample_outside_its_regions(name: str, folder_of: Folders) -> None:
    _, _, rate, channels = SHAPES[name]
    source = tone(3.0, rate, channels)
    asked: list[str] = []

    def recall(generation: str) -> Audio:
        asked.append(generation)
        return source

    one = engine(name, folder_of(name), recall=recall)
    regions = [{"start_s": 0.5, "end_s": 1.0}, {"start_s": 2.0, "end_s": 2.5}]
    made = one.generate(request(**edit(regenerate_regions=regions)), 3)
    assert asked == ["g1"]
    assert made.parents == ("g1",)
    assert "edit" not in made.ignored
    assert made.mix.frames == source.frames
    changed = np.any(made.mix.samples != source.samples, axis=0)
    inside = np.zeros(source.frames, bool)
    for region in regions:
        first, last = (round(region[end] * rate) for end in ("start_s", "end_s"))
        inside[first:last] = True
        assert changed[first:last].mean() > 0.9, "the region is new"
    assert not changed[~inside].any(), "the rest is kept, sample for sample"


@pytest.mark.parametrize("name", ["ace_step", "stable_audio_3", "musicgen"])
def test_a_region_beyond_the_end_continues_the_piece(name: str, folder_of: Folders) -> None:
    _, _, rate, channels = SHAPES[name]
    source = tone(2.0, rate, channels)
    one = engine(name, folder_of(name), recall=lambda _: source)
    region = {"start_s": 2.0, "end_s": 3.0}
    made = one.generate(request(duration_s=3, **edit(regenerate_regions=[region])), 3)
    assert made.mix.frames == 3 * rate
    assert np.array_equal(made.mix.samples[:, : 2 * rate], source.samples)
    assert np.abs(made.mix.samples[:, 2 * rate :]).max() > 1e-4


def test_an_edit_without_a_way_to_earlier_results_is_refused(folder_of: Folders) -> None:
    with pytest.raises(InputError, match="no way to earlier results"):
        engine("ace_step", folder_of("ace_step")).generate(request(**edit()), 1)


@needs_torchsde
def test_what_cannot_edit_says_that_it_ignores_it(folder_of: Folders) -> None:
    one = engine("stable_audio_open", folder_of("stable_audio_open"))
    assert "edit" in one.generate(request(duration_s=1, **edit()), 1).ignored


@pytest.mark.parametrize(
    "name", ["stable_audio_3", pytest.param("stable_audio_open", marks=needs_torchsde)]
)
def test_the_nearer_to_the_clip_the_more_is_left_of_it(name: str, folder_of: Folders) -> None:
    """Held against what the autoencoder alone makes of the clip, as the model can do no better."""
    _, _, rate, channels = SHAPES[name]
    clip = tone(2.0, rate, channels)
    far, near = (
        engine(
            name, folder_of(name), options=Options(steps=8, clip=clip, clip_strength=strength)
        ).generate(request(duration_s=2), 5)
        for strength in (0.05, 0.98)
    )
    best = _through_the_autoencoder(name, folder_of(name), clip)
    length = best.shape[1]
    errors = [
        float(np.sqrt(np.mean((made.mix.samples[:, :length] - best) ** 2))) for made in (far, near)
    ]
    assert errors[1] < 0.9 * errors[0], errors


def _through_the_autoencoder(name: str, folder: Path, clip: Audio) -> Any:
    import torch

    model = engine(name, folder).load()
    with torch.no_grad():
        coded = model.vae.encode(torch.from_numpy(clip.samples)[None])
        latents = coded.latents if name == "stable_audio_3" else coded.latent_dist.mean
        return model.vae.decode(latents).sample[0, :, : clip.frames].numpy()


def test_stereo_musicgen_makes_and_edits_stereo(folder_of: Folders) -> None:
    source = tone(2.0, 32_000)
    folder = folder_of("musicgen", stereo=True)
    region = {"start_s": 1.0, "end_s": 1.5}
    one = engine("musicgen", folder, recall=lambda _: source)
    made = one.generate(request(**edit(regenerate_regions=[region])), 3)
    assert made.mix.samples.shape == source.samples.shape
    assert np.array_equal(made.mix.samples[:, :32_000], source.samples[:, :32_000])
    plain = one.generate(request(duration_s=1), 3).mix.samples
    assert plain.shape == (2, 32_000)
    assert not np.array_equal(plain[0], plain[1])


def test_a_clip_lends_ace_step_its_timbre(folder_of: Folders) -> None:
    plain = engine("ace_step", folder_of("ace_step"))
    led = engine(
        "ace_step", folder_of("ace_step"), options=Options(steps=2, clip=tone(2, 22_050, 1))
    )
    first, second = (one.generate(request(), 1) for one in (plain, led))
    assert not np.array_equal(first.mix.samples, second.mix.samples)


def test_a_cover_keeps_the_length_of_what_it_covers(folder_of: Folders) -> None:
    one = engine("ace_step", folder_of("ace_step"), recall=lambda _: tone(11.0, 48_000))
    made = one.generate(request(**edit()), 2)
    assert made.mix.duration_s == pytest.approx(11.0, abs=0.05)
    assert made.parents == ("g1",)


def test_distilled_ace_step_takes_no_guidance_and_says_so(folder_of: Folders) -> None:
    folder = folder_of("ace_step", turbo=True)
    one = engine("ace_step", folder, options=Options(steps=2, guidance=5.0))
    assert any("distilled" in note for note in one.generate(request(), 1).notes)


def test_a_melody_leads_musicgen_melody(folder_of: Folders) -> None:
    one = engine("musicgen_melody", folder_of("musicgen_melody"))
    notes = [{"start_s": 0.5 * i, "duration_s": 0.5, "pitch": 60 + 2 * i} for i in range(4)]
    plain = one.generate(request(duration_s=2), 1)
    led = one.generate(request(duration_s=2, melody=notes), 1)
    assert not np.array_equal(plain.mix.samples, led.mix.samples)
    assert "melody" not in led.ignored
    assert (
        "melody"
        in engine("musicgen", folder_of("musicgen"))
        .generate(request(duration_s=1, melody=notes), 1)
        .ignored
    )


def test_the_chroma_of_a_clip_is_its_pitches() -> None:
    from generation.engines.musicgen_melody import chroma

    hz = [261.63, 440.0, 392.0]  # C4, A4, G4: a second each
    clip = Audio(np.concatenate([tone(1, 44_100, 1, f).samples for f in hz], axis=1), 44_100)
    track = chroma(clip)
    assert track.shape == (1 + 3 * 32_000 // 4096, 12)
    assert (track.sum(axis=1) == 1).all()
    assert [int(track[i].argmax()) for i in (3, 11, 19)] == [0, 9, 7]


def test_the_chroma_equals_the_librarys_own() -> None:
    """Against the formula of transformers' extractor, on torch's STFT in place of torchaudio's."""
    import torch
    from transformers.audio_utils import chroma_filter_bank

    from generation.engines.musicgen_melody import HOP, RATE_HZ, WINDOW, chroma

    rng = np.random.default_rng(0)
    wave = rng.normal(size=(1, 3 * RATE_HZ)).astype(np.float32)
    spectrum = torch.stft(
        torch.from_numpy(wave), WINDOW, HOP, window=torch.hann_window(WINDOW), center=True,
        return_complex=True,
    ).abs().square()  # fmt: skip
    filters = torch.from_numpy(chroma_filter_bank(WINDOW, 12, RATE_HZ, tuning=0))
    expected = torch.einsum("cf,ft->tc", filters.float(), spectrum[0]).argmax(-1).numpy()
    assert (chroma(Audio(wave, RATE_HZ)).argmax(axis=1) == expected).mean() > 0.99


def test_out_of_memory_is_told_in_words(
    folder_of: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    one = engine("stable_audio_3", folder_of("stable_audio_3"))
    model = one.load()

    def full(*_: Any, **__: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    monkeypatch.setattr(model.transformer, "forward", full)
    with pytest.raises(GenerationError, match=r"out of memory.*shorter"):
        one.generate(request(duration_s=1), 1)


def test_samples_that_are_not_finite_are_no_piece(folder_of: Folders) -> None:
    import torch

    one = engine("stable_audio_3", folder_of("stable_audio_3"))
    with torch.no_grad():
        next(one.load().vae.decoder.parameters()).fill_(float("nan"))
    with pytest.raises(GenerationError, match="not finite"):
        one.generate(request(duration_s=1), 1)


def test_a_caller_can_stop_it(folder_of: Folders) -> None:
    class Stopped(Exception):
        pass

    def stop(share: float, _what: str) -> None:
        if share > 0:
            raise Stopped

    with pytest.raises(Stopped):
        engine("musicgen", folder_of("musicgen")).generate(request(duration_s=1), 1, stop)


@pytest.mark.parametrize(
    ("device", "dtype", "said"),
    [("gpu9", "auto", "device: 'gpu9'"), ("cpu", "float8", "dtype: 'float8'")],
)
def test_devices_and_dtypes_are_checked(
    device: str, dtype: str, said: str, folder_of: Folders
) -> None:
    from generation.engines.musicgen import MusicGen

    loading = Loading(weights=str(folder_of("musicgen")), device=device, dtype=dtype)
    with pytest.raises(InputError, match=said):
        MusicGen(loading).load()


@pytest.mark.parametrize("name", ["musicgen", "stable_audio_3"])
def test_half_precision_runs(name: str, folder_of: Folders) -> None:
    module = importlib.import_module(f"generation.engines.{name}")
    loading = Loading(weights=str(folder_of(name)), device="cpu", dtype="bfloat16")
    made = getattr(module, CLASSES[name])(loading, Options(steps=2)).generate(
        request(duration_s=1), 1
    )
    assert np.isfinite(made.mix.samples).all()


def test_regions_to_keep_leave_what_is_between_them() -> None:
    keep = [{"start_s": 2, "end_s": 4}, {"start_s": 3, "end_s": 6}, {"start_s": 8, "end_s": 99}]
    asked = request(**edit(keep_regions=keep))
    assert made_anew(asked, 10.0) == (
        Region(start_s=0, end_s=2),
        Region(start_s=6, end_s=8),
    )
    assert made_anew(request(**edit()), 10.0) == ()
