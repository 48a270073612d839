"""What a run has to do: the listing of the sources held against what the warehouse knows.

Planning comes before Prefect: when nothing is pending the run ends without importing it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from pipelines.analyse import Job
from pipelines.features.tagger.registry import GROUP, tagger_id
from pipelines.rows import Seen
from pipelines.sources.folder import FoundFile, ListingProblem, list_folder
from schemas.catalogue import FileRow, RejectRow
from schemas.features import FEATURES, group_version, groups
from schemas.outcomes import FileState, Stage
from warehouse import queries
from warehouse.lake import Lake

MEASURED_GROUPS = tuple(groups(FEATURES))


@dataclass(frozen=True, slots=True)
class Method:
    """How a run measures: with what, and up to which duration in seconds."""

    extractor: str
    max_duration_s: float
    tagger: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """One input that needs a look: new, changed, or lacking a feature group."""

    job: Job
    seen: Seen


@dataclass(frozen=True, slots=True)
class Plan:
    """The work of one run: `discovered` = `unchanged` + `files` + `rejects` (listing problems)."""

    run_id: str
    started_at: datetime
    sources: tuple[str, ...]
    method: Method
    discovered: int
    unchanged: int
    files: tuple[Planned, ...]
    vanished: tuple[FileRow, ...]
    rejects: tuple[RejectRow, ...] = ()

    @property
    def nothing_to_do(self) -> bool:
        return not (self.files or self.vanished or self.rejects)


@dataclass(frozen=True, slots=True)
class Known:
    """What the warehouse knew before the run, by uri."""

    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    pending: Mapping[str, Sequence[str]] = field(default_factory=dict)  # track_id → groups
    rejects: Mapping[str, Sequence[RejectRow]] = field(default_factory=dict)


def read_known(lake: Lake, sources: Sequence[str], method: Method) -> Known:
    """Everything the plan compares the listing with.

    What a tagger has filled is current whoever measures the other groups, as long as no other
    tagger is asked for.
    """
    files: dict[str, Mapping[str, Any]] = {}
    for source in sources:
        for row in queries.known_files(lake, source).to_pylist():
            files[row["uri"]] = row
    versions = {group: group_version(group) for group in MEASURED_GROUPS}
    pending: dict[str, list[str]] = {}
    extractors: dict[str, str | None] = dict.fromkeys(MEASURED_GROUPS, method.extractor)
    extractors |= {GROUP: tagger_id(method.tagger)}
    for row in queries.pending(lake, versions, extractors).to_pylist():
        pending.setdefault(row["track_id"], []).append(row["group"])
    rejects: dict[str, list[RejectRow]] = {}
    for reject in queries.unresolved_rejects(lake):
        rejects.setdefault(reject.uri, []).append(reject)
    return Known(files, pending, rejects)


def make_plan(sources: Sequence[Path], known: Known, method: Method) -> Plan:
    """Hold the listing of `sources` against `known`.

    A file is unchanged when its size and modification time are what they were and its track lacks
    no feature group. A known file that is no longer listed has vanished.

    Raises
    ------
    InputError
        When a source does not exist or cannot be read; a missing folder is never an empty one.
    """
    at = datetime.now(UTC)
    found, problems = _list(sources, known)
    work = (_work(file, known, method, at) for file in found.values())
    planned = tuple(file for file in work if file is not None)
    rejects = tuple(_new_rejects(problems, known, at))
    unreadable = tuple(problem.uri.rstrip("/") + "/" for problem in problems)
    vanished = tuple(
        _missing(row)
        for uri, row in known.files.items()
        # What lies in a folder that cannot be read now has not vanished.
        if uri not in found and row["state"] != FileState.MISSING and not uri.startswith(unreadable)
    )
    discovered = len(found) + len(problems)
    return Plan(
        run_id=f"{at:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}",
        started_at=at,
        sources=tuple(str(source) for source in sources),
        method=method,
        discovered=discovered,
        unchanged=discovered - len(planned) - len(rejects),
        files=planned,
        vanished=vanished,
        rejects=rejects,
    )


def _new_rejects(
    problems: Iterable[ListingProblem], known: Known, at: datetime
) -> Iterable[RejectRow]:
    for problem in problems:
        earlier = [r for r in known.rejects.get(problem.uri, ()) if r.stage == Stage.LIST]
        if any(row.detail == problem.detail for row in earlier):
            continue
        yield RejectRow(
            uri=problem.uri,
            stage=Stage.LIST,
            reason=problem.reason,
            detail=problem.detail,
            first_seen=min([row.first_seen for row in earlier] + [at]),
            last_seen=at,
        )


def _list(
    sources: Iterable[Path], known: Known
) -> tuple[dict[str, FoundFile], list[ListingProblem]]:
    found: dict[str, FoundFile] = {}
    problems: list[ListingProblem] = []
    for source in sources:
        listing = list_folder(source, known=known.files.keys())
        found |= {file.uri: file for file in listing.files}
        problems += listing.problems
    return found, problems


def _work(file: FoundFile, known: Known, method: Method, at: datetime) -> Planned | None:
    row = known.files.get(file.uri)
    pending: Sequence[str] = ()
    if row is not None and row["track_id"] is not None:
        pending = known.pending.get(row["track_id"], ())
    if row is not None and not pending and _same(file, row):
        return None
    row = row or {}
    job = Job(
        uri=file.uri,
        source=file.source,
        groups=MEASURED_GROUPS,
        extractor=method.extractor,
        tagger=method.tagger,
        max_duration_s=method.max_duration_s,
        track_id=row.get("track_id"),
        file_hash=row.get("file_hash"),
        audio_hash=row.get("audio_hash"),
        pending=tuple(pending),
    )
    rejects = tuple(known.rejects.get(file.uri, ()))
    return Planned(job, Seen(file.size, file.mtime_ns, at, rejects))


def _same(file: FoundFile, row: Mapping[str, Any]) -> bool:
    before = (row["size"], row["mtime_ns"])
    return before == (file.size, file.mtime_ns) and bool(row["state"] != FileState.MISSING)


def _missing(row: Mapping[str, Any]) -> FileRow:
    return FileRow(
        uri=row["uri"],
        size=row["size"],
        mtime_ns=row["mtime_ns"],
        file_hash=row["file_hash"],
        track_id=row["track_id"],
        state=FileState.MISSING,
        source=row["source"],
    )
