"""What the mapping must beat: one answer for everything, and a table of tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mapping.predicting.scaling import Array

FEWEST_TRACKS = 5
"""A tag on fewer training tracks has no mean worth looking up."""


def tags(text: str) -> list[str]:
    """Comma-separated tags of a text, lower case, each once."""
    parts = (part.strip().lower() for part in text.split(","))
    return list(dict.fromkeys(part for part in parts if part))


@dataclass(frozen=True, slots=True)
class Lookup:
    """Mean of the tracks that share a text's most frequent tag; the mean of all where none does.

    `counts` are training tracks by tag, `means` standardised means (T,) by tag.
    """

    counts: dict[str, int]
    means: dict[str, Array]
    overall: Array

    @classmethod
    def fit(cls, texts: Sequence[str], z: Array) -> Lookup:
        """`z` is (n, T) with NaN for missing."""
        rows: dict[str, list[int]] = {}
        for row, text in enumerate(texts):
            for tag in tags(text):
                rows.setdefault(tag, []).append(row)
        counts = Counter({tag: len(at) for tag, at in rows.items() if len(at) >= FEWEST_TRACKS})
        overall = _mean(z, np.zeros(z.shape[1]))
        return cls(dict(counts), {tag: _mean(z[rows[tag]], overall) for tag in counts}, overall)

    def predict(self, texts: Sequence[str]) -> Array:
        """Standardised means, (len(texts), T)."""
        out = np.tile(self.overall, (len(texts), 1))
        for row, text in enumerate(texts):
            known = [tag for tag in tags(text) if tag in self.counts]
            if known:
                out[row] = self.means[max(known, key=self.counts.__getitem__)]
        return out


def _mean(z: Array, default: Array) -> Array:
    seen = ~np.isnan(z)
    total = np.where(seen, z, 0).sum(axis=0)
    return np.where(seen.any(axis=0), total / np.maximum(seen.sum(axis=0), 1), default)
