"""Prefixes of object stores as a source: listed like a folder, through pyarrow.fs."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from pipelines.audio.recognise import HEAD_BYTES, container_of
from pipelines.sources.companions import Tree, assemble
from pipelines.sources.fetching import Remotes
from pipelines.sources.listing import FoundFile, KnownFiles, Listing, ListingProblem, Role
from pipelines.sources.object_store import open_store, split_uri
from pipelines.sources.pattern import PathPattern
from pipelines.sources.score import is_score_xml
from pipelines.sources.suffixes import AUDIO_SUFFIXES, OTHER_SUFFIXES, SCORE_SUFFIXES
from pipelines.sources.tables import TABLE_NAMES
from schemas.errors import InputError
from schemas.outcomes import RejectReason


@dataclass(frozen=True, slots=True)
class BucketSource:
    """A prefix of an object store, or one object; `uri` as a person gave it."""

    uri: str
    remotes: Remotes
    pattern: PathPattern | None = None

    @property
    def name(self) -> str:
        return self.uri.rstrip("/")

    def named(self) -> Sequence[str] | None:
        return None

    def list(self, known: KnownFiles) -> Listing:
        """Raises InputError when there is nothing under the prefix, or it is out of reach."""
        scheme, path = split_uri(self.name)
        store = open_store(scheme, self.remotes.environ)
        walk = _Walk(store, scheme, self.name, known)
        with _reached(self.name):
            walk.run(path)
            assemble(walk.tree, walk.found, walk.read, self.pattern)
        walk.found.files = [replace(f, name=_below(f.uri, self.name)) for f in walk.found.files]
        return walk.found


def check_objects(files: Iterable[FoundFile], remotes: Remotes) -> Listing:
    """Size and time of each object that a manifest names; one that is not there is a problem."""
    listing = Listing()
    stores: dict[str, Any] = {}
    for file in files:
        try:
            scheme, path = split_uri(file.uri)
            if scheme not in stores:
                stores[scheme] = open_store(scheme, remotes.environ)
            (info,) = stores[scheme].get_file_info([path])
        except (OSError, InputError) as error:
            said = " ".join(str(error).split())[:200]
            problem = ListingProblem(file.uri, RejectReason.UNREACHABLE, f"{file.uri}: {said}")
            listing.problems.append(problem)
            continue
        if not info.is_file:
            detail = f"{file.uri}: not there"
            listing.problems.append(ListingProblem(file.uri, RejectReason.UNREADABLE, detail))
            continue
        role = Role.SCORE if _is_score_name(path) else Role.AUDIO
        size, mtime_ns = info.size or 0, info.mtime_ns or 0
        found = replace(file, size=size, mtime_ns=mtime_ns, role=role, unsure=not mtime_ns)
        listing.files.append(found)
    return listing


def _is_score_name(path: str) -> bool:
    suffix = posixpath.splitext(path)[1].lower()
    return suffix in SCORE_SUFFIXES and suffix != ".xml"


@contextmanager
def _reached(uri: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(f"{uri}: nothing is there") from error
    except OSError as error:
        said = " ".join(str(error).split())[:200]
        raise InputError(f"{uri}: cannot be listed ({said})") from error


class _Walk:
    def __init__(self, store: Any, scheme: str, name: str, known: KnownFiles) -> None:
        self.store = store
        self.scheme = scheme
        self.name = name
        self.known = known
        self.found = Listing()
        self.tree = Tree(name)

    def run(self, path: str) -> None:
        from pyarrow import fs

        (info,) = self.store.get_file_info([path])
        if info.type == fs.FileType.File:
            self._object(info, force=True)
            return
        if info.type != fs.FileType.Directory:
            raise FileNotFoundError(path)
        stems = set()
        sidecars = []
        for info in self.store.get_file_info(fs.FileSelector(path, recursive=True)):
            if info.type != fs.FileType.File or self._hidden(info.path, path):
                continue
            if info.path.endswith(".json"):
                sidecars.append(info)
            elif self._object(info):
                stems.add(posixpath.splitext(info.path)[0])
        for info in sidecars:
            if info.path.removesuffix(".json") in stems:
                self.tree.sidecars[self._uri(info.path)] = (info.size or 0, info.mtime_ns or 0)

    def read(self, uri: str, size: int) -> bytes:
        """First bytes of an object."""
        with self.store.open_input_file(split_uri(uri)[1]) as stream:
            return bytes(stream.read(size))

    def _uri(self, path: str) -> str:
        return f"{self.scheme}://{path}"

    @staticmethod
    def _hidden(path: str, start: str) -> bool:
        below = path.removeprefix(start.rstrip("/") + "/")
        return any(part.startswith(".") for part in below.split("/"))

    def _object(self, info: Any, *, force: bool = False) -> bool:
        """Take an object; whether it is an input or a score."""
        uri, name = self._uri(info.path), posixpath.basename(info.path)
        suffix = posixpath.splitext(name)[1].lower()
        if name in TABLE_NAMES:
            self.tree.tables.append(uri)
            return False
        if suffix in OTHER_SUFFIXES and not force:
            return False
        try:
            role = self._role(uri, suffix, force)
        except OSError as error:
            detail = f"{uri}: cannot be read ({' '.join(str(error).split())[:200]})"
            self.found.problems.append(ListingProblem(uri, RejectReason.UNREACHABLE, detail))
            return False
        if role is None:
            return False
        file = FoundFile(uri, info.size or 0, info.mtime_ns or 0, self.name, role=role)
        (self.tree.scores if role is Role.SCORE else self.tree.audio).append(file)
        return True

    def _role(self, uri: str, suffix: str, force: bool) -> Role | None:
        if suffix == ".xml":
            return Role.SCORE if is_score_xml(self.read(uri, HEAD_BYTES)) else None
        if suffix in SCORE_SUFFIXES:
            return Role.SCORE
        if force or suffix in AUDIO_SUFFIXES or uri in self.known:
            return Role.AUDIO
        return Role.AUDIO if container_of(self.read(uri, HEAD_BYTES)) else None


def _below(uri: str, name: str) -> str:
    return posixpath.basename(uri) if uri == name else uri.removeprefix(name + "/")
