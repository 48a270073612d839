"""Triads: how much of each frame each of the 24 major and minor chords accounts for.

Conventions: chords C major … B major, then C minor … B minor. A frame's pitch classes are compared
with templates of root, third and fifth, as in Fujishima 1999, "Realtime chord recognition of
musical sound"; a bass on the root speaks for the chord; the comparison becomes shares by a softmax.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]

THIRD = 0.8  # root and fifth are 1
BASS_WEIGHT = 0.25  # against a correlation
TEMPERATURE = 0.1
NEIGHBOUR = 0.5  # weight of the frames before and after


def standardised(rows: Matrix) -> Matrix:
    """Rows of mean 0 and norm 1, so that a product is a correlation; a level row becomes 0."""
    centred = rows - rows.mean(axis=-1, keepdims=True)
    norm = np.linalg.norm(centred, axis=-1, keepdims=True)
    result: Matrix = centred / np.maximum(norm, 1e-9)
    return result


def triad_correlations(votes: Matrix) -> Matrix:
    """Of each frame and its neighbours with the 24 triads: (frames, 12) → (frames, 24)."""
    found: Matrix = standardised(_smoothed(votes)) @ _TEMPLATES.T
    return found


def chord_shares(correlations: Matrix, bass: Matrix) -> Matrix:
    """Shares of the 24 triads, shape (frames, 24), each row summing to 1.

    `correlations` are those of `triad_correlations`; `bass` is of shape (frames, 12).
    """
    lowest = _smoothed(bass)
    lowest /= np.maximum(lowest.max(axis=1, keepdims=True), 1e-9)
    fit = correlations + BASS_WEIGHT * np.tile(lowest, 2)
    odds = np.exp((fit - fit.max(axis=1, keepdims=True)) / TEMPERATURE)
    shares: Matrix = odds / odds.sum(axis=1, keepdims=True)
    return shares


def _smoothed(rows: Matrix) -> Matrix:
    result = rows.copy()
    result[1:] += NEIGHBOUR * rows[:-1]
    result[:-1] += NEIGHBOUR * rows[1:]
    return result


def _template(root: int, third: int) -> Matrix:
    row = np.zeros(12)
    row[[root, (root + third) % 12, (root + 7) % 12]] = 1, THIRD, 1
    return row


_TEMPLATES = standardised(np.array([_template(r, third) for third in (4, 3) for r in range(12)]))
