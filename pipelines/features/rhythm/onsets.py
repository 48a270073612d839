"""Onset strength and onsets.

Conventions: the envelope has one value per spectrogram frame (43.07 Hz), in dB: the mean rise of
the mel bands since the frame before. It equals librosa 0.11's `onset_strength`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipelines.features.analysis import Analysis
from pipelines.features.registry import shared
from pipelines.features.spectrum import FRAME, HOP, RATE_HZ, Array
from pipelines.features.timbre.measures import log_mel

FRAME_RATE_HZ = RATE_HZ / HOP
_DELAY = 1 + FRAME // (2 * HOP)  # one frame of difference, two of framing

# Peak picking after Böck, Krebs & Schedl 2012.
_MAX_REACH = 2  # frames to either side that a peak tops
_MEAN_REACH = 4  # frames to either side of the local mean
_DELTA = 0.07  # of the largest value, above the local mean
_LEAST_RISE_DB = 0.5  # above the local mean: steady sound has no onsets


def rises(levels: Array) -> Array:
    """Mean over bands of the positive part of the difference of successive rows; shape (n,)."""
    envelope = np.zeros(len(levels), np.float32)
    step = 1_024
    for start in range(0, len(levels) - 1, step):
        part = levels[start : start + step + 1]
        difference = part[1:] - part[:-1]
        np.maximum(difference, 0, out=difference)
        where = start + _DELAY
        room = len(envelope[where : where + len(difference)])
        envelope[where : where + room] = difference.mean(axis=1)[:room]
    return envelope


@shared
def onset_strength(analysis: Analysis) -> Array:
    """Shape (frames,), dB."""
    return rises(log_mel(analysis))


@shared
def onset_frames(analysis: Analysis) -> npt.NDArray[np.intp]:
    """Frames at which something begins."""
    envelope = onset_strength(analysis).astype(np.float64)
    reach = max(_MAX_REACH, _MEAN_REACH)
    padded = np.pad(envelope, reach)
    taps = [
        padded[reach + shift : reach + shift + len(envelope)] for shift in range(-reach, reach + 1)
    ]
    near = taps[reach - _MAX_REACH : reach + _MAX_REACH + 1]
    width = 2 * _MEAN_REACH + 1
    mean = (
        np.convolve(envelope, np.ones(width), "same")
        / np.convolve(np.ones(len(envelope)), np.ones(width), "same")
        if len(envelope) >= width
        else np.full(len(envelope), envelope.mean())
    )
    least = max(_DELTA * float(envelope.max()), _LEAST_RISE_DB)
    return np.flatnonzero((envelope >= np.maximum.reduce(near)) & (envelope > mean + least))


def onset_rate(analysis: Analysis) -> float:
    """Onsets per second."""
    return len(onset_frames(analysis)) / analysis.duration_s
