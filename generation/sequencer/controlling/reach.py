"""What is asked of the engine at most: requests beyond are clamped to it, and that is told.

These are where requests end, not what every style reaches: `./dev bench generation --only reach`
asks them of the styles and prints how far 9 of 10 come. What a piece cannot reach within them is
told with it, from its own sounds.
"""

from __future__ import annotations

from dataclasses import replace

from generation.sequencer.controlling.aims import Reach

REACH = Reach(
    loudness_lufs=(-30.0, -8.0),
    onset_rate_hz=(0.5, 6.5),
    brightness_hz=(600.0, 4_500.0),
    contrast_db=(17.0, 27.0),
)

ONSETS_A_BEAT = 2.4
"""With more than this between the beats, a tempo is no longer heard at its octave."""

CALM_ONSETS_A_BEAT, SLOW_BPM = 1.6, 100.0
"""Below that tempo, no more than this is played in a beat where nobody asks for more: between
slow beats others would be heard."""


def reach_at(tempo_bpm: float) -> Reach:
    """The reach of a piece whose beat has that tempo."""
    low, high = REACH.onset_rate_hz
    return replace(REACH, onset_rate_hz=(low, min(high, ONSETS_A_BEAT * tempo_bpm / 60)))
