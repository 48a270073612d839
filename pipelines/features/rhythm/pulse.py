"""The tempo: candidates with weights, and whether there is a pulse at all.

Conventions: tempi in BPM on the grid of `tempo_curve`; envelopes of shape (frames, 5) at 43.07 Hz,
dB, the whole spectrum first and then four bands from low to high; a salience is a weighted mean of
autocorrelations, so 1 is a perfect repetition and 0 none.

The envelopes are superflux's (Böck & Widmer 2013): rises are counted against the loudest of three
neighbouring bands two frames earlier, so that vibrato is no onset. `tempo_curve` scores the tempi;
its highest peaks are the candidates. A hand-set comb over the autocorrelation says whether
anything repeats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from pipelines.features.analysis import Analysis, TempoPrior
from pipelines.features.registry import shared
from pipelines.features.rhythm import tempo_curve
from pipelines.features.rhythm.onsets import FRAME_RATE_HZ
from pipelines.features.rhythm.tempo_curve import GRID, Vector
from pipelines.features.timbre.measures import log_mel

CANDIDATES = 3
DISTINCT = 0.08  # candidates differ by more than 8 %
BAND_EDGES = (0, 6, 38, 85, 128)  # mel bands: up to 150 Hz, 1 kHz, 3.6 kHz, 11 kHz
SUPERFLUX_LAG = 2
RANGE_DB = 45.0  # below the loudest band: out of silence, a hi-hat rises as far as a bass drum
LEAST_RISE_DB = 0.1  # standard deviation of the envelope: steady sound has no pulse
LEAST_SALIENCE = 0.08
NOISE_SALIENCE = 3.0  # times the standard error of an autocorrelation, 1 / sqrt(frames)
PULSE_COMB = ((1.0, 1.0), (2.0, 0.7), (3.0, 0.4), (4.0, 0.6), (0.5, 0.35))  # beats, weight
SURPRISE = 0.02
_LADDER = (1, 2, 4, 8, 16)  # beats over which a tempo is refined
_LADDER_REACH = 0.03  # of the first lag


@dataclass(frozen=True, slots=True)
class Pulse:
    """Ranked tempi with weights that sum to 1, and how clear the pulse is, 0 … 1."""

    tempi_bpm: tuple[float, ...]
    weights: tuple[float, ...]
    confidence: float


@shared
def pulse_envelope(analysis: Analysis) -> Vector:
    """Superflux onset envelopes, shape (frames, 5), dB."""
    levels = log_mel(analysis)
    faintest = levels.max() - np.float32(RANGE_DB)
    envelope = np.zeros((len(levels), len(tempo_curve.BANDS)))
    mixing = _band_means(levels.shape[1])
    step = 1_024
    for start in range(0, len(levels) - SUPERFLUX_LAG, step):
        part = np.maximum(levels[start : start + step + SUPERFLUX_LAG], faintest)
        widened = np.maximum(np.maximum(part[:, :-2], part[:, 1:-1]), part[:, 2:])
        difference = part[SUPERFLUX_LAG:, 1:-1] - widened[:-SUPERFLUX_LAG]
        np.maximum(difference, 0, out=difference)
        where = start + SUPERFLUX_LAG
        envelope[where : where + len(difference)] = difference @ mixing
    return envelope


@shared
def pulse(analysis: Analysis) -> Pulse | None:
    """The tempo candidates; None where there is no pulse."""
    return find_pulse(pulse_envelope(analysis), analysis.tempo_prior)


def find_pulse(envelope: Vector, prior: TempoPrior | None = None) -> Pulse | None:
    """Tempo candidates of onset envelopes, shape (frames, 5); None when nothing repeats.

    `prior` tells what is known of the music's tempo beforehand, as from a style (`styled`).
    """
    flux = tempo_curve.rises_above_mean(envelope)
    if len(flux) < 2 or flux[:, 0].std() < LEAST_RISE_DB:
        return None
    correlations = tempo_curve.autocorrelations(flux)
    salience = np.maximum(_salience(correlations[0]), 0)
    clarity = float(salience.max())
    if clarity < max(LEAST_SALIENCE, NOISE_SALIENCE / len(flux) ** 0.5):
        return None
    found = tempo_curve.cues(correlations, tempo_curve.onsets_per_second(flux))
    chances = _chances(tempo_curve.score(found), salience, prior)
    peaks = _ranked_peaks(chances)
    total = sum(weight for _, weight in peaks)
    return Pulse(
        tuple(refined(correlations[0], float(GRID[peak])) for peak, _ in peaks),
        tuple(weight / total for _, weight in peaks),
        (min(clarity, 1.0) * (1 - float(np.median(salience)) / clarity)) ** 0.5,
    )


def styled(ranges_bpm: Sequence[tuple[float, float]], doubt: float = 0.1) -> TempoPrior:
    """A prior for music of which styles are known: equal within their ranges of tempo.

    It falls off by half in a tenth of an octave outside them; `doubt` is how likely a tempo far
    from all of them is next to one within.
    """

    def prior(tempi: Vector) -> Vector:
        octaves = np.log2(tempi)[:, None]
        low, high = np.log2(np.array(ranges_bpm, dtype=float)).T
        outside = np.maximum(0, np.maximum(low - octaves, octaves - high)).min(axis=1)
        return np.asarray(doubt + (1 - doubt) * np.exp2(-10 * outside))

    return prior


def refined(correlation: Vector, tempo_bpm: float) -> float:
    """The tempo to a fraction of a per cent: peaks at 1, 2, 4, 8 and 16 beats, one after another.

    A peak of the correlation at many beats says more of the beat than one at a single beat; each
    is looked for where the one before puts it.
    """
    lag = 60 * FRAME_RATE_HZ / tempo_bpm
    for beats in _LADDER:
        reach = max(2, round(_LADDER_REACH * lag)) if beats == 1 else 2
        middle = round(beats * lag)
        first, last = middle - reach, middle + reach
        if first < 1 or last > len(correlation) - 2:
            break
        peak = first + int(correlation[first : last + 1].argmax())
        before, at, after = correlation[peak - 1 : peak + 2]
        if at <= 0 or at < before or at < after:
            continue
        bend = before - 2 * at + after
        lag = (peak + (0.5 * (before - after) / bend if bend < 0 else 0.0)) / beats
    return float(60 * FRAME_RATE_HZ / lag)


def _band_means(bands: int) -> npt.NDArray[np.float32]:
    """Matrix from rises of mel bands 1 … n-2 to means over all and over BAND_EDGES."""
    inside = np.arange(1, bands - 1)
    edges = zip((0, *BAND_EDGES), (bands, *BAND_EDGES[1:]), strict=False)
    columns = [(inside >= low) & (inside < high) for low, high in edges]
    means = np.stack([column / column.sum() for column in columns], axis=1)
    return means.astype(np.float32)


def _salience(correlation: Vector) -> Vector:
    """Weighted mean of the correlation at multiples of each tempo's beat; beyond it, none."""
    lags = np.arange(len(correlation))
    total = np.zeros(len(GRID))
    for multiple, weight in PULSE_COMB:
        wanted = 60 * FRAME_RATE_HZ / GRID * multiple
        inside = wanted < 0.9 * len(correlation)
        total += weight * np.where(inside, np.interp(wanted, lags, correlation), 0.0)
    return total / sum(weight for _, weight in PULSE_COMB)


def _chances(score: Vector, salience: Vector, prior: TempoPrior | None) -> Vector:
    """Probability of each tempo of the grid.

    Music unlike any that the weights were fitted on makes their scores too sure of themselves: with
    a chance of SURPRISE they say nothing, and a tempo is as likely as its salience squared.
    """
    risen = np.exp(score - score.max())
    repeats = salience * salience
    chances = (1 - SURPRISE) * risen / risen.sum() + SURPRISE * repeats / repeats.sum()
    if prior is not None:
        chances = chances * np.maximum(prior(GRID), 1e-6)
    return np.asarray(chances / chances.sum())


def _ranked_peaks(chances: Vector) -> list[tuple[int, float]]:
    """Up to three peaks, more than 8 % apart, and the probability within 4 %, the largest first."""
    reach = int(np.log1p(DISTINCT) / 2 / np.log(GRID[1] / GRID[0]))
    windows = sliding_window_view(np.pad(chances, reach), 2 * reach + 1)
    peaks = np.flatnonzero(chances >= windows.max(axis=1))
    around = windows.sum(axis=1)
    chosen: list[int] = []
    for peak in peaks[np.argsort(-around[peaks], kind="stable")]:
        if all(abs(np.log(GRID[peak] / GRID[other])) > np.log1p(DISTINCT) for other in chosen):
            chosen.append(int(peak))
        if len(chosen) == CANDIDATES:
            break
    return [(peak, float(around[peak])) for peak in chosen]
