"""How good a mapping is on artists, albums and playlists it has not seen.

The prediction is the mean of the distribution that a prompt would be answered with.
Conventions: R² and Spearman are on the feature's axis (log2 for tempo and frequencies), R² against
the mean of the test tracks; MAE is in the feature's unit; coverage is the share of true values
inside the 50% and 90% intervals; CRPS skill is 1 - CRPS / CRPS of the training catalogue's
quantiles (Gneiting & Raftery 2007), from 39 quantile levels. Null where it cannot be computed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np

from mapping.learning.config import MINIMUM_TRACKS, TrainConfig, choose_targets
from mapping.learning.predictions import CRPS_LEVELS, Predictions, predict
from mapping.learning.split import Split, group_folds, group_split
from mapping.learning.training import fit
from mapping.predicting.scaling import Array, feature_matrix
from mapping.report.held import Held, HeldPart
from schemas.features import FeatureSpec
from schemas.protocols import TextEncoder, TrainingExample

MOST_TESTED = 10_000
"""Test tracks of a split at most."""

ALL_FOLDS_BELOW = 1_000
"""Tracks below which every fold is tested; above, one held-out quarter is enough."""


@dataclass(frozen=True, slots=True)
class FeatureScores:
    """Scores of one feature; `_dummy` is the training mean (median for MAE), `_lookup` by tag."""

    unit: str
    tested: int
    r2: float | None
    r2_dummy: float | None
    r2_lookup: float | None
    mae: float | None
    mae_dummy: float | None
    spearman: float | None
    coverage50: float | None
    coverage90: float | None
    crps_skill: float | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores by feature, empty with a warning where no group-disjoint split is possible."""

    features: dict[str, FeatureScores]
    tested: int
    folds: int
    warnings: tuple[str, ...] = ()
    held: Held | None = None
    """The predictions row by row, a bounded sample, kept beside the mapping."""

    def mean(self, score: str) -> float | None:
        """Mean of a score over the features that have it."""
        values = [getattr(scores, score) for scores in self.features.values()]
        known = [value for value in values if value is not None]
        return float(np.mean(known)) if known else None

    def to_json(self) -> dict[str, Any]:
        names = [f.name for f in fields(FeatureScores) if f.name not in ("unit", "tested")]
        return {
            "features": {name: asdict(scores) for name, scores in self.features.items()},
            "mean": {name: self.mean(name) for name in names if not name.startswith("mae")},
            "tested": self.tested,
            "folds": self.folds,
            "warnings": list(self.warnings),
        }


def evaluate(
    examples: Sequence[TrainingExample], encoder: TextEncoder, config: TrainConfig
) -> Evaluation:
    """Train on some groups and test on others; every fold of a small catalogue.

    Raises
    ------
    MappingError
        As `training.fit` does, when the examples as a whole are too few to train on.
    """
    usable = [example for example in examples if example.text.strip()]
    groups = [example.groups for example in usable]
    if len(usable) < ALL_FOLDS_BELOW:
        splits = group_folds(groups, config.folds, config.seed)
    else:
        single = group_split(groups, 0.25, config.seed)
        splits = (single,) if single else ()
    return evaluate_splits(usable, splits, encoder, config)


def evaluate_splits(
    examples: Sequence[TrainingExample],
    splits: Sequence[Split],
    encoder: TextEncoder,
    config: TrainConfig,
) -> Evaluation:
    """Scores on the test rows of `splits`, pooled. Splits with too few training rows are left."""
    specs = choose_targets(examples, config)
    parts: list[Predictions] = []
    held: list[HeldPart] = []
    for split in splits:
        train = [examples[row] for row in split.train.tolist()]
        test = [examples[row] for row in _asked(split, config.seed)]
        if len(train) >= MINIMUM_TRACKS and _enough(train, specs):
            fitted = fit(train, encoder, replace(config, targets=tuple(s.name for s in specs)))
            parts.append(predict(fitted, train, test, encoder))
            held.append(HeldPart.of(test, parts[-1], CRPS_LEVELS))
    return replace(score(specs, parts), held=Held.of([s.name for s in specs], held))


def _asked(split: Split, seed: int) -> list[int]:
    """Test rows, an even draw of them where there are very many: it takes a minute, not an hour."""
    rows = np.random.default_rng(seed).permutation(split.test)[:MOST_TESTED]
    return [int(row) for row in np.sort(rows)]


def score(specs: Sequence[FeatureSpec], parts: Sequence[Predictions]) -> Evaluation:
    """Scores of predictions pooled over folds."""
    if not parts:
        return Evaluation({}, 0, 0, ("not evaluated: no split keeps artists and albums apart",))
    pooled = Predictions(
        *(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Predictions))
    )
    scores = {spec.name: _scores(spec, pooled.of(j)) for j, spec in enumerate(specs)}
    return Evaluation(scores, len(pooled.truth), len(parts))


def _scores(spec: FeatureSpec, p: Predictions) -> FeatureScores:
    inside = [
        _finite(
            float(np.mean((p.truth >= p.quantiles[:, low]) & (p.truth <= p.quantiles[:, high])))
        )
        if len(p.truth)
        else None
        for low, high in ((1, 3), (0, 4))
    ]
    return FeatureScores(
        unit=spec.unit,
        tested=len(p.truth),
        r2=r2(p.truth, p.mean),
        r2_dummy=r2(p.truth, p.dummy),
        r2_lookup=r2(p.truth, p.lookup),
        mae=_finite(float(np.mean(p.error))) if len(p.error) else None,
        mae_dummy=_finite(float(np.mean(p.error_dummy))) if len(p.error) else None,
        spearman=_spearman(p.truth, p.mean),
        coverage50=inside[0],
        coverage90=inside[1],
        crps_skill=_skill(p),
    )


def r2(truth: Array, predicted: Array) -> float | None:
    """Coefficient of determination; None where the truth does not vary."""
    if len(truth) < 2:
        return None
    total = float(np.square(truth - truth.mean()).sum())
    return 1 - float(np.square(truth - predicted).sum()) / total if total > 1e-12 else None


def _spearman(truth: Array, predicted: Array) -> float | None:
    from scipy.stats import spearmanr

    if len(truth) < 3 or np.ptp(truth) < 1e-12 or np.ptp(predicted) < 1e-12:
        return None
    return _finite(float(spearmanr(truth, predicted).statistic))


def _skill(p: Predictions) -> float | None:
    if not len(p.truth):
        return None
    ours, prior = (_pinball(p.truth, q) for q in (p.fine, p.fine_prior))
    return 1 - ours / prior if prior > 1e-12 else None


def _pinball(truth: Array, quantiles: Array) -> float:
    gap = truth[:, None] - quantiles
    return float(2 * np.maximum(CRPS_LEVELS * gap, (CRPS_LEVELS - 1) * gap).mean())


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _enough(train: Sequence[TrainingExample], specs: Sequence[FeatureSpec]) -> bool:
    filled = (~np.isnan(feature_matrix(train, specs))).sum(axis=0)
    return bool((filled >= MINIMUM_TRACKS).all())
