"""Tracks, hits, neighbours, answers to SQL, and versions of the mapping."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from service.http.answers import Answer


class TrackSummary(Answer):
    """A track of the catalogue, and where it is."""

    track_id: str
    title: str | None = None
    artist: str | None = None
    album: str | None = None
    uri: str | None = Field(None, description="where its file is, as it was taken in")
    duration_s: float | None = None
    state: str | None = Field(None, description="present, or missing since the last look")
    origin: str | None = Field(None, description="recording, score_render or generated")


class FeatureValue(Answer):
    """A feature of a track."""

    value: float | list[float] | None
    unit: str
    source: str | None = Field(description="who measured, stated or imported it")
    null_reason: str | None = Field(description="why there is no value")


class BeatTimes(Answer):
    count: int
    times_s: list[float]
    downbeats: list[int] = Field(description="indexes of beats that begin a bar")


class TrackSection(Answer):
    index: int
    start_s: float
    end_s: float
    label: str = Field(description="sections that repeat share one")
    tempo_bpm: float | None = None
    key_pitch_class: float | None = None
    key_mode: float | None = None
    key_name: str | None = None
    energy: float | None = None
    brightness_hz: float | None = None


class TrackTerm(Answer):
    term: str
    kind: str
    source: str
    weight: float | None = None
    raw: str | None = Field(None, description="the text as it was found")


class TrackRight(Answer):
    layer: str = Field(description="recording, composition, text or features")
    source: str
    spdx: str | None = None
    raw: str | None = None
    holder: str | None = None
    evidence: str | None = None


class TrackDetail(TrackSummary):
    """Everything that is known of a track."""

    date: str | None = None
    sample_rate_hz: int | None = None
    channels: int | None = None
    codec: str | None = None
    audio_hash: str | None = Field(None, description="of the decoded sound")
    recorded_at: datetime
    run_id: str
    features: dict[str, FeatureValue]
    beats: BeatTimes | None = Field(description="null where there is no pulse")
    sections: list[TrackSection]
    terms: list[TrackTerm]
    rights: list[TrackRight]


class Hit(Answer):
    """A track that a search found."""

    rank: int = Field(ge=1)
    track_id: str
    title: str | None = None
    artist: str | None = None
    album: str | None = None
    score: float
    words: list[str] | None = Field(None, description="words of the query that it has")
    similarity: float | None = Field(None, description="cosine of the meanings")
    tempo_bpm: float | None = None
    key: str | None = None
    licence: str | None = None
    uri: str | None = None


class NearTrack(Answer):
    """A track like another. Distances: 0 the same, 1 as far as chance."""

    rank: int = Field(ge=1)
    track_id: str
    title: str | None = None
    artist: str | None = None
    album: str | None = None
    distance: float
    features: float | None = Field(None, description="distance of the features alone")
    words: float | None = Field(None, description="distance of the words alone")
    covered: float | None = Field(None, description="share of the features that both have")
    near: list[str] = Field(description="features that bring it nearer")
    far: list[str] = Field(description="features that push it away")
    tempo_bpm: float | None = None
    key: str | None = None
    licence: str | None = None
    uri: str | None = None


class SimilarTracks(Answer):
    tracks: list[NearTrack]
    notes: list[str] = Field(description="what a person should know about the comparison")


class SqlColumn(Answer):
    """A column of an answer to SQL. JSON has fewer types than SQL: `type` says which one it was."""

    name: str
    type: str = Field(description="Arrow's name for it, as in double, timestamp[us], list<…>")


class SqlAnswer(Answer):
    """Rows of a SELECT: column → value."""

    snapshot: int | None = Field(description="of the catalogue that was read")
    truncated: bool = Field(description="there are more rows than were asked for")
    columns: list[SqlColumn]
    rows: list[dict[str, Any]]


class ModelVersion(Answer):
    """A mapping that was trained here."""

    model_id: str
    state: str = Field(description="in use, candidate, …")
    trained_at: datetime | None = None
    snapshot: int | None = None
    tracks: int | None = None
    encoder: str | None = None
    policy: str | None = Field(None, description="policy of rights that the tracks passed")
    code: str | None = None
    parent: str | None = None
    mean_r2: float | None = None
    crps_skill: float | None = None
    coverage90: float | None = Field(None, description="share of truths in the 90 % intervals")


class Health(Answer):
    status: str
