"""Audio features and audio analysis in the closed API's shape; docs/spotify.md has the meanings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.parts import Ratio
from service.http.answers import Answer


class AudioFeatures(Answer):
    """A track's audio features; null where there is no value."""

    danceability: Ratio | None
    energy: Ratio | None
    key: int = Field(ge=-1, le=11, description="pitch class; -1 where there is no key")
    loudness: float | None = Field(ge=-60, le=0, description="dB")
    mode: int | None = Field(ge=0, le=1, description="1 major, 0 minor")
    speechiness: Ratio | None
    acousticness: Ratio | None
    instrumentalness: Ratio | None
    liveness: Ratio | None
    valence: Ratio | None
    tempo: float | None = Field(description="BPM")
    type: Literal["audio_features"]
    id: str
    uri: str
    track_href: str
    analysis_url: str
    duration_ms: int = Field(ge=0)
    time_signature: int | None = Field(ge=1, le=32)


class SeveralAudioFeatures(Answer):
    audio_features: list[AudioFeatures | None] = Field(
        description="in the order of the ids; null in the place of one that is no track's"
    )


class Interval(Answer):
    """A bar, beat or tatum; s."""

    start: float = Field(ge=0)
    duration: float = Field(ge=0)
    confidence: Ratio | None


class AnalysisSection(Interval):
    loudness: float | None
    tempo: float | None
    tempo_confidence: Ratio | None
    key: int = Field(ge=-1, le=11)
    key_confidence: Ratio | None
    mode: int | None
    mode_confidence: Ratio | None
    time_signature: int | None
    time_signature_confidence: Ratio | None


class AnalysisSegment(Interval):
    """A stretch of steady sound; loudness in dB, times in s from its start."""

    loudness_start: float
    loudness_max: float
    loudness_max_time: float = Field(ge=0)
    loudness_end: float
    pitches: list[Ratio] = Field(min_length=12, max_length=12)
    timbre: list[float] = Field(min_length=12, max_length=12)


class AnalysisTrack(Answer):
    num_samples: int
    duration: float | None
    sample_md5: str = Field(description="empty, as there")
    offset_seconds: int
    window_seconds: int
    analysis_sample_rate: int
    analysis_channels: int
    loudness: float | None
    tempo: float | None
    tempo_confidence: Ratio | None
    time_signature: int | None
    time_signature_confidence: Ratio | None
    key: int = Field(ge=-1, le=11)
    key_confidence: Ratio | None
    mode: int | None
    mode_confidence: Ratio | None


class AnalysisMeta(Answer):
    analyzer_version: str
    platform: str
    detailed_status: str
    status_code: int


class AudioAnalysis(Answer):
    """Bars, beats, tatums, sections and segments of a track, each from its start to the next."""

    meta: AnalysisMeta
    track: AnalysisTrack
    bars: list[Interval]
    beats: list[Interval]
    tatums: list[Interval]
    sections: list[AnalysisSection]
    segments: list[AnalysisSegment]
