"""The beats of a track.

Conventions: times in seconds from the start of the audio. Where there is no pulse there are no
beats.
"""

from __future__ import annotations

import numpy as np

from pipelines.features.analysis import Analysis
from pipelines.features.onsets import FRAME_RATE_HZ, onset_strength
from pipelines.features.pulse import pulse, track_beats
from pipelines.features.registry import shared
from schemas.timeline import Beats


@shared
def beats(analysis: Analysis) -> Beats | None:
    """None where there is no pulse."""
    found = pulse(analysis)
    if found is None:
        return None
    frames = track_beats(onset_strength(analysis).astype(np.float64), found.tempi_bpm[0])
    return Beats(tuple(float(time) for time in frames / FRAME_RATE_HZ))
