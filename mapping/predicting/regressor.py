"""The conditional mean: ridge on TF-IDF averaged with ridge on random Fourier features.

The two err differently: words the catalogue has seen are read exactly by the first, unseen ones by
their neighbours in the embedding by the second (Rahimi & Recht 2007). Penalties are chosen per
target on group-disjoint folds; leave-one-out, the default of RidgeCV, is misled by albums.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapping.learning.config import TrainConfig
from mapping.learning.split import Rows, Split
from mapping.predicting.ridge import Dense, PenaltyPath, dense_path, sparse_path
from mapping.predicting.scaling import Array
from mapping.predicting.tfidf import TfIdf, fit_tfidf

SHRUNK = 100.0
"""Penalty where no fold can choose one: near the mean, the safe side."""


@dataclass(frozen=True, slots=True)
class Fourier:
    """Random Fourier features of the RBF kernel exp(-|x - y|²): sqrt(2/D) cos(x W + b)."""

    weights: Dense
    offset: Dense

    @classmethod
    def draw(cls, dimensions: int, components: int, seed: int) -> Fourier:
        rng = np.random.default_rng(seed)
        weights = rng.normal(scale=np.sqrt(2.0), size=(dimensions, components))
        offset = rng.uniform(0, 2 * np.pi, size=components)
        return cls(weights.astype(np.float32), offset.astype(np.float32))

    def __call__(self, x: Dense) -> Dense:
        """(n, d) to (n, D)."""
        scale = np.float32(np.sqrt(2 / len(self.offset)))
        features: Dense = scale * np.cos(x @ self.weights + self.offset)
        return features


@dataclass(frozen=True, slots=True)
class Regressor:
    """Predicts standardised means. `words_coef` is (V, T), `fourier_coef` (D, T)."""

    tfidf: TfIdf
    fourier: Fourier
    words_coef: npt.NDArray[np.float32]
    words_intercept: Array
    fourier_coef: npt.NDArray[np.float32]
    fourier_intercept: Array

    def predict(self, texts: Sequence[str], embeddings: Dense) -> Array:
        """Standardised conditional means, shape (len(texts), T)."""
        by_words = self.tfidf.times(texts, self.words_coef) + self.words_intercept
        by_sense = self.fourier(embeddings) @ self.fourier_coef + self.fourier_intercept
        mean: Array = (by_words + by_sense) / 2
        return mean


@dataclass(frozen=True, slots=True)
class Items:
    """What is learned from: the tracks' own texts first, then captions about them.

    `track` is the row of the track that a text is about; `z` its standardised features.
    """

    texts: tuple[str, ...]
    embeddings: Dense
    z: Array
    track: Rows


@dataclass(frozen=True, slots=True)
class Fitted:
    """A regressor, its out-of-fold means (items, T), and the penalties chosen per target."""

    regressor: Regressor
    out_of_fold: Array
    alphas_words: tuple[float, ...]
    alphas_embedding: tuple[float, ...]


def fit_regressor(items: Items, folds: Sequence[Split], config: TrainConfig) -> Fitted:
    """Choose penalties on `folds` (of tracks), then fit on everything.

    Items that no fold tests get the mean of the final fit, for want of a better one.
    """
    tfidf, matrix = fit_tfidf(items.texts, config.vocabulary)
    components = min(config.components, max(256, 2 * len(items.texts)))
    fourier = Fourier.draw(items.embeddings.shape[1], components, config.seed)
    words = _Branch(
        alphas=config.alphas_words if folds else (SHRUNK,),
        fit=lambda rows, alphas: sparse_path(matrix[rows], items.z[rows], alphas),
        apply=lambda rows, coef: matrix[rows] @ coef,
    )
    sense = _Branch(
        alphas=config.alphas_embedding if folds else (SHRUNK,),
        fit=lambda rows, alphas: dense_path(fourier, items.embeddings[rows], items.z[rows], alphas),
        apply=lambda rows, coef: (fourier(items.embeddings[rows]) @ coef).astype(np.float64),
    )
    parts = [branch.tune(items, folds) for branch in (words, sense)]
    regressor = Regressor(
        tfidf, fourier, parts[0].coef, parts[0].intercept, parts[1].coef, parts[1].intercept
    )
    return Fitted(
        regressor,
        (parts[0].out_of_fold + parts[1].out_of_fold) / 2,
        parts[0].chosen,
        parts[1].chosen,
    )


@dataclass(frozen=True, slots=True)
class _Tuned:
    coef: npt.NDArray[np.float32]
    intercept: Array
    out_of_fold: Array
    chosen: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Branch:
    alphas: Sequence[float]
    fit: Callable[[Rows, Sequence[float]], PenaltyPath]
    apply: Callable[[Rows, npt.NDArray[np.float32]], Array]

    def tune(self, items: Items, folds: Sequence[Split]) -> _Tuned:
        tried = self._out_of_fold(items, folds)
        choice = _best(tried, items.z)
        everything = np.arange(len(items.texts))
        coef, intercept = self.fit(everything, self.alphas).pick(choice)
        chosen = tried[choice, :, np.arange(len(choice))].T
        final = self.apply(everything, coef) + intercept
        mixed = np.where(np.isnan(chosen), final, chosen)
        return _Tuned(coef, intercept, mixed, tuple(self.alphas[c] for c in choice))

    def _out_of_fold(self, items: Items, folds: Sequence[Split]) -> Array:
        tried = np.full((len(self.alphas), len(items.texts), items.z.shape[1]), np.nan)
        for fold in folds:
            train = np.flatnonzero(np.isin(items.track, fold.train))
            test = np.flatnonzero(np.isin(items.track, fold.test))
            path = self.fit(train, self.alphas)
            for a in range(len(self.alphas)):
                tried[a, test] = self.apply(test, path.coef[a]) + path.intercept[a]
        return tried


def _best(tried: Array, z: Array) -> npt.NDArray[np.int64]:
    """Penalty of least squared error per target; the largest where nothing was tested."""
    error = np.square(tried - z)
    seen = ~np.isnan(error)
    total = np.where(seen, error, 0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    total[seen.sum(axis=1) == 0] = 0.0
    flipped = total[::-1]  # ties go to the larger penalty
    best: npt.NDArray[np.int64] = len(total) - 1 - np.argmin(flipped, axis=0)
    return best
