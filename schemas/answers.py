"""What the mapping answers to a prompt. What an engine answers is in schemas/generation.py."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from schemas import notebook
from schemas.catalogue import Origin
from schemas.conditioning import ConditioningRequest
from schemas.parts import Contract, Ratio


class Vector(Contract):
    """The request as numbers, for a generator that takes a vector.

    `names`, `values`, `confidence` and `low`/`high` (p05 and p95) run in parallel, in the order of
    FEATURES; values are normalised to 0 … 1 by `schemas.features.normalise`. Key follows as the
    24 probabilities.
    """

    names: tuple[str, ...]
    values: tuple[Ratio, ...]
    low: tuple[Ratio, ...]
    high: tuple[Ratio, ...]
    confidence: tuple[Ratio, ...]
    key_probabilities: tuple[Ratio, ...]

    @model_validator(mode="after")
    def _parallel(self) -> Self:
        lengths = {len(x) for x in (self.names, self.values, self.low, self.high, self.confidence)}
        if len(lengths) != 1 or len(self.key_probabilities) != 24:
            raise ValueError("names, values, low, high and confidence must be of one length")
        return self


class EvidenceTrack(Contract):
    """A catalogue track that the prediction rests on."""

    track_id: str
    title: str | None = None
    artist: str | None = None
    licence: str | None = Field(None, description="SPDX expression, or the start of the text")
    origin: str | None = Field(
        None, description='"recording", or "score_render": played by a program, and no recording'
    )
    weight: Ratio
    text: str = ""

    @property
    def rendered(self) -> bool:
        return self.origin == Origin.SCORE_RENDER


class ModelInfo(Contract):
    """The mapping that answered. `trained_tracks` says how much it has to go by."""

    model_id: str
    encoder: str
    snapshot: int = Field(ge=0)
    trained_tracks: int = Field(ge=0)


class Span(Contract):
    """Words of the prompt and what they were read as; offsets count characters of the prompt."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    kind: str = Field(description="tempo, key, metre, length, vocals, instrument, leaning, …")
    meaning: str


class Change(Contract):
    """What would become of a feature's median, in its unit."""

    feature: str
    towards: Literal["low", "high"]
    before: float | None = Field(None, description="null where the mapping does not know it")
    after: float | None = None


class Sense(Contract):
    """One meaning of an ambiguous word, and what choosing it alone would change."""

    id: str = Field(description='what `senses` takes, as in {"dark": "timbre"}')
    meaning: str
    weight: Ratio = Field(description="share in the mixture that was answered; 1 when chosen")
    changes: tuple[Change, ...] = ()


class Ambiguity(Contract):
    """A word with several senses. `chosen` is null where the answer mixes them."""

    word: str
    base: str = Field("", description='what `senses` calls it: "dark" where the prompt says darker')
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    chosen: str | None = None
    senses: tuple[Sense, ...]


class Suggestion(Contract):
    """A word that nothing here knows, where it stands, and known words spelt much like it."""

    word: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    suggestions: tuple[str, ...] = ()


class ConditioningVector(ConditioningRequest):
    """What the mapping makes of a prompt: a request, and the reasons for it."""

    vector: Vector
    samples: tuple[dict[str, float | None], ...] = Field(
        (), description="joint samples: features of real tracks, drawn by weight"
    )
    evidence: tuple[EvidenceTrack, ...] = ()
    understood: tuple[str, ...] = Field((), description="what was read as a hard wish, in words")
    not_understood: tuple[str, ...] = Field((), description="words that nothing here knows")
    spans: tuple[Span, ...] = Field((), description="what was read, and where it stands")
    senses: tuple[Ambiguity, ...] = Field((), description="words that mean several things")
    suggestions: tuple[Suggestion, ...] = Field((), description="where the unknown words stand")
    unsaid: tuple[str, ...] = Field((), description="features the prompt left open")
    nearest: float | None = Field(
        None, description="cosine of the words with the nearest text of the catalogue"
    )
    far: bool = Field(False, description="nothing in the catalogue is near the words")
    warnings: tuple[str, ...] = ()
    prior_share: Ratio | None = Field(
        None, description="mean share of the starter in what was not stated; null: it took no part"
    )
    model: ModelInfo

    def __repr__(self) -> str:
        return notebook.line(self)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return notebook.table(self)

    def to_request(self) -> ConditioningRequest:
        """The request alone, as an engine takes it: without names where the policy says so."""
        fields = {name: getattr(self, name) for name in ConditioningRequest.model_fields}
        if self.prompt.for_engine is not None:
            fields["prompt"] = self.prompt.model_copy(
                update={"text": self.prompt.for_engine, "for_engine": None}
            )
            fields["references"] = tuple(r.for_engine() for r in self.references)
        return ConditioningRequest.model_validate(fields)
