"""Tempo, beats and bars of rhythms made by code."""

from __future__ import annotations

import time

import numpy as np
import pytest

from pipelines.features.analysis import Analysis
from pipelines.features.extract import extract
from pipelines.features.rhythm.beat_tracking import steady_tempo, track_beats
from pipelines.features.rhythm.beats import bars, beats, steady_pulse
from pipelines.features.rhythm.onsets import FRAME_RATE_HZ
from pipelines.features.rhythm.pulse import Pulse, find_pulse, pulse_envelope, styled
from pipelines.features.rhythm.tempo_curve import GRID, cue_names, weights
from schemas.audio import Audio
from tests.features import synth

SECONDS = 20.0


def band(bpm: float, beats_a_bar: int, seconds: float = SECONDS, swing: float = 0.5) -> Audio:
    """Bass drum on one, snare on the other beats (in four: on two and four), swung hi-hats,
    and a chord that changes with the bar."""
    beat = 60 / bpm
    signal = np.zeros(round(seconds * synth.RATE_HZ))
    for number in range(int(seconds / beat)):
        place = number % beats_a_bar
        snare = place % 2 == 1 if beats_a_bar == 4 else place > 0
        stroke = synth._snare(synth.RATE_HZ) * 0.5 if snare else synth._kick(synth.RATE_HZ)
        synth._add(signal, stroke, number * beat, 0.7 if place == 0 else 0.5, synth.RATE_HZ)
        for half in (0.0, swing):
            at = (number + half) * beat
            synth._add(signal, synth._hat(synth.RATE_HZ), at, 0.15, synth.RATE_HZ)
    harmony = synth.chords(0, True, seconds, chord_s=beat * beats_a_bar)
    return synth.audio(0.7 * signal + 0.5 * harmony)


def analysed(audio: Audio) -> Analysis:
    return Analysis(audio, ["mel"])


def found(audio: Audio) -> Pulse:
    pulse = steady_pulse(analysed(audio))
    assert pulse is not None
    return pulse


@pytest.mark.parametrize("bpm", [60, 72, 85, 97, 110, 126, 140, 155, 172, 188, 205, 230])
def test_every_tempo_is_offered(bpm: float) -> None:
    """In which octave a listener taps is open; the true tempo is among the candidates."""
    assert any(x == pytest.approx(bpm, rel=0.01) for x in found(band(bpm, 4)).tempi_bpm)


@pytest.mark.parametrize("bpm", [90.5, 104, 120, 128.7, 140])
def test_a_steady_tempo_is_right_to_a_thousandth(bpm: float) -> None:
    """In whichever octave it is."""
    tempo = found(band(bpm, 4)).tempi_bpm[0]
    octave = round(np.log2(tempo / bpm))
    assert tempo / 2.0**octave == pytest.approx(bpm, rel=0.001)


@pytest.mark.parametrize("swing", [0.5, 0.6, 0.667])
def test_swing_does_not_move_the_beat(swing: float) -> None:
    assert found(band(120, 4, swing=swing)).tempi_bpm[0] == pytest.approx(120, rel=0.01)


def test_weights_are_ranked_and_sum_to_one() -> None:
    pulse = found(band(100, 4))
    assert sum(pulse.weights) == pytest.approx(1)
    assert list(pulse.weights) == sorted(pulse.weights, reverse=True)
    assert len(pulse.weights) == len(pulse.tempi_bpm) <= 3


@pytest.mark.parametrize("bpm", [90, 120])
def test_a_prior_moves_the_octave(bpm: float) -> None:
    envelope = pulse_envelope(analysed(band(bpm, 4)))
    for times in (0.5, 1.0, 2.0):
        wanted = bpm * times
        pulse = find_pulse(envelope, styled([(wanted * 0.95, wanted * 1.05)], doubt=1e-4))
        assert pulse is not None
        assert pulse.tempi_bpm[0] == pytest.approx(wanted, rel=0.01)


def test_a_prior_of_equal_chances_changes_nothing() -> None:
    envelope = pulse_envelope(analysed(band(111, 4)))
    assert find_pulse(envelope, np.ones_like) == find_pulse(envelope)


def test_beats_fall_on_the_strokes() -> None:
    """Within 25 ms at the tempo that was chosen, or half or twice of it."""
    tracked = beats(analysed(band(120, 4)))
    assert tracked is not None
    times = np.array(tracked.times_s)
    nearest = np.round(times / 0.25) * 0.25
    assert np.median(np.abs(times - nearest)) < 0.025
    assert np.all(np.diff(times) > 0)


@pytest.mark.parametrize(("bpm", "beats_a_bar"), [(110, 4), (125, 4), (120, 3), (150, 3)])
def test_bars_of_a_known_pattern(bpm: float, beats_a_bar: int) -> None:
    audio = band(bpm, beats_a_bar, 24)
    analysis = analysed(audio)
    tracked = beats(analysis)
    assert tracked is not None
    assert tracked.downbeats
    assert set(np.diff(tracked.downbeats)) == {beats_a_bar}
    times = np.array(tracked.times_s)[list(tracked.downbeats)]
    bar = 60 / bpm * beats_a_bar
    off = np.abs(times - np.round(times / bar) * bar)
    assert np.median(off) < 0.05
    values = extract(audio, ["rhythm"])
    assert values["time_signature"] == beats_a_bar
    confidence = bars(analysis)
    assert confidence is not None
    assert values["downbeat_confidence"] == confidence.confidence


def test_beats_that_are_all_alike_have_no_bars() -> None:
    clicks = np.zeros(round(SECONDS * synth.RATE_HZ))
    for number in range(int(SECONDS * 2)):
        synth._add(clicks, synth._hat(synth.RATE_HZ), number / 2, 0.5, synth.RATE_HZ)
    barred = bars(analysed(synth.audio(clicks)))
    assert barred is None or barred.confidence < 0.6


@pytest.mark.parametrize("signal", [synth.noise(12), synth.sine(220, 12), np.zeros(441_000)])
def test_no_pulse_no_beats(signal: np.ndarray) -> None:
    analysis = analysed(synth.audio(signal))
    assert steady_pulse(analysis) is None
    assert beats(analysis) is None
    assert bars(analysis) is None


def test_a_line_through_uneven_beats_is_not_believed() -> None:
    uneven = np.cumsum(np.random.default_rng(0).integers(15, 30, 60))
    assert steady_tempo(uneven, 117.0) == 117.0
    even = np.round(np.arange(60) * 60 * FRAME_RATE_HZ / 117.4).astype(np.intp)
    assert steady_tempo(even, 117.0) == pytest.approx(117.4, rel=2e-4)


def test_three_hours_are_no_slower_than_linear() -> None:
    rng = np.random.default_rng(0)
    minute = int(60 * FRAME_RATE_HZ)
    one = rng.exponential(0.2, (3 * minute, 5))
    one[:: round(FRAME_RATE_HZ / 2)] += 5

    def spent(envelope: np.ndarray) -> float:
        before = time.process_time()
        pulse = find_pulse(envelope)
        assert pulse is not None
        track_beats(envelope[:, 0], pulse.tempi_bpm[0])
        return time.process_time() - before

    short = min(spent(one) for _ in range(3))
    assert spent(np.tile(one, (20, 1))) < 20 * 3 * short


def test_the_table_of_weights_is_that_of_the_cues() -> None:
    for column in ("comb", "place", "bands", "spectrum", "everything"):
        assert weights(column).shape == (len(cue_names()),)
        assert np.isfinite(weights(column)).all()
    assert GRID[0] < 60
    assert GRID[-1] > 230
