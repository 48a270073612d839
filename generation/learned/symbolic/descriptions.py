"""What can be counted on notes, and what a vector lets one expect of it.

    notes ─describe─▶ description          vector ─expected─▶ description ─network─▶ notes

A small catalogue is too little to learn from it how a measured vector becomes notes. Descriptions
are counted on any window of notes, without a sound of it, so that the network learns to follow them
from every bar (after FIGARO, von Rütte et al. 2023). What a vector means for them is a joint normal
distribution of both, fitted on the pieces that were measured; given the values that are known, its
conditional mean is what is asked of the notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from generation.learned.conditions import Conditions, Floats
from generation.learned.symbolic.events import (
    BAR,
    BAR_TICKS,
    CHORD,
    DRUMS,
    KIND,
    PITCH,
    POSITION,
    TICKS,
    VELOCITY,
    Events,
)

DESCRIPTIONS: tuple[str, ...] = (
    "onsets",  # distinct onsets a quarter note, of 8
    "notes",  # notes a quarter note, of 16
    "velocity",  # mean
    "register",  # mean pitch but drums, C2 … C6
    "drums",  # share of the notes
    "cymbals",  # share of the drums' strokes
    "third",  # major among major and minor thirds over the tonic
)
COUNT = len(DESCRIPTIONS)
MEAN, COVARIANCE = "describe.mean", "describe.covariance"
_CYMBALS = (42, 44, 46, 49, 51, 52, 53, 54, 55, 57, 59, 69, 70, 82)
_SHRINK = 0.1
_TELLING = 0.92
"""Share of a description's variance that is left once the vector is known, above which the vector
says nothing of it."""
_LEAST_KNOWN = 3


def describe(events: Events) -> Floats:
    """float32 (COUNT,), 0 … 1, of a window that begins with a bar; of silence the middle."""
    notes = events[events[:, KIND] > CHORD]
    bars = np.flatnonzero(events[:, KIND] == BAR)
    passed = int(events[bars[:-1], BAR_TICKS].sum()) + int(events[-1, POSITION]) + 1
    quarters = max(1.0, passed / TICKS)
    if not len(notes):
        return np.array([0, 0, 0.5, 0.5, 0.5, 0.5, 0.5], np.float32)
    bar = np.cumsum(events[:, KIND] == BAR)[events[:, KIND] > CHORD]
    onsets = len(np.unique(bar * 1_000 + notes[:, POSITION]))
    drums = notes[notes[:, KIND] == DRUMS]
    tuned = notes[notes[:, KIND] != DRUMS]
    classes = tuned[:, PITCH] % 12
    major, minor = int((classes == 4).sum()), int((classes == 3).sum())
    found = [
        onsets / quarters / 8,
        len(notes) / quarters / 16,
        (float(notes[:, VELOCITY].mean()) * 16 + 8) / 127,
        (float(tuned[:, PITCH].mean()) - 36) / 48 if len(tuned) else 0.5,
        len(drums) / len(notes),
        float(np.isin(drums[:, PITCH], _CYMBALS).mean()) if len(drums) else 0.5,
        0.5 + 0.5 * (major - minor) / (major + minor) if major + minor else 0.5,
    ]
    return np.clip(np.array(found, np.float32), 0, 1)


def fitted(pieces: Iterable[tuple[Conditions, Events]], features: int) -> dict[str, Floats]:
    """Mean (T + COUNT,) and covariance of vectors of T features and descriptions.

    What is not known of a vector counts as the mean; the covariance is shrunk towards its
    diagonal. Without measured pieces nothing is expected of any vector: the covariance is diagonal.
    """
    vectors, known, described = [], [], []
    for conditions, events in pieces:
        if conditions.known.sum() >= _LEAST_KNOWN:
            vectors.append(conditions.values)
            known.append(conditions.known)
            described.append(describe(events))
    size = features + COUNT
    if len(vectors) < 2:
        return {MEAN: np.full(size, 0.5, np.float32), COVARIANCE: np.eye(size, dtype=np.float32)}
    seen = np.concatenate([np.stack(known), np.ones((len(known), COUNT))], 1)
    joined = np.concatenate([np.stack(vectors), np.stack(described)], 1).astype(np.float64)
    mean = (joined * seen).sum(0) / np.maximum(seen.sum(0), 1)
    centred = np.where(seen > 0, joined - mean, 0.0)
    covariance = centred.T @ centred / len(centred)
    diagonal = np.diag(np.diag(covariance)) + 1e-4 * np.eye(size)
    shrunk = (1 - _SHRINK) * covariance + _SHRINK * diagonal + 1e-4 * np.eye(size)
    return {MEAN: mean.astype(np.float32), COVARIANCE: shrunk.astype(np.float32)}


def lead_of(arrays: Mapping[str, npt.NDArray[np.float32]], conditions: Conditions) -> Floats:
    """What leads the network (2 T + 2 COUNT,): the vector, and what it lets one expect of notes."""
    mean = arrays[MEAN].astype(np.float64)
    covariance = arrays[COVARIANCE].astype(np.float64)
    width = len(conditions.values)
    given = np.flatnonzero(conditions.known)
    notes = np.arange(width, width + COUNT)
    expected, told = mean[notes], np.zeros(COUNT)
    if len(given):
        across = covariance[np.ix_(notes, given)]
        weights = np.linalg.solve(covariance[np.ix_(given, given)], across.T).T
        expected = expected + weights @ (conditions.values[given] - mean[given])
        left = 1 - (weights * across).sum(1) / np.diag(covariance)[notes]
        told = (left < _TELLING).astype(np.float64)
    return joined_lead(conditions, np.clip(expected, 0, 1), told)


def joined_lead(
    conditions: Conditions,
    described: npt.NDArray[np.floating],
    told: npt.NDArray[np.floating],
) -> Floats:
    """Vector and description as one: values, known, description, which of it is told."""
    parts = [conditions.values * conditions.known, conditions.known, described * told, told]
    return np.concatenate(parts).astype(np.float32)
