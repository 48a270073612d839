"""Energy: the formula that the extractor measures by and that the embedded engine aims by.

Conventions: loudness in LUFS (gated, BS.1770-4), rates in Hz, frequencies in Hz, contrast in dB.
Of our own making: docs/features.md gives it in words and shows how it ranks genres.
"""

from __future__ import annotations

import math

# Middle of what music shows, spread, and weight of each term.
LOUDNESS_LUFS = (-16.0, 5.0, 0.6)
ONSETS_HZ = (4.0, 2.0, 0.35)
BRIGHTNESS_OCTAVES = (math.log2(1_800.0), 1.0, 0.85)
CONTRAST_DB = (20.0, -5.0, 1.0)  # the less contrast, the more energy
TERMS = (LOUDNESS_LUFS, ONSETS_HZ, BRIGHTNESS_OCTAVES, CONTRAST_DB)


def energy_of(
    loudness_lufs: float, onset_rate_hz: float, brightness_hz: float, contrast_db: float
) -> float:
    """Energy, 0 … 1: a logistic of four centred and weighted terms.

    Parameters
    ----------
    loudness_lufs : integrated loudness
    onset_rate_hz : onsets per second of heard frames
    brightness_hz : mean spectral centroid of heard frames
    contrast_db : mean spectral contrast of heard frames in the four octaves from 200 to 3,200 Hz:
        distortion, cymbals and noise fill the gaps between partials, and make it low
    """
    octaves = math.log2(max(brightness_hz, 1.0))
    values = (loudness_lufs, onset_rate_hz, octaves, contrast_db)
    total = sum(
        weight * (value - middle) / spread
        for value, (middle, spread, weight) in zip(values, TERMS, strict=True)
    )
    return 1 / (1 + math.exp(-total))
