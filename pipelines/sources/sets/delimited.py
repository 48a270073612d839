"""Tables of delimited text, row by row. A row that cannot be read costs itself alone."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipelines.sources.sets.contract import Record
from schemas.errors import InputError
from schemas.outcomes import RejectReason

MAX_LINE = 1 << 20
"""Longest line, characters."""

MAX_COLUMNS = 4_000


def header(path: Path, delimiter: str = ",", rows: int = 1) -> tuple[str, ...]:
    """Names of the columns; of a header of several rows, the names that are not empty, with "."
    between.

    Raises
    ------
    InputError
        The file cannot be read, is no text, or has no header.
    """
    read = _cells(path, delimiter)
    found = [next(read, None) for _ in range(rows)]
    levels = [level for level in found if level]
    if len(levels) < rows or not any(cell.strip() for cell in levels[0]):
        raise InputError(f"{path}: no header; the first {rows} lines name the columns")
    width = max(map(len, levels))
    if width > MAX_COLUMNS:
        raise InputError(f"{path}: {width} columns; valid are at most {MAX_COLUMNS}")
    padded = [[*level, *[""] * (width - len(level))] for level in levels]
    columns = zip(*padded, strict=True)
    return tuple(".".join(c.strip() for c in column if c.strip()) for column in columns)


def records(
    path: Path,
    names: Sequence[str],
    *,
    delimiter: str = ",",
    skip: int = 1,
    rest: str | None = None,
) -> Iterator[Record]:
    """Rows after the first `skip`.

    `rest` names the column that takes all cells from its place on, as a list (ragged tables).
    Blank lines are no rows.
    """
    number, width = 0, len(names)
    for at, cells in enumerate(_cells(path, delimiter)):
        if at < skip or not cells:
            continue
        number += 1
        values: dict[str, str | list[str]] = dict(zip(names, cells, strict=False))
        if rest is not None and len(cells) >= width:
            values[rest] = [cell for cell in cells[width - 1 :] if cell.strip()]
        elif len(cells) != width:
            problem = f"{len(cells)} cells; the header names {width} columns"
            yield Record(number, values, RejectReason.INVALID_ROW, problem)
            continue
        yield Record(number, values)


def count_lines(path: Path) -> int:
    """Line ends: an estimate of the rows, since a cell may hold some."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def _cells(path: Path, delimiter: str) -> Iterator[list[str]]:
    # What is not UTF-8 becomes the replacement character: a row is not lost for one letter.
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            reader = csv.reader(_lines(path, file), delimiter=delimiter)
            while True:
                try:
                    yield next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield [f"line {reader.line_num}: {error}"]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error


def _lines(path: Path, file: object) -> Iterator[str]:
    number = 0
    while line := file.readline(MAX_LINE + 1):  # type: ignore[attr-defined]
        number += 1
        if len(line) > MAX_LINE:
            raise InputError(
                f"{path}: line {number} is longer than {MAX_LINE} characters: no table"
            )
        yield line
