"""The tempo curve and the beats.

Conventions: tempi in BPM on a logarithmic grid; envelopes at 43.07 Hz; a salience is a weighted
mean of autocorrelations, so 1 is a perfect repetition and 0 none.

The curve is a comb on the autocorrelation of the onset envelope (Scheirer 1998; Percival &
Tzanetakis 2014) times a log-normal prior; the envelope is superflux's (Böck & Widmer 2013): rises
are counted against the loudest of three neighbouring bands two frames earlier, so that vibrato is
no onset. Beats are tracked by dynamic programming (Ellis 2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

from pipelines.features.analysis import Analysis
from pipelines.features.onsets import FRAME_RATE_HZ
from pipelines.features.registry import shared
from pipelines.features.timbre import log_mel

Vector = npt.NDArray[np.float64]

SLOWEST_BPM, FASTEST_BPM = 40.0, 240.0
GRID: Vector = np.geomspace(SLOWEST_BPM, FASTEST_BPM, 600)
PRIOR_BPM, PRIOR_OCTAVES = 110.0, 0.6
COMB = ((1.0, 1.0), (2.0, 0.7), (3.0, 0.4), (4.0, 0.6), (0.5, 0.35))  # multiple of the beat, weight
LOCAL_MEAN_S = 0.4
CANDIDATES = 3
DISTINCT = 0.08  # candidates differ by more than 8 %
SUPERFLUX_LAG = 2
TIGHTNESS = 100.0
LEAST_RISE_DB = 0.3  # standard deviation of the envelope: steady sound has no pulse
LEAST_SALIENCE = 0.08
NOISE_SALIENCE = 3.0  # times the standard error of an autocorrelation, 1 / sqrt(frames)


@dataclass(frozen=True, slots=True)
class Pulse:
    """Ranked tempi with weights that sum to 1, and the confidence in the first, 0 … 1."""

    tempi_bpm: tuple[float, ...]
    weights: tuple[float, ...]
    confidence: float


@shared
def pulse_envelope(analysis: Analysis) -> Vector:
    """Superflux onset envelope, shape (frames,), dB."""
    levels = log_mel(analysis)
    envelope = np.zeros(len(levels))
    step = 1_024
    for start in range(0, len(levels) - SUPERFLUX_LAG, step):
        part = levels[start : start + step + SUPERFLUX_LAG]
        widened = np.maximum(np.maximum(part[:, :-2], part[:, 1:-1]), part[:, 2:])
        difference = part[SUPERFLUX_LAG:, 1:-1] - widened[:-SUPERFLUX_LAG]
        np.maximum(difference, 0, out=difference)
        where = start + SUPERFLUX_LAG
        envelope[where : where + len(difference)] = difference.mean(axis=1)
    return envelope


@shared
def pulse(analysis: Analysis) -> Pulse | None:
    """The tempo candidates; None where there is no pulse."""
    return find_pulse(pulse_envelope(analysis))


def find_pulse(envelope: Vector) -> Pulse | None:
    """Tempo candidates of an onset envelope; None when it is flat or does not repeat itself."""
    flux = _above_local_mean(envelope)
    if flux.std() < LEAST_RISE_DB:
        return None
    salience = comb(autocorrelation(flux))
    score = np.maximum(salience, 0) * np.exp(
        -0.5 * (np.log2(GRID / PRIOR_BPM) / PRIOR_OCTAVES) ** 2
    )
    peaks = _ranked_peaks(score)
    if not len(peaks):
        return None
    best = float(salience[peaks[0]])
    if best < max(LEAST_SALIENCE, NOISE_SALIENCE / len(flux) ** 0.5):
        return None
    weights = score[peaks] / score[peaks].sum()
    contrast = 1 - float(np.median(np.maximum(salience, 0))) / best
    return Pulse(
        tuple(_refined(score, int(peak)) for peak in peaks),
        tuple(float(weight) for weight in weights),
        max(0.0, min(best, 1.0) * contrast) ** 0.5,
    )


def autocorrelation(flux: Vector) -> Vector:
    """Unbiased, 1 at lag 0; shape of `flux`. Long lags are not inflated more than tenfold."""
    centred = flux - flux.mean()
    count = len(centred)
    size = scipy.fft.next_fast_len(2 * count, real=True)
    spectrum = scipy.fft.rfft(centred, size)
    products = scipy.fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[:count]
    overlap = np.maximum(count - np.arange(count), 0.1 * count) / count
    result: Vector = products / (products[0] * overlap)
    return result


def comb(correlation: Vector) -> Vector:
    """Salience of each tempo of `GRID`: weighted mean of the correlation at multiples of its beat.

    Multiples beyond 90 % of the audio count as no correlation.
    """
    lags = np.arange(len(correlation))
    total = np.zeros(len(GRID))
    for multiple, weight in COMB:
        wanted = 60 * FRAME_RATE_HZ / GRID * multiple
        inside = wanted < 0.9 * len(correlation)
        total += weight * np.where(inside, np.interp(wanted, lags, correlation), 0.0)
    return total / sum(weight for _, weight in COMB)


def track_beats(envelope: Vector, tempo_bpm: float) -> npt.NDArray[np.intp]:
    """Frames of the beats that best trade onset strength against an even period (Ellis 2007)."""
    period = 60 * FRAME_RATE_HZ / tempo_bpm
    reach = np.arange(-round(period), round(period) + 1)
    smooth = np.convolve(
        envelope / (envelope.std() + 1e-12), np.exp(-0.5 * (reach * 32 / period) ** 2), "same"
    )[: len(envelope)]
    shortest, longest = max(1, round(period / 2)), round(2 * period)
    lags = np.arange(longest, shortest - 1, -1)
    cost = -TIGHTNESS * np.log(lags / period) ** 2
    score = np.zeros(longest + len(smooth))
    previous = np.full(len(smooth), -1)
    for start in range(0, len(smooth), shortest):  # a beat depends on none nearer than `shortest`
        count = min(shortest, len(smooth) - start)
        past = score[start : start + longest - shortest + count]
        reachable = sliding_window_view(past, longest - shortest + 1)[:count] + cost
        best = reachable.argmax(axis=1)
        frames = np.arange(start, start + count)
        score[longest + frames] = smooth[frames] + reachable[np.arange(count), best]
        previous[frames] = frames - lags[best]
    return _trace(score[longest:], previous)


def _trace(score: Vector, previous: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Follow the beats back from the last peak that is no straggler."""
    rising = np.concatenate([[True], score[1:] > score[:-1]])
    falling = np.concatenate([score[:-1] >= score[1:], [True]])
    peaks = np.flatnonzero(rising & falling)
    strong = peaks[2 * score[peaks] > np.median(score[peaks])]
    beat = int(strong[-1]) if len(strong) else int(score.argmax())
    found = []
    while beat >= 0:
        found.append(beat)
        beat = int(previous[beat])
    return np.array(found[::-1], dtype=np.intp)


def _above_local_mean(envelope: Vector) -> Vector:
    width = min(int(FRAME_RATE_HZ * LOCAL_MEAN_S) | 1, len(envelope))
    mean = np.convolve(envelope, np.ones(width) / width, "same")[: len(envelope)]
    return np.maximum(envelope - mean, 0.0)


def _ranked_peaks(score: Vector) -> npt.NDArray[np.intp]:
    """Up to three local maxima of `score`, best first, more than 8 % apart."""
    inner = (score[1:-1] > score[:-2]) & (score[1:-1] >= score[2:]) & (score[1:-1] > 0)
    peaks = np.flatnonzero(inner) + 1
    chosen: list[int] = []
    for peak in peaks[np.argsort(-score[peaks], kind="stable")]:
        if all(abs(np.log(GRID[peak] / GRID[other])) > np.log1p(DISTINCT) for other in chosen):
            chosen.append(int(peak))
        if len(chosen) == CANDIDATES:
            break
    return np.array(chosen, dtype=np.intp)


def _refined(score: Vector, peak: int) -> float:
    """Tempo at the vertex of the parabola through a peak and its neighbours."""
    before, at, after = score[peak - 1 : peak + 2]
    bend = before - 2 * at + after
    shift = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return float(GRID[peak] * (GRID[1] / GRID[0]) ** shift)
