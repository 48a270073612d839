"""Whether files hold all the bytes that the sizes in their outermost headers declare.

MP4 and QuickTime (ISO 14496-12), Matroska and WebM (RFC 9559), ASF and WMA (Microsoft's ASF
specification 1.20), TTA (TTA1 format description). Only outermost headers are read,
so nesting costs nothing.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

_MAX_BOXES = 100_000  # a fragmented film has two a second
_OUTERMOST = frozenset(
    b"ftyp styp moov moof mdat mfra free skip wide uuid meta udta sidx ssix emsg pdin prft".split()
)
_SEGMENT = 0x18538067
_ASF_HEADER_BYTES = 1 << 16
_ASF_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_BROADCAST = 1


def missing_bytes(path: Path, container: str) -> int:
    """Bytes that an `mp4`, `matroska`, `asf` or `tta` file declares and lacks; 0 when it is whole.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    with path.open("rb") as stream:
        return max(0, _READERS[container](stream))


def _mp4(stream: BinaryIO) -> int:
    end, at = _size(stream), 0
    for _ in range(_MAX_BOXES):
        stream.seek(at)
        header = stream.read(16)
        if len(header) < 8:
            return 8 - len(header) if header else 0
        size = int.from_bytes(header[:4], "big")
        if size == 0:  # to the end of the file
            return 0
        if size == 1:
            if len(header) < 16:
                return 16 - len(header)
            size = int.from_bytes(header[8:], "big")
        if size < 8 or header[4:8] not in _OUTERMOST:
            return 0  # not a box (a tag of another kind, say): the decoder judges it
        at += size
        if at >= end:
            return at - end
    return 0


def _matroska(stream: BinaryIO) -> int:
    end, at = _size(stream), 0
    for _ in range(_MAX_BOXES):
        stream.seek(at)
        header = stream.read(12)
        name = _vint(header, 0, keep_marker=True)
        size = _vint(header, name[1]) if name else None
        if name is None or size is None:
            return 0
        if size[0] == (1 << 7 * size[1]) - 1:  # all ones: live, its length was not known
            return 0
        at += name[1] + size[1] + size[0]
        if name[0] == _SEGMENT or at >= end:
            return at - end
    return 0


def _vint(data: bytes, at: int, keep_marker: bool = False) -> tuple[int, int] | None:
    """Value and length of EBML's variable-size integer; None when there is none."""
    if at >= len(data) or data[at] == 0:
        return None
    length = 9 - data[at].bit_length()
    if at + length > len(data):
        return None
    value = int.from_bytes(data[at : at + length], "big")
    return (value if keep_marker else value & ~(1 << 7 * length)), length


def _asf(stream: BinaryIO) -> int:
    head = stream.read(_ASF_HEADER_BYTES)
    at = head.find(_ASF_FILE_PROPERTIES)
    if at < 0 or len(head) < at + 104:
        return 0
    size = struct.unpack_from("<Q", head, at + 40)[0]
    flags = struct.unpack_from("<I", head, at + 88)[0]
    return 0 if flags & _ASF_BROADCAST or not size else int(size) - _size(stream)


def _tta(stream: BinaryIO) -> int:
    """A frame is 256/245 s; the sizes of all frames stand after the header of 22 bytes."""
    header = stream.read(22)
    if len(header) < 22:
        return 22 - len(header)
    rate, samples = struct.unpack_from("<II", header, 10)
    if not rate:
        return 0
    count = -(-samples // max(1, 256 * rate // 245))
    table = stream.read(4 * min(count, _MAX_BOXES))
    sizes = struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4])
    return int(26 + 4 * count + sum(sizes)) - _size(stream)


def _size(stream: BinaryIO) -> int:
    return stream.seek(0, 2)


_READERS = {"mp4": _mp4, "matroska": _matroska, "asf": _asf, "tta": _tta}
