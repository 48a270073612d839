"""Prompts out of a file, a line at a time; nothing is held but the line.

Text: a prompt a line. JSONL: an object a line with `prompt`, and beside it `id` and what `Options`
takes. CSV: the same as columns. A line that cannot be read is kept with its reason; blank lines
are counted and skipped.
"""

from __future__ import annotations

import csv
import difflib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from mapping.batch import Ask
from mapping.reading.naming import named_options
from mapping.reading.wishes import Options
from schemas.errors import InputError, PromptError

LONGEST_LINE = 256 * 1024
"""Bytes of a line; what is longer is a reject, and never in memory as a whole."""

LONGEST_ID = 200
_KEPT = 500
_OPTIONS = tuple(f.name for f in fields(Options))
_VALID = ("prompt", "id", *_OPTIONS)
_NUMBERS: Mapping[str, Callable[[str], object]] = {
    "bpm": float, "duration_s": float, "samples": int, "seed": int
}  # fmt: skip
FORMATS = {".txt": "txt", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}


class Readable(Protocol):
    """What lines are read from."""

    def readline(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank: an ask with its id, or the reason why there is none."""

    number: int
    raw: str
    ask: Ask | None = None
    id: str | None = None
    reason: str = ""


def format_of(path: str, given: str | None) -> str:
    """txt, jsonl or csv. Raises InputError when a file's name does not say which."""
    if given is not None:
        return given
    if path == "-":
        return "txt"
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise InputError(f"{path}: valid are {', '.join(FORMATS)}, or name --input-format")
    return FORMATS[suffix]


def read_lines(stream: BinaryIO, form: str) -> Iterator[Line | None]:
    """The lines of `stream` in order, None for a blank one.

    Raises
    ------
    InputError
        A CSV file without a `prompt` column, or with one that nothing knows.
    """
    if form == "csv":
        yield from _csv(stream)
        return
    parse = _json_line if form == "jsonl" else _text_line
    for number, content in enumerate(raw_lines(stream), 1):
        yield _line(number, content, parse)


def json_line(number: int, content: bytes | None) -> Line | None:
    """Line `number` of JSONL, as `raw_lines` gives it; None for a blank one."""
    return _line(number, content, _json_line)


def raw_lines(stream: Readable) -> Iterator[bytes | None]:
    """Lines without their end; None for one that is too long."""
    while piece := stream.readline(LONGEST_LINE + 1):
        if len(piece) <= LONGEST_LINE or piece.endswith(b"\n"):
            yield piece.rstrip(b"\r\n")
            continue
        while piece and not piece.endswith(b"\n"):
            piece = stream.readline(LONGEST_LINE)
        yield None


def _line(
    number: int, content: bytes | None, parse: Callable[[str], tuple[Ask, str | None]]
) -> Line | None:
    if content is None:
        return Line(number, "", reason=f"longer than {LONGEST_LINE} bytes")
    try:
        text = content.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        shown = content[:_KEPT].decode("utf-8", "replace")
        return Line(number, shown, reason=f"not UTF-8 at byte {error.start}")
    return _parsed(number, text, parse, text) if text.strip() else None


def _parsed(
    number: int, raw: str, parse: Callable[[Any], tuple[Ask, str | None]], given: object
) -> Line:
    try:
        ask, name = parse(given)
    except PromptError as error:
        return Line(number, raw[:_KEPT], reason=str(error))
    return Line(number, raw[:_KEPT], ask, name)


def _text_line(text: str) -> tuple[Ask, str | None]:
    return Ask(text.strip()), None


def _json_line(text: str) -> tuple[Ask, str | None]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PromptError(f"not JSON: {error}") from error
    if isinstance(found, str):
        return Ask(found), None
    if not isinstance(found, dict):
        raise PromptError(f"a {type(found).__name__}; valid is an object with `prompt`, or a text")
    return _ask(found)


def _ask(found: Mapping[str, Any]) -> tuple[Ask, str | None]:
    for field in found:
        if field not in _VALID:
            raise PromptError(_unknown(field))
    prompt, name = found.get("prompt", ""), found.get("id")
    if not isinstance(prompt, str):
        raise PromptError(f"prompt: a {type(prompt).__name__}; valid is a text")
    if isinstance(name, bool | float | list | dict):
        raise PromptError(f"id: a {type(name).__name__}; valid is a text or a whole number")
    said = {key: found[key] for key in _OPTIONS if found.get(key) is not None}
    return Ask(prompt, named_options(None, said)), None if name is None else str(name)[:LONGEST_ID]


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, _VALID, 1)
    hint = f"did you mean {near[0]}?" if near else f"valid: {', '.join(_VALID)}"
    return f"{name[:60]!r}: no such field; {hint}"


def _csv(stream: BinaryIO) -> Iterator[Line | None]:
    text = TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
    csv.field_size_limit(LONGEST_LINE)
    rows = csv.reader(text)
    header = _header(rows)
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            text.detach()
            return
        except csv.Error as error:
            yield Line(rows.line_num, "", reason=f"not CSV: {error}")
            continue
        yield _row(rows.line_num, header, cells)


def _header(rows: Iterator[list[str]]) -> list[str]:
    try:
        header = [name.strip() for name in next(rows, [])]
    except csv.Error as error:
        raise InputError(f"the first line is not CSV: {error}") from error
    if "prompt" not in header:
        shown = ", ".join(header)[:_KEPT] or "nothing"
        raise InputError(f"the first line names no column `prompt`; it names {shown}")
    for name in header:
        if name not in _VALID:
            raise InputError(f"column {_unknown(name)}")
    return header


def _row(number: int, header: list[str], cells: list[str]) -> Line | None:
    if not any(cell.strip() for cell in cells):
        return None
    raw = ",".join(cells)[:_KEPT]
    if len(cells) != len(header):
        return Line(number, raw, reason=f"{len(cells)} cells; the first line names {len(header)}")
    if "\ufffd" in raw:
        return Line(number, raw, reason="not UTF-8")
    return _parsed(number, raw, _csv_ask, dict(zip(header, cells, strict=True)))


def _csv_ask(found: Mapping[str, str]) -> tuple[Ask, str | None]:
    said: dict[str, object] = {}
    for name, cell in found.items():
        if name == "prompt" or not cell.strip():
            said[name] = cell if name == "prompt" else None
            continue
        try:
            said[name] = _NUMBERS[name](cell) if name in _NUMBERS else cell.strip()
        except ValueError as error:
            raise PromptError(f"{name}: {cell[:60]!r}; valid is a number") from error
    return _ask(said)
