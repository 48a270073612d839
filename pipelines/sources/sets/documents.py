"""JSON documents with caps: size, depth and numbers are checked before anything is believed."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schemas.errors import InputError

MAX_BYTES = 512 << 20
"""Largest document read whole."""

MAX_SMALL_BYTES = 16 << 20
"""Largest document of one track, unpacked."""


class Unreadable(ValueError):
    """A document that is no JSON, or too large; the message says which."""


def load(path: Path, limit: int = MAX_BYTES) -> Any:
    """The document at `path` (`.gz` unpacked, up to `limit` bytes).

    Raises
    ------
    Unreadable
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            data = file.read(limit + 1)
    except (OSError, EOFError) as error:
        raise Unreadable(f"cannot be read ({error})") from error
    if len(data) > limit:
        raise Unreadable(f"more than {limit >> 20} MB")
    return parse(data)


def parse(data: bytes | str) -> Any:
    """JSON, in which NaN and Infinity are null. Raises Unreadable."""
    try:
        return json.loads(data, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"no JSON ({str(error)[:100]})") from error


def whole(path: Path) -> Any:
    """As `load`, for a document that is a set of its own. Raises InputError."""
    try:
        return load(path)
    except Unreadable as error:
        raise InputError(f"{path}: {error}") from error


def files_below(folder: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """Files of a folder tree whose names end so, sorted; hidden ones and links are left out."""
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(base, name)
            if not name.startswith(".") and name.endswith(suffixes) and not path.is_symlink():
                yield path


def listed(text: Any) -> list[str]:
    """Texts of a list: of one, or of how Python or JSON writes one ("['a', 'b']", "[1, 2]").

    What is no list is one text.
    """
    if isinstance(text, list):
        return [str(item) for item in text if isinstance(item, str | int)]
    text = str(text).strip()
    if not (text.startswith("[") and text.endswith("]")):
        return [text] if text else []
    return [item for item in _items(text[1:-1]) if item]


def _items(inner: str) -> Iterator[str]:
    """Items between commas; quotes of either kind, doubled by a backslash inside."""
    item, quote, escaped = "", "", False
    for letter in inner:
        if escaped:
            item, escaped = item + letter, False
        elif letter == "\\" and quote:
            escaped = True
        elif quote:
            if letter == quote:
                quote = ""
            else:
                item += letter
        elif letter in "'\"" and not item.strip():
            item, quote = "", letter
        elif letter == ",":
            yield item.strip()
            item = ""
        else:
            item += letter
    yield item.strip()
