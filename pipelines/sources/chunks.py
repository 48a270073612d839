"""Text chunks of RIFF (WAVE) and IFF (AIFF) files, which mutagen passes over.

RIFF LIST-INFO as in Microsoft's Multimedia Programming Interface 1.0 (1991); AIFF's NAME, AUTH,
"(c) " and ANNO as in Apple's Audio Interchange File Format 1.3 (1989). Chunk headers only are
read, and of each text no more than is kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pipelines.sources.fields import Field
from pipelines.sources.metadata import MAX_TEXT

_INFO = {
    b"INAM": Field.TITLE,
    b"IART": Field.ARTIST,
    b"IPRD": Field.ALBUM,
    b"ICRD": Field.DATE,
    b"IGNR": Field.GENRE,
    b"ICMT": Field.COMMENT,
    b"ICOP": Field.COPYRIGHT,
    b"ILNG": Field.LANGUAGE,
}
_AIFF = {
    b"NAME": Field.TITLE,
    b"AUTH": Field.ARTIST,
    b"(c) ": Field.COPYRIGHT,
    b"ANNO": Field.COMMENT,
}
_MAX_CHUNKS = 4096  # a file made of empty chunks must not keep us busy


def read_chunks(path: Path) -> Iterator[tuple[Field, str, str]]:
    """(field, source, text) of each text chunk; nothing for other files or unreadable ones."""
    try:
        with path.open("rb") as stream:
            head = stream.read(12)
            if head[:4] == b"RIFF" and head[8:] == b"WAVE":
                yield from _riff(stream)
            elif head[:4] == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
                for name, size in _walk(stream, "big", os.fstat(stream.fileno()).st_size):
                    if name in _AIFF:
                        yield _AIFF[name], f"aiff:{name.decode().strip()}", _text(stream, size)
    except OSError:
        return  # the probe reports what cannot be read


def _riff(stream: BinaryIO) -> Iterator[tuple[Field, str, str]]:
    for name, size in _walk(stream, "little", os.fstat(stream.fileno()).st_size):
        if name != b"LIST" or size < 4 or stream.read(4) != b"INFO":
            continue
        end = stream.tell() + size - 4
        for item, length in _walk(stream, "little", end):
            if item in _INFO:
                yield _INFO[item], f"riff:{item.decode()}", _text(stream, length)


def _walk(stream: BinaryIO, order: str, end: int) -> Iterator[tuple[bytes, int]]:
    """Name and size of each chunk before `end`, the stream standing at its content."""
    at = stream.tell()
    for _ in range(_MAX_CHUNKS):
        stream.seek(at)
        header = stream.read(8) if at + 8 <= end else b""
        if len(header) < 8:
            return
        size = int.from_bytes(header[4:], "little" if order == "little" else "big")
        yield header[:4], min(size, end - at - 8)
        at += 8 + size + size % 2


def _text(stream: BinaryIO, size: int) -> str:
    data = stream.read(min(size, 4 * MAX_TEXT + 4)).split(b"\0", 1)[0]
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
