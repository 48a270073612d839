"""Scores of sections against known ones, by the definitions of mir_eval 0.8 (Raffel et al. 2014).

Conventions: boundaries are ascending times in seconds, the first the start and the last the end of
the song; labels are one for each section. `trim` leaves the first and the last boundary out, which
nobody can miss.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.float64]

GRAIN_S = 0.1


def boundary_f(
    truth: Sequence[float], found: Sequence[float], window_s: float, *, trim: bool = True
) -> float:
    """Hit rate F: a boundary is hit by one found within `window_s`; each counts once."""
    if trim:
        truth, found = truth[1:-1], found[1:-1]
    if not truth or not found:
        return float(len(truth) == len(found))
    return 2 * _hits(truth, found, window_s) / (len(truth) + len(found))


def _hits(truth: Sequence[float], found: Sequence[float], window_s: float) -> int:
    """The largest matching; of points on a line, the first that fits the first is part of one."""
    hits = one = other = 0
    while one < len(truth) and other < len(found):
        if abs(truth[one] - found[other]) <= window_s:
            hits, one, other = hits + 1, one + 1, other + 1
        elif truth[one] < found[other]:
            one += 1
        else:
            other += 1
    return hits


def contingency(
    truth: tuple[Sequence[float], Sequence[str]], found: tuple[Sequence[float], Sequence[str]]
) -> Counts:
    """Tenths of a second with each pair of labels, shape (labels of truth, labels found)."""
    end = min(truth[0][-1], found[0][-1])
    times = np.arange(GRAIN_S / 2, end, GRAIN_S)
    (rows, row_count), (columns, column_count) = (
        _labels_at(times, *truth),
        _labels_at(times, *found),
    )
    counts = np.zeros((row_count, column_count))
    np.add.at(counts, (rows, columns), 1)
    return counts


def pairwise_f(counts: Counts) -> float:
    """F of pairs of moments that share a label (Levy & Sandler 2008)."""
    both, truth, found = (
        float((sums * sums).sum()) for sums in (counts, counts.sum(axis=1), counts.sum(axis=0))
    )
    return 2 * both / (truth + found)


def v_measure(counts: Counts) -> float:
    """Harmonic mean of homogeneity and completeness (Rosenberg & Hirschberg 2007)."""
    joint = counts / counts.sum()
    truth, found = _entropy(joint.sum(axis=1)), _entropy(joint.sum(axis=0))
    shared = truth + found - _entropy(joint.ravel())
    homogeneity = shared / truth if truth > 0 else 1.0
    completeness = shared / found if found > 0 else 1.0
    both = homogeneity + completeness
    return 2 * homogeneity * completeness / both if both > 0 else 0.0


def _labels_at(
    times: Counts, boundaries: Sequence[float], labels: Sequence[str]
) -> tuple[npt.NDArray[np.intp], int]:
    names = list(dict.fromkeys(labels))
    at = np.searchsorted(boundaries, times, side="right") - 1
    numbers = np.array([names.index(label) for label in labels], np.intp)
    return numbers[np.clip(at, 0, len(labels) - 1)], len(names)


def _entropy(shares: Counts) -> float:
    positive = shares[shares > 0]
    return float(-(positive * np.log(positive)).sum())
