"""Another catalogue, few labels: what was learnt on one is moved to where the other one is.

Catalogues differ in what their music is like and in how it was measured (the acousticness that one
set predicts for another is .13 where .51 is true), far more than in what words mean. So the reading
of words is kept, and per feature an affine map of the predicted mean is fitted on the labelled
tracks, shrunk towards none. The values of the reference tracks are moved by the same map: a joint
sample is then a real track as it would be measured there. Intervals are widened until they hold on
the labelled tracks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mapping.artifact import Manifest, hashes, model_id, serialise
from mapping.predicting.calibration import PAIRS, Calibration
from mapping.predicting.distribution import Reference
from mapping.predicting.learned import Learned
from mapping.predicting.regressor import Shift
from mapping.predicting.scaling import Array, feature_matrix
from schemas.errors import MappingError
from schemas.protocols import TextEncoder, TrainingExample

FEWEST_LABELS = 5
"""Values of a feature below which it is left as it is."""

OFFSET_LABELS, GAIN_LABELS = 4.0, 40.0
"""Labels at which half of what they say is believed: of a move, and of a change of scale."""

LARGEST_GAIN = 2.0
CROSS_FOLDS = 5


def recalibrate(
    learned: Learned, examples: Sequence[TrainingExample], encoder: TextEncoder
) -> Learned:
    """`learned`, moved to the catalogue that `examples` are from; 30 labels already tell much.

    Raises
    ------
    MappingError
        When no feature has values in at least 5 of the examples that have text.
    """
    usable = [example for example in examples if example.text.strip()]
    truth = learned.scaler.standardise(feature_matrix(usable, learned.specs))
    if not usable or (~np.isnan(truth)).sum(axis=0).max() < FEWEST_LABELS:
        raise MappingError(
            f"recalibrate: {len(usable)} examples with text; no feature of the mapping has a "
            f"value in at least {FEWEST_LABELS} of them"
        )
    texts = [example.text for example in usable]
    embeddings = encoder.encode(texts)
    mean = learned.regressor.predict(texts, embeddings)
    moved = _moved(learned, fit_shift(mean, truth))
    quantiles = np.stack(
        [
            moved.quantiles(moved.reference.weights(m, e))
            for m, e in zip(_crossed(mean, truth), embeddings, strict=True)
        ]
    )
    return replace(moved, calibration=_widened(moved.calibration, quantiles, truth))


def recalibrated(
    learned: Learned, manifest: Manifest, examples: Sequence[TrainingExample], encoder: TextEncoder
) -> tuple[Learned, Manifest]:
    """As `recalibrate`, with the manifest of what has come about: another id, and a warning."""
    moved = recalibrate(learned, examples, encoder)
    files = hashes(serialise(moved))
    note = f"recalibrated on {len(examples)} tracks: its figures are those from before"
    return moved, replace(
        manifest,
        model_id=model_id(files),
        files=files,
        warnings=(*manifest.warnings, note),
        beside=None,
    )


def _moved(learned: Learned, shift: Shift) -> Learned:
    """Means, reference rows and widths, all by the same map."""
    before, reference, calibration = learned.regressor.shift, learned.reference, learned.calibration
    scaler, gain = learned.scaler, shift.gain
    natural = scaler.natural(gain * reference.values + shift.offset)
    values = scaler.standardise(natural)
    both = shift
    if before is not None:  # of a mapping moved twice: the second map of the first
        both = Shift(gain * before.gain, gain * before.offset + shift.offset)
    widths, widen = calibration.widths, calibration.widen
    columns = gain.reshape(-1, *([1] * (widen.ndim - 1)))
    return replace(
        learned,
        natural=natural,
        regressor=replace(learned.regressor, shift=both),
        reference=Reference(
            reference.embeddings,
            (gain * reference.means + shift.offset).astype(np.float32),
            reference.track,
            values,
            reference.text,
        ),
        calibration=Calibration(
            widen * columns,
            np.nanmin(values, axis=0),
            np.nanmax(values, axis=0),
            None if widths is None else widths * columns + 1e-9 * np.arange(widths.shape[-1]),
            calibration.skill,
        ),
    )


def fit_shift(mean: Array, truth: Array) -> Shift:
    """Affine map per target from predicted means (n, T) to `truth` (n, T, NaN where missing)."""
    gain, offset = np.ones(mean.shape[1]), np.zeros(mean.shape[1])
    for j in range(mean.shape[1]):
        known = ~np.isnan(truth[:, j])
        n = int(known.sum())
        if n < FEWEST_LABELS:
            continue
        x, gap = mean[known, j], (truth - mean)[known, j]
        centred = x - x.mean()
        spread = float(np.square(centred).sum())
        slope = float(centred @ gap) / max(spread * (1 + GAIN_LABELS / n), 1e-9)
        gain[j] = float(np.clip(1 + slope, 0, LARGEST_GAIN))
        move = float(gap.mean()) * n / (n + OFFSET_LABELS)
        offset[j] = move + (1 - gain[j]) * float(x.mean())
    return Shift(gain, offset)


def _crossed(mean: Array, truth: Array) -> Array:
    """Means of every label moved by what the other labels say: no label judges itself."""
    moved = mean.copy()
    part = np.arange(len(mean)) % CROSS_FOLDS
    for fold in range(CROSS_FOLDS):
        shift = fit_shift(mean[part != fold], truth[part != fold])
        moved[part == fold] = shift.gain * mean[part == fold] + shift.offset
    return moved


def _widened(calibration: Calibration, quantiles: Array, truth: Array) -> Calibration:
    """Intervals that hold on `truth` as often as they say; `quantiles` are those before."""
    widen = calibration.widen.copy()
    low, high = calibration.low.copy(), calibration.high.copy()
    for j in range(truth.shape[1]):
        known = ~np.isnan(truth[:, j])
        if known.sum() < FEWEST_LABELS:
            continue
        y, q = truth[known, j], quantiles[known, j]
        low[j], high[j] = min(low[j], y.min()), max(high[j], y.max())
        for p, (left, right, share) in enumerate(PAIRS):
            miss = np.maximum(q[:, left] - y, y - q[:, right])
            level = min(1.0, share * (1 + 1 / len(miss)))
            extra = float(np.quantile(miss, level, method="higher"))
            widen[j, p] += extra * len(miss) / (len(miss) + OFFSET_LABELS)
    return replace(calibration, widen=widen, low=low, high=high)
