"""pYIN's candidates: every frame's possible pitches and how probable each is.

Conventions: mono at any rate, frames centred (zeros beyond the ends), lags in samples, 0.1 semitone
a bin from the lowest pitch. de Cheveigné & Kawahara 2002, "YIN, a fundamental frequency estimator
for speech and music"; Mauch & Dixon 2014, "pYIN: a fundamental frequency estimator using
probabilistic threshold distributions". What is computed is what librosa 0.11's `pyin` computes,
whose constants are kept; the tests hold both against each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import scipy.fft
from scipy.special import betainc

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FRAME = 2_048
BINS_PER_SEMITONE = 10
THRESHOLDS = 100
_BETA = (2.0, 18.0)
_BOLTZMANN = 2.0
_NO_TROUGH = 0.01
_BATCH = 256


@dataclass(frozen=True, slots=True)
class Range:
    """Which pitches are looked for, and how finely in time; `hop` in samples."""

    lowest_hz: float
    highest_hz: float
    rate_hz: int = 22_050
    hop: int = FRAME // 4

    @property
    def bins(self) -> int:
        span = math.log2(self.highest_hz / self.lowest_hz)
        return math.floor(12 * BINS_PER_SEMITONE * span) + 1

    @property
    def frequencies(self) -> Floats:
        """Pitch of each bin, Hz, shape (bins,)."""
        found: Floats = self.lowest_hz * 2.0 ** (np.arange(self.bins) / (12 * BINS_PER_SEMITONE))
        return found


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pitches that frames may have, by frame and upwards in lag.

    Attributes
    ----------
    frame, bin : shape (n,)
    probability : shape (n,), 0 … 1; those of a frame add up to its probability of being voiced
    voiced : shape (frames,), 0 … 1
    """

    frame: Ints
    bin: Ints
    probability: Floats
    voiced: Floats


def candidates(signal: npt.NDArray[np.floating], wanted: Range) -> Candidates:
    """All candidates of `signal`, shape (n,), of any length."""
    parts = [
        _of_batch(frames.astype(np.float64), wanted, first)
        for first, frames in _frames(signal, wanted.hop)
    ]
    frame, place, probability = (np.concatenate(one) for one in zip(*parts, strict=True))
    voiced = np.bincount(frame, probability, 1 + len(signal) // wanted.hop)
    return Candidates(frame, place, probability, np.clip(voiced, 0.0, 1.0))


def _frames(
    signal: npt.NDArray[np.floating], hop: int
) -> Iterator[tuple[int, npt.NDArray[np.floating]]]:
    padded = np.pad(signal, FRAME // 2)
    views = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::hop]
    for start in range(0, len(views), _BATCH):
        yield start, views[start : start + _BATCH]


def _of_batch(frames: Floats, wanted: Range, first: int) -> tuple[Ints, Ints, Floats]:
    shortest = math.floor(wanted.rate_hz / wanted.highest_hz)
    longest = min(math.ceil(wanted.rate_hz / wanted.lowest_hz), FRAME - 1)
    difference = normalised_difference(frames, shortest, longest)
    row, lag, probability = _troughs(difference)
    kept = probability > 0
    row, lag, probability = row[kept], lag[kept], probability[kept]
    period = shortest + lag + _vertex(difference, row, lag)
    steps = 12 * BINS_PER_SEMITONE * np.log2(wanted.rate_hz / period / wanted.lowest_hz)
    place = np.clip(np.round(steps), 0, wanted.bins).astype(np.int64)
    # Where two troughs fall into one bin, the longer lag's probability counts: librosa's choice.
    order = np.lexsort((lag, place, row))
    row, place, probability = row[order], place[order], probability[order]
    last = np.append((np.diff(row) > 0) | (np.diff(place) > 0), True) & (place < wanted.bins)
    return row[last] + first, place[last], probability[last]


def normalised_difference(frames: Floats, shortest: int, longest: int) -> Floats:
    """Cumulative mean normalised difference (YIN, equation 8) at lags `shortest` … `longest`.

    `frames` of shape (n, FRAME) gives (n, longest - shortest + 1): 0 for a perfect period, about 1
    for none.
    """
    size = scipy.fft.next_fast_len(2 * FRAME - 1, real=True)
    spectra = scipy.fft.rfft(frames, size, axis=1)
    correlation = scipy.fft.irfft(spectra.real**2 + spectra.imag**2, size, axis=1)
    correlation = correlation[:, : longest + 1]
    energy = np.cumsum(frames[:, :longest] ** 2, axis=1)
    difference = 2 * (correlation[:, :1] - correlation[:, 1:]) - energy
    mean = np.cumsum(difference, axis=1) / np.arange(1, longest + 1)
    found: Floats = difference[:, shortest - 1 :] / (
        mean[:, shortest - 1 :] + np.finfo(np.float64).tiny
    )
    return found


def _troughs(difference: Floats) -> tuple[Ints, Ints, Floats]:
    """Row, lag and probability of every trough, row after row."""
    lower = np.zeros(difference.shape, bool)
    lower[:, 1:-1] = (difference[:, 1:-1] < difference[:, :-2]) & (
        difference[:, 1:-1] <= difference[:, 2:]
    )
    lower[:, 0] = difference[:, 0] < difference[:, 1]
    lower[:, -1] = difference[:, -1] < difference[:, -2]
    height = np.where(lower, difference, np.inf)
    deepest = height.argmin(axis=1)
    kept = lower & (difference < 1)
    rows = np.flatnonzero(lower.any(axis=1))
    kept[rows, deepest[rows]] = True
    row, lag = np.nonzero(kept)
    heights = difference[row, lag]
    below = heights[:, None] < np.linspace(0, 1, THRESHOLDS + 1)[None, 1:]
    probability = _by_rank(below, row) @ _thresholds()
    lowest = lag == deepest[row]
    missed = np.where(below[lowest], 0.0, _thresholds()).sum(axis=1)
    probability[lowest] += _NO_TROUGH * missed
    return row, lag, probability


def _by_rank(below: npt.NDArray[np.bool_], row: Ints) -> Floats:
    """What each trough gets of each threshold: a Boltzmann share, shorter lags first."""
    begins = np.flatnonzero(np.diff(row, prepend=-1))
    lengths = np.diff(np.append(begins, len(row)))
    passed = np.cumsum(below, axis=0, dtype=np.int64)
    before = np.repeat(passed[begins] - below[begins], lengths, axis=0)
    counts = np.repeat(np.add.reduceat(below, begins, axis=0, dtype=np.int64), lengths, axis=0)
    rank = passed - before - 1
    weight = np.exp(-_BOLTZMANN * rank) * (1 - math.exp(-_BOLTZMANN))
    weight /= 1 - np.exp(-_BOLTZMANN * np.maximum(counts, 1))
    found: Floats = np.where(below, weight, 0.0)
    return found


@cache
def _thresholds() -> Floats:
    """The prior of each threshold: a beta distribution of mean 0.1."""
    found: Floats = np.diff(betainc(*_BETA, np.linspace(0, 1, THRESHOLDS + 1)))
    return found


def _vertex(difference: Floats, row: Ints, lag: Ints) -> Floats:
    """How far from its lag each trough's parabola has its vertex, within one lag."""
    last = difference.shape[1] - 1
    before, at = difference[row, np.maximum(lag - 1, 0)], difference[row, lag]
    after = difference[row, np.minimum(lag + 1, last)]
    bend, slope = after + before - 2 * at, (after - before) / 2
    inside = (np.abs(slope) < np.abs(bend)) & (lag > 0) & (lag < last)
    return np.where(inside, -slope / np.where(inside, bend, 1.0), 0.0)
