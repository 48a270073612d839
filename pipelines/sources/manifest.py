"""Manifests: a CSV, JSON Lines or Parquet file that names inputs, one a row.

    uri,track_name,style
    songs/a.ogg,A Song,Jazz          relative to the manifest's folder
    https://example.org/b.mp3,B,

A column counts only where a person has mapped it (`--map title=track_name`); the others are
counted and reported. Each row ends as one input or as one reject under MANIFEST#ROW, rows counted
from 1 without the header.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.sources.fetching import Remotes
from pipelines.sources.listing import (
    Beside,
    FoundFile,
    KnownFiles,
    Listing,
    ListingProblem,
    Role,
    Said,
    is_remote,
)
from pipelines.sources.manifest_rows import Row, open_rows
from pipelines.sources.score import is_score
from pipelines.sources.targets import ORIGIN, TARGETS, nearest, valid_targets
from schemas.errors import ContractError, InputError
from schemas.outcomes import RejectReason

_URI_COLUMNS = ("uri", "url", "path", "file", "filename")
_SCORES = (".kar", ".mid", ".midi", ".musicxml", ".mxl")
_SCHEMES = ("http", "https", "s3", "gs", "az")


@dataclass(frozen=True, slots=True)
class Mapped:
    """Which column is what: `columns` target → columns; `uri_column` empty: by its usual names."""

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    uri_column: str = ""

    @classmethod
    def parse(cls, mappings: Iterable[str], uri_column: str = "") -> Mapped:
        """From texts TARGET=COLUMN.

        Raises
        ------
        ContractError
            For a text of another shape, or an unknown target.
        """
        columns: dict[str, tuple[str, ...]] = {}
        for text in mappings:
            target, equals, column = text.partition("=")
            if not (equals and target and column):
                raise ContractError(f"--map {text!r}: valid is TARGET=COLUMN, as title=track_name")
            if target not in TARGETS and target != ORIGIN:
                hint = nearest(target, (*TARGETS, ORIGIN))
                raise ContractError(
                    f"--map {text!r}: no target {target!r}{hint}; valid: {valid_targets()}"
                )
            columns[target] = (*columns.get(target, ()), column)
        return cls(columns, uri_column)


@dataclass(slots=True)
class ManifestSource:
    """The inputs that a manifest names. Made by `open_manifest`, which reads it."""

    name: str
    inputs: dict[str, FoundFile]
    rejects: list[ListingProblem]
    notes: list[str]
    remotes: Remotes

    def named(self) -> Sequence[str] | None:
        return list(self.inputs)

    def list(self, known: KnownFiles) -> Listing:
        """The rows as inputs; a local file that is not there is a reject, as is a remote out of
        reach."""
        listing = Listing(problems=[*self.rejects], notes=[*self.notes])
        web: list[FoundFile] = []
        objects: list[FoundFile] = []
        for file in self.inputs.values():
            if not is_remote(file.uri):
                _local(file, listing)
            elif file.uri.lower().startswith("http"):
                web.append(file)
            else:
                objects.append(file)
        if web:
            from pipelines.sources.web import check_all

            checked = check_all(web, known, self.remotes)
            listing.files += checked.files
            listing.problems += checked.problems
        if objects:
            from pipelines.sources.bucket import check_objects

            checked = check_objects(objects, self.remotes)
            listing.files += checked.files
            listing.problems += checked.problems
        listing.files.sort(key=lambda file: file.uri)
        return listing


def open_manifest(path: Path, mapped: Mapped, remotes: Remotes) -> ManifestSource:
    """Read a manifest.

    Raises
    ------
    InputError
        It does not exist, cannot be read, has no rows, no column of uris, or lacks a mapped column
        (the nearest is named).
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100  keeps links
    with open_rows(path) as rows:
        uri_column = _uri_column(path, rows.columns, mapped.uri_column)
        _check_columns(path, rows.columns, mapped)
        source = ManifestSource(str(path), {}, [], [], remotes)
        wanted = [column for columns in mapped.columns.values() for column in columns]
        first_seen: dict[str, int] = {}
        for row in rows.read([uri_column, *wanted]):
            _take(row, path, uri_column, mapped, source, first_seen)
        if not source.inputs and not source.rejects:
            raise InputError(f"{path}: holds no rows; an empty manifest is not taken for a wish")
        _note_unmapped(path, rows.columns, {uri_column, *wanted}, source)
    return source


def _uri_column(path: Path, columns: Sequence[str], wanted: str) -> str:
    if wanted:
        if wanted in columns:
            return wanted
        hint = nearest(wanted, columns)
        raise InputError(f"{path}: no column {wanted!r}{hint}; there are: {_shown(columns)}")
    found = [name for name in _URI_COLUMNS if name in columns]
    if len(found) != 1:
        what = f"columns {' and '.join(found)} might be" if found else "no column is"
        raise InputError(
            f"{path}: {what} the uri; name it with --uri-column; there are: {_shown(columns)}"
        )
    return found[0]


def _check_columns(path: Path, columns: Sequence[str], mapped: Mapped) -> None:
    for target, names in mapped.columns.items():
        for name in names:
            if name not in columns:
                hint = nearest(name, columns)
                raise InputError(
                    f"{path}: no column {name!r} to map to {target}{hint}; "
                    f"there are: {_shown(columns)}"
                )


def _shown(columns: Sequence[str]) -> str:
    more = f" and {len(columns) - 30} more" if len(columns) > 30 else ""
    return ", ".join(column[:60] for column in columns[:30]) + more


def _note_unmapped(
    path: Path, columns: Sequence[str], used: set[str], source: ManifestSource
) -> None:
    unmapped = [column for column in columns if column not in used]
    if unmapped:
        source.notes.append(f"{path}: {len(unmapped)} columns not mapped: {_shown(unmapped)}")


def _take(
    row: Row,
    path: Path,
    uri_column: str,
    mapped: Mapped,
    source: ManifestSource,
    first_seen: dict[str, int],
) -> None:
    problem, reason = row.problem, RejectReason.INVALID_ROW
    uri = ""
    if not problem:
        uri, problem = _uri(row.values.get(uri_column, ()), path.parent)
    if not problem and uri in source.inputs:
        problem = f"names {uri} again, after row {first_seen[uri]}"
        reason = RejectReason.REPEATED_URI
    if problem:
        at = f"{source.name}#{row.number}"
        detail = f"{path.name}, row {row.number}: {problem}"
        source.rejects.append(ListingProblem(at, reason, detail))
        return
    first_seen[uri] = row.number
    said = tuple(
        Said(target, f"manifest:{column}", values)
        for target, columns in mapped.columns.items()
        for column in columns
        if (values := row.values.get(column, ()))
    )
    name = uri.rpartition("/")[2] if is_remote(uri) else ""
    source.inputs[uri] = FoundFile(
        uri, 0, 0, source.name, name=name, said=said, unsure=is_remote(uri)
    )


def _uri(values: Sequence[str], folder: Path) -> tuple[str, str]:
    """The uri of a row and "", or "" and what is wrong with it."""
    text = values[0].strip() if len(values) == 1 else ""
    if not text:
        return "", "no uri"
    if "\0" in text or any(0xD800 <= ord(c) <= 0xDFFF for c in text):
        return "", "the uri is not valid text"
    scheme, separator, rest = text.partition("://")
    if not separator:
        return os.path.normpath(folder / text), ""
    scheme = scheme.lower()
    if scheme == "file" and rest.startswith("/"):
        return os.path.normpath(rest), ""
    if scheme not in _SCHEMES:
        return "", f"scheme {scheme[:20]!r}; valid: a path, {', '.join(_SCHEMES)}"
    return f"{scheme}://{rest}", ""


def _local(file: FoundFile, listing: Listing) -> None:
    path = Path(file.uri)
    try:
        info = path.stat()
        if not stat.S_ISREG(info.st_mode):
            raise OSError(0, "not a regular file")
    except (OSError, ValueError) as error:
        detail = f"{file.uri}: {getattr(error, 'strerror', None) or error}"
        listing.problems.append(ListingProblem(file.uri, RejectReason.UNREADABLE, detail))
        return
    role = Role.SCORE if is_score(path.name, path) else Role.AUDIO
    size, mtime_ns = info.st_size, info.st_mtime_ns
    beside = tuple(_neighbours(path, role))
    listing.files.append(
        FoundFile(file.uri, size, mtime_ns, file.source, role=role, said=file.said, beside=beside)
    )


def _neighbours(path: Path, role: Role) -> Iterable[Beside]:
    """The sidecar and the scores of the file's name, as a listing of its folder finds them."""
    suffixes = (".json",) if role is Role.SCORE else (".json", *_SCORES)
    for suffix in suffixes:
        other = path.with_suffix(suffix)
        try:
            info = other.stat()
        except OSError:
            continue
        if stat.S_ISREG(info.st_mode):
            yield Beside(str(other), info.st_size, info.st_mtime_ns, score=suffix != ".json")
