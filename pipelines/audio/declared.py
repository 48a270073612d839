"""What a container says of its own length, and whether it is all there.

Decoders hide this: libsndfile shortens the length of a cut WAV file to what is there, drops damaged
Ogg pages and finds its way back into a damaged MPEG stream, all without a word. So the container's
own fields, checksums and frame headers are read here. Lengths are in sample frames.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from pipelines.audio.boxes import missing_bytes
from pipelines.audio.chunked import lengths
from pipelines.audio.frames import Walk, walk_adts, walk_mpeg
from pipelines.audio.ogg_pages import walk_pages
from pipelines.audio.recognise import Head, MpegFrame, first_mpeg_frame
from schemas.outcomes import RejectReason

_CHUNKED = ("wav", "aiff", "w64", "caf", "au")
_BOXED = ("mp4", "matroska", "asf", "tta")
_WHOLE = 0.98  # as in `decode`: an encoder's count may leave out what it pads


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
        In words, what shows that the file is not as it was written.
    reason : RejectReason
        What `damage` amounts to: TRUNCATED when the end is missing, UNDECODABLE when parts are
        broken.
    """

    frames: int | None = None
    known: bool = True
    damage: str | None = None
    reason: RejectReason = RejectReason.TRUNCATED


def promise(path: Path, container: str, head: Head) -> Promise:
    """Read the declared length of `path` and look for damage; `head` is its beginning.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    if container in _CHUNKED:
        found = lengths(path, container)
        # A compressed chunk says nothing of frames: the decoder's word is taken.
        known = found.frames is not None or found.missing > 0 or container in ("wav", "aiff")
        return Promise(found.frames, known, _missing(found.missing))
    if container in _BOXED:
        return Promise(known=False, damage=_missing(missing_bytes(path, container)))
    if container == "mpeg":
        return _mpeg(path, head)
    if container == "aac":  # bare frames: a decoder would guess a length from the bit rate
        return _walked(None, walk_adts(path, head.start))
    if container == "amr":
        return Promise()
    return _ogg(path) if container == "ogg" else Promise(known=False)


def _missing(count: int) -> str | None:
    return f"the file lacks {count:,} bytes of those it declares" if count > 0 else None


def _ogg(path: Path) -> Promise:
    pages = walk_pages(path)
    damage = pages.damage()
    if pages.cut:  # the last page that survived says nothing of how long it was
        damage = f"{damage}; {pages.cut}" if damage else pages.cut
        return Promise(damage=damage)
    return Promise(known=False, damage=damage, reason=RejectReason.UNDECODABLE)


def _mpeg(path: Path, head: Head) -> Promise:
    first = first_mpeg_frame(head.data)
    if first is None:
        return Promise()
    found = walk_mpeg(path, head.start + first.offset, first)
    declared = mpeg_declared(head.data, first)
    held = max(0, found.frames - (declared is not None)) * first.samples
    if declared is not None and declared < _WHOLE * held - 2 * first.samples:
        damage = f"its header declares {declared:,} sample frames, {held:,} follow"
        return Promise(held, damage=damage, reason=RejectReason.UNDECODABLE)
    return _walked(declared, found)


def _walked(declared: int | None, found: Walk) -> Promise:
    if found.cut:
        return Promise(declared, damage="the last frame is cut")
    if found.losses:
        places = "place" if found.losses == 1 else "places"
        damage = f"frames are broken in {found.losses} {places}: {found.lost_bytes:,} bytes"
        return Promise(declared, damage=damage, reason=RejectReason.UNDECODABLE)
    return Promise(declared)


def mpeg_declared(head: bytes, first: MpegFrame) -> int | None:
    """Frames by the Xing, Info or VBRI header in the first MPEG frame; most files have one.

    Where LAME says how many samples it put before and after the sound, they are left out.
    """
    side = {(3, False): 32, (3, True): 17, (2, False): 17, (0, False): 17}
    xing = first.offset + 4 + side.get((first.version, first.mono), 9)
    if head[xing : xing + 4] in (b"Xing", b"Info") and len(head) >= xing + 12:
        flags, frames = struct.unpack_from(">II", head, xing + 4)
        if not flags & 1 or not frames:
            return None
        return max(1, int(frames) * first.samples - _padding(head, xing, flags))
    vbri = first.offset + 36
    if head[vbri : vbri + 4] == b"VBRI" and len(head) >= vbri + 18:
        return int(struct.unpack_from(">I", head, vbri + 14)[0]) * first.samples or None
    return None


def _padding(head: bytes, xing: int, flags: int) -> int:
    """Samples that the encoder added, by the LAME extension of the Info header; 0 if not said."""
    tag = xing + 8 + 4 * (flags & 1) + 2 * (flags & 2) + 25 * (flags & 4) + (flags & 8) // 2
    if head[tag : tag + 4] not in (b"LAME", b"Lavc", b"Lavf") or len(head) < tag + 24:
        return 0
    three = int.from_bytes(head[tag + 21 : tag + 24], "big")
    return (three >> 12) + (three & 0xFFF)
