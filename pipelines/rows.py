"""From what a worker found in a file to rows of the warehouse."""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pipelines.analyse import Analysed, Job
from pipelines.duplicates.rows import fingerprint_rows
from pipelines.heard import measured_by, tag_rows
from pipelines.known_hashes import AUDIO_COLUMNS
from pipelines.sources.fetching import LOST
from pipelines.timeline_rows import beats_rows, section_rows
from schemas.catalogue import (
    DuplicateRow,
    FileRow,
    Origin,
    RejectRow,
    RightsRow,
    ScoreRow,
    TagKind,
    TagRow,
    TrackRow,
)
from schemas.features import feature_versions, group_version
from schemas.outcomes import FeatureStatus, FileState, Outcome, RejectReason, Stage
from schemas.tables import TABLES

Rows = dict[str, list[Any]]
_BASE62 = string.digits + string.ascii_letters
_KEPT = (Outcome.ACCEPTED, Outcome.PARTIAL, Outcome.DUPLICATE, Outcome.UNCHANGED)


def new_track_id() -> str:
    """22 random characters of [0-9A-Za-z], 131 bits: the shape Spotify's clients expect."""
    return "".join(secrets.choice(_BASE62) for _ in range(22))


@dataclass(frozen=True, slots=True)
class Seen:
    """The file as the listing saw it, and when this run looked at it."""

    size: int
    mtime_ns: int
    at: datetime
    rejects: Sequence[RejectRow] = ()  # of earlier runs, not yet resolved
    version: str | None = None  # of a remote
    words: str | None = None  # digest of what stands beside the bytes


def rows_of(job: Job, found: Analysed, seen: Seen) -> Rows:
    """Rows of every table that one file contributes to, by table name."""
    if found.stage is Stage.LIST and found.reason in LOST and job.track_id:
        # The remote cannot be had: what is known of it stays, and it is tried again.
        return {"rejects": [_reject(job, found, seen)]}
    if found.outcome not in _KEPT:
        return {"files": [_file(job, found, seen, None)], "rejects": [_reject(job, found, seen)]}
    track_id = _track_id(job, found)
    rows: Rows = {"files": [_file(job, found, seen, track_id)]}
    rows["rejects"] = [*_rejects(job, found, seen), *_bad_scores(found, seen)]
    if found.outcome is Outcome.DUPLICATE:
        rows["duplicates"] = [_duplicate(track_id, found)]
    if found.text is not None:
        if not (found.match and found.match.get("moved")):
            rows["tracks"] = [_track(track_id, found)]
        rows["tags"] = list(_tags(track_id, found.text["tags"]))
        rows["rights"] = list(_rights(track_id, found.text["rights"]))
    rows["scores"] = [_score(track_id, score) for score in found.scores if "reason" not in score]
    rows["tags"] = rows.get("tags", []) + tag_rows(track_id, found.heard)
    for group, values in found.features.items():
        extractor = measured_by(group, job.extractor, job.tagger)
        rows[f"features_{group}"] = [_features(track_id, group, values, extractor)]
    rows["beats"] = list(beats_rows(track_id, found.beats))
    rows["sections"] = list(section_rows(track_id, found.sections))
    rows["fingerprints"] = fingerprint_rows(track_id, found.fingerprint)
    return rows


def _track_id(job: Job, found: Analysed) -> str:
    if found.match is not None and found.match.get("moved"):
        return str(found.match["track_id"])
    pcm = (found.audio or {}).get("audio_hash")
    if job.track_id and (pcm is None or pcm == job.audio_hash):
        return job.track_id
    # New audio under a known uri is another piece of audio: the old track keeps its id.
    return new_track_id()


def _file(job: Job, found: Analysed, seen: Seen, track_id: str | None) -> FileRow:
    return FileRow(
        uri=job.uri,
        size=seen.size,
        mtime_ns=seen.mtime_ns,
        file_hash=found.file_hash,
        track_id=track_id,
        state=FileState.PRESENT if track_id else FileState.REJECTED,
        source=job.source,
        version=seen.version,
        words=seen.words,
    )


def _track(track_id: str, found: Analysed) -> TrackRow:
    text = found.text or {}
    audio = found.audio or (found.match or {}).get("audio") or {}
    return TrackRow(
        track_id=track_id,
        title=text.get("title"),
        artist=text.get("artist"),
        album=text.get("album"),
        date=text.get("date"),
        origin=Origin(text.get("origin") or Origin.RECORDING),
        **{name: audio.get(name) for name in AUDIO_COLUMNS},
    )


def _score(track_id: str, score: Mapping[str, Any]) -> ScoreRow:
    return ScoreRow(track_id=track_id, **score)


def _rejects(job: Job, found: Analysed, seen: Seen) -> Iterable[RejectRow]:
    """The file's own reject, or those of earlier runs, which no longer hold."""
    if found.reason is not None:  # partial, or a damaged copy of a known track
        yield _reject(job, found, seen)
    elif found.outcome is not Outcome.UNCHANGED:
        still = {score["uri"] for score in found.scores if "reason" in score}
        for row in seen.rejects:
            if row.uri not in still:
                yield replace(row, resolved=True, last_seen=seen.at)


def _bad_scores(found: Analysed, seen: Seen) -> Iterable[RejectRow]:
    """A reject for each score beside the audio that cannot be used, under its own uri."""
    for score in found.scores:
        if "reason" in score:
            yield RejectRow(
                uri=score["uri"],
                stage=Stage.PROBE,
                reason=RejectReason(score["reason"]),
                detail=score["detail"],
                first_seen=seen.at,
                last_seen=seen.at,
            )


def _tags(track_id: str, terms: Iterable[Mapping[str, Any]]) -> Iterable[TagRow]:
    grain: dict[tuple[str, str, str], TagRow] = {}
    for term in terms:
        key = (term["term"], term["kind"], term["source"])
        grain[key] = TagRow(
            track_id=track_id,
            term=term["term"],
            kind=TagKind(term["kind"]),
            source=term["source"],
            raw=term["raw"],
            weight=term["weight"],
            field=TagKind(term["field"]) if term.get("field") else None,
            vocabulary=term.get("vocabulary"),
        )
    return grain.values()


def _rights(track_id: str, statements: Iterable[Mapping[str, Any]]) -> Iterable[RightsRow]:
    grain: dict[tuple[str, str], RightsRow] = {}
    for statement in statements:
        row = RightsRow(track_id=track_id, **statement)
        grain[(row.layer, row.source)] = row
    return grain.values()


def _features(track_id: str, group: str, values: Mapping[str, Any], extractor: str) -> Any:
    nulls = {name: value["null"] for name, value in values.items() if isinstance(value, dict)}
    known = {name: value for name, value in values.items() if name not in nulls}
    status = FeatureStatus.PARTIAL if nulls else FeatureStatus.COMPLETE
    versions = feature_versions(group)
    return TABLES[f"features_{group}"].row(
        track_id=track_id,
        group_version=group_version(group),
        extractor=extractor,
        status=status if known else FeatureStatus.EMPTY,
        null_reasons=json.dumps(nulls, sort_keys=True),
        feature_versions=json.dumps({name: versions[name] for name in values}, sort_keys=True),
        **known,
    )


def _reject(job: Job, found: Analysed, seen: Seen) -> RejectRow:
    stage = found.stage or Stage.ANALYSE
    first = [r.first_seen for r in seen.rejects if (r.uri, r.stage) == (job.uri, stage)]
    return RejectRow(
        uri=job.uri,
        stage=stage,
        reason=found.reason or RejectReason.INTERNAL_ERROR,
        detail=found.detail,
        first_seen=min([*first, seen.at]),
        last_seen=seen.at,
    )


def _duplicate(track_id: str, found: Analysed) -> DuplicateRow:
    assert found.match is not None
    return DuplicateRow(
        track_id=track_id,
        canonical_id=found.match["track_id"],
        method="audio_hash",
        evidence=found.match["evidence"],
        score=1.0,
    )
