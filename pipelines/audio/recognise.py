"""What a file is, by its first bytes; its name is never trusted.

A container is recognised by its magic number. MPEG audio has none, so three consecutive frame
headers that agree are asked for: random bytes pass that test about once in ten million positions.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from schemas.errors import AudioError
from schemas.outcomes import RejectReason, Stage

HEAD_BYTES = 1 << 16
_MAX_TAGS = 8  # a file made of nothing but tags must not keep us busy

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
    (0, b"\x1aE\xdf\xa3", "matroska"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"caff", "caf"),
    (0, b".snd", "au"),
    (0, b"wvpk", "wavpack"),
    (0, b"MAC ", "ape"),
    (0, b"TTA1", "tta"),
    (0, b"MPCK", "musepack"),
    (0, b"MP+", "musepack"),
    (0, b"#!AMR", "amr"),
    (0, b"DSD ", "dsf"),
    (0, b"riff\x2e\x91\xcf\x11", "w64"),
    (4, b"ftypM4A", "mp4"),
    (4, b"ftyp", "mp4"),
)
_IFF = {
    (b"RIFF", b"WAVE"): "wav",
    (b"RF64", b"WAVE"): "wav",
    (b"RIFX", b"WAVE"): "wav",
    (b"BW64", b"WAVE"): "wav",
    (b"FORM", b"AIFF"): "aiff",
    (b"FORM", b"AIFC"): "aiff",
}
# What else may hold MPEG frames further on, and is no audio file: archives, documents, playlists.
_OTHERS = (
    *(
        b"PK\x03\x04",
        b"Rar!",
        b"7z\xbc\xaf",
        b"\x1f\x8b",
        b"BZh",
        b"\xfd7zXZ",
        b"!<arch>",
        b"\x7fELF",
    ),
    *(b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"#!/", b"<!", b"<html", b"<?xml"),
    *(b"#EXTM3U", b"ffconcat", b"[playlist]", b"<MPD", b"<asx", b"v=0"),
)
# ISO files that are pictures; every other brand may carry sound.
_PICTURES = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis", b"crx ")

_MPEG_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_BITRATES = {
    (3, 3): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (3, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (3, 1): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 3): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_ADTS_RATES = 13


@dataclass(frozen=True, slots=True)
class MpegFrame:
    """An MPEG audio frame header (ISO 11172-3): where it lies, and what it says."""

    offset: int
    bytes: int
    samples: int
    sample_rate_hz: int
    mono: bool
    version: int  # 3 MPEG-1, 2 MPEG-2, 0 MPEG-2.5
    layer: int  # 3 layer I, 2 layer II, 1 layer III

    @property
    def family(self) -> tuple[int, int, int]:
        return self.version, self.layer, self.sample_rate_hz


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file past its ID3v2 tags: `data` begins at byte `start` of the file."""

    data: bytes
    start: int = 0


def read_head(path: Path, size: int = HEAD_BYTES) -> Head:
    """First `size` bytes of `path`, past any ID3v2 tags.

    Raises
    ------
    AudioError
        UNREADABLE (also what is no regular file: reading a FIFO might never end) or EMPTY_FILE.
    """
    try:
        with open_now(path) as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                detail = f"{path}: not a regular file"
                raise AudioError(RejectReason.UNREADABLE, detail, Stage.PROBE)
            return _past_tags(path, stream, size)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        detail = f"{path}: {getattr(error, 'strerror', None) or error}"
        raise AudioError(RejectReason.UNREADABLE, detail, Stage.PROBE) from error


def open_now(path: Path) -> BinaryIO:
    """`path` opened for reading; a FIFO that nobody writes to does not keep us waiting."""
    return os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb")


def _past_tags(path: Path, stream: BinaryIO, size: int) -> Head:
    head, start = stream.read(size), 0
    if not head:
        raise AudioError(RejectReason.EMPTY_FILE, f"{path}: 0 bytes", Stage.PROBE)
    for _ in range(_MAX_TAGS):
        if not (tag := id3_bytes(head)):
            break
        stream.seek(start := start + tag)
        head = stream.read(size)
        if not head:
            detail = f"{path}: an ID3 tag that claims {tag:,} bytes, and nothing after it"
            raise AudioError(RejectReason.NOT_AUDIO, detail, Stage.PROBE)
    return Head(head, start)


def container_of(head: bytes) -> str | None:
    """Container named by the first bytes of a file (past ID3v2 tags); None when it is no audio."""
    if (name := _IFF.get((head[:4], head[8:12]))) is not None:
        return name
    for offset, magic, name in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return None if name == "mp4" and head[8:12] in _PICTURES else name
    if head.startswith(_OTHERS):
        return None
    if _adts_chain(head):
        return "aac"
    return "mpeg" if first_mpeg_frame(head) is not None else None


def is_audio(path: Path) -> bool:
    """Whether the content of `path` is audio of a kind that can be tried; for listings.

    An unreadable or empty file is no audio here; `probe` says which of the two.
    """
    try:
        return container_of(read_head(path).data) is not None
    except AudioError:
        return False


def mpeg_frame(data: bytes, offset: int) -> MpegFrame | None:
    """The MPEG audio frame header at `offset`, or None when there is no valid one."""
    header = data[offset : offset + 4]
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = (header[1] >> 3) & 3, (header[1] >> 1) & 3
    bitrate, rate = header[2] >> 4, (header[2] >> 2) & 3
    if version == 1 or layer == 0 or bitrate in (0, 15) or rate == 3 or header[3] & 3 == 2:
        return None
    kbps = _BITRATES[(3, layer) if version == 3 else (2, 3 if layer == 3 else 2)][bitrate - 1]
    hz = _MPEG_RATES[version][rate]
    padding = (header[2] >> 1) & 1
    if layer == 3:
        size, samples = (12 * kbps * 1000 // hz + padding) * 4, 384
    else:
        samples = 576 if layer == 1 and version != 3 else 1152
        size = samples // 8 * kbps * 1000 // hz + padding
    return MpegFrame(offset, size, samples, hz, header[3] >> 6 == 3, version, layer)


def first_mpeg_frame(head: bytes) -> MpegFrame | None:
    """First frame that two agreeing frames follow (or the end of a very short file)."""
    for offset in _positions(head, b"\xff"):
        frame = mpeg_frame(head, offset)
        if frame is not None and _continues(head, frame, 2):
            return frame
    return None


def _continues(head: bytes, frame: MpegFrame, following: int) -> bool:
    where = frame.offset + frame.bytes
    for _ in range(following):
        if where == len(head) < HEAD_BYTES:
            return True
        found = mpeg_frame(head, where)
        if found is None or found.family != frame.family:
            return False
        where += found.bytes
    return True


def _adts_chain(head: bytes) -> bool:
    """Whether three AAC frames in ADTS headers follow each other from the start."""
    where = 0
    for _ in range(3):
        header = head[where : where + 7]
        if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
            return False
        length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
        if length < 7 or (header[2] >> 2) & 15 >= _ADTS_RATES:
            return False
        where += length
    return True


def id3_bytes(head: bytes) -> int:
    """Length of the ID3v2 tag that `head` begins with, 0 when it begins with none."""
    if head[:3] != b"ID3" or len(head) < 10 or any(byte & 0x80 for byte in head[6:10]):
        return 0
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return size + 10 + (10 if head[5] & 0x10 else 0)


def _positions(data: bytes, needle: bytes) -> Iterator[int]:
    where = data.find(needle)
    while where >= 0:
        yield where
        where = data.find(needle, where + 1)
