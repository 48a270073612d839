"""The smallest file of each kind that mutagen opens and writes a tag to. Some hold no sound."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from mutagen.ogg import OggPage

from tests.sources.midi import midi
from tests.sources.sound import tone


def encoded(path: Path, container: str, codec: str, rate: int = 44_100) -> None:
    """A moment of sound, by libav."""
    with av.open(str(path), "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate)
        stream.layout, stream.bit_rate = "stereo", 64_000
        planar = stream.codec_context.format
        kind = {
            "s16": np.int16,
            "s16p": np.int16,
            "s32": np.int32,
            "s32p": np.int32,
            "u8": np.uint8,
            "u8p": np.uint8,
        }
        dtype = kind.get(planar.name, np.float32)
        shape = (2, 4608) if planar.is_planar else (1, 9216)
        frame = av.AudioFrame.from_ndarray(np.zeros(shape, dtype), planar.name, "stereo")
        frame.sample_rate = rate
        for packet in (*stream.encode(frame), *stream.encode(None)):
            out.mux(packet)


def ogg(path: Path, header: bytes, comment: bytes) -> None:
    """An Ogg stream of a header, an empty comment and a last page."""
    empty = struct.pack("<I", 0) + struct.pack("<I", 0) + b"\x01"
    pages = []
    for number, packets in enumerate(([header], [comment + empty, b"\x82setup"], [b"end"])):
        page = OggPage()
        page.serial, page.sequence, page.packets = 1, number, packets
        page.first, page.last, page.position = number == 0, number == 2, number
        pages.append(page.write())
    path.write_bytes(b"".join(pages))


def speex(path: Path) -> None:
    header = b"Speex   " + bytes(28) + struct.pack("<III", 16_000, 4, 1) + struct.pack("<Ii", 1, 0)
    ogg(path, header + bytes(24), b"")


def theora(path: Path) -> None:
    header = b"\x80theora\x03\x02\x00" + bytes(12) + struct.pack(">II", 25, 1) + bytes(12)
    ogg(path, header, b"\x81theora")


def monkey(path: Path) -> None:
    stream = struct.pack("<IIIHHI", 73_728, 100, 1, 16, 2, 44_100)
    path.write_bytes(b"MAC " + struct.pack("<H", 3990) + bytes(50) + stream + bytes(64))


def musepack(path: Path) -> None:
    path.write_bytes(b"MP+\x07" + struct.pack("<II", 10, 0) + bytes(64))


def optimfrog(path: Path) -> None:
    stream = struct.pack("<IIHBBI", 15, 1000, 0, 2, 1, 44_100)
    path.write_bytes(b"OFR " + stream + bytes(80))


def tak(path: Path) -> None:
    stream = b"\x01" + (13).to_bytes(3, "little") + bytes(13)
    path.write_bytes(b"tBaK" + stream + b"\x00" + (3).to_bytes(3, "little") + bytes(64))


def dsf(path: Path) -> None:
    layout = struct.pack("<IIIIIIQII", 1, 0, 2, 2, 2_822_400, 1, 8, 4096, 0)
    form = b"fmt " + struct.pack("<Q", 52) + layout
    data = b"data" + struct.pack("<Q", 12 + 64) + bytes(64)
    total = 28 + len(form) + len(data)
    path.write_bytes(b"DSD " + struct.pack("<QQQ", 28, total, 0) + form + data)


def dsdiff(path: Path) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return name + struct.pack(">Q", len(data)) + data

    inside = chunk(b"FS  ", struct.pack(">L", 2_822_400)) + chunk(b"CMPR", b"DSD \x00\x00")
    inside += chunk(b"CHNL", struct.pack(">H", 2) + b"SLFTSRGT")
    body = b"DSD " + chunk(b"FVER", b"\x01\x05\x00\x00") + chunk(b"PROP", b"SND " + inside)
    path.write_bytes(chunk(b"FRM8", body + chunk(b"DSD ", bytes(64))))


def libav(container: str, codec: str, rate: int = 44_100) -> Callable[[Path], None]:
    return lambda path: encoded(path, container, codec, rate)


def sound(path: Path) -> None:
    tone(path, seconds=0.5)


MAKERS: dict[str, Callable[[Path], object]] = {
    **dict.fromkeys((".mp3", ".flac", ".ogg", ".wav", ".aiff"), sound),
    ".oga": libav("ogg", "flac"),
    ".opus": libav("opus", "libopus", 48_000),
    ".spx": speex,
    ".ogv": theora,
    ".m4a": libav("ipod", "aac"),
    ".m4b": libav("ipod", "aac"),
    ".mp4": libav("mp4", "aac"),
    ".wma": libav("asf", "wmav2"),
    ".aac": libav("adts", "aac"),
    ".ac3": libav("ac3", "ac3"),
    ".tta": libav("tta", "tta"),
    ".wv": libav("wv", "wavpack"),
    ".ape": monkey,
    ".mpc": musepack,
    ".ofr": optimfrog,
    ".tak": tak,
    ".dsf": dsf,
    ".dff": dsdiff,
    ".mid": midi,
}
"""Suffix → what makes such a file."""
