"""From what a person names to a Source: a path, an address, a prefix of an object store."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipelines.sources.fetching import Remotes
from pipelines.sources.folder import FolderSource
from pipelines.sources.listing import Source
from pipelines.sources.pattern import PathPattern
from schemas.errors import InputError

SCHEMES = ("http", "https", "s3", "gs", "az")
"""Schemes of remote inputs; what has none is a path of this machine."""


def open_sources(
    named: Iterable[str | Path | Source], remotes: Remotes, pattern: PathPattern | None = None
) -> list[Source]:
    """A Source for each path or address; what is one already is taken as it is.

    Raises
    ------
    InputError
        For a scheme that is not read.
    """
    return [
        _open(str(one), remotes, pattern) if isinstance(one, str | Path) else one for one in named
    ]


def _open(named: str, remotes: Remotes, pattern: PathPattern | None) -> Source:
    scheme, separator, _ = named.partition("://")
    if not separator:
        # abspath, not resolve: a folder reached through a link keeps the name the user gave it.
        return FolderSource(Path(os.path.abspath(named)), pattern)  # noqa: PTH100
    scheme = scheme.lower()
    if scheme in ("http", "https"):
        from pipelines.sources.web import WebSource

        return WebSource(named, remotes)
    if scheme in SCHEMES:
        from pipelines.sources.bucket import BucketSource

        return BucketSource(named, remotes, pattern)
    raise InputError(f"{named}: scheme {scheme!r} is not read; valid: a path, {_schemes()}")


def _schemes() -> str:
    return ", ".join(f"{scheme}://" for scheme in SCHEMES)


def names_of(sources: Sequence[Source]) -> tuple[str, ...]:
    """What each source is called in `files.source` and in a run's row."""
    return tuple(source.name for source in sources)
