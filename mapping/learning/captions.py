"""Features and tags put into words: captions that teach the mapping how people ask.

Tags alone leave free-form words without meaning ("slow" is no genre). Each caption says of a real
track one to three things that its features bear out, and names up to three of its tags.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mapping.predicting.scaling import Array
from mapping.reading.lexicon import FeatureWords, Lexicon
from schemas.features import FeatureSpec

LOW, HIGH = 0.2, 0.8
"""Quantiles of the catalogue beyond which a track is called low or high."""

BPM_SHARE = 0.1
"""Share of captions that also state the tempo."""


@dataclass(frozen=True, slots=True)
class Caption:
    """A sentence about the track in row `track` of the training examples."""

    text: str
    track: int


@dataclass(frozen=True, slots=True)
class Levels:
    """Bounds of "low" and "high" per target, in natural units, each of shape (T,)."""

    low: Array
    high: Array

    @classmethod
    def of(cls, specs: Sequence[FeatureSpec], natural: Array, lexicon: Lexicon) -> Levels:
        low, high = np.nanquantile(natural, LOW, axis=0), np.nanquantile(natural, HIGH, axis=0)
        for j, spec in enumerate(specs):
            entry = lexicon.features.get(spec.name, FeatureWords())
            low[j] = low[j] if entry.low_below is None else entry.low_below
            high[j] = high[j] if entry.high_above is None else entry.high_above
        return cls(low, high)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What captions are written from: texts, natural values (tracks, T), and the targets."""

    texts: Sequence[str]
    natural: Array
    specs: Sequence[FeatureSpec]


def write_captions(
    catalogue: Catalogue, lexicon: Lexicon, count: int, seed: int
) -> tuple[Caption, ...]:
    """`count` captions, spread evenly over the tracks; the same seed writes the same ones."""
    rng = random.Random(seed)  # noqa: S311 — chooses words, guards nothing
    levels = Levels.of(catalogue.specs, catalogue.natural, lexicon)
    order: list[int] = []
    while len(order) < count:
        tracks = list(range(len(catalogue.texts)))
        rng.shuffle(tracks)
        order += tracks
    writer = _Writer(catalogue, lexicon, levels, rng)
    return tuple(Caption(writer.write(track), track) for track in order[:count])


@dataclass(frozen=True, slots=True)
class _Writer:
    catalogue: Catalogue
    lexicon: Lexicon
    levels: Levels
    rng: random.Random

    def write(self, track: int) -> str:
        said = self._feature_words(track)
        tags = self._tags(track)
        if not said:
            return ", ".join(tags) or self.lexicon.plain
        return self.rng.choice(self.lexicon.templates).format(
            a=", ".join(said),
            g=", ".join(tags) or self.lexicon.plain,
            p=self.rng.choice(self.lexicon.fillers),
        )

    def _feature_words(self, track: int) -> list[str]:
        found = [
            self.rng.choice(phrases)
            for j, spec in enumerate(self.catalogue.specs)
            if (phrases := self._phrases(spec.name, j, track))
        ]
        self.rng.shuffle(found)
        found = found[: self.rng.choice((1, 1, 2, 3))]
        names = [spec.name for spec in self.catalogue.specs]
        if "tempo_bpm" in names and self.rng.random() < BPM_SHARE:
            bpm = self.catalogue.natural[track, names.index("tempo_bpm")]
            found += [] if np.isnan(bpm) else [f"{bpm:.0f} BPM"]
        return found

    def _phrases(self, name: str, j: int, track: int) -> tuple[str, ...]:
        entry = self.lexicon.features.get(name)
        value = self.catalogue.natural[track, j]
        # Where the bounds coincide the feature hardly varies, and no word for it would be true.
        if entry is None or np.isnan(value) or self.levels.low[j] >= self.levels.high[j]:
            return ()
        if value >= self.levels.high[j]:
            return entry.high
        if value <= self.levels.low[j] and self.rng.random() < entry.low_chance:
            return entry.low
        return ()

    def _tags(self, track: int) -> list[str]:
        parts = {part.strip() for part in self.catalogue.texts[track].split(",")}
        tags = sorted(part for part in parts if 0 < len(part) <= 40)
        self.rng.shuffle(tags)
        return tags[: self.rng.choice((0, 1, 1, 2, 3))]
