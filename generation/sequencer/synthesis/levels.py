"""Every sound at one loudness: what a sound is multiplied with, by pitch.

The bank's programs differ by 20 dB, and some of them by half of that from one octave to the next.
A sound is measured once a process at a few pitches of its range, K-weighted, and brought to
`LEVEL`; between them the gain passes evenly. Kits are measured by their kick and snare.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from generation.sequencer.synthesis.loudness import k_weighted
from generation.sequencer.synthesis.signal import RATE_HZ, Curve, Samples
from generation.sequencer.synthesis.sounds import Sound

LEVEL = 0.1
"""K-weighted RMS of the loudest 0.3 s of a note at velocity 100; of kits twice that."""

_MOST_DB = 14.0
_EVERY = 5
_KIT_KEYS = (36, 38)

Raw = Callable[[Sound, float, bool], Samples]
"""(sound, pitch, sampled) → a note of about a second as it comes."""


class Levels:
    """Gains by sound, measured with `raw` when they are first asked for."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self._curve = lru_cache(maxsize=1024)(self._measure)

    def gain(self, sound: Sound, pitch: float, sampled: bool) -> float:
        pitches, gains_db = self._curve(sound, sampled)
        found = float(np.interp(pitch, pitches, gains_db)) + sound.gain_db
        return float(10 ** (found / 20))

    def _measure(self, sound: Sound, sampled: bool) -> tuple[Curve, Curve]:
        if sound.kit:
            heard = max(loudest(self._raw(sound, key, sampled), 0.1) for key in _KIT_KEYS)
            return np.asarray([60.0]), np.asarray([_db(2 * LEVEL / max(heard, 1e-4))])
        low, high = sound.range
        places = [sound.centre]
        if sampled:
            places = sorted({sound.centre, *range(low, high + 1, _EVERY)})
        gains = np.asarray([
            _db(LEVEL / max(loudest(self._raw(sound, place, sampled)), 1e-4)) for place in places
        ])  # fmt: skip
        middle = gains[places.index(sound.centre)]
        return np.asarray(places, float), np.clip(gains, middle - _MOST_DB, middle + _MOST_DB)


def loudest(samples: Samples, seconds: float = 0.3) -> float:
    """K-weighted RMS of the loudest `seconds`, as if both channels had it."""
    heard = k_weighted(samples)
    power = np.concatenate(([0.0], np.cumsum(np.sum(heard**2, axis=0) / heard.shape[0])))
    width = min(round(seconds * RATE_HZ), power.size - 1)
    return float(np.sqrt(np.max(power[width:] - power[:-width]) / (seconds * RATE_HZ)))


def _db(ratio: float) -> float:
    return 20 * float(np.log10(ratio))
