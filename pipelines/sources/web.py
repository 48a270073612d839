"""Addresses of the web as a source, and what a listing asks of many of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from pipelines.sources.fetching import Remotes
from pipelines.sources.http import look
from pipelines.sources.http_policy import Refused, parse_url
from pipelines.sources.listing import FoundFile, KnownFiles, Listing, ListingProblem
from schemas.errors import AudioError, InputError
from schemas.outcomes import FileState

_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class WebSource:
    """One audio file or score at an address."""

    url: str
    remotes: Remotes

    @property
    def name(self) -> str:
        return self.url

    def named(self) -> Sequence[str] | None:
        return (self.url,)

    def list(self, known: KnownFiles) -> Listing:
        """Raises InputError when the address is refused, or known and out of reach."""
        try:
            target = self.remotes.http.target(self.url)
            if target.is_literal:  # a name is looked up when it is fetched
                self.remotes.http.addresses(target)
        except Refused as error:
            raise InputError(f"{self.url}: {error}") from error
        file = FoundFile(self.url, 0, 0, self.url, name=web_name(self.url), unsure=True)
        listing = check_all([file], known, self.remotes)
        if listing.problems:
            raise InputError(listing.problems[0].detail)
        return listing


def web_name(url: str) -> str:
    """File name at the end of an address, as words are read from it."""
    return unquote(urlsplit(url).path).rpartition("/")[2] or parse_url(url).host


def check_all(files: Iterable[FoundFile], known: KnownFiles, remotes: Remotes) -> Listing:
    """Ask of each known address whether it has changed; new ones are taken as they are.

    One that is out of reach is a problem. Where the server gives no version, the file is `unsure`
    and its bytes are compared later.
    """
    listing = Listing()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for found in pool.map(lambda file: _check(file, known.get(file.uri), remotes), files):
            if isinstance(found, FoundFile):
                listing.files.append(found)
            else:
                listing.problems.append(found)
    return listing


def _check(
    file: FoundFile, row: Mapping[str, Any] | None, remotes: Remotes
) -> FoundFile | ListingProblem:
    if row is None or (not row["version"] and row["state"] == FileState.PRESENT):
        return file
    try:
        found = look(file.uri, row["version"], remotes)
    except AudioError as error:
        return ListingProblem(file.uri, error.reason, error.detail)
    if found.same or (found.version is not None and found.version == row["version"]):
        return replace(
            file,
            size=row["size"],
            mtime_ns=row["mtime_ns"],
            version=row["version"],
            unsure=False,
        )
    size, mtime_ns = found.size or row["size"], found.mtime_ns or row["mtime_ns"]
    return replace(file, size=size, mtime_ns=mtime_ns, version=found.version)
