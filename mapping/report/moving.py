"""What recalibration is worth: each feature before and after, on labels that did not take part.

The labels are dealt into folds; the mapping is moved by the others and judged on the one left out.
R² and the mean error are against the labels, on the feature's axis and in its unit; coverage is the
share of labels inside the 90% intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mapping.predicting.learned import Learned
from mapping.predicting.scaling import feature_matrix, to_axis
from schemas.errors import MappingError
from schemas.protocols import TextEncoder, TrainingExample

FOLDS = 5
FEWEST = 5
MOST_LABELS = 2_000
"""Labels judged; of more a seeded sample."""

Array = npt.NDArray[np.float64]


def before_after(
    learned: Learned, examples: Sequence[TrainingExample], encoder: TextEncoder
) -> dict[str, Any]:
    """Figures of every feature with 5 labels or more, JSON-ready; empty where there are too few."""
    from mapping.learning.recalibration import recalibrate

    usable = [example for example in examples if example.text.strip()]
    drawn = np.random.default_rng(0).permutation(len(usable))[:MOST_LABELS].tolist()
    tracks = [usable[row] for row in drawn]
    truth = feature_matrix(tracks, learned.specs)
    said = np.full((2, *truth.shape, 3), np.nan)
    part = np.arange(len(tracks)) % FOLDS
    for fold in range(FOLDS):
        test = [tracks[row] for row in np.flatnonzero(part == fold)]
        others = [tracks[row] for row in np.flatnonzero(part != fold)]
        try:
            moved = recalibrate(learned, others, encoder)
        except MappingError:
            return {}
        for side, one in enumerate((learned, moved)):
            if test:
                said[side, part == fold] = _predicted(one, test, encoder)
    return {
        spec.name: {
            "unit": spec.unit,
            "labels": int(known.sum()),
            "before": _figures(learned, j, truth[known, j], said[0, known, j]),
            "after": _figures(learned, j, truth[known, j], said[1, known, j]),
        }
        for j, spec in enumerate(learned.specs)
        if (known := ~np.isnan(truth[:, j])).sum() >= FEWEST
    }


def _predicted(learned: Learned, test: Sequence[TrainingExample], encoder: TextEncoder) -> Array:
    """(q, T, 3): the mean and the ends of the 90% interval, in the features' units."""
    texts = [example.text for example in test]
    found = []
    for text, embedding in zip(texts, encoder.encode(texts), strict=True):
        weights = learned.weights(text, embedding)
        quantiles = learned.quantiles(weights)
        standard = np.stack([learned.reference.mean(weights), quantiles[:, 0], quantiles[:, -1]])
        found.append(learned.scaler.natural(standard).T)
    return np.stack(found)


def _figures(learned: Learned, column: int, truth: Array, said: Array) -> dict[str, float | None]:
    spec = learned.specs[column : column + 1]
    y, mean = (to_axis(spec, values[:, None])[:, 0] for values in (truth, said[:, 0]))
    total = float(np.square(y - y.mean()).sum())
    inside = (truth >= said[:, 1]) & (truth <= said[:, 2])
    return {
        "r2": 1 - float(np.square(y - mean).sum()) / total if total > 1e-9 else None,
        "error": float(np.abs(truth - said[:, 0]).mean()),
        "coverage90": float(inside.mean()),
    }
