"""Heard notes against true ones, as MIREX and mir_eval count them.

A heard note is a hit when its onset lies within 50 ms of a true note's and its pitch within 50
cents; each true note is hit at most once, and so many are paired as can be (mir_eval 0.8,
`transcription.match_notes` with offset_ratio None; Raffel et al. 2014).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

ONSET_S = 0.05
SEMITONES = 0.5


def pairs(
    truth: Sequence[Sequence[float]], heard: Sequence[tuple[float, float]]
) -> list[tuple[int, int]]:
    """Indices of true and heard notes that belong together.

    `truth` has (onset s, offset s, pitch, …), `heard` (onset s, pitch).
    """
    if not truth or not heard:
        return []
    onset = np.abs(np.array([t[0] for t in truth])[:, None] - np.array([h[0] for h in heard]))
    pitch = np.abs(np.array([t[2] for t in truth])[:, None] - np.array([h[1] for h in heard]))
    near = (onset <= ONSET_S) & (pitch <= SEMITONES)
    rows, columns = linear_sum_assignment(-near.astype(float))
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if near[r, c]]


def hits(truth: Sequence[Sequence[float]], heard: Sequence[tuple[float, float]]) -> int:
    """How many true notes were heard."""
    return len(pairs(truth, heard))


def f1(hit: int, true: int, heard: int) -> float:
    """Harmonic mean of precision and recall; 0 where there is nothing."""
    return 2 * hit / (true + heard) if true + heard else 0.0
