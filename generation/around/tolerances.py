"""How far a measured value may lie from the asked one and still count as met, where nobody says.

A condition that states a tolerance, a range or quantiles is judged by those. Else:

| feature | accepted | why |
|---|---|---|
| tempo_bpm | 4 % | the usual tolerance of tempo estimation (Gouyon et al. 2006); octaves apart |
| key, key_mode, key_pitch_class, time_signature | exact | they are classes |
| loudness_lufs | 1 LU | what EBU R 128 allows live programmes |
| loudness_range_lu | 2 LU | twice that: it is a difference of two levels |
| any other | a tenth of its typical range, on its scale | coarse words move it by more (words.py) |
"""

from __future__ import annotations

import math

from schemas.features import feature
from schemas.scales import typical_range

TEMPO_SHARE = 0.04
STATED: dict[str, float] = {
    "key_mode": 0.0,
    "key_pitch_class": 0.0,
    "time_signature": 0.0,
    "loudness_lufs": 1.0,
    "loudness_range_lu": 2.0,
}
_STEP = 0.1


def default_tolerance(name: str, asked: float) -> float:
    """Accepted deviation from `asked`, in the feature's unit."""
    if name == "tempo_bpm":
        return TEMPO_SHARE * asked
    if name in STATED:
        return STATED[name]
    spec = feature(name)
    if spec.scale == "log2":
        return float(asked * (2 ** (_STEP * _octaves(name)) - 1))
    low, high = typical_range(spec)
    return _STEP * (high - low)


def _octaves(name: str) -> float:
    """Width of the typical range of a feature on a log scale."""
    low, high = typical_range(feature(name))
    return math.log2(high / max(low, 1e-9))
