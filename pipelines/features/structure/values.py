"""What a section is like: tempo, key, energy and brightness of a span of the track.

Conventions: those of the features of the same names, taken between two times in seconds; None where
a span has none or is too short to tell.
"""

from __future__ import annotations

from typing import TypedDict

import numpy as np
import numpy.typing as npt

from pipelines.features.analysis import Analysis
from pipelines.features.loudness.energy import energy_between
from pipelines.features.loudness.measures import FrameRms
from pipelines.features.loudness.meter import SegmentEnergies
from pipelines.features.rhythm import tempo_curve
from pipelines.features.rhythm.beats import steady_pulse
from pipelines.features.rhythm.onsets import FRAME_RATE_HZ
from pipelines.features.rhythm.pulse import find_pulse, pulse_envelope, refined
from pipelines.features.rhythm.tempo_curve import GRID, Vector
from pipelines.features.tonality.keys import key_between
from pipelines.features.tonality.pitch import SpectralPeaks
from schemas.outcomes import NullReason

USES = ("mel", "centroid", "contrast_extremes", FrameRms, SegmentEnergies, SpectralPeaks)

LEAST_TEMPO_S = 6.0
LEAST_KEY_S = 4.0
KEEPS_TEMPO = 0.6  # of the strongest comb of the span
COMB = (1, 2, 3, 4)  # beats


class Values(TypedDict):
    """The fields of a Section that are measured on its span."""

    tempo_bpm: float | None
    key_pitch_class: int | None
    key_mode: int | None
    energy: float | None
    brightness_hz: float | None


def values(analysis: Analysis, start_s: float, end_s: float) -> Values:
    """What the audio between two times is like."""
    measured = energy_between(analysis, start_s, end_s)
    energy = None if isinstance(measured, NullReason) else measured
    # What rings on into a silence has no key of its own.
    sounding = energy is not None and end_s - start_s >= LEAST_KEY_S
    key = key_between(analysis, start_s, end_s) if sounding else None
    centroid = _between(analysis.statistic("centroid"), start_s, end_s)
    return {
        "tempo_bpm": tempo_between(analysis, start_s, end_s),
        "key_pitch_class": key.pitch_class if key else None,
        "key_mode": key.mode if key else None,
        "energy": energy,
        "brightness_hz": float(centroid.mean(dtype=np.float64)) if len(centroid) else None,
    }


def tempo_between(analysis: Analysis, start_s: float, end_s: float) -> float | None:
    """BPM: the track's tempo as the span keeps it, or the span's own where it does not.

    A span keeps the tempo when its onsets repeat after 1 … 4 beats at least 0.6 times as well as
    after those of any other tempo. None where the track or the span has no pulse, or the span is
    shorter than 6 s.
    """
    track = steady_pulse(analysis)
    if track is None or end_s - start_s < LEAST_TEMPO_S:
        return None
    home = track.tempi_bpm[0]
    if end_s - start_s >= analysis.duration_s:
        return home
    envelope = _between(pulse_envelope(analysis), start_s, end_s)
    flux = tempo_curve.rises_above_mean(envelope[:, :1])
    if not flux.any():
        return None
    correlation = tempo_curve.autocorrelations(flux)[0]
    if _comb(correlation, np.array([home]))[0] >= KEEPS_TEMPO * _comb(correlation, GRID).max():
        return refined(correlation, home)
    found = find_pulse(envelope)
    return None if found is None else found.tempi_bpm[0]


def _comb(correlation: Vector, tempi_bpm: Vector) -> Vector:
    """Mean of the correlation after 1 … 4 beats of each tempo; beyond its end, none."""
    lags = np.outer(COMB, 60 * FRAME_RATE_HZ / tempi_bpm)
    at = np.interp(lags, np.arange(len(correlation)), correlation, right=0.0)
    combed: Vector = at.mean(axis=0)
    return combed


def _between(frames: npt.NDArray[np.floating], start_s: float, end_s: float) -> Vector:
    start, end = (round(time * FRAME_RATE_HZ) for time in (start_s, end_s))
    return frames[start : max(end, start + 1)]  # type: ignore[return-value]
