"""metadata.csv or tracks.csv in a folder: one row a file of that folder or below it.

    file,title,artist,genre,license
    disc 1/song.ogg,A Song,Somebody,"Jazz; Swing",CC-BY-4.0

One column is called file, filename or path and is relative to the table's folder; the others are
named as the keys of a JSON sidecar are. What is unknown, missing, repeated or ragged is noted, and
the rest is read.
"""

from __future__ import annotations

import csv
import io
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipelines.sources.listing import Said
from pipelines.sources.targets import ORIGIN, TARGETS

TABLE_NAMES = frozenset({"metadata.csv", "tracks.csv"})
MAX_BYTES = 32 << 20
_FILE_COLUMNS = ("file", "filename", "path")
_SHOWN = 3


@dataclass(slots=True)
class WordTable:
    """What a table says: name below its folder → fields; `notes` are sentences for a person."""

    said: dict[str, tuple[Said, ...]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_table(name: str, data: bytes) -> WordTable:
    """Read a table; never raises for what it holds.

    Parameters
    ----------
    name : what notes call it
    """
    found = WordTable()
    if len(data) > MAX_BYTES:
        found.notes.append(f"{name}: larger than {MAX_BYTES} bytes: not read")
        return found
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found.notes.append(f"{name}: not UTF-8 at byte {error.start}: not read")
        return found
    rows = _rows(text)
    header = [cell.strip().lower() for cell in next(rows, ())]
    file_column = next((c for c in _FILE_COLUMNS if c in header), None)
    if file_column is None:
        wanted = ", ".join(_FILE_COLUMNS)
        found.notes.append(f"{name}: has no column named {wanted}: not read")
        return found
    _note_unknown(name, header, file_column, found)
    _take_rows(name, header, header.index(file_column), rows, found)
    return found


def _rows(text: str) -> Iterator[Sequence[str]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield ()


def _note_unknown(name: str, header: list[str], file_column: str, found: WordTable) -> None:
    valid = (*TARGETS, ORIGIN)
    unknown = [column for column in header if column not in valid and column != file_column]
    if unknown:
        shown = ", ".join(column[:40] or "(no name)" for column in unknown[:10])
        found.notes.append(f"{name}: columns not read: {shown}; valid: {', '.join(valid)}")


def _take_rows(
    name: str, header: list[str], at: int, rows: Iterator[Sequence[str]], found: WordTable
) -> None:
    wrong: list[str] = []
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            if row != []:  # an empty line is no row
                wrong.append(f"row {number} has {len(row)} fields of {len(header)}")
            continue
        file = posixpath.normpath(row[at].strip().replace("\\", "/")) if row[at].strip() else ""
        if not file or file.startswith(("/", "..")):
            wrong.append(f"row {number} names no file of this folder")
        elif file in found.said:
            wrong.append(f"row {number} names {file[:80]} again")
        else:
            found.said[file] = _said(header, row)
    if wrong:
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        found.notes.append(f"{name}: {'; '.join(wrong[:_SHOWN])}{more}: not read")


def _said(header: list[str], row: Sequence[str]) -> tuple[Said, ...]:
    cells: Mapping[str, str] = dict(zip(header, row, strict=True))
    return tuple(
        Said(column, f"csv:{column}", (cell,))
        for column, cell in cells.items()
        if cell.strip() and (column in TARGETS or column == ORIGIN)
    )
