"""Loudness against the EBU's own test signals and pyloudnorm; true peak against brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
import soxr

from benchmarks import _accuracy_loudness as bench
from benchmarks import _ebu
from pipelines.features.extract import extract
from pipelines.features.loudness import meter
from pipelines.features.loudness.truepeak import TruePeak, _fine_interpolator
from pipelines.features.walk import measured
from schemas.audio import Audio
from schemas.outcomes import NullReason
from tests.features import synth

RATE_HZ = 48_000
CASES = _ebu.cases()
MADE = {
    f"{name} {rate} Hz": Audio(bench._limited(np.stack(channels)), rate)
    for rate in (8_000, 22_050, 44_100, 48_000)
    for name, channels in bench._made(rate).items()
}


def loudness(audio: Audio) -> float:
    energies = meter.segment_energies(audio.samples, audio.sample_rate_hz)
    found = meter.integrated_loudness(energies)
    assert found is not None
    return found


def test_all_cases_that_can_be_made_are_there() -> None:
    numbers = [(case.document, case.number) for case in CASES]
    expected = [n for n in range(1, 24) if n not in (7, 8)]
    assert numbers == [("3341", n) for n in expected] + [("3342", n) for n in range(1, 5)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.document} {case.number}")
def test_ebu(case: _ebu.Case) -> None:
    errors = case.errors()
    assert errors
    assert -case.below <= min(errors)
    assert max(errors) <= case.above


@pytest.mark.parametrize("name", MADE)
def test_agrees_with_pyloudnorm(name: str) -> None:
    import pyloudnorm

    audio = MADE[name]
    samples = audio.samples.T.astype(np.float64)
    theirs = pyloudnorm.Meter(audio.sample_rate_hz).integrated_loudness(samples)
    assert loudness(audio) == pytest.approx(theirs, abs=0.1)


@pytest.mark.parametrize("name", [name for name in MADE if name.endswith(" 48000 Hz")])
def test_equals_pyloudnorm_with_the_coefficients_of_the_standard(name: str) -> None:
    """Five channels differ by what 1.41 differs from 1.5 dB."""
    import pyloudnorm

    samples = MADE[name].samples.T.astype(np.float64)
    theirs = pyloudnorm.Meter(RATE_HZ, filter_class="DeMan").integrated_loudness(samples)
    assert loudness(MADE[name]) == pytest.approx(theirs, abs=0.01)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 32_000, 44_100, 88_200, 192_000])
def test_the_sample_rate_does_not_matter(rate_hz: int) -> None:
    music = synth.chords(0, True, 6, rate_hz=RATE_HZ) + 0.3 * synth.sine(60, 6, rate_hz=RATE_HZ)
    other = synth.audio(soxr.resample(music, RATE_HZ, rate_hz, "VHQ"), rate_hz=rate_hz)
    assert loudness(other) == pytest.approx(loudness(synth.audio(music, rate_hz=RATE_HZ)), abs=0.01)


@pytest.mark.parametrize(
    ("channels", "surround", "unheard"),
    [(1, (), ()), (2, (), ()), (3, (), ()), (4, (2, 3), ()), (5, (3, 4), ()), (6, (4, 5), (3,)),
     (7, (), ()), (8, (6, 7), (3,))],
)  # fmt: skip
def test_channel_weights(
    channels: int, surround: tuple[int, ...], unheard: tuple[int, ...]
) -> None:
    """Each channel alone, in the order of WAVE files: 0 dB, +1.5 dB at the side, no LFE."""
    tone = synth.sine(1_000, 2, rate_hz=RATE_HZ)
    alone = loudness(synth.audio(tone, rate_hz=RATE_HZ))
    for channel in range(channels):
        samples = np.zeros((channels, len(tone)), np.float32)
        samples[channel] = tone
        found = meter.integrated_loudness(meter.segment_energies(samples, RATE_HZ))
        if channel in unheard:
            assert found is None
        else:
            gain_db = 1.5 if channel in surround else 0.0
            assert found == pytest.approx(alone + gain_db, abs=1e-3)


@pytest.mark.parametrize("name", [name for name in MADE if name.endswith(" 44100 Hz")])
def test_true_peak_is_that_of_the_signal_32_times_oversampled(name: str) -> None:
    assert bench._peak_error(MADE[name]) < 0.1


@pytest.mark.parametrize("seed", range(5))
def test_true_peak_skips_nothing_that_could_win(seed: int) -> None:
    """As the fine interpolator everywhere, however the samples fall into blocks."""
    random = np.random.default_rng(seed)
    length = int(random.integers(1, 3_000)) + (seed == 0) * 65_536
    noise = random.normal(0, 0.2, (2, length)) * random.uniform(0, 1, length) ** 2
    samples = bench._limited(np.pad(noise, ((0, 0), (500, 500))))
    everything = max(
        np.abs(np.convolve(channel, phase[::-1])).max()
        for channel in samples.astype(np.float64)
        for phase in _fine_interpolator().T
    )
    found = measured(Audio(samples, RATE_HZ), TruePeak)
    assert found == pytest.approx(max(everything, float(np.abs(samples).max())), rel=1e-5)


def test_true_peak_of_the_very_first_and_last_samples() -> None:
    for where in (0, 1, 98, 99):
        samples = np.zeros((1, 100), np.float32)
        samples[0, where] = 0.5
        value = extract(Audio(samples, RATE_HZ), ["loudness"])["true_peak_dbtp"]
        assert value == pytest.approx(20 * math.log10(0.5), abs=1e-3)


def test_below_the_gate_there_is_no_loudness() -> None:
    values = extract(synth.audio(synth.noise(4, 2e-4)), ["loudness"])
    assert values["loudness_lufs"] is NullReason.SILENT
    assert values["loudness_range_lu"] is NullReason.SILENT
    assert values["energy"] is NullReason.SILENT
    assert isinstance(values["true_peak_dbtp"], float)
