"""The level and the tilt that a mix needs, told from its untilted spectra without mixing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from generation.sequencer.controlling import hearing
from generation.sequencer.controlling.aims import Aims, Reach, solve
from generation.sequencer.controlling.asking import Asked
from generation.sequencer.controlling.reach import REACH
from generation.sequencer.synthesis.controls import RANGES, Mixing
from generation.sequencer.synthesis.shaping import tilt_gain_db

_TILT_STEPS = 12


def settle(
    asked: Mapping[str, Asked],
    usual: Aims,
    spectra: hearing.Array,
    mixing: Mixing,
    loudest_lufs: float = REACH.loudness_lufs[1],
) -> tuple[Aims, Mixing]:
    """Aims that this sound reaches, and the mixing that meets them.

    Parameters
    ----------
    spectra : of the untilted mix, shape (frames, BINS)
    loudest_lufs : no louder, LUFS: where a limiter would be heard at work
    """
    loudness = (REACH.loudness_lufs[0], loudest_lufs)
    onsets = usual.onset_rate_hz
    natural = hearing.centroid_hz(spectra)
    low, high = RANGES["tilt_db"]
    bands = hearing.Bands.of(spectra)
    darkest, brightest = (_tilted(bands, tilt) for tilt in (low, high))
    contrast = hearing.contrast_db(spectra)
    tilt, aims = 0.0, usual
    for _ in range(2):  # the second time with the contrast that the tilt leaves
        reach = Reach(loudness, (onsets, onsets), (darkest, brightest), (contrast, contrast))
        start = replace(usual, brightness_hz=_usual_brightness(natural, usual, asked),
                        contrast_db=contrast)  # fmt: skip
        aims = solve(asked, start, reach)
        tilt = tilt_for(bands, aims.brightness_hz)
        contrast = hearing.contrast_db(spectra * tilt_response(tilt))
    return aims, replace(mixing, tilt_db=tilt, loudness_lufs=aims.loudness_lufs)


def _usual_brightness(natural: float, usual: Aims, asked: Mapping[str, Asked]) -> float:
    """Between what the sounds are and what the style is said to be, where nothing is asked."""
    return (
        float(np.sqrt(natural * usual.brightness_hz)) if "brightness_hz" not in asked else natural
    )


def tilt_for(bands: hearing.Bands, brightness_hz: float) -> float:
    """The tilt, dB per octave, that brings the mean centroid there, as far as it goes."""
    low, high = RANGES["tilt_db"]
    for _ in range(_TILT_STEPS):
        middle = (low + high) / 2
        if _tilted(bands, middle) < brightness_hz:
            low = middle
        else:
            high = middle
    return round((low + high) / 2, 3)


def _tilted(bands: hearing.Bands, tilt_db: float) -> float:
    gain = tilt_gain_db(bands.hz.astype(np.float64), tilt_db)
    return bands.centroid_hz(np.asarray(10 ** (gain / 20), np.float32))


def tilt_response(tilt_db: float) -> hearing.Array:
    """Magnitude response of a tilt at the bins of `hearing`, linear, shape (BINS,)."""
    gain = tilt_gain_db(hearing.HZ.astype(np.float64), tilt_db)
    return np.asarray(10 ** (gain / 20), np.float32)
