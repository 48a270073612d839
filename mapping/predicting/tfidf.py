"""TF-IDF of words and pairs, or of runs of letters: fitted by scikit-learn, applied in numpy."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

_PHRASE_END = re.compile(r"[,;|/\n]|\.\s")
LETTERS = (3, 4, 5)
_WORD = re.compile(r"[^\W_][\w&'’#-]*")


def words(text: str) -> list[str]:
    """Lower-case words of a text, in order; hyphens, apostrophes, # and & stay inside a word."""
    return [word.replace("’", "'").rstrip("-'&") for word in _WORD.findall(text.lower())]


def terms(text: str) -> list[str]:
    """Words and pairs of neighbours; a pair does not reach over a comma."""
    found: list[str] = []
    for phrase in _PHRASE_END.split(text):
        unigrams = words(phrase)
        found += unigrams
        found += [f"{a} {b}" for a, b in pairwise(unigrams)]
    return found


def letters(text: str) -> list[str]:
    """Runs of 3 to 5 letters inside each word, its ends marked by a space.

    They know an inflection, a compound and a slip of the pen by what it shares with a known word.
    """
    found: list[str] = []
    for word in words(text):
        marked = f" {word} "
        for length in LETTERS:
            found += [marked[i : i + length] for i in range(len(marked) - length + 1)]
    return found


ANALYSERS: dict[str, Callable[[str], list[str]]] = {"words": terms, "letters": letters}


@dataclass(frozen=True, slots=True)
class TfIdf:
    """Weights 1 + log(count) times idf, rows of norm 1 (scikit-learn, sublinear_tf=True).

    `vocabulary` maps a term to its column; `idf` has shape (V,); `kind` is a key of ANALYSERS.
    """

    vocabulary: dict[str, int]
    idf: npt.NDArray[np.float32]
    kind: str = "words"

    def row(self, text: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Columns and weights of the terms of `text` that the vocabulary has."""
        counts = Counter(t for t in ANALYSERS[self.kind](text) if t in self.vocabulary)
        columns = np.array(sorted(self.vocabulary[t] for t in counts), np.int64)
        by_column = {self.vocabulary[t]: n for t, n in counts.items()}
        tf = 1 + np.log(np.array([by_column[c] for c in columns.tolist()], np.float64))
        weights = tf * self.idf[columns]
        norm = float(np.linalg.norm(weights))
        return columns, (weights / norm if norm > 0 else weights).astype(np.float32)

    def times(self, texts: Sequence[str], coef: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """The TF-IDF matrix of `texts` times `coef` (V, T); float64 (len(texts), T)."""
        out = np.zeros((len(texts), coef.shape[1]))
        for i, text in enumerate(texts):
            columns, weights = self.row(text)
            out[i] = weights @ coef[columns]
        return out


def fit_tfidf(texts: Sequence[str], limit: int, kind: str = "words") -> tuple[TfIdf, Any]:
    """Learn vocabulary and idf; also returns the scipy CSR matrix (len(texts), V) of `texts`.

    A term must stand in two texts, or in one where there are fewer than 100.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    minimum = 2 if len(texts) >= 100 else 1
    vectorizer = TfidfVectorizer(
        analyzer=ANALYSERS[kind],
        sublinear_tf=True,
        min_df=minimum,
        max_features=limit,
        dtype=np.float32,
    )
    matrix = vectorizer.fit_transform(texts)
    names = [str(name) for name in vectorizer.get_feature_names_out()]
    fitted = TfIdf({t: i for i, t in enumerate(names)}, vectorizer.idf_.astype(np.float32), kind)
    return fitted, matrix
