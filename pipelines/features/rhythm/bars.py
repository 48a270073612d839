"""Bars: how many beats one has, and which beats begin one.

Conventions: a row of `beat_accents` is a beat; accents are standardised over the track, so that 0
is an average beat. A metre is told by how well beats resemble those three or four later, its first
beat by the accents around it: bass and bass drum, and changes of harmony (Goto 2001; Davies &
Plumbley 2006). The weights of the accents in `bar_weights.csv` are a conditional logit on clips
whose bars are known; `benchmarks/_fit_bars.py` makes the table.
"""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
Frames = npt.NDArray[np.intp]

ACCENTS = ("all", "bass", "low", "middle", "high", "change")
LEAST_BARS = 4
_PART_BEATS = 256
HARMONIC_BANDS = slice(3, 60)  # mel bands, 100 Hz … 2 kHz
LEAST_CONFIDENCE = 0.5  # under it, no bars are told
_TABLE = Path(__file__).with_name("bar_weights.csv")


@dataclass(frozen=True, slots=True)
class Bars:
    """Beats a bar, the index of the first downbeat, and the probability that both are right."""

    beats: int
    first: int
    confidence: float


def beat_accents(envelope: Vector, levels: npt.NDArray[np.float32], beats: Frames) -> Vector:
    """Accents of each beat, shape (beats, len(ACCENTS)).

    Parameters
    ----------
    envelope : (frames, 5), as `pulse_envelope`
    levels : (frames, mel bands), dB
    beats : ascending frames
    """
    near = np.clip(beats[:, None] + np.arange(-2, 2), 0, len(envelope) - 1)
    strokes = np.log1p(envelope[near].max(axis=1))
    lengths = np.diff(np.append(beats, len(levels)))
    means = _sums(levels[:, HARMONIC_BANDS], beats) / lengths[:, None]
    change = np.abs(np.diff(means, axis=0, prepend=means[:1])).mean(axis=1)
    accents = np.column_stack([strokes, np.log1p(change)])
    centred = accents - accents.mean(axis=0)
    standardised: Vector = centred / (centred.std(axis=0) + 1e-6)
    return np.clip(standardised, -3, 3)


def _sums(levels: npt.NDArray[np.float32], beats: Frames) -> Vector:
    """Sum of the rows from each beat to the next, in parts: reduceat copies what it converts."""
    sums = np.empty((len(beats), levels.shape[1]))
    for first in range(0, len(beats), _PART_BEATS):
        part = beats[first : first + _PART_BEATS]
        end = beats[first + _PART_BEATS] if first + _PART_BEATS < len(beats) else len(levels)
        rows = levels[part[0] : end]
        found = sums[first : first + _PART_BEATS]
        np.add.reduceat(rows, part - part[0], axis=0, dtype=np.float64, out=found)
    return sums


def find_bars(accents: Vector) -> Bars | None:
    """The bars that the accents tell of; None when there are too few beats or they tell of none."""
    beats, certainty = metre(accents)
    if len(accents) < LEAST_BARS * beats:
        return None
    chances = first_beats(accents, beats)
    first = int(chances.argmax())
    confidence = certainty * float(chances[first])
    return Bars(beats, first, confidence)


def metre_cues(accents: Vector) -> Vector:
    """(threes, fours): how alike beats are that lie 3 and 6, and 4 and 8, beats apart."""
    rows = accents - accents.mean(axis=0)
    power = float((rows * rows).mean()) + 1e-9

    def alike(lag: int) -> float:
        return float((rows[lag:] * rows[:-lag]).mean()) / power if lag < len(rows) else 0.0

    return np.array([alike(3) + alike(6), alike(4) + alike(8), alike(2)])


def metre(accents: Vector) -> tuple[int, float]:
    """3 or 4 beats a bar, and the probability of it."""
    threes, fours, twos = metre_cues(accents)
    odds = table("metre")
    chance = 1 / (1 + np.exp(-(odds[0] + odds[1] * threes + odds[2] * fours + odds[3] * twos)))
    return (3, float(chance)) if chance > 0.5 else (4, float(1 - chance))


def first_beats(accents: Vector, beats: int) -> Vector:
    """Probability of each of the first `beats` beats to begin a bar."""
    scores = phase_cues(accents, beats) @ table(f"bars of {beats}")
    risen = np.exp(scores - scores.max())
    return np.asarray(risen / risen.sum())


def phase_cues(accents: Vector, beats: int) -> Vector:
    """Mean accents of each place of the bar, shape (first beats, places × accents)."""
    means = np.stack([accents[place::beats].mean(axis=0) for place in range(beats)])
    return np.stack([np.roll(means, -first, axis=0).ravel() for first in range(beats)])


@functools.cache
def table(name: str) -> Vector:
    """The weights of that name, in their order."""
    with _TABLE.open(newline="", encoding="utf-8") as file:
        return np.array([float(r["weight"]) for r in csv.DictReader(file) if r["name"] == name])
