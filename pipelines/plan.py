"""What a run has to do: the listing of the sources held against what the warehouse knows.

Planning comes before Prefect: when nothing is pending the run ends without importing it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa

from pipelines.analyse import Job
from pipelines.comparison import Known, Lacking, mended, new_rejects, reread, same, vanished
from pipelines.features.tagger.registry import GROUP, tagger_id
from pipelines.rows import Seen
from pipelines.sources.fetching import Remotes
from pipelines.sources.listing import Beside, FoundFile, Listing, ListingProblem, Source
from pipelines.sources.opening import names_of, open_sources
from schemas.analysis import FINGERPRINT_VERSION
from schemas.catalogue import FileRow, RejectRow
from schemas.features import FEATURES, feature_versions, group_version, groups
from warehouse import queries
from warehouse.lake import Lake

MEASURED_GROUPS = tuple(groups(FEATURES))


@dataclass(frozen=True, slots=True)
class Method:
    """How a run measures: with what, and up to which duration in seconds."""

    extractor: str
    max_duration_s: float
    tagger: str = ""
    vocabulary: str = ""  # file of a person's additions


@dataclass(frozen=True, slots=True)
class Planned:
    """One input that needs a look: new, changed, or lacking a feature group.

    `version` is what the warehouse holds of a remote, `beside` what lies beside the input.
    """

    job: Job
    seen: Seen
    version: str | None = None
    beside: tuple[Beside, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The work of one run: `discovered` = `unchanged` + `files` + `rejects` (listing problems).

    `mended` are rejects of earlier listings that no longer hold; `notes` are sentences for a
    person.
    """

    run_id: str
    started_at: datetime
    sources: tuple[str, ...]
    method: Method
    discovered: int
    unchanged: int
    files: tuple[Planned, ...]
    vanished: tuple[FileRow, ...]
    rejects: tuple[RejectRow, ...] = ()
    mended: tuple[RejectRow, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def nothing_to_do(self) -> bool:
        return not (self.files or self.vanished or self.rejects or self.mended)


def read_known(lake: Lake, sources: Sequence[str | Source], method: Method) -> Known:
    """Everything the plan compares the listing with.

    What a tagger has filled is current whoever measures the other groups, as long as no other
    tagger is asked for.
    """
    files: dict[str, Mapping[str, Any]] = {}
    for source in sources:
        for row in _known_files(lake, source).to_pylist():
            files[row["uri"]] = row
    versions = {group: group_version(group) for group in MEASURED_GROUPS}
    extractors: dict[str, str | None] = dict.fromkeys(MEASURED_GROUPS, method.extractor)
    extractors |= {GROUP: tagger_id(method.tagger)}
    pending = _lacking(queries.pending(lake, versions, extractors).to_pylist())
    unheard = frozenset(queries.without_fingerprint(lake, FINGERPRINT_VERSION))
    rejects: dict[str, list[RejectRow]] = {}
    for reject in queries.unresolved_rejects(lake):
        rejects.setdefault(reject.uri, []).append(reject)
    return Known(files, pending, rejects, unheard)


def _known_files(lake: Lake, source: str | Source) -> pa.Table:
    if isinstance(source, str):
        return queries.known_files(lake, source)
    named = source.named()
    if named is None:
        return queries.known_files(lake, source.name)
    return queries.known_uris(lake, source.name, named)


def _lacking(rows: Iterable[Mapping[str, Any]]) -> dict[str, Lacking]:
    pending: dict[str, Lacking] = {}
    for row in rows:
        features = _stale(row["group"], row["feature_versions"])
        pending.setdefault(row["track_id"], {})[row["group"]] = features
    return pending


@cache
def _stale(group: str, stored: str | None) -> tuple[str, ...]:
    """Features of `group` that a row with these `feature_versions` lacks; all of them where it has
    none, and where none is missing: then one has left the group."""
    current = feature_versions(group)
    known = json.loads(stored) if stored else {}
    lacking = tuple(name for name, version in current.items() if known.get(name) != version)
    return lacking or tuple(current)


def make_plan(
    sources: Sequence[str | Path | Source],
    known: Known,
    method: Method,
    again: frozenset[str] | None = None,
) -> Plan:
    """Hold the listing of `sources` against `known`.

    With `again`, the run is about these uris only, and each is looked at whether it has changed or
    not.

    A file is unchanged when its size and modification time (of a remote, its version) and the words
    beside it are what they were, and its track lacks no feature group. A known file that is no
    longer listed has vanished.

    Raises
    ------
    InputError
        When a source does not exist or cannot be read; a missing folder is never an empty one.
    """
    at = datetime.now(UTC)
    opened = open_sources(sources, Remotes())
    found, listed = _list(opened, known)
    if again is not None:
        found, listed, known = _only(again, found, listed, known)
    problems = listed.problems
    work = (_work(file, known, method, at) for file in found.values())
    planned = tuple(file for file in work if file is not None)
    rejects = tuple(new_rejects(problems, known, at))
    met = {problem.uri for problem in problems} | {file.job.uri for file in planned}
    discovered = len(found) + len(problems)
    return Plan(
        run_id=f"{at:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}",
        started_at=at,
        sources=names_of(opened),
        method=method,
        discovered=discovered,
        unchanged=discovered - len(planned) - len(rejects),
        files=planned,
        vanished=tuple(vanished(found, problems, known)),
        rejects=rejects,
        mended=tuple(mended(opened, found, met, known, at)),
        notes=tuple(listed.notes),
    )


def _only(
    uris: frozenset[str], found: Mapping[str, FoundFile], listed: Listing, known: Known
) -> tuple[dict[str, FoundFile], Listing, Known]:
    """Everything that is about `uris`, with all features of their tracks pending."""
    problems = [problem for problem in listed.problems if problem.uri in uris]
    files = {uri: row for uri, row in known.files.items() if uri in uris}
    every: Lacking = {group: tuple(feature_versions(group)) for group in MEASURED_GROUPS}
    tracks = {row["track_id"]: every for row in files.values() if row["track_id"] is not None}
    rejects = {uri: rows for uri, rows in known.rejects.items() if uri in uris}
    return (
        {uri: replace(file, unsure=True) for uri, file in found.items() if uri in uris},
        Listing(problems=problems, notes=listed.notes),
        Known(files, tracks, rejects),
    )


def _list(sources: Iterable[Source], known: Known) -> tuple[dict[str, FoundFile], Listing]:
    """Every input once, and the problems and notes of all sources."""
    found: dict[str, FoundFile] = {}
    problems: dict[str, ListingProblem] = {}
    notes: list[str] = []
    for source in sources:
        listing = source.list(known.files)
        for file in listing.files:
            found[file.uri] = file.joined(found.get(file.uri))
        problems |= {problem.uri: problem for problem in listing.problems}
        notes += listing.notes
    kept = [problem for uri, problem in problems.items() if uri not in found]
    return found, Listing(problems=kept, notes=notes)


def _work(file: FoundFile, known: Known, method: Method, at: datetime) -> Planned | None:
    row = known.files.get(file.uri)
    pending: Lacking = {}
    if row is not None and row["track_id"] is not None:
        pending = known.pending.get(row["track_id"], {})
    words = row is not None and reread(file, row)
    unheard = row is not None and row["track_id"] in known.unheard
    if row is not None and same(file, row) and not words and not pending and not unheard:
        return None
    row = row or {}
    job = Job(
        uri=file.uri,
        source=file.source,
        groups=MEASURED_GROUPS,
        extractor=method.extractor,
        tagger=method.tagger,
        vocabulary=method.vocabulary,
        max_duration_s=method.max_duration_s,
        track_id=row.get("track_id"),
        file_hash=row.get("file_hash"),
        audio_hash=row.get("audio_hash"),
        pending=tuple(pending),
        features=tuple(name for features in pending.values() for name in features),
        fingerprint=unheard,
        name=file.name,
        role=file.role,
        said=tuple((one.target, one.source, one.values) for one in file.said),
        scores=tuple({"path": score.uri, "uri": score.uri} for score in file.scores),
        reread=words,
    )
    uris = (file.uri, *(score.uri for score in file.scores))
    rejects = tuple(reject for uri in uris for reject in known.rejects.get(uri, ()))
    seen = Seen(file.size, file.mtime_ns, at, rejects, file.version, file.words)
    return Planned(job, seen, row.get("version"), file.beside)
