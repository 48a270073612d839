"""The key of a melody: how probable its notes are in each of the 24, and what it ends on.

The profiles are those that Temperley counted in the 6,200 folk songs of the Essen collection
("Music and Probability", 2007, chapter 6): of melodies, which say less of a key than chords do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from pipelines.melody.heard import Sung
from schemas.features import key_name
from schemas.report import KeyCandidate

MAJOR = (0.184, 0.001, 0.155, 0.003, 0.191, 0.109, 0.005, 0.214, 0.001, 0.078, 0.004, 0.055)
MINOR = (0.192, 0.005, 0.149, 0.179, 0.002, 0.144, 0.002, 0.201, 0.038, 0.012, 0.053, 0.022)
SMOOTHING = 0.01
"""Added to each: a note may be misheard, or borrowed."""

ENDS_ON = {0: 0.75, 7: 0.08, 4: 0.05, 3: 0.05, 2: 0.02}
"""How often a melody ends on a degree of its key, in semitones; the rest share what is left."""

BEGINS_ON = {0: 0.35, 7: 0.3, 4: 0.1, 3: 0.1}
"""The same of its first note."""

_ELSEWHERE = 0.01
_WEIGHTS = (0.3, 0.5, 0.2)
"""Of the notes, the beginning and the end: notes of a tune are not independent of each other, and
who hums a fragment ends anywhere. Chosen on the development tunes, whole and cut short."""

_MOST = 3


def keys_of(notes: Sequence[Sung]) -> tuple[KeyCandidate, ...]:
    """The three most probable keys, best first; none for fewer than three notes."""
    if len(notes) < 3:
        return ()
    lengths = np.array([note.end_s - note.start_s for note in notes])
    weights = np.sqrt(lengths / lengths.mean()) * np.array([0.2 + n.confidence for n in notes])
    counts = np.bincount([n.semitone % 12 for n in notes], weights, minlength=12)
    steps = (np.arange(12)[None, :] - np.arange(12)[:, None]) % 12
    profiles = np.log(np.array([MAJOR, MINOR]) + SMOOTHING)
    odds = _WEIGHTS[0] * (profiles[:, steps] @ counts)  # (mode, tonic)
    odds += _WEIGHTS[1] * _of_degree(BEGINS_ON, notes[0].semitone)
    odds += _WEIGHTS[2] * _of_degree(ENDS_ON, notes[-1].semitone)
    flat = np.exp(odds.ravel() - odds.max())
    flat /= flat.sum()
    best = np.argsort(-flat, kind="stable")[:_MOST]
    return tuple(_candidate(int(i), float(flat[i])) for i in best)


def _of_degree(shares: Mapping[int, float], semitone: int) -> npt.NDArray[np.float64]:
    """How likely a note is at that place of a melody in each key, log, by tonic, shape (12,)."""
    return np.log([shares.get((semitone - tonic) % 12, _ELSEWHERE) for tonic in range(12)])


def _candidate(index: int, probability: float) -> KeyCandidate:
    pitch_class, mode = index % 12, int(index < 12)
    return KeyCandidate(
        name=key_name(pitch_class, mode),
        pitch_class=pitch_class,
        mode=mode,
        probability=round(probability, 4),
    )
