"""Prediction figures: R², its ceiling and baselines, CRPS skill, coverage by feature and group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks._mapping_rounds import Bench, Round
from benchmarks.figures import Figure
from mapping.learning.evaluation import r2
from mapping.learning.predictions import CRPS_LEVELS
from mapping.predicting.scaling import Array
from schemas.protocols import TrainingExample

SMALLEST_GROUP = 80
"""Test tracks of a subgenre below which its coverage is not judged (as in the research)."""


def prediction_figures(bench: Bench) -> list[Figure]:
    rounds = bench.rounds
    names = list(rounds[0].scores.features)
    ours = _over(rounds, lambda r: r.scores.mean("r2"))
    prototype = _over(rounds, lambda r: mean_r2(r.truth, r.means["prototype"]))
    ceilings = np.mean([ceiling(r.test, r.truth) for r in rounds], axis=0)
    skill, skill_prototype = (
        _over(rounds, lambda r: r.scores.mean("crps_skill")),
        _over(rounds, _prototype_skill),
    )
    margin = _over(
        rounds, lambda r: (r.scores.mean("r2") or 0) - mean_r2(r.truth, r.means["prototype"])
    )

    def beside(name: str) -> float | None:
        return _over(rounds, lambda r: mean_r2(r.truth, r.means[name]))

    return [
        Figure("mean_r2", ours, "R²", f">= {(prototype or 0) + 0.02:.4f}", note=bench.note),
        Figure("mean_r2_sd", _sd(rounds), "R²", note="standard deviation over the seeds"),
        Figure("mean_r2_prototype", prototype, "R²", peer="research's ensemble, same splits"),
        Figure("mean_r2_over_prototype", margin, "R²", ">= 0.02", note="mean of the differences"),
        Figure("mean_r2_dummy", _over(rounds, lambda r: r.scores.mean("r2_dummy")), "R²",
               peer="mean of the training tracks"),
        Figure("mean_r2_lookup", beside("lookup"), "R²", peer="mean by most frequent tag"),
        Figure("mean_r2_knn", beside("knn"), "R²", peer="softmax over the 200 nearest texts"),
        Figure("mean_r2_ridge", beside("ridge"), "R²", peer="ridge on the embedding"),
        Figure("ceiling_mean_r2", float(ceilings.mean()), "R²",
               peer="mean by identical text, corrected (omega²)"),
        Figure("r2_over_ceiling", (ours or 0) / float(ceilings.mean()), "ratio", ">= 0.62"),
        *(Figure(f"r2_{name}", _of(rounds, name, "r2"), "R²", peer=f"ceiling {ceilings[j]:.3f}")
          for j, name in enumerate(names)),
        Figure("mean_spearman", _over(rounds, lambda r: r.scores.mean("spearman")), "rho"),
        *(Figure(f"mae_{name}", _of(rounds, name, "mae"), rounds[0].scores.features[name].unit,
                 peer=f"median {_of(rounds, name, 'mae_dummy') or 0:.4g}") for name in names),
        Figure("crps_skill", skill, "ratio", f">= {(skill_prototype or 0) + 0.01:.4f}"),
        Figure("crps_skill_prototype", skill_prototype, "ratio", peer="its mixture, calibrated"),
        *_coverage_figures(rounds, names),
    ]  # fmt: skip


def mean_r2(truth: Array, predicted: Array) -> float:
    """Mean over the features of R² against the mean of `truth`; NaN rows are left out."""
    found = []
    for j in range(truth.shape[1]):
        known = ~np.isnan(truth[:, j])
        value = r2(truth[known, j], predicted[known, j])
        if value is not None:
            found.append(value)
    return float(np.mean(found))


def ceiling(test: Sequence[TrainingExample], truth: Array) -> Array:
    """Share of the variance between identical texts, (T,), corrected for their number (omega²).

    1 - (SSW / (n - k)) / (SST / (n - 1)) of n tracks with k texts: what a lookup that knew the mean
    of every text could explain. Uncorrected, texts that stand once would count as explained.
    """
    texts = [example.text for example in test]
    place = {text: row for row, text in enumerate(dict.fromkeys(texts))}
    of = np.array([place[text] for text in texts])
    found = np.zeros(truth.shape[1])
    for j in range(truth.shape[1]):
        known = ~np.isnan(truth[:, j])
        y, group = truth[known, j], of[known]
        count = np.bincount(group, minlength=len(place))
        means = np.bincount(group, y, minlength=len(place)) / np.maximum(count, 1)
        within = float(np.square(y - means[group]).sum()) / (len(y) - int((count > 0).sum()))
        found[j] = 1 - within / float(y.var(ddof=1))
    return found


def _coverage_figures(rounds: Sequence[Round], names: Sequence[str]) -> list[Figure]:
    ours, prototype = _cells(rounds, _inside), _cells(rounds, _inside_prototype)
    place, worst = _worst(ours, names)
    _, worst_prototype = _worst(prototype, names)
    each = float(np.mean([_worst(_cells([r], _inside), names)[1] for r in rounds]))
    return [
        *(Figure(f"coverage90_{name}", _of(rounds, name, "coverage90"), "ratio", "0.88 … 0.92")
          for name in names),
        Figure("coverage90_worst_group", worst, "ratio", ">= 0.80",
               peer=f"prototype {worst_prototype:.3f}",
               note=f"{place}: lowest of all subgenres and features, mean of the seeds"),
        Figure("coverage90_worst_group_each", each, "ratio",
               note="the lowest is sought in each seed, then averaged: lower by chance"),
    ]  # fmt: skip


def _inside(r: Round) -> Array:
    low, high = r.predicted.quantiles[..., 0], r.predicted.quantiles[..., -1]
    inside: Array = ((r.predicted.truth >= low) & (r.predicted.truth <= high)).astype(float)
    return np.where(np.isnan(r.predicted.truth), np.nan, inside)


def _inside_prototype(r: Round) -> Array:
    inside: Array = ((r.truth >= r.ends[..., 0]) & (r.truth <= r.ends[..., 1])).astype(float)
    return np.where(np.isnan(r.truth), np.nan, inside)


def _cells(rounds: Sequence[Round], inside: Callable[[Round], Array]) -> dict[str, Array]:
    """Coverage (T,) by subgenre, averaged over the seeds in which it has enough test tracks."""
    found: defaultdict[str, list[Array]] = defaultdict(list)
    for r in rounds:
        held, labels = inside(r), np.array(r.subgenres)
        for name in sorted(set(r.subgenres)):
            if (labels == name).sum() >= SMALLEST_GROUP:
                found[name].append(np.nanmean(held[labels == name], axis=0))
    return {name: np.mean(rows, axis=0) for name, rows in found.items()}


def _worst(cells: dict[str, Array], names: Sequence[str]) -> tuple[str, float]:
    if not cells:
        return "no subgenre is large enough", float("nan")
    at = min(cells, key=lambda name: float(cells[name].min()))
    return f"{at}, {names[int(cells[at].argmin())]}", float(cells[at].min())


def _prototype_skill(r: Round) -> float:
    prior = np.nanquantile(r.prototype.values, CRPS_LEVELS, axis=0).T
    every = np.repeat(prior[None], len(r.truth), axis=0)
    ratio = _crps(r.truth, r.fine) / _crps(r.truth, every)
    return float(1 - ratio.mean())


def _crps(truth: Array, quantiles: Array) -> Array:
    gap = truth[..., None] - quantiles
    loss: Array = np.nanmean(np.maximum(CRPS_LEVELS * gap, (CRPS_LEVELS - 1) * gap), axis=(0, 2))
    return loss


def _over(rounds: Sequence[Round], value: Callable[[Round], float | None]) -> float | None:
    known = [found for r in rounds if (found := value(r)) is not None]
    return float(np.mean(known)) if known else None


def _of(rounds: Sequence[Round], feature: str, name: str) -> float | None:
    return _over(rounds, lambda r: getattr(r.scores.features[feature], name))


def _sd(rounds: Sequence[Round]) -> float | None:
    known = [value for r in rounds if (value := r.scores.mean("r2")) is not None]
    return float(np.std(known, ddof=1)) if len(known) > 1 else None
