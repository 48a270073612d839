"""The conditional mean: ridge on runs of letters averaged with kernel ridge on the text embedding.

The two err differently: words the catalogue has seen are read exactly by the first, unseen ones by
their neighbours in the embedding by the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapping.predicting.ridge import Dense
from mapping.predicting.scaling import Array
from mapping.predicting.tfidf import TfIdf

JITTER = 1e-4
"""On the diagonal of the landmarks' kernel, for texts that are all but equal."""


@dataclass(frozen=True, slots=True)
class Fourier:
    """Random Fourier features of an RBF kernel (Rahimi & Recht 2007): sqrt(2/D) cos(x W + b).

    What mappings had before there were landmarks, and what one without texts still has.
    """

    weights: Dense
    offset: Dense

    def __call__(self, x: Dense) -> Dense:
        """(n, d) to (n, D)."""
        scale = np.float32(np.sqrt(2 / len(self.offset)))
        features: Dense = scale * np.cos(x @ self.weights + self.offset)
        return features


@dataclass(frozen=True, slots=True)
class Landmarks:
    """The RBF kernel exp(-|x - y|²) of unit vectors with chosen texts (Williams & Seeger 2001).

    Exact where every text is a landmark; random features of the same number lose .02 R² to it.
    `vectors` has shape (D, d).
    """

    vectors: Dense

    def __call__(self, x: Dense) -> Dense:
        """(n, d) to (n, D)."""
        near: Dense = np.exp(np.float32(2) * (x @ self.vectors.T - np.float32(1)))
        return near

    def whitening(self) -> Dense:
        """Inverse transpose of the Cholesky factor of the landmarks' kernel, (D, D).

        Ridge on features times it is kernel ridge, restricted to the landmarks.
        """
        kernel = self(self.vectors).astype(np.float64)
        factor = np.linalg.cholesky(kernel + JITTER * np.eye(len(kernel)))
        found: Dense = np.linalg.inv(factor).T.astype(np.float32)
        return found


@dataclass(frozen=True, slots=True)
class Lexical:
    """Ridge on TF-IDF: `coef` (V, T), `intercept` (T,)."""

    tfidf: TfIdf
    coef: npt.NDArray[np.float32]
    intercept: Array

    def predict(self, texts: Sequence[str]) -> Array:
        return self.tfidf.times(texts, self.coef) + self.intercept


@dataclass(frozen=True, slots=True)
class Shift:
    """What another catalogue is like: standardised means become gain * mean + offset, (T,) each."""

    gain: Array
    offset: Array


@dataclass(frozen=True, slots=True)
class Regressor:
    """Predicts standardised means. `words_coef` is (V, T), `fourier_coef` (D, T).

    `fourier` are the features of the embedding: random ones, or the kernel with landmarks.

    `letters`, where there is one, takes the place of the words, whose vocabulary still tells known
    words from unknown ones (its `words_coef` is then empty, (0, T)).
    """

    tfidf: TfIdf
    fourier: Fourier | Landmarks
    words_coef: npt.NDArray[np.float32]
    words_intercept: Array
    fourier_coef: npt.NDArray[np.float32]
    fourier_intercept: Array
    letters: Lexical | None = None
    shift: Shift | None = None

    def predict(self, texts: Sequence[str], embeddings: Dense) -> Array:
        """Standardised conditional means, shape (len(texts), T)."""
        lexical = self.letters or Lexical(self.tfidf, self.words_coef, self.words_intercept)
        by_sense = self.fourier(embeddings) @ self.fourier_coef + self.fourier_intercept
        mean: Array = (lexical.predict(texts) + by_sense) / 2
        return mean if self.shift is None else self.shift.gain * mean + self.shift.offset
