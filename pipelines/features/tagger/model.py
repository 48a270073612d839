"""What a tagger is: a named model that hears excerpts of a track and says what it hears.

Any audio model fits: a network with fixed tags, or an encoder such as CLAP that compares audio with
the words of a vocabulary, its weights in a local folder. It says how it listens, and fills features
that FEATURES lists with `how="model"`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pipelines.features.tagger.excerpts import Listening
from schemas.audio import Samples

if TYPE_CHECKING:
    from schemas.catalogue import TagKind  # pyarrow comes with it


@dataclass(frozen=True, slots=True)
class Tag:
    """One term that a tagger gives a track.

    Attributes
    ----------
    term : as the `tags` table normalises terms: lower case
    source : "tagger:", the tagger's name, a colon, and which of its vocabularies
    raw : the label as the model has it
    weight : the model's confidence, 0 … 1
    """

    term: str
    kind: TagKind
    source: str
    raw: str
    weight: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What a tagger says of one track: feature → value, and tags."""

    values: Mapping[str, float]
    tags: tuple[Tag, ...] = field(default=())


class Tagger(Protocol):
    """A model with its weights loaded.

    Attributes
    ----------
    id : str
        Name and version, stored with every track in `features_perceptual.extractor`. A track is
        heard again when it changes.
    name : str
        How it is asked for.
    features : tuple of str
        Features that it fills; the others of the group stay NO_MODEL.
    listening : Listening
        Which excerpts it wants.
    """

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def features(self) -> tuple[str, ...]: ...

    @property
    def listening(self) -> Listening: ...

    def hear(self, excerpts: Samples) -> Heard:
        """Values for all of `features`, and tags, from excerpts of shape (k, samples), k ≥ 1."""
