"""Fit the regressor: penalties chosen on group-disjoint folds, then everything.

Leave-one-out, the default of RidgeCV, is misled by albums. Equal texts are one row with the mean of
their tracks; its weight grows less than their number, for tracks of one text are often of one
artist or playlist and say less than as many strangers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapping.learning.config import TrainConfig
from mapping.learning.split import Rows, Split
from mapping.predicting.regressor import Landmarks, Lexical, Regressor
from mapping.predicting.ridge import SLICE, Dense, PenaltyPath, dense_path, sparse_path
from mapping.predicting.scaling import Array
from mapping.predicting.tfidf import fit_tfidf

SHRUNK = 100.0
"""Penalty where no fold can choose one: near the mean, the safe side."""

ALIKE = 0.03
"""Correlation of the tracks of one text: n of them weigh n / (1 + ALIKE (n - 1)). On development
folds of the public tracks 0.03 was better than 0.1, 0.2 and 1."""

CAPTION_WEIGHT = 0.5
"""Of a caption against a track's own text. On development folds 0.3 gave 0.004 R² more
for tags and 0.02 AUC less for the direction of captions than 1 did."""

TUNING_FOLDS = 2
"""Folds that penalties are chosen on; the others only predict with what was chosen."""

OWN_SHARE = 0.5
"""A target's own error counts this much in the choice of its penalty, the mean of all the rest:
chosen for themselves, penalties follow the noise of the folds (0.003 R² worse)."""


@dataclass(frozen=True, slots=True)
class Items:
    """What is learned from: the tracks' own texts first, then captions about them.

    `texts` are all different, with `embeddings` in their order; item i says `texts[text[i]]` of the
    track in row `track[i]` of `z`, the tracks' standardised features (n, T).
    """

    texts: tuple[str, ...]
    embeddings: Dense
    text: Rows
    track: Rows
    z: Array

    @property
    def own_texts(self) -> int:
        """How many of `texts` are tracks' own; they come first."""
        return int(self.text[: len(self.z)].max()) + 1

    def observed(self, items: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
        """Means and numbers of values by text, (texts, T) each, over the chosen items."""
        text, track = self.text[items], self.track[items]
        shape = (len(self.texts), self.z.shape[1])
        mean, count = np.zeros(shape), np.zeros(shape)
        for j in range(shape[1]):
            values = self.z[track, j]
            seen = ~np.isnan(values)
            count[:, j] = np.bincount(text[seen], minlength=shape[0])
            total = np.bincount(text[seen], values[seen], minlength=shape[0])
            mean[:, j] = total / np.maximum(count[:, j], 1)
        return mean, count


@dataclass(frozen=True, slots=True)
class Fitted:
    """A regressor, its out-of-fold means (items, T), and the penalties chosen per target."""

    regressor: Regressor
    out_of_fold: npt.NDArray[np.float32]
    alphas_words: tuple[float, ...]
    alphas_embedding: tuple[float, ...]


def fit_regressor(items: Items, folds: Sequence[Split], config: TrainConfig) -> Fitted:
    """Choose penalties on `folds` (of tracks), then fit on everything.

    Items that no fold tests get the mean of the final fit, for want of a better one.
    """
    vocabulary, _ = fit_tfidf(items.texts, config.vocabulary)
    tfidf, matrix = fit_tfidf(items.texts, config.vocabulary, "letters")
    landmarks = _landmarks(items, config)
    whitening = landmarks.whitening()

    def features(embeddings: Dense) -> Dense:
        product: Dense = landmarks(embeddings) @ whitening
        return product

    letters = _Branch(
        alphas=config.alphas_words if folds else (SHRUNK,),
        fit=lambda rows, y, w, alphas: sparse_path(matrix[rows], y, w, alphas),
        apply=lambda rows, coef: matrix[rows] @ coef,
    )
    sense = _Branch(
        alphas=config.alphas_embedding if folds else (SHRUNK,),
        fit=lambda rows, y, w, alphas: dense_path(features, items.embeddings[rows], y, w, alphas),
        apply=lambda rows, coef: _in_slices(features, items.embeddings[rows], coef),
    )
    parts = [branch.tune(items, folds) for branch in (letters, sense)]
    targets = items.z.shape[1]
    regressor = Regressor(
        tfidf=vocabulary,
        fourier=landmarks,
        words_coef=np.zeros((0, targets), np.float32),
        words_intercept=np.zeros(targets),
        fourier_coef=whitening @ parts[1].coef,
        fourier_intercept=parts[1].intercept,
        letters=Lexical(tfidf, parts[0].coef, parts[0].intercept),
    )
    mean: npt.NDArray[np.float32] = (parts[0].out_of_fold + parts[1].out_of_fold) * np.float32(0.5)
    return Fitted(regressor, mean, parts[0].chosen, parts[1].chosen)


def _landmarks(items: Items, config: TrainConfig) -> Landmarks:
    """Up to `components` texts, tracks' own before captions; all of them where they suffice."""
    rng = np.random.default_rng(config.seed)
    own = rng.permutation(items.own_texts)
    captions = items.own_texts + rng.permutation(len(items.texts) - items.own_texts)
    most = max(config.components * 2 // 3, config.components - len(captions))
    chosen = np.r_[own[:most], captions][: config.components]
    return Landmarks(items.embeddings[np.sort(chosen)])


def _in_slices(
    features: Callable[[Dense], Dense], x: Dense, coef: npt.NDArray[np.float32]
) -> Array:
    parts = [features(x[start : start + SLICE]) @ coef for start in range(0, len(x), SLICE)]
    return np.concatenate(parts).astype(np.float64) if parts else np.zeros((0, coef.shape[1]))


@dataclass(frozen=True, slots=True)
class _Tuned:
    coef: npt.NDArray[np.float32]
    intercept: Array
    out_of_fold: npt.NDArray[np.float32]
    chosen: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Branch:
    """One way to read a text. `fit` takes rows of texts with their means and weights (rows, T)."""

    alphas: Sequence[float]
    fit: Callable[[Rows, Array, Array, Sequence[float]], PenaltyPath]
    apply: Callable[[Rows, npt.NDArray[np.float32]], Array]

    def tune(self, items: Items, folds: Sequence[Split]) -> _Tuned:
        sides = [_Side.of(items, fold) for fold in folds]
        paths = [self._fit(items, side.train, self.alphas) for side in sides[:TUNING_FOLDS]]
        errors = [self._errors(items, s, p) for s, p in zip(sides, paths, strict=False)]
        choice = _best(np.sum(errors, axis=0)) if errors else np.zeros(items.z.shape[1], np.int64)
        used = sorted(set(choice.tolist()))
        alphas, place = [self.alphas[c] for c in used], np.searchsorted(used, choice)
        coef, intercept = self._fit(items, np.ones(len(items.text), bool), alphas).pick(place)
        everything = np.arange(len(items.texts))
        final = self.apply(everything, coef) + intercept
        mixed = final.astype(np.float32)[items.text]
        for number, side in enumerate(sides):
            if number < len(paths):
                solved = paths[number].pick(choice)
            else:
                solved = self._fit(items, side.train, alphas).pick(place)
            texts = np.unique(items.text[side.test])
            by_text = np.zeros(final.shape, np.float32)
            by_text[texts] = self.apply(texts, solved[0]) + solved[1]
            mixed[side.test] = by_text[items.text[side.test]]
        return _Tuned(coef, intercept, mixed, tuple(self.alphas[c] for c in choice))

    def _fit(
        self, items: Items, chosen: npt.NDArray[np.bool_], alphas: Sequence[float]
    ) -> PenaltyPath:
        mean, count = items.observed(chosen)
        rows = np.flatnonzero(count.any(axis=1))
        weight = count[rows] / (1 + ALIKE * np.maximum(count[rows] - 1, 0))
        weight[rows >= items.own_texts] *= CAPTION_WEIGHT
        return self.fit(rows, mean[rows], weight, alphas)

    def _errors(self, items: Items, side: _Side, path: PenaltyPath) -> Array:
        """Squared error of the test tracks' own texts, by penalty and target."""
        test = side.test & (items.text < items.own_texts)
        mean, count = items.observed(test)
        rows = np.flatnonzero(count.any(axis=1))
        spread = np.nansum(np.square(items.z[items.track[test]]), axis=0)
        within = spread - (count * np.square(mean)).sum(axis=0)
        return np.stack(
            [
                within + (count[rows] * np.square(self.apply(rows, c) + i - mean[rows])).sum(axis=0)
                for c, i in zip(path.coef, path.intercept, strict=True)
            ]
        )


@dataclass(frozen=True, slots=True)
class _Side:
    """Masks over the items: about tracks that a fold trains on, and tests."""

    train: npt.NDArray[np.bool_]
    test: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, items: Items, fold: Split) -> _Side:
        tracks = len(items.z)
        train, test = np.zeros(tracks, bool), np.zeros(tracks, bool)
        train[fold.train], test[fold.test] = True, True
        return cls(train[items.track], test[items.track])


def _best(errors: Array) -> npt.NDArray[np.int64]:
    """Penalty of least error per target (A, T), each drawn towards what serves all targets.

    Where nothing was tested all are equal; ties go to the larger penalty.
    """
    relative = errors / np.maximum(errors.min(axis=0), 1e-12)
    shared = OWN_SHARE * relative + (1 - OWN_SHARE) * relative.mean(axis=1, keepdims=True)
    best: npt.NDArray[np.int64] = len(shared) - 1 - np.argmin(shared[::-1], axis=0)
    return best
