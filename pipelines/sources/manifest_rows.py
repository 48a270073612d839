"""Rows of a manifest, whatever its format: column → texts, or what is wrong with it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Protocol

from schemas.errors import InputError

MAX_BYTES = 4 << 30
MAX_LINE = 1 << 20
FORMATS = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its `number` from 1, the texts of the wanted columns, or what is wrong with it."""

    number: int
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problem: str = ""


class Rows(Protocol):
    """An open manifest."""

    columns: Sequence[str]

    def read(self, wanted: Sequence[str]) -> Iterator[Row]:
        """The rows, once, with the values of the columns `wanted`."""


@contextmanager
def open_rows(path: Path) -> Iterator[Rows]:
    """Open a manifest by its suffix.

    Raises
    ------
    InputError
        For another suffix, a file that cannot be read or is over 4 GB, a header that is missing or
        names a column twice.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise InputError(f"{path}: a manifest is one of {', '.join(FORMATS)}")
    try:
        if not path.is_file():
            raise InputError(f"{path}: no such file")
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: over {MAX_BYTES} bytes")
        if suffix == ".parquet":
            yield _ParquetRows(path)
            return
        with path.open("rb") as stream:
            lines = _Lines(path, stream)
            if suffix in (".jsonl", ".ndjson"):
                yield _JsonRows(lines)
            else:
                yield _CsvRows(lines, "\t" if suffix == ".tsv" else ",")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error


class _Lines:
    """Lines of a text file, bounded; what is not UTF-8 is kept as lone surrogates."""

    def __init__(self, path: Path, stream: IO[bytes]) -> None:
        self.path = path
        self._stream = stream

    def rewind(self) -> None:
        self._stream.seek(0)

    def __iter__(self) -> Iterator[str]:
        first = True
        while line := self._stream.readline(MAX_LINE):
            if len(line) == MAX_LINE and not line.endswith(b"\n"):
                raise InputError(f"{self.path}: a line of over {MAX_LINE} bytes")
            text = line.decode("utf-8", "surrogateescape")
            yield text.removeprefix("\ufeff") if first else text
            first = False


class _CsvRows:
    def __init__(self, lines: _Lines, delimiter: str) -> None:
        self._reader = csv.reader(iter(lines), delimiter=delimiter, strict=True)
        try:
            header = next(self._reader, [])
        except csv.Error as error:
            raise InputError(f"{lines.path}: the header cannot be read ({error})") from error
        self.columns: Sequence[str] = [name.strip() for name in header]
        _check_header(lines.path, self.columns)

    def read(self, wanted: Sequence[str]) -> Iterator[Row]:
        number = 0
        places = {name: self.columns.index(name) for name in wanted}
        while True:
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                number += 1
                yield Row(number, problem=f"not valid CSV ({error})")
                continue
            if not cells:  # an empty line is no row
                continue
            number += 1
            if len(cells) != len(self.columns):
                problem = f"{len(cells)} fields; the header has {len(self.columns)}"
                yield Row(number, problem=problem)
            else:
                values = {n: (cells[at],) for n, at in places.items() if cells[at].strip()}
                yield Row(number, values, _not_text(values))


class _JsonRows:
    """One object a line. The first object's keys are the columns, and every key met later."""

    def __init__(self, lines: _Lines) -> None:
        self._lines = lines
        self.columns: Sequence[str] = list(self._keys())
        _check_header(lines.path, self.columns)
        lines.rewind()

    def _keys(self) -> dict[str, None]:
        keys: dict[str, None] = {}
        for line in self._lines:
            found = _object(line)
            if isinstance(found, dict):
                keys |= dict.fromkeys(found)
            if len(keys) > 10_000:
                raise InputError(f"{self._lines.path}: over 10,000 different keys")
        return keys

    def read(self, wanted: Sequence[str]) -> Iterator[Row]:
        number = 0
        for line in self._lines:
            if not line.strip():
                continue
            number += 1
            found = _object(line)
            yield (
                Row(number, problem=found)
                if isinstance(found, str)
                else _json_row(number, found, wanted)
            )


def _object(line: str) -> dict[str, Any] | str:
    """The object of a line, or what is wrong with it."""
    if not line.strip():
        return ""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"not valid JSON ({str(error)[:80]})"
    return found if isinstance(found, dict) else "not a JSON object"


def _json_row(number: int, found: Mapping[str, Any], wanted: Sequence[str]) -> Row:
    missing = [name for name in wanted if name not in found]
    if missing:
        return Row(number, problem=f"lacks {missing[0]!r}; null says that there is nothing")
    return _row_of(number, {name: found[name] for name in wanted})


class _ParquetRows:
    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{path}: not a Parquet file ({str(error)[:120]})") from error
        self._path = path
        self.columns: Sequence[str] = list(self._file.schema_arrow.names)
        _check_header(path, self.columns)

    def read(self, wanted: Sequence[str]) -> Iterator[Row]:
        import pyarrow as pa

        number = 0
        try:
            for batch in self._file.iter_batches(4096, columns=list(dict.fromkeys(wanted))):
                for found in batch.to_pylist():
                    number += 1
                    yield _row_of(number, found)
        except (pa.ArrowException, OSError) as error:
            said = str(error)[:120]
            raise InputError(f"{self._path}: cannot be read past row {number} ({said})") from error


def _row_of(number: int, found: Mapping[str, Any]) -> Row:
    values: dict[str, tuple[str, ...]] = {}
    for name, value in found.items():
        texts = _texts(value)
        if texts is None:
            kind = type(value).__name__
            return Row(number, problem=f"{name} is {kind}; valid is text, a number or a list")
        if texts:
            values[name] = texts
    return Row(number, values, _not_text(values))


def _texts(value: Any) -> tuple[str, ...] | None:
    """Texts of a value, none for null; None where it is neither text, number nor a list of them."""
    if not isinstance(value, list):
        text = _text(value)
        return None if text is None else (text,) if text.strip() else ()
    parts = [_text(part) for part in value]
    if any(part is None for part in parts):
        return None
    return tuple(part for part in parts if part and part.strip())


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return f"{value:.15g}" if isinstance(value, int | float) else None


def _not_text(values: Mapping[str, tuple[str, ...]]) -> str:
    for name, texts in values.items():
        if any(not text.isascii() and _has_surrogate(text) for text in texts):
            return f"{name} is not UTF-8"
    return ""


def _has_surrogate(text: str) -> bool:
    return any(0xD800 <= ord(character) <= 0xDFFF for character in text)


def _check_header(path: Path, columns: Sequence[str]) -> None:
    if not [name for name in columns if name]:
        raise InputError(f"{path}: has no header, or no rows")
    repeated = sorted({name for name in columns if list(columns).count(name) > 1})
    if repeated:
        raise InputError(f"{path}: the column {repeated[0]!r} is there twice")
