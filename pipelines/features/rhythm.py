"""Rhythm: tempo, beats, onsets, danceability.

Conventions: tempi in BPM, rates in Hz. Where the onsets do not repeat themselves the tempo is null
(NO_PULSE), and with it all that rests on it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipelines.features import onsets
from pipelines.features.analysis import Analysis
from pipelines.features.pulse import pulse, track_beats
from pipelines.features.registry import measures
from pipelines.features.spectrum import RATE_HZ
from schemas.outcomes import NullReason
from schemas.protocols import Value

LEAST_TEMPO_S = 3.0

# Detrended fluctuation analysis: Streich & Herrera 2005.
LEVEL_STEP_S = 0.01
SHORTEST_MS, LONGEST_MS, GROWTH = 310.0, 8_800.0, 1.1
HOPS_PER_WINDOW = 50
LEAST_DFA_S = 5.0
LEAST_FLUCTUATION = 0.01  # of the level, by which it must vary: a held tone does not dance


@measures("tempo_bpm", uses=["mel"], minimum_s=LEAST_TEMPO_S)
def tempo_bpm(analysis: Analysis) -> Value:
    found = pulse(analysis)
    return NullReason.NO_PULSE if found is None else found.tempi_bpm[0]


@measures("tempo_confidence", uses=["mel"], minimum_s=LEAST_TEMPO_S)
def tempo_confidence(analysis: Analysis) -> Value:
    found = pulse(analysis)
    return NullReason.NO_PULSE if found is None else found.confidence


@measures("tempo_candidates", uses=["mel"], minimum_s=LEAST_TEMPO_S)
def tempo_candidates(analysis: Analysis) -> Value:
    found = pulse(analysis)
    return NullReason.NO_PULSE if found is None else found.tempi_bpm


@measures("tempo_candidate_weights", uses=["mel"], minimum_s=LEAST_TEMPO_S)
def tempo_candidate_weights(analysis: Analysis) -> Value:
    found = pulse(analysis)
    return NullReason.NO_PULSE if found is None else found.weights


@measures("beat_strength", uses=["mel"], minimum_s=LEAST_TEMPO_S)
def beat_strength(analysis: Analysis) -> Value:
    """Mean onset strength on the tracked beats over that of all frames."""
    found = pulse(analysis)
    if found is None:
        return NullReason.NO_PULSE
    envelope = onsets.onset_strength(analysis).astype(np.float64)
    beats = track_beats(envelope, found.tempi_bpm[0])
    return float(envelope[beats].mean() / envelope.mean())


@measures("onset_rate_hz", uses=["mel"], minimum_s=1.0)
def onset_rate_hz(analysis: Analysis) -> Value:
    return onsets.onset_rate(analysis)


@measures("danceability", minimum_s=LEAST_DFA_S)
def danceability(analysis: Analysis) -> Value:
    """Inverse of the mean positive fluctuation exponent of the level curve."""
    step = int(RATE_HZ * LEVEL_STEP_S)
    signal = analysis.signal
    hops = signal[: len(signal) // step * step].reshape(-1, step)
    power = np.einsum("ij,ij->i", hops, hops) / step
    level = np.sqrt(np.maximum(power - hops.mean(axis=1) ** 2, 0)).astype(np.float64)
    if level.std() < LEAST_FLUCTUATION * level.mean():
        return NullReason.NO_PULSE
    exponents = fluctuation_exponents(level)
    positive = exponents[exponents > 0]
    return float(1 / positive.mean()) if len(positive) else NullReason.NO_PULSE


def fluctuation_exponents(level: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Local slopes of log fluctuation over log window length, windows of 310 … 8,800 ms.

    The fluctuation at a length is the root mean squared residual of straight lines fitted to the
    running sum of `level` in windows of that length, every fiftieth of it apart. The residuals come
    from prefix sums, so a window costs the same whatever its length.
    """
    profile = np.cumsum(level - level.mean())
    position = np.arange(len(profile))
    sums, moments, squares = (
        np.concatenate([[0.0], np.cumsum(x)])
        for x in (profile, position * profile, profile * profile)
    )
    lengths, fluctuations = [], []
    milliseconds = SHORTEST_MS
    while milliseconds <= LONGEST_MS:
        length = int(milliseconds / (1_000 * LEVEL_STEP_S))
        milliseconds *= GROWTH
        if len(profile) < length + 2:
            break
        start = np.arange(0, len(profile) - length, max(length // HOPS_PER_WINDOW, 1))
        total = sums[start + length] - sums[start]
        slope = moments[start + length] - moments[start] - (start + (length - 1) / 2) * total
        square = squares[start + length] - squares[start]
        spread = length * (length * length - 1) / 12
        residual = (square - total**2 / length - slope**2 / spread) / length
        lengths.append(length)
        fluctuations.append(np.sqrt(max(float(residual.mean()), 0.0)) + 1e-12)
    slopes: npt.NDArray[np.float64] = np.diff(np.log10(fluctuations)) / np.diff(
        np.log10(np.array(lengths) + 3.0)
    )
    return slopes
