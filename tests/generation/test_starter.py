"""Starter clips: labelled, deterministic, clean, and told apart by what they were given."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from generation.starter import compose, labels, render, render_starter, styles
from generation.starter_voices import RATE_HZ, VOICES, drum, note
from schemas.errors import GenerationError, InputError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("starter")
    assert render_starter(where, count=len(styles()), seed=0) == len(styles())
    return where


def test_every_clip_is_a_clean_labelled_flac(folder: Path) -> None:
    clips = sorted(folder.glob("*.flac"))
    assert len(clips) == len(styles()) >= 12
    for path in clips:
        samples, rate = soundfile.read(path)
        assert rate == RATE_HZ
        assert samples.shape[1] == 2
        assert 10.0 <= len(samples) / rate <= 20.0, path.name
        assert 0.2 < np.abs(samples).max() <= 0.91, path.name
        assert np.abs(samples[[0, -1]]).max() < 1e-3, path.name
        assert np.abs(samples.mean(axis=0)).max() < 0.01, f"{path.name}: DC"
        # Not mono in two channels, and neither channel silent.
        assert np.abs(samples[:, 0] - samples[:, 1]).max() > 0.01, path.name
        text = json.loads(path.with_suffix(".json").read_text())
        assert text["origin"] == "score_render"
        assert text["genre"]
        assert text["description"]


@pytest.mark.parametrize("name", sorted(VOICES))
def test_a_note_begins_and_ends_at_zero_at_its_pitch(name: str) -> None:
    sound = note(name, 69.0, 0.5, 1.0)
    assert np.abs(sound).max() <= 1.0
    assert abs(sound[0]) < 1e-9
    assert abs(sound[-1]) < 1e-2
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size)))
    hz = np.fft.rfftfreq(sound.size, 1 / RATE_HZ)
    on_pitch = np.abs((hz + 220.0) % 440.0 - 220.0) < 15.0
    assert (spectrum[on_pitch] ** 2).sum() > 0.95 * (spectrum**2).sum()
    # A detuned pair weakens its fundamental by beating, but it must be there.
    assert spectrum[np.abs(hz - 440.0) < 15.0].max() > 0.1 * spectrum.max()


@pytest.mark.parametrize("name", ["kick", "snare", "clap", "hat", "crash", "rim"])
def test_a_hit_begins_and_ends_at_zero(name: str) -> None:
    hit = drum(name, np.random.default_rng(0))
    assert np.abs(hit).max() == pytest.approx(1.0)
    assert abs(hit[0]) == abs(hit[-1]) == 0.0


def test_high_notes_do_not_fold_back() -> None:
    sound = note("saw", 108.0, 0.5, 0.8)  # 4,186 Hz: three harmonics fit below 16 kHz
    spectrum = np.abs(np.fft.rfft(sound * np.blackman(sound.size)))
    hz = np.fft.rfftfreq(sound.size, 1 / RATE_HZ)
    between = (hz < 3_800) | ((hz > 4_600) & (hz < 7_900))
    assert spectrum[between].max() < 1e-3 * spectrum.max()


def test_beats_lie_at_the_stated_tempo() -> None:
    index = next(i for i, style in enumerate(styles()) if style["name"] == "techno")
    clip = compose(index, 3)
    mono = render(clip, 3).mean(axis=1)
    # The kick is all there is below 100 Hz that starts anew each beat.
    step = RATE_HZ // 100
    flow = np.maximum(
        0.0, np.diff((mono[: len(mono) // step * step] ** 2).reshape(-1, step).sum(1))
    )
    flow -= flow.mean()
    by_lag = np.correlate(flow, flow, "full")[flow.size - 1 :]
    beat_s = 60.0 / clip.tempo_bpm
    lag = round(beat_s * 100)
    near = by_lag[lag - 2 : lag + 3].max()
    off = by_lag[round(lag * 1.3) - 2 : round(lag * 1.3) + 3].max()
    assert near > 2.0 * off


def test_energy_and_tilt_of_a_style_are_heard() -> None:
    by_name = {style["name"]: i for i, style in enumerate(styles())}

    def rms_and_centroid(name: str) -> tuple[float, float]:
        mono = render(compose(by_name[name], 0), 0).mean(axis=1)
        spectrum = np.abs(np.fft.rfft(mono))
        hz = np.fft.rfftfreq(mono.size, 1 / RATE_HZ)
        return float(np.sqrt((mono**2).mean())), float((spectrum * hz).sum() / spectrum.sum())

    calm, loud = rms_and_centroid("ambient"), rms_and_centroid("heavy metal")
    assert loud[0] > 2 * calm[0]
    assert loud[1] > 2 * calm[1]


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    def digest(seed: int, name: str) -> list[str]:
        render_starter(tmp_path / name, count=2, seed=seed)
        files = sorted((tmp_path / name).iterdir())
        return [hashlib.sha256(f.read_bytes()).hexdigest() for f in files]

    first = digest(1, "a")
    assert digest(1, "b") == first
    assert set(digest(2, "c")).isdisjoint(first[::2])


def test_every_style_is_played_by_several_artists() -> None:
    texts = [labels(compose(index, 0)) for index in range(60)]
    assert len({t["artist"] for t in texts}) == 8
    for style in styles():
        artists = {t["artist"] for t in texts if t["genre"] == style["genre"]}
        assert len(artists) >= 3, style["name"]
    assert all(t["artist"][-1] == t["album"][-1] for t in texts)


def test_styles_have_patterns_of_a_whole_bar() -> None:
    for style in styles():
        steps = 4 * style.get("beats", 4)
        parts = [style["chords"]["pattern"], *style.get("drums", {}).values()]
        if "bass" in style:
            parts.append(style["bass"]["pattern"])
        assert {len(p) for p in parts} == {steps}, style["name"]


def test_sixty_clips_take_seconds(tmp_path: Path) -> None:
    started = time.process_time()
    render_starter(tmp_path, count=12, seed=0)
    assert 5 * (time.process_time() - started) < 20.0


def test_bad_arguments_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="count: 0; valid is 1"):
        render_starter(tmp_path, count=0)
    with pytest.raises(InputError, match="seed: -1"):
        render_starter(tmp_path, seed=-1)
    (tmp_path / "file").touch()
    with pytest.raises(GenerationError, match="cannot be written"):
        render_starter(tmp_path / "file", count=1)
