"""Prefixes of object stores, through one filesystem interface: pyarrow.fs.

    s3://bucket/prefix    credentials, region and endpoint from the usual AWS_… variables
    gs://bucket/prefix    Google's application default credentials
    az://container/path   AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY or the default ones

An object is unchanged while its size and modification time are; an ETag, which only a request for
the object gives, spares the download of one that was written again with the same bytes.
"""

from __future__ import annotations

import posixpath
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipelines.audio.recognise import HEAD_BYTES, container_of
from pipelines.sources.companions import Tree, assemble
from pipelines.sources.fetching import Fetched, Remotes, failure, too_large, unexpected
from pipelines.sources.listing import FoundFile, KnownFiles, Listing, ListingProblem, Role
from pipelines.sources.pattern import PathPattern
from pipelines.sources.score import is_score_xml
from pipelines.sources.suffixes import AUDIO_SUFFIXES, OTHER_SUFFIXES, SCORE_SUFFIXES
from pipelines.sources.tables import TABLE_NAMES
from schemas.errors import InputError, SettingsError, SourceUnavailable
from schemas.outcomes import RejectReason

_BLOCK = 1 << 20
_CONNECT_S, _REQUEST_S = 10.0, 30.0


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


def split_uri(uri: str) -> tuple[str, str]:
    """Scheme, and bucket with key, of an object's address. `?` and `#` are parts of a key.

    Raises
    ------
    InputError
        When it names no bucket, or goes up with "..".
    """
    scheme, _, path = uri.partition("://")
    bucket = path.partition("/")[0]
    if not bucket or "@" in bucket or any(part in ("..", ".") for part in path.split("/")):
        raise InputError(f"{uri}: valid is {scheme.lower()}://BUCKET/PREFIX")
    return scheme.lower(), path


def open_store(scheme: str, environ: Mapping[str, str]) -> Any:
    """The pyarrow filesystem of a scheme.

    Raises
    ------
    SourceUnavailable
        When this build of pyarrow does not have it.
    SettingsError
        When a variable of the environment does not parse.
    """
    from pyarrow import fs

    makers = {"s3": _s3, "gs": _gcs, "az": _azure}
    try:
        return makers[scheme](fs, environ)
    except AttributeError as error:
        raise SourceUnavailable(f"{scheme}://: this build of pyarrow cannot read it") from error
    except ValueError as error:
        raise SettingsError(f"{scheme}://: {error}") from error


def fetch_object(uri: str, target: Path, version: str | None, remotes: Remotes) -> Fetched:
    """Write an object to `target`, or nothing where it still has `version`.

    Raises
    ------
    AudioError
        TOO_LARGE, UNREADABLE (not there) or UNREACHABLE.
    """
    scheme, path = split_uri(uri)
    try:
        store = open_store(scheme, remotes.environ)
        (info,) = store.get_file_info([path])
        if not info.is_file:
            raise failure(RejectReason.UNREADABLE, f"{uri}: not there")
        with store.open_input_stream(path) as stream:
            found = Fetched(info.size or 0, info.mtime_ns or 0, _version(stream))
            if version is not None and found.version == version:
                return replace(found, same=True)
            return replace(found, size=_copy(uri, stream, target, remotes))
    except OSError as error:
        if error.filename is not None:
            raise  # our own disk, not the store
        raise unexpected(uri, error) from error


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


def _copy(uri: str, stream: Any, target: Path, remotes: Remotes) -> int:
    size, deadline = 0, time.monotonic() + remotes.wall_s
    with target.open("wb") as sink:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > remotes.max_bytes:
                raise too_large(uri, remotes)
            if time.monotonic() > deadline:
                raise failure(RejectReason.UNREACHABLE, f"{uri}: over {remotes.wall_s:g} s")
            sink.write(block)
    return size


def _version(stream: Any) -> str | None:
    facts = {key.decode().lower(): value.decode() for key, value in stream.metadata().items()}
    version = facts.get("versionid") or facts.get("version-id")
    etag = facts.get("etag")
    return f"version:{version}" if version else f"etag:{etag}" if etag else None


def _s3(fs: Any, environ: Mapping[str, str]) -> Any:
    region = environ.get("AWS_REGION", "") or environ.get("AWS_DEFAULT_REGION", "")
    given = {
        "access_key": environ.get("AWS_ACCESS_KEY_ID") or None,
        "secret_key": environ.get("AWS_SECRET_ACCESS_KEY") or None,
        "session_token": environ.get("AWS_SESSION_TOKEN") or None,
        "region": region or None,
        "connect_timeout": _CONNECT_S,
        "request_timeout": _REQUEST_S,
    }
    endpoint = environ.get("AWS_ENDPOINT_URL_S3", "") or environ.get("AWS_ENDPOINT_URL", "")
    if endpoint:
        parts = urlsplit(endpoint)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ValueError(f"AWS_ENDPOINT_URL={endpoint!r}; valid is http(s)://host[:port]")
        given |= {"endpoint_override": parts.netloc, "scheme": parts.scheme}
        given["region"] = given["region"] or "us-east-1"
    return fs.S3FileSystem(**{name: value for name, value in given.items() if value is not None})


def _gcs(fs: Any, environ: Mapping[str, str]) -> Any:
    return fs.GcsFileSystem()


def _azure(fs: Any, environ: Mapping[str, str]) -> Any:
    account = environ.get("AZURE_STORAGE_ACCOUNT_NAME", "")
    if not account:
        raise ValueError("AZURE_STORAGE_ACCOUNT_NAME is not set")
    key = environ.get("AZURE_STORAGE_ACCOUNT_KEY") or None
    return fs.AzureFileSystem(account_name=account, account_key=key)


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
