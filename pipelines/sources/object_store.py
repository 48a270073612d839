"""Objects of object stores, through one filesystem interface: pyarrow.fs.

    s3://bucket/prefix    credentials, region and endpoint from the usual AWS_… variables
    gs://bucket/prefix    Google's application default credentials
    az://container/path   AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY or the default ones

An object is unchanged while its size and modification time are; an ETag, which only a request for
the object gives, spares the download of one that was written again with the same bytes.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from pipelines.sources.fetching import Fetched, Remotes, failure, too_large, unexpected
from schemas.errors import InputError, SettingsError, SourceUnavailable
from schemas.outcomes import RejectReason

_BLOCK = 1 << 20
_CONNECT_S, _REQUEST_S = 10.0, 30.0


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
    except (OSError, pa.ArrowException) as error:
        if getattr(error, "filename", None) is not None:
            raise  # our own disk, not the store
        raise unexpected(uri, error) from error


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
    facts = {
        str(name).lower(): value.decode("utf-8", "replace")
        for name, value in (stream.metadata() or {}).items()
    }
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
