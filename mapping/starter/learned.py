"""The starter as something that a Mapping answers from: rows of styles in the place of tracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mapping.predicting.calibration import Calibration
from mapping.predicting.distribution import KEPT_ANSWERS, Reference
from mapping.predicting.learned import Learned, TrackInfo
from mapping.predicting.regressor import Fourier, Regressor
from mapping.predicting.scaling import Array, Scaler
from mapping.predicting.tfidf import TfIdf, terms
from mapping.starter.rows import ROWS, SPECS, row_keys
from mapping.starter.texts import Meant, StyleTexts, meant_styles
from schemas.style import Style

Embeddings = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Starter(Learned):
    """What is known of `styles`; its "tracks" are their rows, ROWS of each in turn."""

    styles: tuple[Style, ...] = ()

    @cached_property
    def place(self) -> dict[str, int]:
        return {style.id: at for at, style in enumerate(self.styles)}

    @cached_property
    def _last(self) -> dict[str, Meant]:
        return {}

    @cached_property
    def _first_texts(self) -> npt.NDArray[np.int64]:
        return np.flatnonzero(np.diff(self.reference.track, prepend=-1))

    def meant(self, text: str, embedding: Embeddings) -> Meant:
        """The styles that `text` means, and how surely."""
        if (known := self._last.get(text)) is not None:  # an answer asks several times
            return known
        nearest = np.maximum.reduceat(self.reference.similar(embedding), self._first_texts)
        found = meant_styles(text, nearest.astype(np.float64), self.place)
        if len(self._last) >= KEPT_ANSWERS:
            self._last.clear()
        self._last[text] = found
        return found

    def weights(self, text: str, embedding: Embeddings) -> Array:
        """Weights of the rows for one text, (n,)."""
        spread: Array = np.repeat(self.meant(text, embedding).shares / ROWS, ROWS)
        return spread


def starter(
    styles: Sequence[Style], texts: StyleTexts, embeddings: Embeddings, natural: Array
) -> Starter:
    """Put the starter together: rows (n, T), embeddings (m, d) of the texts."""
    scaler = Scaler.fit(SPECS, natural)
    values = scaler.standardise(natural)
    means = values.reshape(len(styles), ROWS, -1).mean(axis=1)
    reference = Reference(
        embeddings, means[texts.style].astype(np.float32), texts.style * ROWS, values
    )
    unchanged = Calibration(
        np.zeros((len(SPECS), 2)), np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    )
    rows = tuple(
        TrackInfo(f"style:{style.id}", ", ".join(style.names), style.name, None, None)
        for style in styles
        for _ in range(ROWS)
    )
    return Starter(
        scaler=scaler,
        regressor=_lookup(texts, means, embeddings.shape[1]),
        reference=reference,
        calibration=unchanged,
        natural=natural,
        keys=row_keys(natural),
        tracks=rows,
        styles=tuple(styles),
    )


def _lookup(texts: StyleTexts, means: Array, dimensions: int) -> Regressor:
    """A regressor that says of a term what the styles with it have in common.

    The starter itself weighs styles; this is for what asks a mapping which words move what.
    """
    owners: dict[str, set[int]] = {}
    for text, style in zip(texts.texts, texts.style.tolist(), strict=True):
        for term in terms(text):
            owners.setdefault(term, set()).add(style)
    vocabulary = {term: column for column, term in enumerate(sorted(owners))}
    idf = np.array([1 + np.log(len(means) / len(owners[term])) for term in sorted(owners)])
    coef = np.stack([means[sorted(owners[term])].mean(axis=0) for term in sorted(owners)])
    nothing = np.zeros((1, means.shape[1]), np.float32)
    return Regressor(
        tfidf=TfIdf(vocabulary, idf.astype(np.float32)),
        fourier=Fourier(np.zeros((dimensions, 1), np.float32), np.zeros(1, np.float32)),
        words_coef=coef.astype(np.float32),
        words_intercept=np.zeros(means.shape[1]),
        fourier_coef=nothing,
        fourier_intercept=np.zeros(means.shape[1]),
    )
