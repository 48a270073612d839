"""How long a container says it is, read from its own fields.

Decoders hide this: libsndfile shortens the length of a cut WAV file to what is there, and for a
cut Ogg file reports the time stamp of the last page that survived. So the promise is read here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from pipelines.audio.recognise import MpegFrame, first_mpeg_frame

_STREAMED = (0, 0xFFFFFFFF)  # a data chunk whose writer did not know its length
_MAX_CHUNKS = 1_000
_OGG_TAIL_BYTES = 1 << 17  # an Ogg page has at most 65,307 bytes
_OGG_END_OF_STREAM = 4


@dataclass(frozen=True, slots=True)
class Promise:
    """What a container declares.

    Attributes
    ----------
    frames : int or None
        Sample frames per channel; None when the container does not say.
    known : bool
        False when this module does not read the container: the decoder's word is then taken.
    damage : str or None
        In words, what shows that the end of the file is missing.
    """

    frames: int | None = None
    known: bool = True
    damage: str | None = None


def promise(path: Path, container: str, head: bytes) -> Promise:
    """Read the declared length of `path`; `head` is its beginning, past ID3v2 tags.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    if container == "wav":
        return Promise(_wav_frames(path))
    if container == "aiff":
        return Promise(_aiff_frames(path))
    if container == "mpeg":
        frame = first_mpeg_frame(head)
        return Promise(_mpeg_frames(head, frame) if frame is not None else None)
    if container in ("aac", "amr"):
        return Promise()  # bare frames: a decoder would guess from the bit rate
    if container == "ogg":
        damage = ogg_damage(path)
        return Promise(known=damage is not None, damage=damage)
    return Promise(known=False)


def ogg_damage(path: Path) -> str | None:
    """What shows that an Ogg file lost its end, or None.

    The last page of an Ogg stream carries the end-of-stream flag (RFC 3533, section 6) and lies
    wholly inside the file. A file cut between two pages lacks the flag, any other cut splits a
    page.
    """
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - _OGG_TAIL_BYTES))
        tail = stream.read()
    where = tail.rfind(b"OggS")
    if where < 0:
        return "no Ogg page in the last 128 kB"
    page = tail[where:]
    if len(page) < 27 or len(page) < 27 + page[26]:
        return "the last Ogg page is cut"
    if len(page) < 27 + page[26] + sum(page[27 : 27 + page[26]]):
        return "the last Ogg page is cut"
    return None if page[5] & _OGG_END_OF_STREAM else "the last Ogg page does not end the stream"


def _wav_frames(path: Path) -> int | None:
    """Length of the data chunk over the block size; compressed WAV promises nothing."""
    block, long_size = 0, 0
    with path.open("rb") as stream:
        stream.seek(12)
        for _ in range(_MAX_CHUNKS):
            header = stream.read(8)
            if len(header) < 8:
                return None
            name, size = struct.unpack("<4sI", header)
            if name == b"data":
                size = long_size if size in _STREAMED else size
                return size // block if size and block else None
            body = stream.read(min(size, 64))
            if name == b"ds64" and len(body) >= 16:
                long_size = struct.unpack_from("<Q", body, 8)[0]
            if name == b"fmt " and len(body) >= 16:
                code, block = (
                    struct.unpack_from("<H", body)[0],
                    struct.unpack_from("<H", body, 12)[0],
                )
                block = block if code in (1, 3, 0xFFFE) else 0
            stream.seek(size - len(body) + (size & 1), 1)
    return None


def _aiff_frames(path: Path) -> int | None:
    with path.open("rb") as stream:
        stream.seek(12)
        for _ in range(_MAX_CHUNKS):
            header = stream.read(8)
            if len(header) < 8:
                return None
            name, size = struct.unpack(">4sI", header)
            body = stream.read(min(size, 64))
            if name == b"COMM" and len(body) >= 6:
                return int(struct.unpack_from(">I", body, 2)[0]) or None
            stream.seek(size - len(body) + (size & 1), 1)
    return None


def _mpeg_frames(head: bytes, first: MpegFrame) -> int | None:
    """Frames by the Xing, Info or VBRI header in the first MPEG frame; most files have one."""
    side = {(3, False): 32, (3, True): 17, (2, False): 17, (0, False): 17}
    xing = first.offset + 4 + side.get((first.version, first.mono), 9)
    if head[xing : xing + 4] in (b"Xing", b"Info") and len(head) >= xing + 12:
        flags, frames = struct.unpack_from(">II", head, xing + 4)
        return frames * first.samples if flags & 1 and frames else None
    vbri = first.offset + 36
    if head[vbri : vbri + 4] == b"VBRI" and len(head) >= vbri + 18:
        return int(struct.unpack_from(">I", head, vbri + 14)[0]) * first.samples or None
    return None
