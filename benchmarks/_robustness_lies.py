"""Headers that lie about rates, channels, lengths and sizes, in every format that has them."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from benchmarks._robustness_bases import Base
from benchmarks._robustness_mutations import ANY, NOT_WHOLE, Case, case

_SIZES = (0, 1, 7, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


def lies(bases: Mapping[str, Base]) -> Iterator[Case]:
    """All header lies; deterministic."""
    yield from _wav(bases["WAV"].data)
    yield from _aiff(bases["AIFF"].data)
    yield from _flac(bases["FLAC"].data)
    yield from _ogg(bases["OGG"].data)
    yield from _mp3(bases["MP3"].data)
    yield from _mp4(bases["M4A faststart"].data)
    yield from _other(bases)


def patched(data: bytes, at: int, form: str, *values: int) -> bytes:
    """`data` with packed `values` at byte `at`."""
    changed = bytearray(data)
    struct.pack_into(form, changed, at, *values)
    return bytes(changed)


def _wav(data: bytes) -> Iterator[Case]:
    def lie(name: str, changed: bytes, expected: frozenset = ANY) -> Case:  # type: ignore[type-arg]
        return case(f"lie-wav-{name}.wav", "lies", changed, expected)

    for size in _SIZES:
        yield lie(f"riff-size-{size:x}", patched(data, 4, "<I", size))
        yield lie(f"fmt-size-{size:x}", patched(data, 16, "<I", size))
        yield lie(f"data-size-{size:x}", patched(data, 40, "<I", size))
    for rate in (0, 1, 7, 999, 192_000, 768_000, 768_001, 0x7FFFFFFF, 0xFFFFFFFF):
        yield lie(f"rate-{rate}", patched(data, 24, "<I", rate))
    for channels in (0, 3, 8, 33, 255, 1024, 65_535):
        yield lie(f"channels-{channels}", patched(data, 22, "<H", channels))
    for block in (0, 1, 3, 65_535):
        yield lie(f"block-align-{block}", patched(data, 32, "<H", block))
    for bits in (0, 1, 7, 12, 64, 65_535):
        yield lie(f"bits-{bits}", patched(data, 34, "<H", bits))
    for code in (0, 2, 3, 6, 0x11, 0x31, 0x55, 0xFFFE, 0xFFFF):
        yield lie(f"code-{code:x}", patched(data, 20, "<H", code))
    yield lie("no-data-chunk", data[:36], NOT_WHOLE)
    yield lie("data-before-fmt", data[:12] + data[36:] + data[12:36])
    yield lie("two-fmt", data[:36] + data[12:36] + data[36:])
    yield lie("thousand-chunks", data[:12] + b"junk\0\0\0\0" * 100_000 + data[12:])
    yield lie("chunk-to-itself", data[:36] + b"LIST" + struct.pack("<i", -8) + data[36:])


def _aiff(data: bytes) -> Iterator[Case]:
    common = data.index(b"COMM")
    sound = data.index(b"SSND")
    for size in _SIZES:
        for name, at in (("form", 4), ("comm", common + 4), ("ssnd", sound + 4)):
            changed = patched(data, at, ">I", size)
            yield case(f"lie-aiff-{name}-size-{size:x}.aiff", "lies", changed)
        yield case(f"lie-aiff-frames-{size:x}.aiff", "lies", patched(data, common + 10, ">I", size))
    for exponent in (0, 0x3FFF, 0x4000, 0x7FFF, 0xFFFF):  # the rate is an 80-bit float
        changed = patched(data, common + 16, ">H", exponent)
        yield case(f"lie-aiff-rate-{exponent:x}.aiff", "lies", changed)
    for channels in (0, 3, 1024, 0xFFFF):
        changed = patched(data, common + 8, ">H", channels)
        yield case(f"lie-aiff-channels-{channels}.aiff", "lies", changed)


def _flac(data: bytes) -> Iterator[Case]:
    """STREAMINFO begins at byte 8: 20 bits of rate, 3 of channels, 5 of depth, 36 of length."""
    packed = int.from_bytes(data[18:26], "big")
    fields = {"rate": (44, 20), "channels": (41, 3), "depth": (36, 5), "length": (0, 36)}
    values = {
        "rate": (0, 1, 8_000, 655_350),
        "channels": (0, 2, 7),
        "depth": (0, 3, 23, 31),
        "length": (0, 1, 66_149, 66_151, 132_300, (1 << 36) - 1),
    }
    for name, (shift, bits) in fields.items():
        for value in values[name]:
            lie = packed & ~(((1 << bits) - 1) << shift) | value << shift
            changed = data[:18] + lie.to_bytes(8, "big") + data[26:]
            yield case(f"lie-flac-{name}-{value}.flac", "lies", changed)
    for block in (0, 15, 65_535):
        yield case(f"lie-flac-block-{block}.flac", "lies", patched(data, 8, ">HH", block, block))
    for size in (0, 33, 35, 0xFFFFFF):
        changed = data[:5] + size.to_bytes(3, "big") + data[8:]
        yield case(f"lie-flac-streaminfo-size-{size}.flac", "lies", changed)
    picture = b"\x06" + (0xFFFFFF).to_bytes(3, "big")
    yield case("lie-flac-picture-size.flac", "lies", data[:42] + picture + data[42:])


def _ogg(data: bytes) -> Iterator[Case]:
    second = data.index(b"OggS", 4)
    last = data.rindex(b"OggS")
    lies = {
        "version": patched(data, 4, "B", 9),
        "granule": patched(data, last + 6, "<q", 1 << 60),
        "granule-negative": patched(data, last + 6, "<q", -1),
        "serial": patched(data, second + 14, "<I", 0xDEADBEEF),
        "number": patched(data, second + 18, "<I", 77),
        "segments": patched(data, second + 26, "B", 255),
        "channels": patched(data, 28 + 11, "B", 255),
        "channels-none": patched(data, 28 + 11, "B", 0),
        "rate": patched(data, 28 + 12, "<I", 0xFFFFFFFF),
        "rate-none": patched(data, 28 + 12, "<I", 0),
    }
    for name, changed in lies.items():
        yield case(f"lie-ogg-{name}.ogg", "lies", changed, NOT_WHOLE)  # each breaks a checksum
    yield case("lie-ogg-two-streams.ogg", "lies", data + data)


def _mp3(data: bytes) -> Iterator[Case]:
    info = max(data.find(b"Info", 0, 200), data.find(b"Xing", 0, 200))
    for frames in (0, 1, 30, 58, 600, 0x7FFFFFFF, 0xFFFFFFFF):
        yield case(f"lie-mp3-xing-{frames:x}.mp3", "lies", patched(data, info + 8, ">I", frames))
    first = data[: data.index(b"\xff", 4)]
    vbri = first[:36].ljust(36, b"\0") + b"VBRI" + struct.pack(">HHHII", 1, 0, 100, 0, 1 << 30)
    yield case("lie-mp3-vbri.mp3", "lies", vbri.ljust(len(first), b"\0") + data[len(first) :])
    for size in (0, 5, 1_000, 0x0FFFFFFF):
        sevens = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
        tag = b"ID3\x04\0\0" + sevens + bytes(min(size, 1_000))
        yield case(f"lie-mp3-id3-size-{size}.mp3", "lies", tag + data)
    frame = b"TIT2" + b"\x7f\x7f\x7f\x7f" + bytes(20)
    yield case("lie-mp3-id3-frame.mp3", "lies", b"ID3\x04\0\0\0\0\0\x1e" + frame + data)
    yield case("lie-mp3-forty-tags.mp3", "lies", b"ID3\x04\0\0\0\0\0\0" * 40 + data)


def _mp4(data: bytes) -> Iterator[Case]:
    for box in (b"ftyp", b"moov", b"trak", b"mdia", b"mdhd", b"stsd", b"stts", b"stsz", b"mdat"):
        at = data.index(box) - 4
        for size in (0, 1, 4, 0x7FFFFFFF, 0xFFFFFFFF):
            changed = patched(data, at, ">I", size)
            yield case(f"lie-mp4-{box.decode()}-{size:x}.m4a", "lies", changed)
    for box, offset in ((b"stts", 8), (b"stsz", 12), (b"stco", 8), (b"stsc", 8)):
        for count in (0, 0x7FFFFFFF, 0xFFFFFFFF):
            changed = patched(data, data.index(box) + offset, ">I", count)
            yield case(f"lie-mp4-{box.decode()}-count-{count:x}.m4a", "lies", changed)
    header = data.index(b"mdhd") + 4
    for name, at in (("timescale", header + 12), ("duration", header + 16)):
        for value in (0, 1, 0xFFFFFFFF):
            yield case(f"lie-mp4-{name}-{value:x}.m4a", "lies", patched(data, at, ">I", value))


def _other(bases: Mapping[str, Base]) -> Iterator[Case]:
    wma = bases["WMA"].data
    properties = wma.index(bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365"))
    for name, offset in (("size", 40), ("packets", 56), ("duration", 64)):
        for value in (0, 1, 1 << 62):
            changed = patched(wma, properties + offset, "<Q", value)
            yield case(f"lie-wma-{name}-{value:x}.wma", "lies", changed)
    mka = bases["MKA"].data
    segment = mka.index(b"\x18\x53\x80\x67") + 4
    for value in (0, 1, (1 << 56) - 2, (1 << 56) - 1):
        changed = patched(mka, segment, ">Q", 1 << 56 | value)
        yield case(f"lie-mka-segment-{value:x}.mka", "lies", changed)
    pack = bases["WavPack"].data
    for value in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF):
        yield case(f"lie-wv-samples-{value:x}.wv", "lies", patched(pack, 12, "<I", value))
        yield case(f"lie-wv-block-{value:x}.wv", "lies", patched(pack, 4, "<I", value))
