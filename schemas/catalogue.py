"""Rows of the catalogue: inputs, tracks, what words say of them, rights, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.columns import column
from schemas.outcomes import FileState, Outcome, RejectReason, Stage
from schemas.rights import RightsLayer


class Origin(StrEnum):
    """Where a track's audio comes from."""

    RECORDING = "recording"
    SCORE_RENDER = "score_render"
    SCORE = "score"  # a score without audio: nothing of it can be measured
    GENERATED = "generated"


class TagKind(StrEnum):
    """What a term says about a track. `description` is free text, kept whole."""

    GENRE = "genre"
    INSTRUMENT = "instrument"
    MOOD = "mood"
    ERA = "era"
    LANGUAGE = "language"
    TEMPO = "tempo"
    VOCALS = "vocals"
    ARTIST = "artist"
    COLLECTION = "collection"
    TITLE = "title"
    DESCRIPTION = "description"
    IDENTIFIER = "identifier"  # scheme:value, as isrc:USRC17607839; no word about the sound
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    uri: str = column("where the bytes are: absolute path or URL", key=True)
    size: int = column("bytes", minimum=0)
    mtime_ns: int = column("modification time, ns since 1970; 0 where the source has none")
    file_hash: str | None = column("BLAKE2b-128 of the bytes, hex", default=None)
    track_id: str | None = column("the track this file holds; null when rejected", default=None)
    state: FileState = column("present, rejected or missing")
    source: str = column("what was ingested: the folder or listing given by the user")
    version: str | None = column("ETag, version id or Last-Modified of a remote", default=None)
    words: str | None = column(
        "digests of what stands beside the bytes: manifest row, table, pattern : sidecar, scores",
        default=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRow:
    track_id: str = column("22 characters of [0-9A-Za-z], given at first sight", key=True)
    title: str | None = column("title", default=None)
    artist: str | None = column("artist", default=None)
    album: str | None = column("album or collection", default=None)
    date: str | None = column("release date as written: YYYY, YYYY-MM or YYYY-MM-DD", default=None)
    duration_s: float | None = column("decoded duration, s", minimum=0, default=None)
    sample_rate_hz: int | None = column("native sample rate, Hz", minimum=1, default=None)
    channels: int | None = column("number of channels", minimum=1, default=None)
    codec: str | None = column("codec of the file it was first seen in", default=None)
    audio_hash: str | None = column("BLAKE2b-128 of decoded native-rate PCM, hex", default=None)
    fingerprint: str | None = column("unused: see the table fingerprints", default=None)
    origin: Origin = column("recording, score_render, score or generated", default=Origin.RECORDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRow:
    track_id: str = column("track", key=True)
    term: str = column("term, normalised", key=True)
    kind: TagKind = column("what the term says about the track", key=True)
    source: str = column("where the term was found: a tag frame, path, sidecar, set", key=True)
    raw: str = column("the text as found")
    weight: float = column("confidence or relevance, 0 … 1", minimum=0, maximum=1, default=1.0)
    vocabulary: str | None = column(
        "version of the vocabulary that knows the term; null: unknown", default=None
    )
    field: TagKind | None = column(
        "what the field is meant to hold, where that is another kind", default=None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularyRow:
    term: str = column("canonical spelling", key=True)
    kind: TagKind = column("what it says about a track", key=True)
    parents: list[str] = column("terms of the same kind that it is a kind of")
    ancestors: list[str] = column("the term itself, its parents, theirs and so on; nearest first")
    synonyms: list[str] = column("other spellings and names")
    code: str | None = column("BCP 47 code of a language", default=None)
    version: str = column("version of the vocabulary, as in tags.vocabulary")


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsRow:
    track_id: str = column("track", key=True)
    layer: RightsLayer = column("recording, composition, text or features", key=True)
    source: str = column("where the statement was found", key=True)
    raw: str = column("licence text, verbatim")
    spdx: str | None = column("SPDX expression, where beyond doubt", default=None)
    holder: str | None = column("who claims the right", default=None)
    evidence: str = column("file, tag frame or URL that says so")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierRow:
    scheme: str = column(
        "who gives the identifier: fma, msd, isrc, musicbrainz_recording …", key=True
    )
    value: str = column("the identifier, as the scheme spells it", key=True)
    track_id: str = column("the track it means")
    source: str = column("what said so: a metadata set, a tag frame, a mapping file")
    evidence: str = column("why it means this track")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRow:
    source: str = column("part of a metadata set: fma:echonest, spotify:tracks …", key=True)
    key: str = column("what identifies the row in its set", key=True)
    uri: str = column("file that the row was last read from")
    digest: str = column("BLAKE2b of the row and of the version of its importer, hex")
    outcome: Outcome = column("what became of the row when it was last new or changed")
    track_id: str | None = column("track it speaks of; null when rejected", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    track_id: str = column("track", key=True)
    source: str = column("where the score was found", key=True)
    uri: str = column("location of the MIDI or notation file")
    format: str = column("midi, musicxml, …")
    file_hash: str = column("BLAKE2b-128 of the bytes, hex")


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectRow:
    uri: str = column("input that was not accepted whole", key=True)
    stage: Stage = column("where it failed", key=True)
    reason: RejectReason = column("reason code")
    detail: str = column("what a person needs to know")
    first_seen: datetime = column("first run that met it")
    last_seen: datetime = column("last run that met it")
    resolved: bool = column("true once the input was accepted", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateRow:
    track_id: str = column("the later track; of an excerpt, the part", key=True)
    canonical_id: str = column("the track it repeats, or is part of", key=True)
    method: str = column("audio_hash, fingerprint:VERSION or excerpt:VERSION", key=True)
    evidence: str = column("what was compared, in words")
    score: float = column("1 is identical", minimum=0, maximum=1)
    undone_at: datetime | None = column("when the link was undone", default=None)
    offset_s: float | None = column(
        "where the track begins on the time line of the other, s", default=None
    )
    overlap_s: float | None = column("sound that both share, s", minimum=0, default=None)
    matched_share: float | None = column(
        "share of the overlap, in stretches of 3 s, that matches",
        minimum=0,
        maximum=1,
        default=None,
    )
    bit_error_rate: float | None = column(
        "share of the fingerprint's bits that differ: 0 the same, 0.5 unrelated",
        minimum=0,
        maximum=1,
        default=None,
    )
