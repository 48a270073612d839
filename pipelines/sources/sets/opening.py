"""Finding the files of a set, and the layout that a file has."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.sources.sets import delimited
from pipelines.sources.sets.contract import Column, Layout, Part, Record, Use
from schemas.errors import InputError


def files_of(path: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """`path` itself, or the files of that folder whose names end so, sorted.

    Raises
    ------
    InputError
        There is no such file or folder, or none that ends so.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"{path}: no such file or folder")
    found = [file for file in _listed(path) if file.name.endswith(suffixes)]
    if not found:
        raise InputError(f"{path}: no file that ends in {' or '.join(suffixes)}")
    return found


def files_beside(path: Path) -> list[Path]:
    """The files of the folder `path`, or of the folder that holds the file `path`."""
    return _listed(path if path.is_dir() else path.parent)


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(f for f in folder.iterdir() if f.is_file() and not f.name.startswith("."))
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror})") from error


def chosen(path: Path, layouts: Iterable[Layout], names: Sequence[str]) -> Layout:
    """The layout whose required columns are all in `names`; of several, that which knows most.

    Raises
    ------
    InputError
        Of each layout a required column is missing; the message names those of the nearest one.
    """
    listed = list(layouts)
    fitting = [layout for layout in listed if not missing(layout, names)]
    if fitting:
        return max(fitting, key=lambda layout: len(known(layout, names)))
    nearest = max(
        listed, key=lambda layout: (len(known(layout, names)), -len(missing(layout, names)))
    )
    lacking = missing(nearest, names)
    near = [difflib.get_close_matches(column.name, names, 1) for column in lacking]
    hints = [
        f"{c.name} (is it {n[0]}?)" if n else c.name for c, n in zip(lacking, near, strict=True)
    ]
    found = ", ".join(names[:20]) + (" …" if len(names) > 20 else "")
    needed = f"{nearest.source} needs column {', '.join(hints)}"
    raise InputError(f"{path}: {needed}; found: {found}")


def missing(layout: Layout, names: Sequence[str]) -> list[Column]:
    """Required columns that are not there under any of their spellings."""
    return [c for c in layout.columns if c.required and not {c.name, *c.aliases} & set(names)]


def known(layout: Layout, names: Iterable[str]) -> list[str]:
    """Those of `names` that the layout reads."""
    columns = ((name, layout.column(name)) for name in names)
    return [name for name, column in columns if column and column.use is not Use.UNUSED]


def unknown(layout: Layout, names: Iterable[str]) -> list[str]:
    """Those of `names` that the contract does not speak of."""
    return [
        name
        for name in names
        if layout.column(name) is None and not name.startswith(layout.unused_prefixes or ("\0",))
    ]


def table_part(
    path: Path,
    layouts: Iterable[Layout],
    names: Sequence[str] | None = None,
    *,
    delimiter: str = ",",
    skip: int = 1,
    rest: str | None = None,
) -> Part:
    """A table of delimited text as a part. Raises InputError as `chosen` and `header` do."""
    names = tuple(delimited.header(path, delimiter) if names is None else names)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(f"{path}: column {', '.join(repeated)} occurs more than once")
    return Part(
        layout=chosen(path, layouts, names),
        uri=str(path),
        records=lambda: delimited.records(path, names, delimiter=delimiter, skip=skip, rest=rest),
        names=names,
        total=max(0, delimited.count_lines(path) - skip),
    )


def numbered(rows: Iterable[Mapping[str, Any]]) -> Iterator[Record]:
    """Rows as records, counted from 1."""
    return (Record(number, row) for number, row in enumerate(rows, start=1))
