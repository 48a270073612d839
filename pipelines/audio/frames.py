"""Walks the frame headers of bare MPEG audio and AAC (ADTS) streams from the first to the last.

Decoders find their way back after damage and say nothing of it. The headers tell: each names the
length of its frame, so the next one must stand where it ends (ISO 11172-3, 13818-3, 13818-7).
Reads the file once in blocks of 1 MB; about 0.3 µs a frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from pipelines.audio.recognise import MpegFrame, id3_bytes, mpeg_frame

Sizer = Callable[[bytes, int], int]
"""Length of the frame whose header stands at a position of the data; 0 when none does."""

_WINDOW = 1 << 20
_LONGEST_FRAME = 8191  # of ADTS; MPEG audio stays below 3 kB
_HEADER_BYTES = 6  # that a sizer may look at
_MAX_LOSSES = 1_000  # a file that is damaged more often need not be walked to its end
_ID3V1_BYTES = 128
_APE_FOOTER_BYTES = 32


@dataclass(frozen=True, slots=True)
class Walk:
    """What lies between the first frame and the end of the audio.

    Attributes
    ----------
    frames : int
        Whole frames.
    losses, lost_bytes : int
        Places where a frame is not followed by another though later ones are, and the bytes there.
    cut : bool
        Whether the last frame is not all there.
    """

    frames: int
    losses: int
    lost_bytes: int
    cut: bool


def walk_mpeg(path: Path, start: int, first: MpegFrame) -> Walk:
    """Walk MPEG audio frames of one version, layer and rate from byte `start` on.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    sizes = _mpeg_sizes(first.family)

    def size(data: bytes, at: int) -> int:
        return sizes[data[at + 1] << 8 | data[at + 2]] if data[at] == 0xFF else 0

    return _walk(path, start, size)


def walk_adts(path: Path, start: int) -> Walk:
    """Walk AAC frames with ADTS headers from byte `start` on. Raises OSError."""
    return _walk(path, start, _adts_size)


@lru_cache(maxsize=8)
def _mpeg_sizes(family: tuple[int, int, int]) -> tuple[int, ...]:
    """Frame length by the second and third byte of a header; 0 for those of no such frame."""
    sizes = [0] * 65536
    for second in range(0xE0, 0x100):
        for third in range(0x100):
            frame = mpeg_frame(bytes((0xFF, second, third, 0)), 0)
            if frame is not None and frame.family == family:
                sizes[second << 8 | third] = frame.bytes
    return tuple(sizes)


def _adts_size(data: bytes, at: int) -> int:
    if data[at] != 0xFF or data[at + 1] & 0xF6 != 0xF0:
        return 0
    size = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
    return size if size >= 7 else 0


def _walk(path: Path, start: int, size: Sizer) -> Walk:
    frames = losses = lost = 0
    at = synced = start  # `synced` is where the last whole frame ends
    cut = False
    with path.open("rb") as stream:
        end = _audio_end(stream, start)
        while at + _HEADER_BYTES <= end and losses < _MAX_LOSSES:
            data = _window(stream, at, end)
            passed, counted = _run(data, size)
            if counted:
                losses, lost = losses + (at > synced), lost + at - synced
                frames, at = frames + counted, at + passed
                synced = at
                continue
            cut = size(data, 0) > len(data)
            if cut:
                break
            if tag := id3_bytes(data):  # files that were joined
                synced += tag if synced == at else 0
                at += tag
            else:
                at += _skip(data, size, at + len(data) == end)
        if 0 < end - synced < _HEADER_BYTES:
            cut = _window(stream, synced, end)[:1] == b"\xff"
    return Walk(frames, losses, lost, cut)


def _run(data: bytes, size: Sizer) -> tuple[int, int]:
    """Bytes and number of the frames that follow each other from the start of `data`."""
    at = frames = 0
    limit = len(data) - _HEADER_BYTES
    while at <= limit and (step := size(data, at)) and at + step <= len(data):
        at += step
        frames += 1
    return at, frames


def _skip(data: bytes, size: Sizer, last: bool) -> int:
    """Bytes to pass over until a frame that another one follows."""
    at = data.find(b"\xff", 1)
    while 0 <= at <= len(data) - _HEADER_BYTES:
        step = size(data, at)
        if step and at + step <= len(data) - _HEADER_BYTES and size(data, at + step):
            return at
        at = data.find(b"\xff", at + 1)
    return len(data) if last else len(data) - 2 * _LONGEST_FRAME


def _window(stream: BinaryIO, at: int, end: int) -> bytes:
    stream.seek(at)
    return stream.read(min(_WINDOW, end - at))


def _audio_end(stream: BinaryIO, start: int) -> int:
    """Where ID3v1 and APE tags at the end of the file begin."""
    end = stream.seek(0, 2)
    if _read(stream, end - _ID3V1_BYTES, 3) == b"TAG":
        end -= _ID3V1_BYTES
    footer = _read(stream, end - _APE_FOOTER_BYTES, _APE_FOOTER_BYTES)
    if footer[:8] == b"APETAGEX":
        has_header = footer[23] & 0x80
        end -= int.from_bytes(footer[12:16], "little") + (_APE_FOOTER_BYTES if has_header else 0)
    return max(start, end)


def _read(stream: BinaryIO, at: int, size: int) -> bytes:
    stream.seek(max(0, at))
    return stream.read(size)
