"""What energy and danceability say of music made by code, and that they are what the docs say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pipelines.features.analysis import Analysis
from pipelines.features.loudness.energy import energy, energy_between
from pipelines.features.rhythm.danceability import (
    LEAST_EXPONENT,
    LevelCurve,
    danceability,
    fluctuation_exponents,
)
from schemas.audio import Audio
from schemas.energy import energy_of
from schemas.outcomes import NullReason
from tests.features import synth

SECONDS = 20.0


def _ambient() -> synth.Signal:
    """Slow swells that keep no time."""
    time = synth.times(SECONDS)
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * time / 17)
    return swell * synth.chords(0, True, SECONDS, chord_s=5, decay=0.1, level=0.06)


def _ballad() -> synth.Signal:
    piano = synth.chords(0, True, SECONDS, chord_s=1.7, decay=1.0, level=0.3)
    return piano + synth.drums(70, SECONDS, level=0.05)


def _rock() -> synth.Signal:
    guitar = np.tanh(8 * synth.chords(4, False, SECONDS, chord_s=0.5, decay=2))
    return 0.25 * guitar + synth.drums(125, SECONDS, level=0.6)


def _house() -> synth.Signal:
    stabs = synth.chords(2, False, SECONDS, chord_s=60 / 124, decay=6, level=0.3)
    return synth.drums(124, SECONDS, level=0.8) + synth.drums(248, SECONDS, level=0.3) + stabs


def _drum_and_bass() -> synth.Signal:
    bass = np.tanh(4 * synth.sine(55, SECONDS)) * 0.4
    cymbals = synth.noise(SECONDS, 0.06)
    return 1.3 * synth.drums(174, SECONDS) + 0.6 * synth.drums(348, SECONDS) + bass + cymbals


MUSIC = {
    "ambient": _ambient,
    "ballad": _ballad,
    "rock": _rock,
    "house": _house,
    "drum and bass": _drum_and_bass,
}


@pytest.fixture(scope="module")
def analyses() -> dict[str, Analysis]:
    return {name: Analysis(synth.audio(make())) for name, make in MUSIC.items()}


def test_energy_goes_from_ambient_to_drum_and_bass(analyses: dict[str, Analysis]) -> None:
    names = ("ambient", "ballad", "rock", "drum and bass")
    values = [energy(analyses[name]) for name in names]
    assert all(isinstance(value, float) for value in values)
    assert values == sorted(values)  # type: ignore[type-var]  # floats
    assert values[1] < 0.1  # type: ignore[operator]  # a float
    assert values[2] > 0.3  # type: ignore[operator]  # a float


def test_danceability_goes_from_ambient_to_house(analyses: dict[str, Analysis]) -> None:
    values = [danceability(analyses[name]) for name in ("ambient", "ballad", "rock", "house")]
    assert all(isinstance(value, float) for value in values)
    assert values == sorted(values)  # type: ignore[type-var]  # floats


def test_level_alone_decides_little(analyses: dict[str, Analysis]) -> None:
    """A ballad that is as loud as drum and bass still has less energy."""
    quiet, loud = analyses["ballad"], analyses["drum and bass"]
    samples = np.concatenate(list(quiet.audio.blocks()), axis=1) * np.float32(4)
    assert energy(Analysis(Audio(samples, synth.RATE_HZ))) < energy(loud)  # type: ignore[operator]  # floats


@pytest.mark.parametrize("which", range(4))
def test_energy_rises_with_each_of_its_terms(which: int) -> None:
    """Loudness, onsets and brightness up; contrast down."""
    middle = [-16.0, 4.0, 1_800.0, 20.0]
    assert energy_of(*middle) == pytest.approx(0.5)
    step = (1.0, 0.5, 100.0, -1.0)[which]
    values = []
    for times in (-2, -1, 0, 1, 2):
        moved = list(middle)
        moved[which] += times * step
        values.append(energy_of(*moved))
    assert values == sorted(values)
    assert len(set(values)) == 5


def test_gain_moves_energy_by_its_loudness_alone() -> None:
    signal = synth.drums(120, 6) + synth.chords(0, True, 6)
    odds = []
    for gain_db in (0.0, -10.0):
        value = energy(Analysis(synth.audio(signal * 10 ** (gain_db / 20))))
        assert isinstance(value, float)
        odds.append(math.log(value / (1 - value)))
    assert odds[0] - odds[1] == pytest.approx(0.6 * 10 / 5, abs=0.02)


def test_silence_around_music_has_no_energy_of_its_own() -> None:
    music = synth.drums(130, 8) + synth.chords(5, False, 8)
    silence = np.zeros(6 * synth.RATE_HZ)
    alone = energy(Analysis(synth.audio(music)))
    among = energy(Analysis(synth.audio(np.concatenate([silence, music, silence]))))
    assert among == pytest.approx(alone, abs=0.02)


def test_sections_have_an_energy_of_their_own() -> None:
    quiet, loud = _ballad()[: 8 * synth.RATE_HZ], _drum_and_bass()[: 8 * synth.RATE_HZ]
    silent = np.zeros(3 * synth.RATE_HZ)
    analysis = Analysis(synth.audio(np.concatenate([quiet, silent, loud])))
    first, last = energy_between(analysis, 0, 8), energy_between(analysis, 11, 19)
    assert first < last  # type: ignore[operator]  # floats
    assert last == pytest.approx(energy(Analysis(synth.audio(loud))), abs=0.05)
    assert energy_between(analysis, 8.5, 10.5) is NullReason.SILENT
    assert energy_between(analysis, 0, analysis.duration_s) == energy(analysis)


def test_fluctuation_exponents_are_those_of_the_paper() -> None:
    """As the loops of Streich & Herrera's description, a straight line fitted to each window."""
    level = np.abs(np.random.default_rng(0).normal(1, 0.3, 400)) + np.linspace(0, 1, 400)
    profile = np.cumsum(level - level.mean())
    lengths, fluctuations = [], []
    milliseconds = 310.0
    while (length := int(milliseconds / 10)) + 2 <= len(level) and milliseconds <= 8_800:
        milliseconds *= 1.1
        position = np.arange(length)
        squares = []
        for start in range(0, len(level) - length, max(length // 50, 1)):
            window = profile[start : start + length]
            line = np.polyval(np.polyfit(position, window, 1), position)
            squares.append(np.mean((window - line) ** 2))
        lengths.append(length)
        fluctuations.append(np.sqrt(np.mean(squares)))
    expected = np.diff(np.log10(fluctuations)) / np.diff(np.log10(np.array(lengths) + 3))
    np.testing.assert_allclose(fluctuation_exponents(level), expected, atol=1e-6)


def test_a_long_track_is_as_exact_as_a_short_one() -> None:
    """The prefix sums of three hours leave nothing of a second's fluctuation to chance."""
    random = np.random.default_rng(1)
    piece = 1 + 0.5 * np.sin(2 * np.pi * np.arange(6_000) / 50) + 0.2 * random.normal(size=6_000)
    short = fluctuation_exponents(np.tile(piece, 4))
    long = fluctuation_exponents(np.tile(piece, 180))
    np.testing.assert_allclose(long, short, atol=0.03)


@pytest.mark.parametrize("gain_db", [-50.0, -6.0, 12.0])
def test_level_and_offset_leave_danceability_alone(gain_db: float) -> None:
    signal = synth.drums(110, 10) + synth.chords(0, True, 10)
    plain = danceability(Analysis(synth.audio(signal)))
    moved = danceability(Analysis(synth.audio(signal * 10 ** (gain_db / 20))))
    assert moved == pytest.approx(plain, rel=1e-4)
    shifted = danceability(Analysis(synth.audio(signal + 0.1)))
    assert shifted == pytest.approx(plain, rel=0.01)


@pytest.mark.parametrize(
    "signal",
    [
        synth.sine(440, 10),
        synth.noise(10),
        sum(synth.sine(220 * k, 10, 0.1) for k in (1, 2, 3)),
    ],
    ids=["tone", "noise", "harmonic tone"],
)
def test_what_hardly_varies_has_no_danceability(signal: synth.Signal) -> None:
    assert danceability(Analysis(synth.audio(signal))) is NullReason.NO_PULSE


@pytest.mark.parametrize("hz", [4.0, 5.0, 8.0])
def test_what_repeats_itself_exactly_reaches_the_limit(hz: float) -> None:
    tremolo = synth.sine(441, 20) * (1 + 0.8 * np.sin(2 * np.pi * hz * synth.times(20)))
    assert danceability(Analysis(synth.audio(tremolo))) == 1 / LEAST_EXPONENT


def test_the_level_curve_is_the_deviation_of_every_ten_milliseconds() -> None:
    signal = synth.noise(8, 0.1, 22_050)
    found = Analysis(synth.audio(signal, rate_hz=22_050)).of(LevelCurve)
    hops = signal.astype(np.float32)[: len(signal) // 220 * 220].reshape(-1, 220)
    np.testing.assert_allclose(found, hops.std(axis=1), rtol=1e-4)
