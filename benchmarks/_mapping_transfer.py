"""Beyond the tracks it learnt from: artists by their terms, unseen genres, another catalogue."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from benchmarks._mapping_prediction import ceiling, mean_r2
from benchmarks._mapping_rounds import Bench
from benchmarks._mapping_tables import read_artists, read_genres
from benchmarks.figures import Figure
from mapping.learning.config import TrainConfig
from mapping.learning.predictions import predict
from mapping.learning.training import fit
from mapping.predicting.scaling import Array
from schemas.protocols import TextEncoder, TrainingExample

Rows = npt.NDArray[np.int64]
TERMS = TrainConfig(evaluate=False, captions=0)
"""Terms and names of genres are asked for as they were taught: without captions."""

LEAST_TRACKS = ((1, 0.43), (5, 0.54), (20, 0.61))
"""Tracks behind an artist's mean, at least, and the R² that is aimed for."""

UNSEEN = (("random", 0.34), ("family", 0.27))


def artist_figures(bench: Bench) -> list[Figure]:
    """Terms → means of artists: a fifth of the artists held out at random, per seed."""
    examples, counts = read_artists(bench.data)
    found = []
    for least, target in LEAST_TRACKS:
        kept = [e for e, count in zip(examples, counts, strict=True) if count >= least]
        scores, ceilings = [], []
        for seed in range(bench.seeds):
            fold = _folds(len(kept), 5, seed)[0]
            truth, mean = _held_out(kept, fold, bench.encoder)
            scores.append(mean_r2(truth, mean))
            ceilings.append(float(ceiling([kept[row] for row in fold], truth).mean()))
        note = f"{len(kept)} artists; ceiling by identical terms {np.mean(ceilings):.3f}"
        found.append(
            Figure(f"artist_r2_min{least}", float(np.mean(scores)), "R²", f">= {target}", note=note)
        )
    return found


def genre_figures(bench: Bench) -> list[Figure]:
    """Name → means of genres never seen: five folds at random, and by the last word of the name."""
    genres = read_genres(bench.data)
    found = []
    for kind, target in UNSEEN:
        scores = []
        for seed in range(bench.seeds):
            folds = _folds(len(genres), 5, seed)
            if kind == "family":
                folds = _family_folds([str(e.groups["family"]) for e in genres], 5, seed)
            parts = [_held_out(genres, fold, bench.encoder) for fold in folds]
            truth, mean = (np.vstack([part[side] for part in parts]) for side in (0, 1))
            scores.append(mean_r2(truth, mean))
        found.append(
            Figure(f"unseen_genre_r2_{kind}", float(np.mean(scores)), "R²", f">= {target}",
                   note=f"{len(genres)} genres, five folds, {bench.seeds} seed(s)")
        )  # fmt: skip
    return found


def _held_out(
    examples: Sequence[TrainingExample], fold: Rows, encoder: TextEncoder
) -> tuple[Array, Array]:
    """Truth and predicted means (q, T) of the examples in `fold`, from all others."""
    held = set(fold.tolist())
    train = [example for row, example in enumerate(examples) if row not in held]
    test = [examples[row] for row in fold.tolist()]
    predicted = predict(fit(train, encoder, TERMS), train, test, encoder)
    return predicted.truth, predicted.mean


def _folds(count: int, n: int, seed: int) -> list[Rows]:
    order = np.random.default_rng(seed).permutation(count)
    return [np.sort(order[k::n]) for k in range(n)]


def _family_folds(families: Sequence[str], n: int, seed: int) -> list[Rows]:
    """Families whole, the largest first to the smallest fold."""
    names, label = np.unique(np.array(families), return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(names))
    counts, load, fold_of = np.bincount(label), np.zeros(n, int), np.zeros(len(names), int)
    for name in order[np.argsort(-counts[order], kind="stable")].tolist():
        fold_of[name] = int(load.argmin())
        load[fold_of[name]] += counts[name]
    return [np.flatnonzero(fold_of[label] == k) for k in range(n)]
