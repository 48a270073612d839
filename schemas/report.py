"""What `wordtone analyse --json` prints: everything measured on audio files, as one document.

Times in seconds from the start of the decoded audio. Values are those that an ingest run would
store; what cannot be told is null, and `features` says why. `wordtone schema` exports the document
as JSON Schema.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.outcomes import NullReason, Outcome, RejectReason, Stage
from schemas.parts import Contract, PitchClass, Ratio, Tempo

REPORT_VERSION: Literal["1"] = "1"


class FeatureReport(Contract):
    """A feature: a number, a list for a vector (short ones end in null), or why there is none."""

    value: float | tuple[float | None, ...] | None
    unit: str
    null_reason: NullReason | None = Field(None, description="null where there is a value")


class AudioReport(Contract):
    """The audio as it was decoded."""

    duration_s: float = Field(ge=0)
    sample_rate_hz: int = Field(gt=0)
    channels: int = Field(gt=0)
    codec: str | None
    audio_hash: str = Field(description="of the decoded samples: copies in other files share it")


class TempoCandidate(Contract):
    bpm: Tempo
    weight: Ratio


class TempoReport(Contract):
    """The chosen tempo, and every candidate in order of weight."""

    bpm: Tempo
    confidence: Ratio | None
    candidates: tuple[TempoCandidate, ...]


class KeyCandidate(Contract):
    name: str = Field(description='as "C minor"')
    pitch_class: PitchClass
    mode: int = Field(ge=0, le=1, description="1 major, 0 minor")
    probability: Ratio


class KeyReport(Contract):
    """The most probable key and the one after it."""

    best: KeyCandidate
    runner_up: KeyCandidate
    strength: Ratio | None


class BeatsReport(Contract):
    count: int = Field(ge=1)
    times_s: tuple[float, ...]
    downbeats: tuple[int, ...] = Field(
        description="positions in times_s, from 0, of the first beat of each bar"
    )


class SectionReport(Contract):
    index: int = Field(ge=0)
    start_s: float
    end_s: float
    label: str = Field(description="sections that repeat each other share one")
    tempo_bpm: Tempo | None
    key: str | None
    key_pitch_class: PitchClass | None
    key_mode: int | None
    energy: Ratio | None
    brightness_hz: float | None


class TagReport(Contract):
    """A word said of the track, by its file or by a model."""

    term: str
    kind: str
    source: str
    weight: float


class FileReport(Contract):
    """One file. Where it could not be analysed, `outcome` says so and all the rest is empty."""

    path: str
    outcome: Outcome
    reason: RejectReason | None = Field(None, description="null where all is well")
    stage: Stage | None = Field(None, description="where it failed")
    detail: str = Field("", description="what is wrong, in words")
    title: str | None = None
    artist: str | None = None
    file_hash: str | None = None
    audio: AudioReport | None = None
    tempo: TempoReport | None = None
    key: KeyReport | None = None
    beats: BeatsReport | None = None
    sections: tuple[SectionReport, ...] = ()
    features: dict[str, dict[str, FeatureReport]] = Field(
        default_factory=dict, description="by group and name, as in docs/features.md"
    )
    tags: tuple[TagReport, ...] = ()


class AnalysisReport(Contract):
    """All files, in the order in which they were named."""

    version: Literal["1"] = REPORT_VERSION
    extractor: str
    files: tuple[FileReport, ...]
