"""Mel spectra against librosa, the way back to sound, and what leads the model in time."""

from __future__ import annotations

import numpy as np
import pytest

from generation.learned.sound import mel
from generation.learned.sound.tracks import (
    chord_tracks,
    heard_chords,
    pitch_classes,
    pulse_tracks,
)
from pipelines.features.extract import extract
from schemas.audio import Audio
from tests.generation.learned.sounds import piece


def test_mel_is_that_of_librosa() -> None:
    import librosa

    bands = librosa.filters.mel(sr=mel.RATE_HZ, n_fft=mel.WINDOW, n_mels=mel.BANDS)
    assert np.allclose(mel.bank(), bands, atol=1e-7)
    samples = piece(120, 4_000, 0, False, 2.0)
    spectra = np.abs(
        librosa.stft(samples, n_fft=mel.WINDOW, hop_length=mel.HOP, pad_mode="constant")
    )
    theirs = np.log(np.maximum(bands @ spectra, mel.FLOOR)).T
    assert np.allclose(mel.log_mel(samples), theirs, atol=2e-3)


def test_a_resampled_sound_keeps_its_pitch() -> None:
    t = np.arange(44_100) / 44_100
    sine = np.sin(2 * np.pi * 440 * t, dtype=np.float32)
    made = mel.mono(np.stack([sine, sine]), 44_100)
    assert len(made) == mel.RATE_HZ
    assert abs(int(np.abs(np.fft.rfft(made)).argmax()) - 440) <= 1


def test_a_sound_comes_back_from_its_mel_with_tempo_key_and_brightness() -> None:
    samples = piece(112, 3_000, 7, True, 8.0)
    back = mel.sounded(mel.log_mel(samples))
    before, after = (extract(Audio(one[None], mel.RATE_HZ)) for one in (samples, back))
    assert after["tempo_bpm"] == pytest.approx(before["tempo_bpm"], rel=0.01)
    assert (after["key_pitch_class"], after["key_mode"]) == (7, 0)
    assert after["brightness_hz"] == pytest.approx(before["brightness_hz"], rel=0.15)
    error = np.abs(mel.log_mel(back)[8:-8] - mel.log_mel(samples)[8 : len(back) // mel.HOP - 7])
    assert error.mean() < 0.5


def test_tracks_tell_where_beats_and_bars_fall() -> None:
    beats = np.arange(0.5, 8, 0.5).tolist()
    tracks = pulse_tracks(700, beats, [0, 4, 8, 12])
    frames = [round(at * mel.FRAMES_PER_S) for at in beats[:12]]
    assert np.allclose(tracks[frames, 1], 1, atol=0.01), "cosine 1 on the beat"
    assert (tracks[[frame + 1 for frame in frames], 4] > 0.6).all()
    assert (tracks[[frame - 3 for frame in frames[1:]], 4] < 0.1).all()
    assert np.allclose(tracks[frames[0::4], 3], 1, atol=0.01)
    assert np.allclose(tracks[frames[2::4], 3], -1, atol=0.01)
    # Beats go on before the first and after the last that were found.
    assert np.allclose(tracks[0, :2], tracks[frames[0], :2], atol=0.06)
    assert np.allclose(tracks[round(8.0 * mel.FRAMES_PER_S), 1], 1, atol=0.01)
    assert not pulse_tracks(100, [1.0], []).any()


def test_chords_are_heard_and_written_alike() -> None:
    samples = np.concatenate([piece(120, 5_000, 0, False, 2.0), piece(120, 5_000, 9, True, 2.0)])
    beats = np.arange(0, 4, 0.5).tolist()
    heard = heard_chords(pitch_classes(samples), beats)
    assert [set(classes) for _, classes in heard] == [{0, 4, 7}] * 2 + [{9, 0, 4}] * 2
    tracks = chord_tracks(344, heard)
    assert set(np.flatnonzero(tracks[50]).tolist()) == {0, 4, 7}
    assert set(np.flatnonzero(tracks[300]).tolist()) == {0, 4, 9}
