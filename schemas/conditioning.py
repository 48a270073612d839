"""The conditioning contract, version 1: what a generator is asked for, and what it answers.

    prompt ─mapping─▶ ConditioningVector (is a) ConditioningRequest ─engine─▶ GenerationResult

Conventions: times in seconds from the start, pitches as MIDI numbers (60 = C4), feature values in
the unit of their FeatureSpec. Unknown and misspelt fields are errors, never a silent default.
`schemas.documents.json_schemas()`, or `wordtone schema`, exports it as JSON Schema.
"""

from __future__ import annotations

import difflib
from typing import Literal, Self

from pydantic import Field, model_validator

from schemas.features import FEATURES, FeatureSpec
from schemas.parts import (
    Chord,
    Contract,
    Edit,
    Effect,
    Event,
    Instrument,
    Lock,
    Note,
    PitchClass,
    Prompt,
    Ratio,
    Seconds,
    Source,
    StyleWeight,
    Tempo,
    TimeSignature,
    Vocals,
)
from schemas.references import Reference

CONTRACT_VERSION: Literal["1"] = "1"
QUANTILE_LEVELS: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)


class Mode(Contract):
    """One of several separate likely values, such as a tempo and its double."""

    value: float
    weight: Ratio


class Quantiles(Contract):
    """Quantiles of a distribution, in the feature's unit, not decreasing."""

    p05: float
    p25: float
    p50: float
    p75: float
    p95: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        # Written out: there are dozens in an answer.
        if self.p05 > self.p25 or self.p25 > self.p50 or self.p50 > self.p75 or self.p75 > self.p95:
            raise ValueError(f"quantiles decrease: {self.values()}")
        return self

    def values(self) -> tuple[float, ...]:
        return (self.p05, self.p25, self.p50, self.p75, self.p95)


class FeatureCondition(Contract):
    """What is asked of one feature: a value, a range or a distribution."""

    value: float | None = Field(None, description="the value to aim for; null leaves it open")
    low: float | None = Field(None, description="lowest acceptable value")
    high: float | None = Field(None, description="highest acceptable value")
    quantiles: Quantiles | None = None
    modes: tuple[Mode, ...] = Field((), description="separate likely values, heaviest first")
    unit: str
    source: Source
    confidence: Ratio = Field(description="1 for a stated value; 0 for the catalogue's prior")
    lock: Lock = Lock.FREE
    tolerance: float | None = Field(None, ge=0, description="accepted deviation, in `unit`")
    abstained: str | None = Field(
        None, description="why nothing is claimed and the catalogue's own spread given; else null"
    )
    prior_share: Ratio | None = Field(
        None, description="share of the starter in it: 1 all, 0 all learned; null where stated"
    )


class KeyCondition(Contract):
    """A key: certain (stated), or 24 probabilities, C major … B major, C minor … B minor."""

    pitch_class: PitchClass | None = None
    mode: Literal["major", "minor"] | None = None
    name: str | None = None
    scale: str | None = Field(None, description="dorian, harmonic minor, …; null when not stated")
    probabilities: tuple[Ratio, ...] = Field((), description="empty or 24")
    source: Source
    confidence: Ratio
    lock: Lock = Lock.FREE

    @model_validator(mode="after")
    def _is_24(self) -> Self:
        if len(self.probabilities) not in (0, 24):
            raise ValueError(f"probabilities: {len(self.probabilities)} values; valid is 0 or 24")
        return self


class Section(Contract):
    label: str
    start_s: Seconds | None = None
    position: Ratio | None = Field(None, description="start as a share of the length, when stated")
    bars: int | None = Field(None, ge=1, le=4096)
    tempo_bpm: Tempo | None = None
    key: KeyCondition | None = None
    time_signature: TimeSignature | None = None
    features: dict[str, FeatureCondition] = Field(default_factory=dict)
    instruments: tuple[Instrument, ...] = ()
    vocals: Vocals | None = Field(None, description="null: as in the rest of the piece")
    events: tuple[Event, ...] = ()

    @model_validator(mode="after")
    def _known_features(self) -> Self:
        check_features(self.features)
        return self


class ConditioningRequest(Contract):
    """What an engine is asked to make."""

    version: Literal["1"] = CONTRACT_VERSION
    prompt: Prompt
    features: dict[str, FeatureCondition] = Field(default_factory=dict)
    key: KeyCondition | None = None
    time_signature: TimeSignature | None = None
    feel: Literal["half-time", "double-time"] | None = Field(
        None, description="how the beat is felt against the stated tempo"
    )
    styles: tuple[StyleWeight, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    effects: tuple[Effect, ...] = ()
    sections: tuple[Section, ...] = ()
    vocals: Vocals = Vocals()
    duration_s: float | None = Field(None, gt=0, le=3600)
    melody: tuple[Note, ...] = ()
    chords: tuple[Chord, ...] = ()
    references: tuple[Reference, ...] = ()
    edit: Edit | None = None
    seed: int | None = Field(None, ge=0, lt=2**63)
    stem_seeds: dict[str, int] = Field(default_factory=dict)
    candidates: int = Field(1, ge=1, le=64)

    @model_validator(mode="after")
    def _known_features(self) -> Self:
        check_features(self.features)
        return self


def check_features(conditions: dict[str, FeatureCondition]) -> None:
    """Every name is a scalar feature, in its unit, with all its values inside the feature's range.

    Raises
    ------
    ValueError
        Names the feature and value, and the nearest valid name or the valid range.
    """
    known = {spec.name: spec for spec in FEATURES if spec.size == 1}
    for name, condition in conditions.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"valid: {', '.join(known)}"
            raise ValueError(f"features: unknown feature {name!r}; {hint}")
        _check_condition(known[name], condition)


def _check_condition(spec: FeatureSpec, condition: FeatureCondition) -> None:
    if condition.unit != spec.unit:
        raise ValueError(f"{spec.name}: unit {condition.unit!r}; valid is {spec.unit!r}")
    values: dict[str, float | None] = {
        "value": condition.value,
        "low": condition.low,
        "high": condition.high,
    }
    values |= {f"modes[{i}]": mode.value for i, mode in enumerate(condition.modes)}
    if condition.quantiles:
        values |= condition.quantiles.model_dump()
    for field, value in values.items():
        if value is not None and not spec.minimum <= value <= spec.maximum:
            raise ValueError(
                f"{spec.name}.{field}: {value}; "
                f"valid is {spec.minimum} … {spec.maximum} {spec.unit}"
            )
    if condition.low is not None and condition.high is not None and condition.low > condition.high:
        raise ValueError(f"{spec.name}: low {condition.low} is above high {condition.high}")
