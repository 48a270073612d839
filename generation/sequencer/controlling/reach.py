"""What the engine reaches, over its styles: requests beyond are clamped to it, and that is told.

Measured by `./dev bench generation --only reach`, which prints what these were set by: the range
that 9 of 10 styles reach. What one style cannot reach within it is told with the piece.
"""

from __future__ import annotations

from generation.sequencer.controlling.aims import Reach

REACH = Reach(
    loudness_lufs=(-30.0, -8.0),
    onset_rate_hz=(0.5, 6.5),
    brightness_hz=(600.0, 4_500.0),
    contrast_db=(17.0, 27.0),
)
