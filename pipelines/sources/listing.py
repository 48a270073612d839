"""What every listing of inputs gives, be it of a folder, a manifest, an address or a bucket.

    Source.list(known) ─▶ Listing(files, problems, notes)

A file is known again by its `uri`; whether it has changed is told by size and modification time,
or by a `version` where the remote has one; whether the words beside it have changed by `words`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from schemas.outcomes import RejectReason

KnownFiles = Mapping[str, Mapping[str, Any]]
"""uri → the row of `files` that an earlier run left."""


class Role(StrEnum):
    """What an input is. A score beside audio is no input: it belongs to that audio."""

    AUDIO = "audio"
    SCORE = "score"


@dataclass(frozen=True, slots=True)
class Said:
    """What a listing says of a file in one field: of a manifest's row, a table, a path.

    Attributes
    ----------
    target : str
        A key of `pipelines.sources.targets.TARGETS`.
    source : str
        Where it was found, as it is stored: manifest:COLUMN, csv:COLUMN, path:pattern.
    """

    target: str
    source: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """A file that belongs to an input: its JSON sidecar, or a score."""

    uri: str
    size: int
    mtime_ns: int
    score: bool = False


@dataclass(frozen=True, slots=True)
class FoundFile:
    """An input.

    Attributes
    ----------
    uri : str
        Absolute path, or the address of a remote.
    source : str
        What was asked for: a folder, a file, a manifest, a prefix.
    version : str or None
        ETag, version id or Last-Modified; where there is one, it alone decides what is unchanged.
    name : str
        Of a remote: its path below `source`, whose words are read as those of a local path.
    unsure : bool
        Nothing tells whether it has changed: its bytes are read again.
    """

    uri: str
    size: int
    mtime_ns: int
    source: str
    version: str | None = None
    name: str = ""
    role: Role = Role.AUDIO
    said: tuple[Said, ...] = ()
    beside: tuple[Beside, ...] = ()
    unsure: bool = False

    @property
    def words(self) -> str | None:
        """Two digests, SAID:BESIDE, of what stands beside the bytes; None where nothing does."""
        said = _digest([[one.target, one.source, *one.values] for one in self.said])
        beside = _digest([[one.uri, one.size, one.mtime_ns] for one in self.beside])
        return f"{said}:{beside}" if said or beside else None

    def joined(self, other: FoundFile | None) -> FoundFile:
        """One input that two listings of a run brought, with what each of them knows of it."""
        if other is None or (other.said, other.beside) == (self.said, self.beside):
            return self
        first, second = (self, other) if self.said else (other, self)
        said = (*first.said, *(one for one in second.said if one not in first.said))
        beside = (*first.beside, *(one for one in second.beside if one not in first.beside))
        return replace(first, said=said, beside=beside)

    @property
    def scores(self) -> tuple[Beside, ...]:
        return tuple(file for file in self.beside if file.score)


@dataclass(frozen=True, slots=True)
class ListingProblem:
    """Something that may hold audio and cannot be listed.

    `uri` is always valid text: bytes of a name that are no UTF-8 are shown as \\xNN.
    """

    uri: str
    reason: RejectReason
    detail: str


@dataclass(slots=True)
class Listing:
    """`files` sorted by uri; `problems` and `notes` (sentences) in the order they were met."""

    files: list[FoundFile] = field(default_factory=list)
    problems: list[ListingProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Source(Protocol):
    """Something that lists inputs.

    Attributes
    ----------
    name : str
        What `files.source` holds: the path or address as the user gave it, made absolute.
    """

    @property
    def name(self) -> str: ...

    def named(self) -> Sequence[str] | None:
        """The uris it names itself; None when it covers whatever lies below `name`."""

    def list(self, known: KnownFiles) -> Listing:
        """The inputs.

        Raises
        ------
        InputError
            When the source is not there or cannot be reached: it is never taken for an empty one.
        """


def files_beside(words: str | None) -> str:
    """The second part of `FoundFile.words`, which is about sidecars and scores."""
    return (words or "").rpartition(":")[2]


def _digest(parts: Sequence[Sequence[object]]) -> str:
    if not parts:
        return ""
    text = json.dumps(sorted(parts, key=repr), ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def is_remote(uri: str) -> bool:
    """Whether `uri` is an address, and not a path of this machine."""
    return "://" in uri and not uri.startswith("/")
