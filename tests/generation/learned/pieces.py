"""Pieces whose notes follow a vector by a plain rule, and a network that was never trained."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from generation.learned.conditions import LEARNED, Floats, measured
from generation.learned.symbolic.descriptions import fitted, lead_of
from generation.learned.symbolic.events import encode
from generation.learned.symbolic.layout import Shape, array_shapes
from generation.learned.symbolic.windows import Example
from generation.sequencer.score import Part, Score, ScoreChord, ScoreNote, ScoreSection

SMALL = Shape(features=len(LEARNED), styles=1, width=48, layers=2, context=160, condition=32)
STYLES = ("house",)
ROOTS = (0, 5, 7)


def score(rate: float, major: bool, rng: np.random.Generator, tonic: int = 0) -> Score:
    """Eight bars: 1, 2 or 4 hats a beat by `rate` (0 … 1), triads in the mode by `major`."""
    step = (1.0, 0.5, 0.25)[min(2, int(rate * 3))]
    hats, bass, lead, chords = [], [], [], []
    for bar in range(8):
        root = tonic + int(rng.choice(ROOTS))
        triad = (root % 12, (root + (4 if major else 3)) % 12, (root + 7) % 12)
        start = bar * 4.0
        chords.append(
            ScoreChord(start=start, length=4, symbol="", pitch_classes=triad, bass=root % 12)
        )
        bass.append(ScoreNote(start, 4, 36 + root, 90))
        hats += [ScoreNote(start + at, 0.25, 42, 70) for at in np.arange(0, 4, step).tolist()]
        above = [60 + tonic + (pitch - tonic) % 12 for pitch in triad]
        lead += [ScoreNote(start + k, 1, int(rng.choice(above)), 100) for k in range(4)]
    parts = tuple(
        Part(stem=stem, instrument=instrument, notes=tuple(notes))
        for stem, instrument, notes in (
            ("drums", "kit_acoustic", hats), ("bass", "electric_bass", bass),
            ("lead", "flute", lead),
        )
    )  # fmt: skip
    section = ScoreSection(
        label="verse", first_bar=0, bars=8, tonic=tonic, scale="major", intensity=0.5
    )
    return Score(
        parts=parts, sections=(section,), chords=tuple(chords), tempi=((0.0, 120.0),), beats=4,
        unit=4, bars=8,
    )  # fmt: skip


def examples(count: int, shuffled: bool = False) -> list[Example]:
    """Pieces with the vector that their notes follow, or (shuffled) with another's."""
    rng = np.random.default_rng(3)
    asked = [(float(rng.random()), bool(rng.integers(2))) for _ in range(count)]
    told = asked[1:] + asked[:1] if shuffled else asked
    return [
        Example(
            encode(score(rate, major, rng)),
            measured(
                {"onset_rate_hz": 10 * other_rate, "key_mode": float(other), "tempo_bpm": 120.0},
                LEARNED,
                (("house", 1.0),),
            ),
        )
        for (rate, major), (other_rate, other) in zip(asked, told, strict=True)
    ]  # fmt: skip


def untrained(shape: Shape = SMALL, seed: int = 0) -> dict[str, npt.NDArray[np.float32]]:
    """Weights at random: what they write is allowed, or the constraints do not hold."""
    rng = np.random.default_rng(seed)
    drawn = {
        name: rng.normal(0, 0.2, size).astype(np.float32)
        for name, size in array_shapes(shape).items()
    }
    return drawn | fitted([], shape.features)


def led(weights: Mapping[str, npt.NDArray[np.float32]], **features: float) -> Floats:
    """What leads the network when these features are asked for."""
    return lead_of(weights, measured(features, LEARNED))
