"""The one pitch at a time of a voice, a whistle or an instrument: pYIN's most probable path.

Conventions: pitch as fractional MIDI number (A4 = 440 Hz = 69), NaN where no pitch sounds; times
in seconds at frame centres. Mauch & Dixon 2014; see `yin` for the candidates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.melody.yin import BINS_PER_SEMITONE, Candidates, Floats, Ints, Range, candidates

SWITCH = 0.01
"""Probability that the voice begins or stops between two frames."""

OCTAVES_PER_S = 35.92
"""The fastest glide that is followed."""

_TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, slots=True)
class PitchTrack:
    """Pitch over time.

    Attributes
    ----------
    time_s, pitch : shape (frames,)
        `pitch` is NaN where nothing is voiced.
    probability : shape (frames,)
        Of being voiced, 0 … 1.
    level_db : shape (frames,)
        Of the frame, decibels against full scale.
    candidates : what else each frame may be
    """

    time_s: Floats
    pitch: Floats
    probability: Floats
    level_db: Floats
    candidates: Candidates
    range: Range

    @property
    def voiced(self) -> npt.NDArray[np.bool_]:
        return ~np.isnan(self.pitch)

    @property
    def hop_s(self) -> float:
        return self.range.hop / self.range.rate_hz


def track_pitch(signal: npt.NDArray[np.floating], wanted: Range) -> PitchTrack:
    """The pitch of `signal`, shape (n,), mono at the rate of `wanted`; any length."""
    found = candidates(signal, wanted)
    path, voiced = most_probable(found, wanted)
    midi = 69 + 12 * np.log2(wanted.frequencies / 440.0)
    pitch = np.where(voiced, midi[path], np.nan)
    times = np.arange(len(path), dtype=np.float64) * (wanted.hop / wanted.rate_hz)
    levels = levels_of(signal, wanted.hop, len(path))
    return PitchTrack(times, pitch, found.voiced, levels, found, wanted)


def most_probable(found: Candidates, wanted: Range) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Bin and voicing of each frame on the most probable path (Viterbi).

    A step between bins is drawn from a triangle as wide as the fastest glide, so that only a band
    is looked at; voicing switches independently of it.
    """
    frames, bins = len(found.voiced), wanted.bins
    window = _window(wanted)
    leaving = np.log(_leaving(window, bins))
    steps = np.log(window)
    turn = np.log(np.array([[1 - SWITCH, SWITCH], [SWITCH, 1 - SWITCH]]))
    begins = np.searchsorted(found.frame, np.arange(frames + 1))
    back = np.zeros((frames, 2, bins), np.int16)
    voice = np.zeros((frames, 2, bins), np.int8)
    score = np.zeros((2, bins))  # the start is uniform, and a constant changes no path
    for t in range(frames):
        if t:
            choices = score[None] + turn[:, :, None]  # (to, from, bin)
            voice[t] = choices.argmax(axis=1)
            score, back[t] = _best_step(choices.max(axis=1) - leaving, steps)
        seen = slice(begins[t], begins[t + 1])
        observed = np.full(bins, math.log(_TINY))
        observed[found.bin[seen]] = np.log(found.probability[seen] + _TINY)
        score[0] += observed
        score[1] += math.log((1 - found.voiced[t]) / bins + _TINY)
    return _read_back(score, back, voice)


def _window(wanted: Range) -> Floats:
    """Probabilities of a step, up to a factor: a triangle centred on no step."""
    width = BINS_PER_SEMITONE * round(OCTAVES_PER_S * 12 * wanted.hop / wanted.rate_hz) + 1
    rising = np.arange(1, (width + 1) // 2 + 1) * 2.0 / (width + 1)
    found: Floats = np.concatenate([rising, rising[-2::-1]])
    return found


def _leaving(window: Floats, bins: int) -> Floats:
    """What the triangle's steps out of each bin add up to: less at the ends, shape (bins,)."""
    half, total = len(window) // 2, np.cumsum(np.concatenate([[0.0], window]))
    first = np.maximum(0, half - np.arange(bins))
    last = np.minimum(len(window), half + bins - np.arange(bins))
    found: Floats = total[last] - total[first]
    return found


def _best_step(score: Floats, steps: Floats) -> tuple[Floats, npt.NDArray[np.int16]]:
    """For each bin of `score`, shape (2, bins), the best score that leads there, and from where."""
    half = len(steps) // 2
    padded = np.pad(score, ((0, 0), (half, half)), constant_values=-np.inf)
    reach = np.lib.stride_tricks.sliding_window_view(padded, len(steps), axis=1) + steps
    best = reach.argmax(axis=2)
    value = np.take_along_axis(reach, best[..., None], axis=2)[..., 0]
    return value, (best - half + np.arange(score.shape[1])).astype(np.int16)


def _read_back(
    score: Floats, back: npt.NDArray[np.int16], voice: npt.NDArray[np.int8]
) -> tuple[Ints, npt.NDArray[np.bool_]]:
    frames = len(back)
    path, voiced = np.zeros(frames, np.int64), np.zeros(frames, bool)
    state, place = (int(i) for i in np.unravel_index(score.argmax(), score.shape))
    for t in range(frames - 1, -1, -1):
        path[t], voiced[t] = place, state == 0
        came = int(back[t, state, place])
        state, place = int(voice[t, state, came]), came
    return path, voiced


def levels_of(signal: npt.NDArray[np.floating], hop: int, frames: int) -> Floats:
    """Level of two hops around each frame's centre, dBFS: short enough to show a new note."""
    squared = np.concatenate([[0.0], np.cumsum(np.square(signal, dtype=np.float64))])
    centre = np.arange(frames) * hop
    low = np.clip(centre - hop, 0, len(signal))
    high = np.clip(centre + hop, 0, len(signal))
    power = (squared[high] - squared[low]) / np.maximum(high - low, 1)
    found: Floats = 10 * np.log10(np.maximum(power, 1e-12))
    return found
