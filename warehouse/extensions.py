"""DuckDB extensions, loaded by path from the PyPI wheels `duckdb-extension-*`.

DuckDB checks the signature of an extension itself, so a wheel cannot smuggle in code that
duckdb.org did not sign. That takes 0.1 s each, so it is asked to do so once a process for each
file. Without the wheel, and with a network, `INSTALL` fetches the extension.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from pathlib import Path

import duckdb

from schemas.errors import WarehouseError

_SUFFIX = ".duckdb_extension"
_checked: set[tuple[str, int, int]] = set()
"""Files whose signature this process has seen DuckDB accept: path, time of change, size."""


def checked_here(names: Iterable[str]) -> bool:
    """Whether `load_extension` checks the signatures itself, and DuckDB need not do it again.

    Only then may a connection be opened with `allow_unsigned_extensions`.
    """
    return all(packaged_extension(name) for name in names)


def load_extension(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load extension `name` (as `ducklake` or `sqlite_scanner`) into `connection`.

    Raises
    ------
    WarehouseError
        When the wheel is missing and the extension cannot be downloaded, or when it was built for
        another DuckDB.
    """
    path = packaged_extension(name)
    try:
        if path is None:
            connection.install_extension(name)
        else:
            _check_signature(path)
        connection.load_extension(path or name)
    except duckdb.Error as error:
        package = f"duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}"
        raise WarehouseError(
            f"the DuckDB extension {name} does not load: {_first_line(error)}; "
            f"install it with: pip install {package}"
        ) from error


def _check_signature(path: str) -> None:
    """Load the file once where DuckDB insists on a signature; its error is duckdb.Error."""
    found = Path(path).stat()
    identity = (path, found.st_mtime_ns, found.st_size)
    if identity not in _checked:
        with duckdb.connect(config={"allow_unsigned_extensions": False}) as strict:
            strict.load_extension(path)
        _checked.add(identity)


def packaged_extension(name: str) -> str | None:
    """Path of the extension inside its wheel, for the DuckDB in use; None without the wheel."""
    package = f"duckdb_extension_{name}"
    try:
        folder = resources.files(package)
    except ModuleNotFoundError:
        return None
    path = folder / "extensions" / f"v{duckdb.__version__}" / f"{name}{_SUFFIX}"
    return str(path) if path.is_file() else None


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
