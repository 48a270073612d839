"""Fit a mapping. The only part, with the evaluation, that imports scikit-learn and scipy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapping.learning.captions import Catalogue, write_captions
from mapping.learning.config import (
    MINIMUM_TRACKS,
    SMALL_CATALOGUE,
    TrainConfig,
    caption_count,
    choose_targets,
)
from mapping.learning.fitting import Items, fit_regressor
from mapping.learning.split import Rows, Split, group_folds
from mapping.predicting.calibration import calibrate
from mapping.predicting.distribution import Reference
from mapping.predicting.learned import Learned, TrackInfo
from mapping.predicting.scaling import Array, Scaler, feature_matrix, key_matrix
from mapping.reading.lexicon import lexicon
from mapping.references.beyond import gather
from schemas.errors import MappingError
from schemas.protocols import TextEncoder, TrainingExample


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted mapping, and what a user should know of how it came about."""

    learned: Learned
    warnings: tuple[str, ...]
    details: dict[str, object]


def fit(examples: Sequence[TrainingExample], encoder: TextEncoder, config: TrainConfig) -> Fit:
    """Fit regressor, reference rows and calibration on `examples`.

    Raises
    ------
    MappingError
        With fewer than 8 examples that have text, or no feature to learn.
    """
    usable = [example for example in examples if example.text.strip()]
    if len(usable) < MINIMUM_TRACKS:
        raise MappingError(
            f"{len(usable)} of {len(examples)} tracks have text; at least {MINIMUM_TRACKS} are "
            "needed to train"
        )
    specs = choose_targets(usable, config)
    natural = feature_matrix(usable, specs)
    scaler = Scaler.fit(specs, natural)
    folds = group_folds([example.groups for example in usable], config.folds, config.seed)
    items = _items(usable, scaler, natural, encoder, config)
    fitted = fit_regressor(items, folds, config)
    rows = _reference_rows(items, config)
    reference, kept_folds = _reference(items, fitted.out_of_fold, folds, rows)
    learned = Learned(
        scaler=scaler,
        regressor=fitted.regressor,
        reference=reference,
        calibration=calibrate(reference, kept_folds, config.calibration_rows, config.seed),
        natural=natural[rows],
        keys=key_matrix([usable[row] for row in rows.tolist()]),
        tracks=tuple(TrackInfo.of(usable[row]) for row in rows.tolist()),
        beyond=gather(usable, natural, rows),
    )
    details: dict[str, object] = {
        "tracks": len(usable),
        "captions": len(items.text) - len(usable),
        "texts": len(items.texts),
        "folds": len(folds),
        "alphas_words": list(fitted.alphas_words),
        "alphas_embedding": list(fitted.alphas_embedding),
    }
    return Fit(learned, _warnings(len(usable), folds), details)


def _items(
    examples: Sequence[TrainingExample],
    scaler: Scaler,
    natural: Array,
    encoder: TextEncoder,
    config: TrainConfig,
) -> Items:
    texts = [example.text for example in examples]
    catalogue = Catalogue(texts, natural, scaler.specs)
    count = caption_count(config, len(texts))
    captions = write_captions(catalogue, lexicon(), count, config.seed)
    track = np.array([*range(len(texts)), *(caption.track for caption in captions)], np.int64)
    place: dict[str, int] = {}
    said = (*texts, *(caption.text for caption in captions))
    text = np.array([place.setdefault(one, len(place)) for one in said], np.int64)
    # Through float16, as the artefact keeps them, so that a saved mapping answers the same.
    embeddings = encoder.encode(tuple(place)).astype(np.float16).astype(np.float32)
    return Items(tuple(place), embeddings, text, track, scaler.standardise(natural))


def _reference_rows(items: Items, config: TrainConfig) -> Rows:
    """At most `reference_rows` tracks, drawn with a seed; up to half are tracks with captions.

    Captions are how free wording finds its tracks: drawn evenly, few would be left of a large
    catalogue's. Both halves are even draws, so that the rows stay a sample of the catalogue.
    """
    tracks = len(items.z)
    if tracks <= config.reference_rows:
        return np.arange(tracks)
    order = np.random.default_rng(config.seed).permutation(tracks)
    captioned = np.zeros(tracks, bool)
    captioned[items.track[tracks:]] = True
    late = np.ones(tracks, np.int64)
    late[np.flatnonzero(captioned[order])[: config.reference_rows // 2]] = 0
    return np.sort(order[np.argsort(late, kind="stable")[: config.reference_rows]])


def _reference(
    items: Items, means: npt.NDArray[np.float32], folds: Sequence[Split], rows: Rows
) -> tuple[Reference, list[Split]]:
    """Items of the tracks in `rows`, whose numbers become 0 … len(rows) - 1, and their folds."""
    number = np.full(len(items.z), -1)
    number[rows] = np.arange(len(rows))
    kept = np.flatnonzero(number[items.track] >= 0)
    texts, text = np.unique(items.text[kept], return_inverse=True)
    reference = Reference(
        embeddings=items.embeddings[texts],
        means=means[kept].astype(np.float32),
        track=number[items.track[kept]],
        values=items.z[rows],
        text=text.astype(np.int64),
    )

    def renumber(side: Rows) -> Rows:
        return number[side][number[side] >= 0]

    return reference, [Split(renumber(fold.train), renumber(fold.test)) for fold in folds]


def _warnings(tracks: int, folds: Sequence[Split]) -> tuple[str, ...]:
    found = []
    if tracks < SMALL_CATALOGUE:
        found.append(
            f"the catalogue is small ({tracks} tracks; {SMALL_CATALOGUE} or more are advised): "
            "take predictions as a rough guide"
        )
    if not folds:
        found.append(
            "all tracks share an artist, album or source: the mapping could be neither tuned, "
            "calibrated nor evaluated on unseen music"
        )
    return tuple(found)
