"""What must hold for any music-like audio: which change of it moves which feature, and by how much.

A tolerance is a share of the feature's typical range, where no other is named.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import soxr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.features.extract import extract
from schemas.audio import Audio, Samples
from schemas.features import FEATURES, feature
from schemas.outcomes import NullReason
from schemas.protocols import FeatureValues
from tests.features import synth

few = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SECONDS = 6.0
songs = st.builds(
    synth.song,
    bpm=st.floats(70, 170),
    tonic=st.integers(0, 11),
    major=st.booleans(),
    seconds=st.just(SECONDS),
    rate_hz=st.sampled_from([22_050, 44_100, 48_000]),
)

NAMES = {spec.name for spec in FEATURES}
# Of the file or of its level: what a change of level may move.
LEVEL = {"loudness_lufs", "true_peak_dbtp", "rms", "energy", "clip_ratio", "silence_ratio"}
# librosa floors the power at 1e-10, so what lies near that level is not quite of the same shape;
# the first cepstral coefficient is the level itself.
FLOORED = {"flatness": 0.1, "contrast": 0.01, "mfcc_mean": 0.01, "mfcc_std": 1e-3}
# Means over all frames, silent ones included as librosa has it; and what counts time or frames.
WITH_SILENCE = {"rms", "silence_ratio", "clip_ratio", "onset_rate_hz", "beat_strength"}
WITH_SILENCE |= {"brightness_hz", "brightness_std_hz", "bandwidth_hz", "rolloff_hz", "flatness"}
WITH_SILENCE |= {"contrast", "zcr", "mfcc_mean", "mfcc_std", "danceability", "loudness_range_lu"}
WITH_SILENCE |= {"tempo_confidence", "tempo_candidates", "tempo_candidate_weights"}
WITH_SILENCE |= {"tempo_bpm", "time_signature", "downbeat_confidence"}
WITH_SILENCE |= {"effective_bandwidth_hz", "dynamic_complexity", "duration_ratio"}
STRUCTURE = {spec.name for spec in FEATURES if spec.group == "structure"}
# Frames of 0.74 s hear the last chord of so short a piece once more, which may settle the key anew.
TONALITY = {spec.name for spec in FEATURES if spec.group == "tonality"}


def filled(value: object) -> list[float]:
    return [math.nan if x is None else x for x in np.atleast_1d(value)]  # type: ignore[call-overload]  # floats


def close(name: str, one: object, other: object, share: float = 1e-3) -> None:
    if isinstance(one, NullReason) or isinstance(other, NullReason):
        assert one is other, name
        return
    spec = feature(name)
    width = spec.maximum - spec.minimum if spec.typical is None else np.ptp(spec.typical)
    np.testing.assert_allclose(filled(one), filled(other), rtol=0, atol=share * width, err_msg=name)


def same(
    one: FeatureValues, other: FeatureValues, but: Collection[str] = (), share: float = 1e-6
) -> None:
    """All features agree but those that are named."""
    assert set(but) <= NAMES
    for name in NAMES - set(but):
        close(name, one[name], other[name], share)


def mix(audio: Audio, matrix: list[list[float]]) -> Audio:
    return Audio(np.array(matrix, np.float32) @ audio.samples, audio.sample_rate_hz)


@given(songs, st.floats(-24, 0))
@few
def test_gain_moves_levels_by_itself_and_nothing_else(audio: Audio, gain_db: float) -> None:
    louder, quieter = (
        extract(Audio(audio.samples * np.float32(factor), audio.sample_rate_hz))
        for factor in (1.0, 10 ** (gain_db / 20))
    )
    for name in ("loudness_lufs", "true_peak_dbtp"):
        assert quieter[name] - louder[name] == pytest.approx(gain_db, abs=1e-3)  # type: ignore[operator]  # floats
    ratio = quieter["rms"] / louder["rms"]  # type: ignore[operator]  # floats
    assert 20 * math.log10(ratio) == pytest.approx(gain_db, abs=1e-3)
    odds = [math.log(v["energy"] / (1 - v["energy"])) for v in (quieter, louder)]  # type: ignore[operator]  # floats
    assert odds[0] - odds[1] == pytest.approx(0.6 * gain_db / 5, abs=0.05)
    same(quieter, louder, LEVEL | set(FLOORED), 1e-3)
    for name, share in FLOORED.items():
        if name != "mfcc_mean":
            close(name, quieter[name], louder[name], share)
    assert quieter["mfcc_mean"][1:] == pytest.approx(louder["mfcc_mean"][1:], abs=0.01)  # type: ignore[index]  # tuples


@given(songs)
@few
def test_swapping_channels_changes_nothing(audio: Audio) -> None:
    same(extract(audio), extract(mix(audio, [[0, 1], [1, 0]])))


@given(songs)
@few
def test_inverting_the_polarity_changes_nothing(audio: Audio) -> None:
    """But which samples near zero count as negative."""
    one, other = extract(audio), extract(Audio(-audio.samples, audio.sample_rate_hz))
    same(one, other, {"zcr"})
    close("zcr", one["zcr"], other["zcr"], 0.01)


@given(songs)
@few
def test_one_channel_twice_is_louder_by_3_db_and_no_different(audio: Audio) -> None:
    once, twice = extract(mix(audio, [[1, 0]])), extract(mix(audio, [[1, 0], [1, 0]]))
    assert twice["loudness_lufs"] - once["loudness_lufs"] == pytest.approx(3.01, abs=0.001)  # type: ignore[operator]  # floats
    assert (once["phase_correlation"], twice["phase_correlation"]) == (NullReason.MONO, 1.0)
    same(once, twice, {"loudness_lufs", "phase_correlation", "energy"})


@dataclass(frozen=True)
class InPieces:
    """The same audio, delivered in blocks of other lengths."""

    audio: Audio
    length: int
    sample_rate_hz: int
    channels: int
    frames: int
    duration_s: float
    declared_duration_s: float | None = None

    def blocks(self) -> Iterator[Samples]:
        for start in range(0, self.frames, self.length):
            yield self.audio.samples[:, start : start + self.length]


@given(songs, st.integers(1_000, 200_000))
@few
def test_how_the_audio_is_delivered_changes_nothing(audio: Audio, length: int) -> None:
    pieces = InPieces(
        audio, length, audio.sample_rate_hz, audio.channels, audio.frames, audio.duration_s
    )
    assert extract(pieces) == extract(audio)
    interleaved = Audio(np.ascontiguousarray(audio.samples.T).T, audio.sample_rate_hz)
    assert extract(interleaved) == extract(audio)


@given(songs, st.floats(2, 5))
@few
def test_silence_after_the_music_changes_only_what_counts_time(audio: Audio, more: float) -> None:
    silence = np.zeros((2, round(more * audio.sample_rate_hz)), np.float32)
    longer = Audio(np.concatenate([audio.samples, silence], axis=1), audio.sample_rate_hz)
    one, other = extract(audio), extract(longer)
    for name in ("true_peak_dbtp", "phase_correlation"):
        close(name, one[name], other[name], 1e-6)
    same(one, other, WITH_SILENCE | STRUCTURE | TONALITY, 0.02)
    octaves = np.log2(filled(other["tempo_bpm"])[0] / filled(one["tempo_bpm"])[0])
    assert octaves == pytest.approx(round(octaves), abs=0.03)  # density tells which octave it is
    assert other["loudness_lufs"] == pytest.approx(one["loudness_lufs"], abs=0.1)
    assert other["energy"] == pytest.approx(one["energy"], abs=0.02)
    stretch = (SECONDS + more) / SECONDS
    assert other["rms"] == pytest.approx(one["rms"] / stretch, rel=0.02)  # type: ignore[operator]  # floats
    assert other["onset_rate_hz"] == pytest.approx(one["onset_rate_hz"] / stretch, abs=0.4)  # type: ignore[operator]  # floats


@given(songs, st.sampled_from([32_000, 88_200, 96_000]))
@few
def test_another_sample_rate_changes_little(audio: Audio, rate_hz: int) -> None:
    """What is above 11 kHz is cut first, so that no rate loses any of it."""
    low = soxr.resample(audio.samples.T.astype(np.float64), audio.sample_rate_hz, 20_000, "VHQ")
    one, other = (
        extract(Audio(soxr.resample(low, 20_000, rate, "VHQ").T.astype(np.float32), rate))
        for rate in (44_100, rate_hz)
    )
    assert other["loudness_lufs"] == pytest.approx(one["loudness_lufs"], abs=0.02)
    assert other["true_peak_dbtp"] == pytest.approx(one["true_peak_dbtp"], abs=0.1)
    same(one, other, {"effective_bandwidth_hz", *FLOORED, *STRUCTURE}, 0.02)


@given(st.integers(0, 11), st.integers(1, 11), st.booleans())
@few
def test_transposition_moves_the_key_by_exactly_that(tonic: int, by: int, major: bool) -> None:
    before, after = (
        extract(synth.audio(synth.chords(t % 12, major, 8)), ["tonality"])
        for t in (tonic, tonic + by)
    )
    moved = (after["key_pitch_class"] - before["key_pitch_class"]) % 12  # type: ignore[operator]  # floats
    assert moved == by
    assert after["key_mode"] == before["key_mode"] == float(major)
    rolled = np.roll(filled(before["chroma"]), by)
    np.testing.assert_allclose(filled(after["chroma"]), rolled, atol=0.1)


@given(st.floats(90, 125), st.floats(0.8, 1.25))
@few
def test_tempo_moves_with_the_music(bpm: float, ratio: float) -> None:
    """The same drums, played faster or slower."""
    for played in (bpm, bpm * ratio):
        candidates = extract(synth.audio(synth.drums(played, 12)), ["rhythm"])["tempo_candidates"]
        assert any(x == pytest.approx(played, rel=0.02) for x in filled(candidates))


@given(st.floats(90, 125), st.integers(0, 11), st.sampled_from([-2, -1, 1, 2]))
@few
def test_tape_speed_moves_tempo_and_key_together(bpm: float, tonic: int, semitones: int) -> None:
    ratio = 2 ** (semitones / 12)
    audio = synth.song(bpm, tonic, True, 10)
    samples = soxr.resample(audio.samples.T.astype(np.float64), 44_100 * ratio, 44_100, "HQ")
    one, other = extract(audio), extract(Audio(samples.T.astype(np.float32), 44_100))
    moved = (other["key_pitch_class"] - one["key_pitch_class"]) % 12  # type: ignore[operator]  # floats
    assert moved == semitones % 12
    for values, played in ((one, bpm), (other, bpm * ratio)):
        found = filled(values["tempo_candidates"])
        assert any(x == pytest.approx(played, rel=0.02) for x in found)


@given(songs)
@few
def test_values_keep_their_contract(audio: Audio) -> None:
    values = extract(audio)
    assert extract(audio) == values
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
