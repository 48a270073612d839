"""Where it is said that there are vocals or none, what tells of them comes from such tracks alone.

A hard wish about a feature draws in rows beside its range where few in it fit the rest of the
prompt. Of a tempo they are much alike; a track with a voice is none without one.
"""

from __future__ import annotations

import numpy as np

from mapping.predicting.learned import Learned
from mapping.predicting.ranges import Range
from mapping.predicting.scaling import Array

VOICE = ("instrumentalness", "vocal_presence")
"""Features that a track with a voice and one without have next to no values of in common."""


def told_of(wished: dict[str, Range]) -> frozenset[str]:
    """Features that a statement about vocals leans, whatever else the prompt says."""
    return frozenset(VOICE) if VOICE[0] in wished else frozenset()


def heard(learned: Learned, weights: Array, wished: dict[str, Range], standard: Array) -> Array:
    """Standardised quantiles (T, 5) as `standard`; where a range of instrumentalness is wished,
    those of VOICE from the rows within it, in proportion to their `weights`."""
    if VOICE[0] not in wished or VOICE[0] not in learned.names:
        return standard
    wish, at = wished[VOICE[0]], learned.names.index(VOICE[0])
    values = learned.natural[:, at]
    low = -np.inf if wish.low is None else wish.low
    high = np.inf if wish.high is None else wish.high
    within = (values >= low) & (values <= high)
    kept = np.where(within, weights, 0.0)
    if not kept.any():
        if not within.any():
            return standard
        kept = within.astype(float)
    found = learned.quantiles(kept / kept.sum())
    told = [learned.names.index(name) for name in VOICE if name in learned.names]
    mended = standard.copy()
    mended[told] = found[told]
    return mended
