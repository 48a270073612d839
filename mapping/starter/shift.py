"""How the starter's scale sits in a catalogue: fitted when a mapping is trained.

The starter's levels are ours; a catalogue measures with its own recordings, and another extractor
may mean another thing by a name. Per feature, on its axis (log2 where the feature is): the
starter's value x for a text becomes centre + offset + slope · (x - centre), and the width of its
distribution is scaled. With few tracks all three stay near the starter's own. A value is never
moved beyond what the catalogue has, and tempo not at all: BPM are a unit, and house is no faster
for being found among fast music.
"""

from __future__ import annotations

from collections.abc import Mapping as Mappings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mapping.predicting.scaling import Array, feature_matrix, to_axis
from mapping.starter.learned import Starter
from schemas.protocols import TextEncoder, TrainingExample

MOST_TRACKS = 2_000
OFFSET_TRACKS, SLOPE_TRACKS, WIDTH_TRACKS = 1.0, 20.0, 20.0
"""Tracks that the starter's own offset of 0, slope of 1 and width of 1 count as."""

UNMOVED = frozenset({"tempo_bpm"})

SLOPES, WIDTHS = (0.1, 3.0), (0.3, 5.0)
"""Bounds: a slope above 0 keeps every direction that the starter knows."""


@dataclass(frozen=True, slots=True)
class Shift:
    """From the starter's axis of one feature to the catalogue's."""

    centre: float = 0.0
    offset: float = 0.0
    slope: float = 1.0
    width: float = 1.0
    low: float | None = None
    high: float | None = None

    def place(self, values: Array, middle: float) -> Array:
        """Values of a distribution around `middle`, both on the axis, as the catalogue has them."""
        moved = self.centre + self.offset + self.slope * (middle - self.centre)
        if self.low is not None and self.high is not None:  # the catalogue's lowest and highest
            moved = min(max(moved, min(self.low, middle)), max(self.high, middle))
        return moved + self.width * (values - middle)


def fit_shifts(
    starter: Starter, examples: Sequence[TrainingExample], encoder: TextEncoder, seed: int
) -> dict[str, Shift]:
    """A shift per feature of the starter that the examples have values of."""
    usable = [example for example in examples if example.text.strip()]
    drawn = np.random.default_rng(seed).permutation(len(usable))[:MOST_TRACKS].tolist()
    tracks = [usable[row] for row in drawn]
    said, width = _said(starter, [track.text for track in tracks], encoder)
    truth = to_axis(starter.specs, feature_matrix(tracks, starter.specs))
    return {
        spec.name: _fit(said[known, j], width[known, j], truth[known, j])
        for j, spec in enumerate(starter.specs)
        if spec.name not in UNMOVED and (known := ~np.isnan(truth[:, j])).any()
    }


def _said(starter: Starter, texts: Sequence[str], encoder: TextEncoder) -> tuple[Array, Array]:
    """Means and variances of the starter for each text, (n, T), on the axis of each feature."""
    unique = {text: row for row, text in enumerate(dict.fromkeys(texts))}
    embeddings = encoder.encode(list(unique))
    weights = np.stack([starter.weights(text, embeddings[row]) for text, row in unique.items()])
    values = starter.reference.values
    mean = weights @ values
    variance = np.maximum(weights @ np.square(values) - np.square(mean), 0)
    rows = [unique[text] for text in texts]
    scaler = starter.scaler
    return (mean * scaler.std + scaler.mean)[rows], (variance * np.square(scaler.std))[rows]


def _fit(said: Array, variance: Array, truth: Array) -> Shift:
    n, centre = len(said), float(said.mean())
    offset = float(truth.mean() - centre) * n / (n + OFFSET_TRACKS)
    apart = said - centre
    own = SLOPE_TRACKS * max(float(variance.mean()), 1e-12)
    together = float(apart @ (truth - truth.mean()))
    slope = float(np.clip((together + own) / (float(apart @ apart) + own), *SLOPES))
    left = truth - truth.mean() - slope * apart
    ratio = (float(left @ left) / max(float(variance.sum()), 1e-12)) ** 0.5
    width = float(np.clip((n * ratio + WIDTH_TRACKS) / (n + WIDTH_TRACKS), *WIDTHS))
    return Shift(centre, offset, slope, width, float(truth.min()), float(truth.max()))


def to_json(shifts: Mappings[str, Shift]) -> dict[str, Any]:
    """As the manifest keeps them."""
    return {name: asdict(shift) for name, shift in shifts.items()}


def from_json(record: object) -> dict[str, Shift]:
    """Inverse of `to_json`. Raises TypeError for what is none."""
    if not isinstance(record, dict):
        raise TypeError(f"shifts of the starter: {record!r}; valid is an object by feature")
    return {str(name): Shift(**entry) for name, entry in record.items()}
