"""Lengths that files made of chunks declare, and whether their chunks are all there.

WAV, RIFX and RF64 (RIFF, EBU Tech 3306), AIFF and AIFF-C (IFF), W64 (Sony), CAF (Apple), AU (Sun).
Lengths are in sample frames, sizes in bytes. Only chunk headers are read, at most 1,000 of them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_MAX_CHUNKS = 1_000
_HEAD_BYTES = 64
_STREAMED = (0, 0xFFFFFFFF)  # a data chunk whose writer did not know its length
_MISCOUNTED = (8, 36, 44)  # bytes of headers that some writers of WAV count in
_LINEAR = (1, 3, 0xFFFE)  # WAVE format codes with one block a frame


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk: `size` as declared, `head` its first bytes, `held` how much the file holds."""

    name: bytes
    size: int
    head: bytes
    held: int


@dataclass(frozen=True, slots=True)
class Lengths:
    """`frames` as declared (None: not said); `missing` bytes of audio that the file lacks."""

    frames: int | None = None
    missing: int = 0


def lengths(path: Path, container: str) -> Lengths:
    """Read the declared length of a `wav`, `aiff`, `w64`, `caf` or `au` file.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    with path.open("rb") as stream:
        return _READERS[container](stream)


def _wav(stream: BinaryIO) -> Lengths:
    block, long_size = 0, 0
    order = ">" if stream.read(4) == b"RIFX" else "<"
    for chunk in _chunks(stream, 12, f"{order}4sI"):
        if chunk.name == b"ds64" and len(chunk.head) >= 16:
            long_size = struct.unpack_from("<Q", chunk.head, 8)[0]
        elif chunk.name == b"fmt " and len(chunk.head) >= 16:
            code, block = struct.unpack_from(f"{order}H10xH", chunk.head)
            block = block if code in _LINEAR else 0  # compressed WAV promises no frames
        elif chunk.name == b"data":
            size = long_size if chunk.size in _STREAMED else chunk.size
            missing = size - chunk.held
            return Lengths(
                size // block if size and block else None,
                0 if missing in _MISCOUNTED else missing,
            )
    return Lengths()


def _aiff(stream: BinaryIO) -> Lengths:
    frames, missing = None, 0
    for chunk in _chunks(stream, 12, ">4sI"):
        if chunk.name == b"COMM" and len(chunk.head) >= 6:
            frames = struct.unpack_from(">I", chunk.head, 2)[0] or None
        elif chunk.name == b"SSND":
            missing = chunk.size - chunk.held
    return Lengths(frames, missing)


def _w64(stream: BinaryIO) -> Lengths:
    """Names are 16 bytes, sizes count the 24 bytes of the header, chunks are padded to 8."""
    at, block = 40, 0
    for _ in range(_MAX_CHUNKS):
        stream.seek(at)
        header = stream.read(24 + 16)
        if len(header) < 24:
            break
        name, size = header[:4], struct.unpack_from("<Q", header, 16)[0]
        if size < 24:
            break
        if name == b"fmt " and len(header) >= 40:
            code, block = struct.unpack_from("<H10xH", header, 24)
            block = block if code in _LINEAR else 0
        if name == b"data":
            missing = max(0, size - (_size(stream) - at))
            return Lengths((size - 24) // block if block else None, missing)
        at += size + -size % 8
    return Lengths()


def _caf(stream: BinaryIO) -> Lengths:
    block = 0
    for chunk in _chunks(stream, 8, ">4sq"):
        if chunk.name == b"desc" and len(chunk.head) >= 24:
            # Bytes and frames of a packet; 0 where they vary.
            packet, frames = struct.unpack_from(">II", chunk.head, 16)
            block = packet if frames == 1 else 0
        elif chunk.name == b"data" and chunk.size > 4:
            return Lengths((chunk.size - 4) // block if block else None, chunk.size - chunk.held)
    return Lengths()


_AU_BYTES = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 4, 7: 8, 27: 1}  # encoding → bytes of a sample


def _au(stream: BinaryIO) -> Lengths:
    header = stream.read(24)
    if len(header) < 24:
        return Lengths()
    offset, size, encoding, _, channels = struct.unpack_from(">5I", header, 4)
    if size in _STREAMED:
        return Lengths()
    block = _AU_BYTES.get(encoding, 0) * channels
    missing = max(0, size - max(0, _size(stream) - offset))
    return Lengths(size // block if block else None, missing)


def _chunks(stream: BinaryIO, at: int, form: str) -> Iterator[Chunk]:
    """Chunks from byte `at` on; `form` unpacks a header into name and size."""
    end, length = _size(stream), struct.calcsize(form)
    pad = 0 if form.endswith("q") else 1  # CAF does not pad
    for _ in range(_MAX_CHUNKS):
        stream.seek(at)
        header = stream.read(length)
        if len(header) < length:
            return
        name, size = struct.unpack(form, header)
        size = end - at - length if size < 0 else size  # CAF's −1: to the end of the file
        head = stream.read(min(size, _HEAD_BYTES))
        yield Chunk(name, size, head, min(size, max(0, end - at - length)))
        at += length + size + (size & pad)


def _size(stream: BinaryIO) -> int:
    return stream.seek(0, 2)


_READERS = {"wav": _wav, "aiff": _aiff, "w64": _w64, "caf": _caf, "au": _au}
