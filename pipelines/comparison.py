"""A listing held against what the warehouse knew: what is the same, gone, met again or mended."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pipelines.sources.fetching import KEEPS
from pipelines.sources.listing import FoundFile, ListingProblem, Source, files_beside
from schemas.catalogue import FileRow, RejectRow
from schemas.outcomes import FileState, Stage

Lacking = dict[str, tuple[str, ...]]
"""Feature group → those of its features that a known track lacks at their current version."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the warehouse knew before the run, by uri."""

    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    pending: Mapping[str, Lacking] = field(default_factory=dict)  # by track_id
    rejects: Mapping[str, Sequence[RejectRow]] = field(default_factory=dict)
    unheard: frozenset[str] = frozenset()  # tracks without a current fingerprint


def vanished(
    found: Mapping[str, FoundFile], problems: Iterable[ListingProblem], known: Known
) -> Iterable[FileRow]:
    """Known files that are no longer listed, as rows that say so.

    What lies in a folder that cannot be read now, or on a remote out of reach, has not vanished.
    """
    unreadable = {problem.uri.rstrip("/") for problem in problems}
    kept = {problem.uri for problem in problems if problem.reason in KEEPS}
    for uri, row in known.files.items():
        if uri in found or uri in kept or row["state"] == FileState.MISSING:
            continue
        if row["state"] == FileState.REJECTED and uri in unreadable:
            continue  # it was not to be had before, either
        if not (unreadable and _inside(uri, unreadable)):
            yield _missing(row)


def _inside(uri: str, folders: Container[str]) -> bool:
    folder = uri.rpartition("/")[0]
    while folder:
        if folder in folders:
            return True
        folder = folder.rpartition("/")[0]
    return False


def mended(
    sources: Sequence[Source],
    found: Mapping[str, FoundFile],
    met: Container[str],
    known: Known,
    at: datetime,
) -> Iterable[RejectRow]:
    """Rejects of earlier listings of these sources that this one has not `met` again."""
    names = {source.name for source in sources}
    below = tuple(mark for name in names for mark in (name.rstrip("/") + "/", name + "#"))
    for uri, rejects in known.rejects.items():
        if uri in met or not (uri in found or uri in names or uri.startswith(below)):
            continue
        for row in rejects:
            if row.stage == Stage.LIST:
                yield replace(row, resolved=True, last_seen=at)


def new_rejects(
    problems: Iterable[ListingProblem], known: Known, at: datetime
) -> Iterable[RejectRow]:
    """A row for each problem of a listing that is not known as it is."""
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


def same(file: FoundFile, row: Mapping[str, Any]) -> bool:
    """Whether nothing of the file has changed, as far as its listing can tell."""
    if file.unsure or row["state"] == FileState.MISSING:
        return False
    if file.version is not None:
        return bool(file.version == row["version"])
    return bool((row["size"], row["mtime_ns"]) == (file.size, file.mtime_ns))


def reread(file: FoundFile, row: Mapping[str, Any]) -> bool:
    """Whether the words beside a usable file have changed.

    A listing that says nothing takes nothing away that another source has said.
    """
    if row["track_id"] is None:
        return False
    if row["source"] != file.source and not file.said:
        return files_beside(file.words) != files_beside(row["words"])
    return bool(file.words != row["words"])


def _missing(row: Mapping[str, Any]) -> FileRow:
    return FileRow(
        uri=row["uri"],
        size=row["size"],
        mtime_ns=row["mtime_ns"],
        file_hash=row["file_hash"],
        track_id=row["track_id"],
        state=FileState.MISSING,
        source=row["source"],
        version=row["version"],
        words=row["words"],
    )
