"""Another catalogue: learnt on the tracks of the set, asked about FMA's, before and after labels.

FMA's features are Echonest's too, of music that labels hardly touch; texts are its genres and tags.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks._mapping_prediction import mean_r2
from benchmarks._mapping_rounds import CONFIG, Bench
from benchmarks._mapping_tables import read_fma
from benchmarks.figures import Figure
from mapping.learning.predictions import Predictions, predict
from mapping.learning.recalibration import recalibrate
from mapping.learning.training import Fit, fit
from schemas.protocols import TrainingExample

LABELS = (30, 100)
TESTED = 2_000


def shift_figures(bench: Bench) -> list[Figure]:
    others = read_fma(bench.data)
    known = tuple(name for name in others[0].features)
    train = bench.tracks.examples
    fitted = fit(train, bench.encoder, replace(CONFIG, targets=known))
    found: dict[int, list[Predictions]] = {count: [] for count in (0, *LABELS)}
    for seed in range(bench.seeds):
        order = np.random.default_rng(seed).permutation(len(others)).tolist()
        test = [others[row] for row in order[max(LABELS) : max(LABELS) + TESTED]]
        for count, parts in found.items():
            moved = _moved(fitted, [others[row] for row in order[:count]], bench)
            parts.append(predict(moved, train, test, bench.encoder))
    note = f"{len(train)} tracks learnt, {TESTED} of FMA asked, {bench.seeds} draw(s)"
    figures = []
    for count, parts in found.items():
        name = f"labels{count}" if count else "before"
        figures += [
            Figure(f"shift_r2_{name}", _mean([mean_r2(p.truth, p.mean) for p in parts]), "R²",
                   note=note),
            Figure(f"shift_coverage90_{name}", _mean([_coverage(p) for p in parts]), "ratio",
                   "0.88 … 0.92" if count else ""),
            Figure(f"shift_bias_{name}", _mean([_bias(p) for p in parts]), "sd",
                   note="mean distance of the mean prediction from the mean truth, over features"),
        ]  # fmt: skip
    return figures


def _moved(fitted: Fit, labelled: Sequence[TrainingExample], bench: Bench) -> Fit:
    if not labelled:
        return fitted
    return replace(fitted, learned=recalibrate(fitted.learned, labelled, bench.encoder))


def _coverage(p: Predictions) -> float:
    inside = (p.truth >= p.quantiles[..., 0]) & (p.truth <= p.quantiles[..., -1])
    return float(inside[~np.isnan(p.truth)].mean())


def _bias(p: Predictions) -> float:
    """In standard deviations of the other catalogue."""
    gap = np.nanmean(p.mean - p.truth, axis=0) / np.nanstd(p.truth, axis=0)
    return float(np.abs(gap).mean())


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))
