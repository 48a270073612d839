"""HDF5 files of the Million Song Dataset, read so that a hostile file can do no harm.

Only hard links are followed (no soft or external ones), only data that lies in the file itself and
is stored plain or through HDF5's own filters is read, in slices, and sizes are checked before. The
library is native code: it runs in a process of its own (`hdf5_worker`), whose end costs one file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

MAX_ROWS = 2_000_000
MAX_ROW_BYTES = 1 << 16
MAX_TERMS = 10_000
"""Most artist terms of one song."""

_SLICE = 2_000
_OWN_FILTERS = frozenset({1, 2, 3, 4, 6, 32000})
"""deflate, shuffle, fletcher32, szip, scale-offset; LZF, which h5py brings."""

_TABLES = ("metadata/songs", "analysis/songs", "musicbrainz/songs")


class Refused(ValueError):
    """A file that is not read, and why."""


def songs(path: Path) -> Iterator[dict[str, Any]]:
    """Values of each song, by column; `artist_terms` and their weights as lists.

    Raises
    ------
    Refused
        The file is no HDF5, lacks the tables, or holds what is not followed.
    """
    import h5py

    try:
        with h5py.File(path, "r", locking=False) as file:
            tables = [_dataset(file, name) for name in _TABLES if _dataset(file, name)]
            if not tables or tables[0].name != "/metadata/songs":
                raise Refused("no table metadata/songs")
            count = tables[0].shape[0]
            if any(table.shape != (count,) for table in tables):
                raise Refused("tables of different lengths")
            for start in range(0, count, _SLICE):
                yield from _slice(file, tables, start, min(count, start + _SLICE))
    except (OSError, RuntimeError, KeyError, TypeError) as error:
        raise Refused(f"no HDF5 that can be read ({str(error)[:120]})") from error


def _slice(file: Any, tables: list[Any], start: int, end: int) -> Iterator[dict[str, Any]]:
    blocks = [table[start:end] for table in tables]
    arrays = [
        _dataset(file, f"metadata/{name}") for name in ("artist_terms", "artist_terms_weight")
    ]
    for row in range(end - start):
        values: dict[str, Any] = {}
        for block in blocks:
            for name in block.dtype.names:
                values.setdefault(name, _plain(block[name][row]))
        if all(arrays) and start + row + 1 == tables[0].shape[0] == 1:
            for name, array in zip(("artist_terms", "artist_terms_weight"), arrays, strict=True):
                values[name] = [_plain(item) for item in array[:MAX_TERMS]]
        yield values


def _plain(value: Any) -> Any:
    """A number or text as JSON has it; NaN is None."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if isinstance(value, int | float | str) else None


def _dataset(file: Any, name: str) -> Any:
    """The data at `name`, checked; None where there is none. Raises Refused."""
    import h5py

    group = file
    for step in name.split("/"):
        link = group.get(step, getlink=True) if isinstance(group, h5py.Group) else None
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            raise Refused(f"{name} is a link to elsewhere")
        group = group[step]
    if not isinstance(group, h5py.Dataset):
        return None
    _check(group, name)
    return group


def _check(data: Any, name: str) -> None:
    import h5py

    plan = data.id.get_create_plist()
    if plan.get_external_count() or data.is_virtual:
        raise Refused(f"{name} lies in another file")
    filters = {plan.get_filter(i)[0] for i in range(plan.get_nfilters())}
    if not filters <= _OWN_FILTERS:
        raise Refused(f"{name} needs filter {sorted(filters - _OWN_FILTERS)[0]}, which is not used")
    if len(data.shape) != 1 or data.shape[0] > MAX_ROWS or data.dtype.itemsize > MAX_ROW_BYTES:
        raise Refused(f"{name} has shape {data.shape} of {data.dtype.itemsize} bytes")
    if h5py.check_dtype(vlen=data.dtype) or data.dtype.hasobject:
        raise Refused(f"{name} has values of varying length")
    chunk = np.prod(data.chunks or (1,)) * data.dtype.itemsize
    if chunk > 64 << 20:
        raise Refused(f"{name} has chunks of {int(chunk)} bytes")
