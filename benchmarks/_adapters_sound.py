"""Sounds to learn from: plucked notes whose brightness, level and pace are drawn apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from generation.adapters.vectors import Flat, flatten
from pipelines.features.extract import extract
from schemas.answers import Vector
from schemas.audio import Audio
from schemas.features import feature
from schemas.scales import normalise

NAMES = ("brightness_hz", "loudness_lufs", "onset_rate_hz")
RATE, SECONDS = 8_000, 2.56
FRAMES = int(RATE * SECONDS)
Sound = npt.NDArray[np.float32]


def drawn(rng: np.random.Generator, count: int) -> npt.NDArray[np.float64]:
    """Places of 0 … 1 for brightness, level and pace, (count, 3), independent of one another."""
    return rng.random((count, 3))


def pluck(rng: np.random.Generator, place: Sequence[float]) -> Sound:
    """One sound, float32 (1, FRAMES). Pitches, phases and timing are the rng's own."""
    bright, level, pace = place
    cut = 250 * 8**bright
    rate = 1.5 * 4**pace
    time = np.arange(FRAMES) / RATE
    sound = np.zeros(FRAMES)
    start = rng.random() / rate
    while start < SECONDS:
        first = int(start * RATE)
        hz = 110 * 2 ** (rng.integers(0, 19) / 12)
        after = time[: FRAMES - first]
        order = np.arange(1, int(0.45 * RATE / hz) + 1)
        weight = np.exp(-order * hz / cut)
        tone = (weight[:, None] * np.sin(
            2 * np.pi * hz * order[:, None] * after + rng.uniform(0, 2 * np.pi, (len(order), 1))
        )).sum(0)  # fmt: skip
        tone /= np.sqrt((weight**2).sum())
        sound[first:] += tone * np.exp(-after * 1.5 * rate) * np.minimum(1, after / 0.004)
        start += (1 + 0.1 * rng.normal()) / rate
    sound *= 10 ** ((-32 + 24 * level) / 20) / max(1e-6, float(np.sqrt(np.mean(sound**2))))
    made: Sound = np.tanh(sound).astype(np.float32)[None]
    return made


def measured(sound: Sound) -> dict[str, float | None]:
    """What wordtone's own extractor hears, in the features' units."""
    found = extract(Audio(np.ascontiguousarray(sound, np.float32), RATE))
    return {name: float(v) if isinstance(v := found[name], int | float) else None for name in NAMES}


def vector_of(values: dict[str, float | None]) -> Vector:
    """Measured values as a vector: certain, without spread; no key is claimed."""
    places = tuple(
        normalise(feature(name), value) if (value := values[name]) is not None else 0.5
        for name in NAMES
    )
    sure = tuple(float(values[name] is not None) for name in NAMES)
    return Vector(
        names=NAMES, values=places, low=places, high=places, confidence=sure,
        key_probabilities=(1 / 24,) * 24,
    )  # fmt: skip


def flat(values: dict[str, float | None]) -> Flat:
    return flatten(vector_of(values), NAMES)


def words(place: Sequence[float]) -> str:
    """The same in words, as coarsely as words are: a third of the range each."""
    said = zip(
        place, (("dark", "bright"), ("soft", "loud"), ("slow", "fast")), strict=True
    )  # fmt: skip
    return " ".join(low if p < 1 / 3 else high if p > 2 / 3 else "" for p, (low, high) in said)


def corpus(seed: int, count: int) -> tuple[Sound, npt.NDArray[np.float32], list[str]]:
    """Sounds (count, 1, FRAMES), their measured vectors (count, 4·T + 24) and their words."""
    rng = np.random.default_rng(seed)
    places = drawn(rng, count)
    sounds = [pluck(rng, place) for place in places]
    vectors = np.stack([flat(measured(sound)) for sound in sounds])
    return np.stack(sounds), vectors, [words(place) for place in places]
