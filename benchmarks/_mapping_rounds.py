"""One seed of the benchmark: a split, the fitted mapping, the prototype and what both predict."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from benchmarks._mapping_data import CachedEncoder, SpotifyTracks, cache_folder, read_spotify
from benchmarks._mapping_prototype import Prototype, fit_prototype
from mapping.encoder import load_encoder
from mapping.learning.baselines import Lookup
from mapping.learning.config import TrainConfig
from mapping.learning.evaluation import Evaluation, score
from mapping.learning.predictions import CRPS_LEVELS, Predictions, predict
from mapping.learning.split import holdout_by
from mapping.learning.training import Fit, fit
from mapping.predicting.distribution import Reference
from mapping.predicting.scaling import Array, feature_matrix
from schemas.errors import InputError
from schemas.protocols import TextEncoder, TrainingExample

TEST_SHARE = 0.25
"""Share of the playlists drawn for testing."""

QUICK_PLAYLISTS = 150
CONFIG = TrainConfig(evaluate=False)


@dataclass(frozen=True, slots=True)
class Round:
    """What was fitted on one split, and predicted for its test tracks.

    All arrays are standardised by the mapping's scaler: `truth` (q, T); means by name (q, T), of
    "prototype" (the ensemble), "knn" and "ridge"; `fine` (q, T, 39) and `drawn` (q, T) are the
    prototype's quantiles and one joint sample a track, `ends` (q, T, 2) its 90% intervals.
    """

    train: tuple[TrainingExample, ...]
    test: tuple[TrainingExample, ...]
    subgenres: tuple[str, ...]
    fitted: Fit
    predicted: Predictions
    scores: Evaluation
    prototype: Prototype
    truth: Array
    means: dict[str, Array]
    fine: Array
    drawn: Array
    ends: Array


@dataclass
class Bench:
    """What the parts of the benchmark share; rounds are fitted when first asked for."""

    data: Path
    encoder_name: str
    seeds: int
    quick: bool
    options: argparse.Namespace
    report: Callable[[str], None] = field(default=print)

    @cached_property
    def plain(self) -> TextEncoder:
        return load_encoder(self.encoder_name)

    @cached_property
    def encoder(self) -> TextEncoder:
        return CachedEncoder(self.plain, cache_folder())

    @cached_property
    def tracks(self) -> SpotifyTracks:
        tracks = read_spotify(self.data)
        return _fewer(tracks) if self.quick else tracks

    @cached_property
    def rounds(self) -> tuple[Round, ...]:
        return tuple(_round(self.tracks, self.encoder, seed) for seed in range(self.seeds))

    @cached_property
    def note(self) -> str:
        first = self.rounds[0]
        return (
            f"{len(self.tracks.examples)} tracks, {self.seeds} seed(s), "
            f"{len(first.train)} learnt and {len(first.test)} tested in the first"
        )


def _fewer(tracks: SpotifyTracks) -> SpotifyTracks:
    kept = set(sorted({p for row in tracks.playlists for p in row})[:QUICK_PLAYLISTS])
    rows = [row for row, playlists in enumerate(tracks.playlists) if playlists <= kept]
    return SpotifyTracks(
        tuple(tracks.examples[row] for row in rows),
        tuple(tracks.playlists[row] for row in rows),
        tuple(tracks.subgenres[row] for row in rows),
    )


def _round(tracks: SpotifyTracks, encoder: TextEncoder, seed: int) -> Round:
    others = [
        {kind: value for kind, value in e.groups.items() if kind != "playlist"}
        for e in tracks.examples
    ]
    split = holdout_by(tracks.playlists, others, TEST_SHARE, seed)
    if min(len(split.train), len(split.test)) < 20:
        raise InputError("--data: too few tracks are left once playlists and artists are apart")
    train, test = (
        tuple(tracks.examples[row] for row in side.tolist()) for side in (split.train, split.test)
    )
    fitted = fit(train, encoder, CONFIG)
    predicted = predict(fitted, train, test, encoder)
    scaler = fitted.learned.scaler
    values, truth = (
        scaler.standardise(feature_matrix(side, scaler.specs)) for side in (train, test)
    )
    # Only the prototype cannot do without a value; the set has next to no gap.
    values = np.where(np.isnan(values), 0.0, values)
    prototype = fit_prototype(train, values, scaler, encoder, seed)
    fine, drawn, ends = _answers(prototype, test, encoder, seed)
    return Round(
        train, test, tuple(tracks.subgenres[row] for row in split.test.tolist()), fitted,
        predicted, score(scaler.specs, [predicted]), prototype, truth,
        _means(prototype, train, test, encoder), fine, drawn, ends,
    )  # fmt: skip


def _means(
    prototype: Prototype,
    train: Sequence[TrainingExample],
    test: Sequence[TrainingExample],
    encoder: TextEncoder,
) -> dict[str, Array]:
    texts = [example.text for example in test]
    embeddings = encoder.encode(texts)
    lookup = Lookup.fit([example.text for example in train], prototype.values)
    return {
        "prototype": prototype.mean(texts, embeddings),
        "ridge": prototype.by_embedding.predict(embeddings),
        "lookup": lookup.predict(texts),
        "knn": _nearest_mean(prototype, texts, encoder),
    }


def _nearest_mean(prototype: Prototype, texts: Sequence[str], encoder: TextEncoder) -> Array:
    """Softmax mean of the 200 nearest texts (the research's best neighbour model)."""
    unique = list(dict.fromkeys(texts))
    found = {}
    for text, embedding in zip(unique, encoder.encode(unique), strict=True):
        similar = prototype.embeddings @ embedding
        near = np.argpartition(-similar, min(200, len(similar) - 1))[:200]
        soft = np.exp((similar[near] - similar[near].max()) / 0.05)
        found[text] = soft @ prototype.values[near] / soft.sum()
    return np.stack([found[text] for text in texts])


def _answers(
    prototype: Prototype, test: Sequence[TrainingExample], encoder: TextEncoder, seed: int
) -> tuple[Array, Array, Array]:
    """The prototype's 39 quantiles, one joint sample and 90% interval of each test track."""
    rng = np.random.default_rng(seed)
    unique = list(dict.fromkeys(example.text for example in test))
    place = {text: row for row, text in enumerate(unique)}
    empty = np.empty((0, prototype.embeddings.shape[1]), np.float32)
    rows = Reference(empty, empty, np.empty(0, np.int64), prototype.values)
    by_text, weights = [], []
    for text, embedding in zip(unique, encoder.encode(unique), strict=True):
        weights.append(prototype.weights(text, embedding))
        by_text.append(rows.quantiles(weights[-1], CRPS_LEVELS))
    of = np.array([place[example.text] for example in test])
    fine = np.stack(by_text)[of]
    fine[..., :2] -= prototype.widen[:, None]
    fine[..., -2:] += prototype.widen[:, None]
    fine.sort(axis=-1)
    drawn = np.array([rng.choice(len(rows.values), p=weights[row]) for row in of.tolist()])
    return fine, rows.values[drawn], fine[..., [1, -2]]
