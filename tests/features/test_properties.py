"""What must hold for any music-like audio."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.features.extract import extract
from schemas.audio import Audio
from schemas.features import FEATURES, feature
from schemas.outcomes import NullReason
from tests.features import synth

few = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
songs = st.builds(
    synth.song,
    bpm=st.floats(70, 170),
    tonic=st.integers(0, 11),
    major=st.booleans(),
    seconds=st.just(6.0),
    rate_hz=st.sampled_from([22_050, 44_100, 48_000]),
)

# What a change of level moves; everything else is about shape.
LEVEL = {"loudness_lufs", "true_peak_dbtp", "rms", "energy", "mfcc_mean"}
LEVEL |= {"clip_ratio", "silence_ratio"}
FLOORED = {"flatness", "contrast"}  # librosa floors the power at 1e-10


def close(name: str, one: object, other: object, share: float = 1e-3) -> None:
    if isinstance(one, NullReason) or isinstance(other, NullReason):
        assert one is other, name
        return
    spec = feature(name)
    width = spec.maximum - spec.minimum if spec.typical is None else np.ptp(spec.typical)
    filled = [[math.nan if x is None else x for x in np.atleast_1d(v)] for v in (one, other)]
    np.testing.assert_allclose(*filled, rtol=0, atol=share * width, err_msg=name)


@given(songs, st.floats(-24, 0))
@few
def test_gain_moves_levels_by_itself_and_nothing_else(audio: Audio, gain_db: float) -> None:
    louder, quieter = (
        extract(Audio(audio.samples * np.float32(factor), audio.sample_rate_hz))
        for factor in (1.0, 10 ** (gain_db / 20))
    )
    for name in ("loudness_lufs", "true_peak_dbtp"):
        assert quieter[name] - louder[name] == pytest.approx(gain_db, abs=1e-3)  # type: ignore[operator]  # floats
    for spec in FEATURES:
        if spec.name not in LEVEL | FLOORED:
            close(spec.name, quieter[spec.name], louder[spec.name])
    assert quieter["mfcc_mean"][1:] == pytest.approx(louder["mfcc_mean"][1:], abs=0.05)  # type: ignore[index]  # tuples


@given(songs)
@few
def test_swapping_channels_changes_nothing(audio: Audio) -> None:
    swapped = Audio(np.ascontiguousarray(audio.samples[::-1]), audio.sample_rate_hz)
    one, other = extract(audio), extract(swapped)
    for spec in FEATURES:
        close(spec.name, one[spec.name], other[spec.name], 1e-6)


@given(songs)
@few
def test_memory_layout_changes_nothing(audio: Audio) -> None:
    interleaved = Audio(np.ascontiguousarray(audio.samples.T).T, audio.sample_rate_hz)
    one, other = extract(audio), extract(interleaved)
    for spec in FEATURES:
        close(spec.name, one[spec.name], other[spec.name], 1e-6)


@given(songs)
@few
def test_the_same_audio_gives_the_same_values(audio: Audio) -> None:
    assert extract(audio) == extract(audio)


@given(songs)
@few
def test_values_keep_their_contract(audio: Audio) -> None:
    values = extract(audio)
    assert list(values) == [spec.name for spec in FEATURES]
    for spec in FEATURES:
        value = values[spec.name]
        if isinstance(value, NullReason):
            continue
        entries = value if isinstance(value, tuple) else (value,)
        assert len(entries) == spec.size
        assert all(type(x) is float for x in entries if x is not None)
        assert all(spec.minimum <= x <= spec.maximum for x in entries if x is not None)
    for name in ("key_probabilities", "chroma", "tempo_candidate_weights"):
        if not isinstance(values[name], NullReason):
            assert math.fsum(x for x in values[name] if x is not None) == pytest.approx(1)  # type: ignore[union-attr]  # tuples
