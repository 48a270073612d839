"""Where a warehouse is: its catalogue and its data files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from schemas.errors import SettingsError
from schemas.settings import Settings
from warehouse.sqltext import literal

BUSY_TIMEOUT_MS = 10_000


@dataclass(frozen=True, slots=True)
class Location:
    """Where a warehouse is.

    Attributes
    ----------
    catalogue : str
        Path of an SQLite file, or "postgres:" and a libpq connection string.
    storage : str
        Folder of the Parquet files, or an "s3://bucket/prefix" address.
    """

    catalogue: str
    storage: str

    @classmethod
    def from_settings(cls, settings: Settings) -> Location:
        return cls(settings.catalogue_location, settings.storage_location)

    @property
    def is_postgres(self) -> bool:
        return self.catalogue.startswith("postgres:")

    @property
    def is_object_store(self) -> bool:
        return "://" in self.storage

    @property
    def catalogue_path(self) -> Path:
        """Path of the SQLite catalogue."""
        return Path(self.catalogue).expanduser().absolute()

    @property
    def absolute_catalogue(self) -> str:
        """`catalogue`, whatever the working folder."""
        return self.catalogue if self.is_postgres else str(self.catalogue_path)

    @property
    def data_path(self) -> str:
        """Data folder or prefix, with the slash that DuckLake expects at its end."""
        if self.is_object_store:
            return self.storage.rstrip("/") + "/"
        return str(Path(self.storage).expanduser().absolute()) + "/"

    @property
    def extensions(self) -> tuple[str, ...]:
        """DuckDB extensions that this location needs."""
        catalogue = "postgres_scanner" if self.is_postgres else "sqlite_scanner"
        return (catalogue, "ducklake") + (("httpfs",) if self.is_object_store else ())

    def attach_sql(self, name: str, *, read_only: bool, extra: Sequence[str] = ()) -> str:
        """The ATTACH statement, with `extra` options as SNAPSHOT_VERSION."""
        options = [f"DATA_PATH {literal(self.data_path)}", "DATA_INLINING_ROW_LIMIT 0"]
        if self.is_postgres:
            target = f"ducklake:{self.catalogue}"
        else:
            target = f"ducklake:sqlite:{self.catalogue_path}"
            options.append(f"META_BUSY_TIMEOUT {BUSY_TIMEOUT_MS}")
        if read_only:
            options.append("READ_ONLY")
        elif not self.is_postgres:
            # Without WAL a reader that holds a transaction makes a COMMIT fail. The mode is kept
            # in the file, and setting it is a write, so readers leave it alone.
            options.append("META_JOURNAL_MODE 'WAL'")
        options += extra
        return f"ATTACH {literal(target)} AS {name} ({', '.join(options)})"

    def __str__(self) -> str:
        # A connection string may hold a password, so it is never shown.
        return "the PostgreSQL catalogue" if self.is_postgres else str(self.catalogue_path)


def s3_secret_sql(environ: Mapping[str, str] = os.environ) -> str:
    """CREATE SECRET from the AWS_* variables that every S3 client reads; "" when none is set.

    Raises
    ------
    SettingsError
        When AWS_ENDPOINT_URL is not an http or https address.
    """
    options = {
        "KEY_ID": environ.get("AWS_ACCESS_KEY_ID", ""),
        "SECRET": environ.get("AWS_SECRET_ACCESS_KEY", ""),
        "SESSION_TOKEN": environ.get("AWS_SESSION_TOKEN", ""),
        "REGION": environ.get("AWS_REGION", "") or environ.get("AWS_DEFAULT_REGION", ""),
    }
    endpoint = environ.get("AWS_ENDPOINT_URL_S3", "") or environ.get("AWS_ENDPOINT_URL", "")
    if endpoint:
        parts = urlsplit(endpoint)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise SettingsError(f"AWS_ENDPOINT_URL={endpoint!r}: valid is http(s)://host[:port]")
        options |= {"ENDPOINT": parts.netloc, "URL_STYLE": "path"}
        options["USE_SSL"] = "true" if parts.scheme == "https" else "false"
    given = ", ".join(f"{key} {literal(value)}" for key, value in options.items() if value)
    return f"CREATE OR REPLACE SECRET wordtone (TYPE s3, {given})" if given else ""
