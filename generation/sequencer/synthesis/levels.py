"""Every sound at one loudness: what a sound is multiplied with, by pitch.

The bank's programs differ by 20 dB, and some of them by half of that from one octave to the next.
A sound is measured once a process at a few pitches of its range, K-weighted, and brought to
`LEVEL`; between them the gain passes evenly. Kits are measured by their kick and snare.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from generation.sequencer.synthesis.filtering import k_weighting
from generation.sequencer.synthesis.signal import RATE_HZ, Samples
from generation.sequencer.synthesis.sounds import Sound

LEVEL = 0.1
"""K-weighted RMS of the loudest 0.3 s of a note at velocity 100; of kits twice that."""

_MOST_DB = 14.0
_EVERY = 5
_KIT_KEYS = (36, 38)

Raw = Callable[[Sound, float, bool], Samples]
"""(sound, pitch, sampled) → a note of about a second as it comes."""


class Levels:
    """Gains by sound, measured with `raw` at the places that are needed."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self._at = lru_cache(maxsize=4096)(self._measure)

    def gain(self, sound: Sound, pitch: float, sampled: bool) -> float:
        return float(10 ** ((self._level_db(sound, pitch, sampled) + sound.gain_db) / 20))

    def _level_db(self, sound: Sound, pitch: float, sampled: bool) -> float:
        middle = self._at(sound, sound.centre, sampled)
        if sound.kit or not sampled:
            return middle
        low, high = sound.range
        below = sound.centre + int((pitch - sound.centre) // _EVERY) * _EVERY
        places = [min(max(one, low), high) for one in (below, below + _EVERY)]
        gains = [self._at(sound, place, sampled) for place in places]
        gains = [min(max(one, middle - _MOST_DB), middle + _MOST_DB) for one in gains]
        return float(np.interp(pitch, places, gains)) if places[0] < places[1] else gains[0]

    def _measure(self, sound: Sound, pitch: int, sampled: bool) -> float:
        """What brings the sound at this pitch to LEVEL, dB."""
        if sound.kit:
            heard = max(loudest(self._raw(sound, key, sampled), 0.1) for key in _KIT_KEYS)
            return _db(2 * LEVEL / max(heard, 1e-4))
        return _db(LEVEL / max(loudest(self._raw(sound, pitch, sampled)), 1e-4))


def loudest(samples: Samples, seconds: float = 0.3) -> float:
    """K-weighted RMS of the loudest `seconds`, as if both channels had it."""
    heard = k_weighting(samples)
    power = np.concatenate(([0.0], np.cumsum(np.sum(heard**2, axis=0) / heard.shape[0])))
    width = min(round(seconds * RATE_HZ), power.size - 1)
    return float(np.sqrt(np.max(power[width:] - power[:-width]) / (seconds * RATE_HZ)))


def _db(ratio: float) -> float:
    return 20 * float(np.log10(ratio))
