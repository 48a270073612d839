"""What a mapping says of tracks it has not seen, beside what the baselines say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from mapping.learning.baselines import Lookup
from mapping.learning.training import Fit
from mapping.predicting.learned import Learned
from mapping.predicting.scaling import Array, feature_matrix
from schemas.conditioning import QUANTILE_LEVELS
from schemas.protocols import TextEncoder, TrainingExample

CRPS_LEVELS = np.linspace(0.025, 0.975, 39)


@dataclass(frozen=True, slots=True)
class Predictions:
    """Of q test tracks: (q, T) each, quantiles (q, T, levels).

    Values are on the feature's axis (log2 or linear), the two MAE rows in the feature's unit.
    `drawn` is one joint sample a track: a real row, drawn by weight.
    """

    truth: Array
    mean: Array
    dummy: Array
    lookup: Array
    quantiles: Array
    fine: Array
    fine_prior: Array
    error: Array
    error_dummy: Array
    drawn: Array

    def of(self, target: int) -> Predictions:
        """One target's columns, over the tracks where its truth is known."""
        known = ~np.isnan(self.truth[:, target])
        return Predictions(*(getattr(self, f.name)[known, target] for f in fields(self)))


def predict(
    fitted: Fit,
    train: Sequence[TrainingExample],
    test: Sequence[TrainingExample],
    encoder: TextEncoder,
) -> Predictions:
    """Predict `test` with a mapping fitted on `train`, beside the baselines."""
    learned = fitted.learned
    scaler, texts = learned.scaler, [example.text for example in test]
    answers = _answers(learned, texts, encoder)
    natural, learnt = feature_matrix(test, learned.specs), feature_matrix(train, learned.specs)
    prior = learned.reference.quantiles(learned.reference.uniform(), CRPS_LEVELS)
    lookup = Lookup.fit([e.text for e in train], scaler.standardise(learnt)).predict(texts)
    median = np.nanmedian(learnt, axis=0)

    def axis(z: Array) -> Array:
        """Standardised values (q, T) or (q, T, levels) on the feature's axis."""
        extra = (1,) * (z.ndim - 2)
        return z * scaler.std.reshape(-1, *extra) + scaler.mean.reshape(-1, *extra)

    return Predictions(
        truth=axis(scaler.standardise(natural)),
        mean=axis(answers.mean),
        dummy=axis(np.zeros_like(answers.mean)),
        lookup=axis(lookup),
        quantiles=axis(answers.quantiles),
        fine=axis(answers.fine),
        fine_prior=axis(np.repeat(prior[None], len(test), axis=0)),
        error=np.abs(scaler.natural(answers.mean) - natural),
        error_dummy=np.abs(median - natural),
        drawn=axis(answers.drawn),
    )


@dataclass(frozen=True, slots=True)
class _Answers:
    """Standardised answers to q texts; the fields are those of Predictions."""

    mean: Array
    quantiles: Array
    fine: Array
    drawn: Array


def _answers(learned: Learned, texts: Sequence[str], encoder: TextEncoder) -> _Answers:
    """Every text is answered once, however many tracks carry it; each draws its own sample."""
    rng = np.random.default_rng(0)
    asked: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        asked.setdefault(text, []).append(row)
    reference, targets = learned.reference, len(learned.specs)
    mean, drawn = np.empty((len(texts), targets)), np.empty((len(texts), targets))
    quantiles = np.empty((len(texts), targets, len(QUANTILE_LEVELS)))
    fine = np.empty((len(texts), targets, len(CRPS_LEVELS)))
    for text, embedding in zip(asked, encoder.encode(list(asked)), strict=True):
        rows, weights = asked[text], learned.weights(text, embedding)
        mean[rows] = reference.mean(weights)
        quantiles[rows] = learned.quantiles(weights)
        fine[rows] = reference.quantiles(weights, CRPS_LEVELS)
        drawn[rows] = reference.values[rng.choice(len(weights), size=len(rows), p=weights)]
    return _Answers(mean, quantiles, fine, drawn)
