"""Loudness against the EBU's own test signals and pyloudnorm; true peak against brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pipelines.features import meter
from pipelines.features.analysis import Analysis
from pipelines.features.extract import extract
from pipelines.features.truepeak import PHASES, true_peak
from schemas.audio import Audio, Samples
from schemas.outcomes import NullReason
from tests.features import synth

RATE_HZ = 48_000


def tones(*steps: tuple[float, float], hz: float = 1_000) -> Samples:
    """Stereo sine: (dBFS, seconds) one after the other; shape (2, n)."""
    parts = [synth.sine(hz, seconds, 10 ** (level / 20), RATE_HZ) for level, seconds in steps]
    return np.stack([np.concatenate(parts)] * 2).astype(np.float32)


# EBU Tech 3341, minimum requirements test signals 1 to 5: all read -23.0 (2: -33.0) LUFS ± 0.1.
@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(-23, 20)], -23),
        ([(-33, 20)], -33),
        ([(-36, 10), (-23, 60), (-36, 10)], -23),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
    ],
)
def test_ebu_3341(steps: list[tuple[float, float]], expected: float) -> None:
    loudness = meter.integrated_loudness(meter.segment_energies(tones(*steps), RATE_HZ))
    assert loudness == pytest.approx(expected, abs=0.1)


def test_ebu_3341_surround() -> None:
    """Signal 6: 5.1 channels, the surrounds louder by 1.5 dB and the LFE not counted."""
    levels = (-28, -28, -24, 0, -30, -30)
    samples = np.stack([synth.sine(1_000, 20, 10 ** (level / 20), RATE_HZ) for level in levels])
    energies = meter.segment_energies(samples.astype(np.float32), RATE_HZ)
    assert meter.integrated_loudness(energies) == pytest.approx(-23, abs=0.1)


# EBU Tech 3342, test signals 1 to 4, ± 1 LU.
@pytest.mark.parametrize(
    ("levels", "expected"),
    [((-20, -30), 10), ((-20, -15), 5), ((-40, -20), 20), ((-50, -35, -20, -35, -50), 15)],
)
def test_ebu_3342(levels: tuple[float, ...], expected: float) -> None:
    energies = meter.segment_energies(tones(*((level, 20) for level in levels)), RATE_HZ)
    assert meter.loudness_range(energies) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize(
    "audio",
    [
        synth.song(120, 0, True, 8),
        synth.audio(synth.noise(5)),
        synth.audio(synth.drums(90, 6), synth.chords(3, False, 6)),
        synth.audio(synth.noise(5, rate_hz=22_050), rate_hz=22_050),
        synth.audio(synth.sine(40, 6, 0.7) + synth.sine(9_000, 6, 0.05)),
        synth.audio(*(synth.noise(4, 0.05 * n, seed=n) for n in range(1, 6))),
    ],
    ids=["song", "noise", "wide", "22 kHz", "bass", "five channels"],
)
def test_agrees_with_pyloudnorm(audio: Audio) -> None:
    import pyloudnorm

    theirs = pyloudnorm.Meter(audio.sample_rate_hz).integrated_loudness(
        audio.samples.T.astype(np.float64)
    )
    ours = extract(audio, ["loudness"])["loudness_lufs"]
    assert ours == pytest.approx(theirs, abs=0.1)


# EBU Tech 3341, signals 15 to 19: a sine of a quarter of the rate, -6 dBTP whatever its phase.
@pytest.mark.parametrize("degrees", [0, 45, 60, 67.5])
def test_true_peak_between_samples(degrees: float) -> None:
    n = np.arange(RATE_HZ)
    wave = 0.5 * np.sin(np.pi / 2 * n + math.radians(degrees))
    ramp = np.minimum(1, np.minimum(n, n[::-1]) / 4_800)  # no overshoot at the ends
    value = extract(synth.audio(wave * ramp, rate_hz=RATE_HZ), ["loudness"])["true_peak_dbtp"]
    assert isinstance(value, float)
    assert -6.4 <= value <= -5.8


@pytest.mark.parametrize("seed", range(5))
def test_true_peak_skips_nothing_that_could_win(seed: int) -> None:
    random = np.random.default_rng(seed)
    length = int(random.integers(1, 3_000))
    samples = random.normal(0, 0.2, (2, length)) * random.uniform(0, 1, length) ** 4
    audio = Audio(samples.astype(np.float32), RATE_HZ)
    everything = max(
        np.abs(np.convolve(channel, phase)).max()
        for channel in audio.samples.astype(np.float64)
        for phase in PHASES
    )
    expected = max(everything, float(np.abs(audio.samples).max()))
    found = true_peak(audio.samples, Analysis(audio).block_peaks)
    assert found == pytest.approx(expected, rel=1e-5)


def test_block_peaks_are_the_peaks_of_the_blocks() -> None:
    audio = synth.audio(synth.noise(4), synth.noise(4, seed=1))  # longer than one chunk
    count = audio.samples.shape[1]
    expected = [
        np.abs(audio.samples[:, start : start + 32]).max(axis=1) for start in range(0, count, 32)
    ]
    np.testing.assert_array_equal(Analysis(audio).block_peaks, np.transpose(expected))


def test_below_the_gate_there_is_no_loudness() -> None:
    values = extract(synth.audio(synth.noise(4, 2e-4)), ["loudness"])
    assert values["loudness_lufs"] is NullReason.SILENT
    assert values["loudness_range_lu"] is NullReason.SILENT
    assert isinstance(values["true_peak_dbtp"], float)


def test_energy_orders_music_by_intensity() -> None:
    pad = synth.audio(synth.chords(0, True, 10, chord_s=5, decay=0, level=0.05))
    ballad = synth.audio(
        0.5 * synth.drums(70, 10, level=0.1) + 0.5 * synth.chords(0, True, 10, chord_s=3.4)
    )
    rock = synth.audio(
        np.tanh(3 * synth.chords(4, False, 10, chord_s=0.2)) * 0.5 + synth.drums(150, 10)
    )
    drum_and_bass = synth.audio(
        1.6 * synth.drums(174, 10) + 0.4 * synth.sine(55, 10) + synth.noise(10, 0.05)
    )
    energies = [
        extract(audio, ["loudness"])["energy"] for audio in (pad, ballad, rock, drum_and_bass)
    ]
    assert energies[0] < energies[1] < min(energies[2:])  # type: ignore[operator]  # all floats
