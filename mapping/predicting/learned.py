"""Everything a trained mapping knows, as arrays and text; independent of files and of encoders."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from mapping.predicting.calibration import Calibration
from mapping.predicting.distribution import Reference
from mapping.predicting.regressor import Fourier, Landmarks, Lexical, Regressor, Shift
from mapping.predicting.scaling import Array, Scaler
from mapping.predicting.tfidf import TfIdf
from mapping.references.beyond import Beyond, from_stored
from schemas.conditioning import QUANTILE_LEVELS
from schemas.features import FeatureSpec
from schemas.protocols import TrainingExample

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class TrackInfo:
    """What is shown of a track that a prediction rests on."""

    track_id: str
    text: str
    title: str | None
    artist: str | None
    licence: str | None
    album: str | None = None
    year: int | None = None
    origin: str | None = None

    @classmethod
    def of(cls, example: TrainingExample) -> TrackInfo:
        return cls(
            example.track_id, example.text, example.title, example.artist, example.licence,
            example.album, example.year, example.origin,
        )  # fmt: skip


@dataclass(frozen=True)
class Learned:
    """A fitted mapping.

    Attributes
    ----------
    natural : (n, T) features of the reference tracks in natural units, NaN where missing
    keys : (n, 24) key probabilities of the reference tracks, NaN rows where missing
    tracks : the n reference tracks
    beyond : artists of the catalogue who have next to no track among these; None where all have
    """

    scaler: Scaler
    regressor: Regressor
    reference: Reference
    calibration: Calibration
    natural: Array
    keys: Array
    tracks: tuple[TrackInfo, ...]
    beyond: Beyond | None = None

    @property
    def specs(self) -> tuple[FeatureSpec, ...]:
        return self.scaler.specs

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(spec.name for spec in self.specs)

    @cached_property
    def prior_quantiles(self) -> Array:
        """Standardised quantiles of the catalogue, (T, 5)."""
        return self.reference.quantiles(self.reference.uniform(), QUANTILE_LEVELS)

    @cached_property
    def key_prior(self) -> Array:
        """Mean key probabilities of the catalogue, (24,); even where no track has a key."""
        known = self.keys[~np.isnan(self.keys[:, 0])]
        even = np.full(24, 1 / 24)
        total: Array = (known.sum(axis=0) + even) / (len(known) + 1)
        return total

    def weights(self, text: str, embedding: npt.NDArray[np.float32]) -> Array:
        """Weights of the reference tracks for one text, (n,)."""
        mean = self.regressor.predict([text], embedding[None])[0]
        return self.reference.weights(mean, embedding)

    def quantiles(self, weights: Array) -> Array:
        """Calibrated standardised quantiles, (T, 5)."""
        return self.calibration.apply(self.reference.quantiles(weights, QUANTILE_LEVELS))

    def level(self, name: str, share: float) -> float:
        """Value of `name`, in its unit, below which `share` of the catalogue lies."""
        found = self._levels.get((name, share))
        if found is None:
            j = self.names.index(name)
            found = self._levels[name, share] = float(np.nanquantile(self.natural[:, j], share))
        return found

    @cached_property
    def _levels(self) -> dict[tuple[str, float], float]:
        return {}  # the shares are those of the lexicon: there are few


def to_arrays(learned: Learned) -> Arrays:
    """The arrays of a mapping, by name; embeddings as float16, which is how they are used too."""
    regressor, reference = learned.regressor, learned.reference
    found: Arrays = {
        "scaler.mean": learned.scaler.mean,
        "scaler.std": learned.scaler.std,
        "tfidf.idf": regressor.tfidf.idf,
        **_of_embedding(regressor.fourier),
        "words.coef": regressor.words_coef,
        "words.intercept": regressor.words_intercept,
        "fourier.coef": regressor.fourier_coef,
        "fourier.intercept": regressor.fourier_intercept,
        **_optional(learned),
        "reference.embeddings": reference.embeddings.astype(np.float16),
        "reference.means": reference.means,
        "reference.track": reference.track,
        "calibration.widen": learned.calibration.widen,
        "calibration.low": learned.calibration.low,
        "calibration.high": learned.calibration.high,
        "tracks.natural": learned.natural,
        "tracks.keys": learned.keys,
    }
    return {name: np.ascontiguousarray(array) for name, array in found.items()}


def _of_embedding(features: Fourier | Landmarks) -> Arrays:
    if isinstance(features, Landmarks):
        return {"landmarks.vectors": features.vectors.astype(np.float16)}
    return {"fourier.weights": features.weights, "fourier.offset": features.offset}


def _optional(learned: Learned) -> Arrays:
    regressor, reference, calibration = learned.regressor, learned.reference, learned.calibration
    found: Arrays = {}
    if regressor.letters is not None:
        found["letters.idf"] = regressor.letters.tfidf.idf
        found["letters.coef"] = regressor.letters.coef
        found["letters.intercept"] = regressor.letters.intercept
    if calibration.widths is not None:
        found["calibration.widths"] = calibration.widths
    if calibration.skill is not None:
        found["calibration.skill"] = calibration.skill
    if learned.beyond is not None:
        found |= learned.beyond.to_arrays()
    if reference.text is not None:
        found["reference.text"] = reference.text
    if regressor.shift is not None:
        found["shift.gain"], found["shift.offset"] = regressor.shift.gain, regressor.shift.offset
    return found


def to_text(learned: Learned) -> dict[str, Any]:
    """Vocabularies in column order, and the reference tracks as parallel columns."""
    vocabulary = learned.regressor.tfidf.vocabulary
    letters = learned.regressor.letters
    runs = letters.tfidf.vocabulary if letters else {}
    return {
        "vocabulary": sorted(vocabulary, key=vocabulary.__getitem__),
        "letters": sorted(runs, key=runs.__getitem__),
        "tracks": {
            "track_id": [track.track_id for track in learned.tracks],
            "text": [track.text for track in learned.tracks],
            "title": [track.title for track in learned.tracks],
            "artist": [track.artist for track in learned.tracks],
            "licence": [track.licence for track in learned.tracks],
            "album": [track.album for track in learned.tracks],
            "year": [track.year for track in learned.tracks],
            "origin": [track.origin for track in learned.tracks],
        },
        **({"beyond": learned.beyond.to_text()} if learned.beyond else {}),
    }


def from_parts(specs: Sequence[FeatureSpec], arrays: Arrays, text: Mapping[str, Any]) -> Learned:
    """Inverse of `to_arrays` and `to_text`.

    Raises KeyError for an array that is not there, ValueError for features that are not theirs.
    """
    if arrays["scaler.mean"].shape != (len(specs),):
        raise ValueError("the features are not those of the arrays")
    scaler = Scaler(tuple(specs), arrays["scaler.mean"], arrays["scaler.std"])
    vocabulary = {term: column for column, term in enumerate(text["vocabulary"])}
    regressor = Regressor(
        tfidf=TfIdf(vocabulary, arrays["tfidf.idf"]),
        fourier=(
            Landmarks(arrays["landmarks.vectors"].astype(np.float32))
            if "landmarks.vectors" in arrays
            else Fourier(arrays["fourier.weights"], arrays["fourier.offset"])
        ),
        words_coef=arrays["words.coef"],
        words_intercept=arrays["words.intercept"],
        fourier_coef=arrays["fourier.coef"],
        fourier_intercept=arrays["fourier.intercept"],
        letters=_letters(arrays, text),
        shift=Shift(arrays["shift.gain"], arrays["shift.offset"])
        if "shift.gain" in arrays
        else None,
    )
    reference = Reference(
        arrays["reference.embeddings"].astype(np.float32),
        arrays["reference.means"],
        arrays["reference.track"],
        scaler.standardise(arrays["tracks.natural"]),
        arrays.get("reference.text"),
    )
    calibration = Calibration(
        arrays["calibration.widen"],
        arrays["calibration.low"],
        arrays["calibration.high"],
        arrays.get("calibration.widths"),
        arrays.get("calibration.skill"),
    )
    columns = text["tracks"]
    # An older artefact has fewer: album, year and origin came later.
    fields = [f.name for f in dataclasses.fields(TrackInfo) if f.name in columns]
    tracks = tuple(
        TrackInfo(**dict(zip(fields, row, strict=True)))
        for row in zip(*(columns[f] for f in fields), strict=True)
    )
    return Learned(
        scaler, regressor, reference, calibration, arrays["tracks.natural"],
        arrays["tracks.keys"], tracks, from_stored(arrays, text.get("beyond")),
    )  # fmt: skip


def _letters(arrays: Arrays, text: Mapping[str, Any]) -> Lexical | None:
    if "letters.coef" not in arrays:
        return None
    runs = {run: column for column, run in enumerate(text["letters"])}
    tfidf = TfIdf(runs, arrays["letters.idf"], "letters")
    return Lexical(tfidf, arrays["letters.coef"], arrays["letters.intercept"])
