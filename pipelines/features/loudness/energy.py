"""Energy: how intense the music is, 0 … 1, from four things that are measured anyway.

Conventions: loudness in LUFS (gated, BS.1770-4), rates in Hz, frequencies in Hz, contrast in dB.
Frames are those of `pipelines.features.spectrum`; a frame is heard when its level lies within 60 dB
of the loudest frame of the track, so that silence before, after or between the music counts for
nothing. The formula is in schemas/energy.py, since an engine aims by it, too.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pipelines.features.accumulate import HOP, RATE_HZ
from pipelines.features.analysis import Analysis
from pipelines.features.loudness.measures import FrameRms
from pipelines.features.loudness.meter import SEGMENT_S, SegmentEnergies, integrated_loudness
from pipelines.features.registry import measures, shared
from pipelines.features.rhythm.onsets import onset_frames
from pipelines.features.timbre.measures import decibels
from schemas.energy import energy_of
from schemas.outcomes import NullReason
from schemas.protocols import Value

HEARD_DB = 60.0
CONTRAST_BANDS = slice(1, 5)  # 200 to 3,200 Hz
_TOP_DB = 80.0


@measures(
    "energy",
    uses=["mel", "centroid", "contrast_extremes", FrameRms, SegmentEnergies],
    minimum_s=1.0,
)
def energy(analysis: Analysis) -> Value:
    return energy_between(analysis, 0.0, analysis.duration_s)


def energy_between(analysis: Analysis, start_s: float, end_s: float) -> float | NullReason:
    """Energy of a span of the track: the whole of it, or a section.

    SILENT where no block of 400 ms passes the loudness gates or no frame is heard.
    """
    energies = analysis.of(SegmentEnergies)
    loudness = integrated_loudness(energies[_span(start_s, end_s, SEGMENT_S, len(energies))])
    frames = _span(start_s, end_s, HOP / RATE_HZ, analysis.frames)
    heard = heard_frames(analysis)[frames]
    if loudness is None or not heard.any():
        return NullReason.SILENT
    onsets = onset_frames(analysis)
    begun = np.count_nonzero((onsets >= frames.start) & (onsets < frames.stop))
    return energy_of(
        loudness,
        begun / (heard.mean() * (end_s - start_s)),
        float(analysis.statistic("centroid")[frames][heard].mean(dtype=np.float64)),
        float(frame_contrast(analysis)[frames][heard].mean(dtype=np.float64)),
    )


@shared
def heard_frames(analysis: Analysis) -> npt.NDArray[np.bool_]:
    """Whether each frame's level lies within 60 dB of the loudest frame's; shape (frames,)."""
    level = analysis.of(FrameRms)
    heard: npt.NDArray[np.bool_] = level > level.max() * 10 ** (-HEARD_DB / 20)
    return heard


@shared
def frame_contrast(analysis: Analysis) -> npt.NDArray[np.float32]:
    """Mean contrast of the four octaves from 200 Hz in each frame, dB; shape (frames,).

    As the feature `contrast`, which is the mean over frames of each band.
    """
    levels = decibels(analysis.statistic("contrast_extremes"))
    valleys, peaks = (np.maximum(side, side.max() - _TOP_DB) for side in levels.swapaxes(0, 1))
    contrast: npt.NDArray[np.float32] = (peaks - valleys)[:, CONTRAST_BANDS].mean(axis=1)
    return contrast


def _span(start_s: float, end_s: float, step_s: float, count: int) -> slice:
    """Those of `count` steps that begin in a span of time, and the last if it begins at the end."""
    last = end_s / step_s >= count - 1
    return slice(
        min(math.ceil(start_s / step_s), count),
        count if last else math.ceil(end_s / step_s),
    )
