"""What one package needs of another, as callables and readers injected by the composition root."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from schemas.audio import Audio
from schemas.outcomes import NullReason

Value = float | tuple[float | None, ...] | NullReason
FeatureValues = Mapping[str, Value]
"""Feature name → its value, a tuple for a vector feature, or the reason why there is none."""

Measure = Callable[[Audio], FeatureValues]
"""Extract all features of a piece of audio."""


@runtime_checkable
class TextEncoder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def id(self) -> str:
        """Stable name with the version of the weights, stored in every artefact."""

    @property
    def dimensions(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Embed `texts`; float32 of shape (len(texts), dimensions), rows of norm 1."""


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """One track as the mapping learns from it.

    Attributes
    ----------
    text : str
        What words say of the track: tags and descriptions, comma-separated.
    groups : mapping of group kind (artist, album, folder, playlist …) to value, or to several
        Tracks that share one never stand on both sides of a split; null groups nothing.
    features : mapping of scalar feature name to value or None, in the feature's unit
    key_probabilities : 24 probabilities, or None
    title : title, or the file's name where it has none
    licence : SPDX expression of the recording's licence, else the beginning of its text; None
        where it is unknown
    album, year : what it was released on and when, as far as known; prompts may refer to them
    origin : what its sound is, as `schemas.catalogue.Origin` has it: recording, score_render …
    """

    track_id: str
    text: str
    groups: Mapping[str, str | tuple[str, ...] | None]
    features: Mapping[str, float | None]
    key_probabilities: tuple[float, ...] | None = None
    title: str | None = None
    artist: str | None = None
    licence: str | None = None
    album: str | None = None
    year: int | None = None
    origin: str | None = None


class CatalogueReader(Protocol):
    """Reads training examples out of the warehouse, at one snapshot."""

    @property
    def snapshot(self) -> int: ...

    def training_examples(self) -> Sequence[TrainingExample]: ...
