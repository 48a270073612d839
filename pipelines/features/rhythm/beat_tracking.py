"""Beats by dynamic programming (Ellis 2007), and the tempo that a line through them has.

Conventions: frames at 43.07 Hz. Time and memory grow linearly with the length of the audio.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from pipelines.features.rhythm.onsets import FRAME_RATE_HZ

Vector = npt.NDArray[np.float64]
Frames = npt.NDArray[np.intp]

TIGHTNESS = 100.0
STEADY_FRAMES = 1.0  # standard deviation about the line, 23 ms
LEAST_BEATS = 16
SAME = 0.01  # a line that differs by more than 1 % belongs to other beats


def track_beats(envelope: Vector, tempo_bpm: float) -> Frames:
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


def steady_tempo(beats: Frames, tempo_bpm: float) -> float:
    """Tempo of the straight line through the beats; `tempo_bpm` where they lie on none.

    A line through n beats knows the tempo √n³ times better than one interval does.
    """
    if len(beats) < LEAST_BEATS:
        return tempo_bpm
    number = np.arange(len(beats))
    slope, start = np.polyfit(number, beats, 1)
    off = beats - (slope * number + start)
    tempo = 60 * FRAME_RATE_HZ / float(slope)
    if off.std() > STEADY_FRAMES or abs(tempo / tempo_bpm - 1) > SAME:
        return tempo_bpm
    return tempo


def _trace(score: Vector, previous: Frames) -> Frames:
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
