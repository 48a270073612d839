"""Segments: where sounds begin, what they are, how loud; nothing of silence."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from pipelines.features.segments import chroma_filters, segments
from schemas.audio import Audio

RATE_HZ = 22_050
CLASSES = (0, 4, 7, 0)
"""C, E, G and C an octave up."""


def arpeggio(gain: float = 0.5) -> Audio:
    """Four decaying tones of half a second, twice."""
    time_s = np.arange(RATE_HZ // 2) / RATE_HZ
    tones = [
        np.sin(2 * np.pi * hz * time_s) * np.exp(-4 * time_s)
        for hz in (261.63, 329.63, 392.0, 523.25)
    ]
    return Audio((gain * np.concatenate(tones * 2)).astype(np.float32)[None], RATE_HZ)


def test_each_tone_is_a_segment_of_its_pitch() -> None:
    found = segments(arpeggio())
    assert [int(np.argmax(one.pitches)) for one in found] == [*CLASSES, *CLASSES]
    for i, one in enumerate(found):
        assert one.start_s == pytest.approx(i / 2, abs=0.06)
        assert max(one.pitches) == 1
        assert len(one.timbre) == 12
        assert 0 <= one.confidence <= 1
        assert one.loudness_max >= max(one.loudness_start, one.loudness_end)
        assert 0 <= one.loudness_max_s <= one.duration_s


def test_the_filters_are_librosas() -> None:
    from librosa.filters import chroma

    theirs = chroma(sr=RATE_HZ, n_fft=2_048)
    np.testing.assert_allclose(chroma_filters(), theirs.T, atol=1e-6)


def test_they_cover_the_track_without_a_gap() -> None:
    audio = arpeggio()
    found = segments(audio)
    assert found[0].start_s == 0
    for this, following in pairwise(found):
        assert this.start_s + this.duration_s == pytest.approx(following.start_s, abs=1e-4)
    end_s = found[-1].start_s + found[-1].duration_s
    assert end_s == pytest.approx(audio.duration_s, abs=1e-4)


def test_ten_times_the_sound_is_20_db_and_nothing_else() -> None:
    for soft, loud in zip(segments(arpeggio(0.05)), segments(arpeggio(0.5)), strict=True):
        assert loud.loudness_max - soft.loudness_max == pytest.approx(20, abs=0.1)
        assert loud.pitches == pytest.approx(soft.pitches, abs=0.01)
        assert loud.timbre[1:] == pytest.approx(soft.timbre[1:], abs=0.5)


def test_noise_has_no_pitch_that_stands_out_and_silence_no_segments() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, RATE_HZ).astype(np.float32)[None]
    assert all(len(one.pitches) == 12 for one in segments(Audio(noise, RATE_HZ)))
    assert segments(Audio(np.zeros((2, RATE_HZ), np.float32), RATE_HZ)) == ()


@pytest.mark.parametrize("samples", [1, 100, 2_048, 5_000])
def test_short_sounds_have_one_or_none(samples: int) -> None:
    click = np.zeros((1, samples), np.float32)
    click[0, 0] = 1
    assert len(segments(Audio(click, RATE_HZ))) <= 2
