"""The answering half of the conditioning contract: what an engine can take, and what it made.

    EngineManifest: what an engine is able to honour    GenerationResult: what became of one request

Paths in a result are relative to the folder that holds its `result.json`.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from schemas.answers import ModelInfo
from schemas.conditioning import CONTRACT_VERSION, ConditioningRequest
from schemas.parts import Applied, Contract, Ratio, Seconds


class Parameter(Contract):
    """One thing an engine takes: its own name for it, unit and valid range."""

    name: str = Field(description='as the engine calls it: "bpm", "audio_duration"')
    takes: str = Field(
        description='what of the request it carries: a feature\'s name, "key", "prompt", "melody" …'
    )
    applied: Applied = Field(description="how far the engine itself obeys it")
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = Field((), description="valid values, where they are words")
    note: str = ""


class EngineManifest(Contract):
    """What an engine is, and all that it takes; what is not listed it ignores."""

    engine: str = Field(description="id, as in `wordtone generate --engine ID`")
    title: str
    parameters: tuple[Parameter, ...]
    longest_s: float = Field(gt=0)
    sample_rate_hz: int = Field(gt=0)
    channels: int = Field(ge=1, le=2)
    stems: tuple[str, ...] = Field((), description="true stems that it gives; empty: the mix alone")
    sings: bool = False
    code_licence: str
    weights_licence: str | None = Field(None, description="null: it has no weights")
    source: str = Field(description="paper or repository that the names and ranges come from")

    def takes(self, what: str) -> Parameter | None:
        """The parameter that carries `what`; None when the engine ignores it."""
        return next((p for p in self.parameters if p.takes == what), None)


class FeatureResult(Contract):
    """What became of one asked feature, in its unit; of the key, as words ("C minor").

    `clamped_from` is what was asked where the engine could only aim for another value: it is then
    judged by what was asked all the same.
    """

    feature: str = Field(description='a feature\'s name, or "key"')
    asked: float | str | None
    applied: Applied
    aimed: float | str | None = Field(None, description="what the engine aimed for")
    clamped_from: float | str | None = None
    measured: float | str | None = None
    tolerance: float | None = Field(None, description="accepted deviation, in the unit")
    hit: bool | None = Field(None, description="null when it was not measured, or nothing asked")
    corrected: str | None = Field(None, description='what was done afterwards: "stretched +3.1 %"')
    note: str = ""


class Weights(Contract):
    """What an engine ran on, or whose sounds it played: a licence travels with every result."""

    id: str
    licence: str


class AudioFile(Contract):
    path: str
    sample_rate_hz: int = Field(gt=0)
    channels: int = Field(gt=0)
    duration_s: Seconds
    stem: str | None = Field(None, description="null for the mix")


class Provenance(Contract):
    """Who made it, with what, when."""

    engine: str
    engine_version: str
    created_at: str = Field(description="ISO 8601, UTC")
    model: ModelInfo | None = None
    source_tracks: tuple[str, ...] = ()
    parents: tuple[str, ...] = Field((), description="generations it was made from")


class Candidate(Contract):
    """One of several tries, before one was chosen."""

    seed: int
    score: Ratio = Field(description="share of what was asked that it met, softly: 1 all of it")
    hits: int
    asked: int


class GenerationResult(Contract):
    """What an engine made, and how far it obeyed."""

    version: Literal["1"] = CONTRACT_VERSION
    generation_id: str
    request: ConditioningRequest
    audio: tuple[AudioFile, ...] = Field(description="the mix first, then stems")
    midi_path: str | None = None
    features: tuple[FeatureResult, ...]
    ignored: tuple[str, ...] = Field((), description="parts of the request it cannot take")
    notes: tuple[str, ...] = Field((), description="what a person should know, in words")
    weights: tuple[Weights, ...] = Field((), description="empty: all of it is wordtone's own")
    seed: int
    stem_seeds: dict[str, int] = Field(default_factory=dict)
    candidates: tuple[Candidate, ...] = Field((), description="all that were tried, chosen first")
    recipe: dict[str, Any] = Field(
        default_factory=dict, description="the engine's own notes, from which it can edit this"
    )
    provenance: Provenance

    @model_validator(mode="after")
    def _mix_first(self) -> Self:
        if self.audio and self.audio[0].stem is not None:
            raise ValueError(f"audio: the mix must come first, not stem {self.audio[0].stem!r}")
        return self
