"""What is measured does not depend on how the audio comes: bit for bit the same values."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.audio.decode import decode, open_audio
from pipelines.audio.hashing import audio_hash
from pipelines.audio.take import DecodeLimits
from pipelines.features.accumulate import Framing
from pipelines.features.extract import extract_track
from pipelines.features.loudness.meter import segment_energies
from pipelines.features.walk import CHUNK
from schemas.audio import Audio, Samples, whole
from schemas.errors import AudioError, ContractError
from schemas.outcomes import RejectReason
from tests.features import corpus, synth

STREAMED = DecodeLimits(held_bytes=0)


@dataclass
class Cut:
    """Audio that comes in blocks of given lengths, again and again; counts its readings."""

    audio: Audio
    lengths: list[int]
    readings: int = field(default=0)

    sample_rate_hz = property(lambda self: self.audio.sample_rate_hz)
    channels = property(lambda self: self.audio.channels)
    frames = property(lambda self: self.audio.frames)
    duration_s = property(lambda self: self.audio.duration_s)
    declared_duration_s = property(lambda self: self.audio.declared_duration_s)

    def blocks(self) -> Iterator[Samples]:
        self.readings += 1
        start = index = 0
        while start < self.frames:
            length = self.lengths[index % len(self.lengths)]
            yield self.audio.samples[:, start : start + length]
            start, index = start + length, index + 1


def _antiphase(seconds: float) -> Audio:
    left = synth.chords(5, True, seconds) + synth.drums(120, seconds)
    return synth.audio(left, -left)


SOURCES = {
    "song": synth.song(124, 2, True, 7),
    "one sample over a chunk": Audio(synth.song(99, 4, False, 2).samples[:, : CHUNK + 1], 44_100),
    "antiphase": _antiphase(6),
    "mono 22.05 kHz": synth.audio(synth.drums(140, 6, 22_050), rate_hz=22_050),
    "mono 8 kHz": synth.audio(synth.chords(1, True, 5, rate_hz=8_000), rate_hz=8_000),
    "six channels 48 kHz": synth.audio(
        *(synth.noise(3, 0.1, 48_000, seed) for seed in range(6)), rate_hz=48_000
    ),
    "96 kHz": synth.song(100, 5, True, 3, rate_hz=96_000),
    "silence": synth.audio(np.zeros(100_000)),
    "a tenth of a second": synth.audio(synth.sine(440, 0.1)),
    "nothing": Audio(np.zeros((2, 0), np.float32), 44_100),
}
WHOLE = {name: extract_track(audio) for name, audio in SOURCES.items()}


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(sorted(SOURCES)),
    lengths=st.lists(st.integers(1_000, 200_000), min_size=1, max_size=8),
)
def test_blocks_of_any_lengths_give_the_same_values(name: str, lengths: list[int]) -> None:
    assert extract_track(Cut(SOURCES[name], lengths)) == WHOLE[name]


def test_blocks_of_one_sample() -> None:
    short = Audio(SOURCES["song"].samples[:, :9_000], 44_100)
    assert extract_track(Cut(short, [1])) == extract_track(short)


def test_a_track_is_read_once_and_one_that_cancels_twice() -> None:
    for name, readings in (("song", 1), ("antiphase", 2), ("mono 8 kHz", 1)):
        cut = Cut(SOURCES[name], [50_000])
        extract_track(cut)
        assert cut.readings == readings, name


def test_a_source_that_lies_about_its_length_is_refused() -> None:
    cut = Cut(SOURCES["song"], [50_000])
    lying = dataclasses.replace(cut.audio, samples=cut.audio.samples[:, :-5])

    class Lying(Cut):
        frames = property(lambda self: cut.frames)

        def blocks(self) -> Iterator[Samples]:
            yield lying.samples

    with pytest.raises(ContractError, match="308695 samples read of an audio source of 308700"):
        extract_track(Lying(lying, [1]))


@settings(max_examples=50, deadline=None)
@given(
    size=st.integers(1, 60),
    hop=st.integers(1, 60),
    lead=st.integers(0, 60),
    cuts=st.lists(st.integers(0, 90), max_size=9),
)
def test_framing(size: int, hop: int, lead: int, cuts: list[int]) -> None:
    hop = min(hop, size)
    signal = np.arange(sum(cuts), dtype=np.float32)
    framing = Framing(size, hop, lead)
    found = [framing.frames(part) for part in np.split(signal, np.cumsum(cuts))]
    padded = np.concatenate([np.zeros(lead, np.float32), signal])
    expected = [padded[at : at + size] for at in range(0, len(padded) - size + 1, hop)]
    assert sum(map(len, found)) == len(expected)
    if expected:
        np.testing.assert_array_equal(np.concatenate(found), expected)


def test_loudness_of_segments_equals_the_recursive_filter() -> None:
    from scipy.signal import lfilter

    from pipelines.features.loudness.kweighting import sections

    samples = synth.song(110, 3, False, 5).samples
    filtered = samples.astype(np.float64)
    for zeros, poles in sections(44_100):
        filtered = lfilter(zeros, poles, filtered)
    whole_segments = filtered[:, : filtered.shape[1] // 4_410 * 4_410]
    expected = (whole_segments.reshape(2, -1, 4_410) ** 2).mean(axis=2).sum(axis=0)
    np.testing.assert_allclose(segment_energies(samples, 44_100), expected, rtol=1e-5)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return corpus.build(tmp_path_factory.mktemp("corpus"))


STREAMED_FILES = (
    *("whole.ogg", "whole.mp3", "whole.flac", "24-bit.wav", "lossless.m4a", "whole.m4a"),
    *("six-channels.wav", "half.flac", "half.mp3", "lying.wav", "scratched.flac", "one-sample.wav"),
)


@pytest.mark.parametrize("name", STREAMED_FILES)
def test_a_file_decoded_again_is_the_file_in_memory(files: dict[str, Path], name: str) -> None:
    plain, held, streamed = (
        decode(files[name]),
        open_audio(files[name]),
        open_audio(files[name], limits=STREAMED),
    )
    assert held.audio.take.held is not None
    assert streamed.audio.take.held is None
    assert plain.audio_hash() == held.audio_hash() == streamed.audio_hash()
    assert streamed.audio_hash() == audio_hash(streamed.audio)
    for other in (held, streamed):
        assert (plain.codec, plain.partial_reason, plain.detail) == (
            other.codec,
            other.partial_reason,
            other.detail,
        )
        np.testing.assert_array_equal(whole(other.audio).samples, plain.audio.samples)
        assert other.audio.declared_duration_s == plain.audio.declared_duration_s
    if name in ("whole.ogg", "lossless.m4a"):
        assert extract_track(streamed.audio) == extract_track(plain.audio)


@pytest.mark.parametrize("name", ["nan.wav", "inf.wav"])
def test_streamed_audio_must_be_finite_too(files: dict[str, Path], name: str) -> None:
    with pytest.raises(AudioError) as caught:
        open_audio(files[name], limits=STREAMED)
    assert caught.value.reason is RejectReason.NON_FINITE


def test_limits_hold_for_streamed_audio(files: dict[str, Path]) -> None:
    for limits in (
        DecodeLimits(max_duration_s=5, held_bytes=0),
        DecodeLimits(max_values=500_000, held_bytes=0),
    ):
        with pytest.raises(AudioError) as caught:
            open_audio(files["whole.mp3"], limits=limits)
        assert caught.value.reason is RejectReason.TOO_LONG


def test_a_file_that_shrinks_between_two_readings(tmp_path: Path) -> None:
    path = tmp_path / "shrinks.wav"
    samples = synth.song(120, 0, True, 3).samples.T
    soundfile.write(path, samples, synth.RATE_HZ)
    opened = open_audio(path, limits=STREAMED)
    soundfile.write(path, samples[:50_000], synth.RATE_HZ)
    with pytest.raises(AudioError, match="fewer than at the first reading"):
        whole(opened.audio)


_MEASURE = """
import json, resource, sys
from pathlib import Path
from pipelines.features.threads import limit_threads
limit_threads()
from pipelines.audio.decode import open_audio
from pipelines.audio.take import DecodeLimits
from pipelines.features.extract import extract_track
opened = open_audio(Path(sys.argv[1]), limits=DecodeLimits(held_bytes=1 << 24))
track = extract_track(opened.audio)
status = Path("/proc/self/status").read_text()  # ru_maxrss would count the parent, too
peak_kb = int(status.split("VmHWM:")[1].split()[0])
print(json.dumps({"mb": peak_kb / 1024, "held": opened.audio.take.held is not None}))
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    """25 minutes of stereo are 529 MB; per-frame results of 1.5 kB a second may stay."""
    bar = (synth.song(120, 0, True, 6).samples.T * 32_000).astype(np.int16)
    peaks = {}
    for minutes in (1, 25):
        path = tmp_path / f"{minutes}.flac"
        with soundfile.SoundFile(
            path, "w", synth.RATE_HZ, 2, "PCM_16", compression_level=0.0
        ) as out:
            for _ in range(minutes * 10):
                out.write(bar)
        done = subprocess.run(
            [sys.executable, "-c", _MEASURE, str(path)], capture_output=True, text=True, check=True
        )
        answer = json.loads(done.stdout)
        assert answer["held"] is (minutes == 1)
        peaks[minutes] = answer["mb"]
    per_frame = 24 * 60 * 43.07 * 4 * 400 / 2**20  # 400 numbers a frame
    assert peaks[25] - peaks[1] < per_frame, peaks
