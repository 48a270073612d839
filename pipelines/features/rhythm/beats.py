"""The beats of a track, its bars, and the tempo that the beats keep.

Conventions: times in seconds from the start of the audio. Where there is no pulse there are no
beats.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from pipelines.features.analysis import Analysis
from pipelines.features.registry import shared
from pipelines.features.rhythm.bars import LEAST_CONFIDENCE, Bars, beat_accents, find_bars
from pipelines.features.rhythm.beat_tracking import steady_tempo, track_beats
from pipelines.features.rhythm.onsets import FRAME_RATE_HZ, onset_strength
from pipelines.features.rhythm.pulse import Pulse, pulse, pulse_envelope
from pipelines.features.timbre.measures import log_mel
from schemas.timeline import Beats

LEAST_BEATS = 2
LATENCY_S = 0.035  # an onset's strength peaks after it began: median of development clips


@shared
def beats(analysis: Analysis) -> Beats | None:
    """None where there is no pulse."""
    frames = beat_frames(analysis)
    if frames is None:
        return None
    found = bars(analysis)
    told = found is not None and found.confidence >= LEAST_CONFIDENCE
    downbeats = range(found.first, len(frames), found.beats) if found and told else ()
    times = np.maximum(frames / FRAME_RATE_HZ - LATENCY_S, 0.0)
    return Beats(tuple(times.tolist()), tuple(downbeats))


@shared
def bars(analysis: Analysis) -> Bars | None:
    """None where there is no pulse, or too little of it to tell a bar."""
    frames = beat_frames(analysis)
    if frames is None:
        return None
    return find_bars(beat_accents(pulse_envelope(analysis), log_mel(analysis), frames))


@shared
def beat_frames(analysis: Analysis) -> npt.NDArray[np.intp] | None:
    """Frames of the beats; None where there is no pulse or fewer than two beats."""
    found = pulse(analysis)
    if found is None:
        return None
    frames = track_beats(onset_strength(analysis).astype(np.float64), found.tempi_bpm[0])
    return frames if len(frames) >= LEAST_BEATS else None


@shared
def steady_pulse(analysis: Analysis) -> Pulse | None:
    """`pulse`, its first tempo by a line through the beats where they are steady."""
    found, frames = pulse(analysis), beat_frames(analysis)
    if found is None or frames is None:
        return found
    first = steady_tempo(frames, found.tempi_bpm[0])
    return dataclasses.replace(found, tempi_bpm=(first, *found.tempi_bpm[1:]))
