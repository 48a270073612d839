"""Sound that is odd but valid, files that are no sound, and bombs."""

from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from benchmarks._robustness_bases import Base, by_libsndfile, sound
from benchmarks._robustness_lies import patched
from benchmarks._robustness_mutations import ANY, GOOD, KEPT, NOT_WHOLE, REFUSED, Case, case
from pipelines.audio.recognise import mpeg_frame
from schemas.outcomes import Outcome

RATES_HZ = (1_000, 4_000, 8_000, 11_025, 16_000, 22_050, 32_000, 48_000, 96_000, 176_400, 192_000)


def odd_sound() -> Iterator[Case]:
    """Valid files at the edges: rates, channels, lengths, levels, phase."""
    for rate in RATES_HZ:
        data = by_libsndfile(sound(1.0, rate), "WAV", "PCM_16", rate)
        yield case(f"odd-rate-{rate}.wav", "odd sound", data, GOOD)
    mono = sound(1.0)[:, :1]
    for channels in range(1, 9):
        data = by_libsndfile(np.repeat(mono, channels, axis=1), "WAV", "PCM_16")
        yield case(f"odd-channels-{channels}.wav", "odd sound", data, GOOD)
    for milliseconds in (1, 2, 5, 10, 23, 50, 100, 250, 500):
        for form, subtype, suffix in (("WAV", "PCM_16", "wav"), ("FLAC", "PCM_16", "flac")):
            data = by_libsndfile(sound(milliseconds / 1_000), form, subtype)
            yield case(f"odd-{milliseconds}ms.{suffix}", "odd sound", data, GOOD)
    for milliseconds in (1, 10, 50, 100, 500):
        for form, subtype, suffix in (
            ("OGG", "VORBIS", "ogg"),
            ("OGG", "OPUS", "opus"),
            ("MP3", "MPEG_LAYER_III", "mp3"),
        ):
            data = by_libsndfile(sound(milliseconds / 1_000, 48_000), form, subtype, 48_000)
            yield case(f"odd-{milliseconds}ms.{suffix}", "odd sound", data)
    yield from _levels()


def _levels() -> Iterator[Case]:
    tone = 0.5 * sound(2.0).astype(np.float32) / 32_768
    left = tone[:, :1]
    nan, inf = tone.copy(), tone.copy()
    nan[30_000:30_010], inf[-1] = np.nan, -np.inf
    signals: dict[str, tuple[npt.NDArray[Any], frozenset[Outcome]]] = {
        "nan": (nan, REFUSED),
        "inf": (inf, REFUSED),
        "all-nan": (np.full_like(tone, np.nan), REFUSED),
        "huge": (tone * np.float32(1e30), KEPT | REFUSED),
        "denormal": (tone * np.float32(1e-40), GOOD),
        "over-full-scale": (tone * 3, GOOD),
        "antiphase": (np.hstack([left, -left]), GOOD),
        "one-side": (np.hstack([left, 0 * left]), GOOD),
        "silence": (0 * tone, GOOD),
        "direct-current": (0 * tone + np.float32(0.5), GOOD),
        "tone-and-direct-current": (tone + np.float32(0.4), GOOD),
        "clipped": ((tone * 20).clip(-1, 1), GOOD),
        "half-silent": (np.vstack([tone, 0 * tone]), GOOD),
        "one-impulse": (np.eye(44_100, 2, dtype=np.float32), GOOD),
        "no-frames": (tone[:0], REFUSED),
    }
    for name, (signal, expected) in signals.items():
        data = by_libsndfile(signal.astype(np.float32), "WAV", "FLOAT")
        yield case(f"odd-{name}.wav", "odd sound", data, expected)


def not_sound(bases: Mapping[str, Base]) -> Iterator[Case]:
    """Other files under names of audio, audio under other names, empty and nearly empty files."""
    random = np.random.default_rng(7)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as sink:
        sink.writestr("song.mp3", bases["MP3"].data)
    pixels = zlib.compress(bytes(64 * 65))
    png = b"\x89PNG\r\n\x1a\n" + _png(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0))
    others = {
        "text": b"this is no audio\n" * 500,
        "zip": archive.getvalue(),
        "png": png + _png(b"IDAT", pixels) + _png(b"IEND", b""),
        "pdf": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" * 40,
        "elf": b"\x7fELF\x02\x01\x01" + random.bytes(5_000),
        "script": b"#!/bin/sh\ntouch pwned\n",
        "html": b"<!doctype html><title>404</title>" * 20,
        "random": random.bytes(30_000),
        "zeros": bytes(30_000),
        "ones": b"\xff" * 70_000,
        "syncs": b"\xff\xfb" * 35_000,
        "avi": b"RIFF\x24\0\0\0AVI LIST" + bytes(500),
        "heic": b"\0\0\0\x18ftypheic" + bytes(500),
        "id3-only": b"ID3\x04\0\0\0\0\x0f\x76" + bytes(2_038),
        "id3v1-only": b"TAG" + b"title".ljust(125, b"\0"),
    }
    for name, data in others.items():
        for suffix in (".mp3", ".flac", ".m4a"):
            yield case(f"not-{name}{suffix}", "not sound", data, REFUSED)
    for size in (0, 1, 2, 3, 4, 8, 11, 12, 16, 27):
        yield case(f"not-{size}-bytes.ogg", "not sound", bases["OGG"].data[:size], REFUSED)
    for base in bases.values():
        stem = base.format.replace(" ", "_")
        yield case(f"named-{stem}.mp3", "misnamed", base.data, GOOD)
        yield case(f"named-{stem}", "misnamed", base.data, GOOD)


def _png(name: bytes, body: bytes) -> bytes:
    crc = zlib.crc32(name + body)
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", crc)


def bombs(bases: Mapping[str, Base], hours: float) -> Iterator[Case]:
    """Small files that unfold: silence of `hours`, tags and pictures of megabytes, deep nesting."""
    flac, mp3 = bases["FLAC"].data, bases["MP3"].data
    long = partial(_silence, hours=hours, rate_hz=8_000, channels=1)
    yield Case("bomb-silence.flac", "", "bomb", long, GOOD)
    yield Case("bomb-too-long.flac", "", "bomb", _too_long, REFUSED)
    yield case("bomb-silence-repeated.mp3", "bomb", mp3 + _second_frame(mp3) * 20_000)
    holes = partial(_hole, bases["WAV"].data, int(44_100 * 4 * 600 * hours))
    yield Case("bomb-hole.wav", "", "bomb", holes, ANY)
    picture = b"\x06" + (0xFFFFF0).to_bytes(3, "big") + bytes(0xFFFFF0)
    yield case("bomb-picture.flac", "bomb", flac[:42] + picture + flac[42:], GOOD)
    big = bytes(20 << 20)
    for frame in (b"APIC", b"TIT2", b"COMM", b"ZZZZ"):
        body = frame + _sevens(len(big)) + b"\0\0" + big
        tag = b"ID3\x04\0\0" + _sevens(len(body)) + body
        yield case(f"bomb-id3-{frame.decode()}.mp3", "bomb", tag + mp3, KEPT)
    comment = b"title=" + b"x" * 0xFFFF00
    vendor = struct.pack("<III", 0, 1, len(comment)) + comment
    block = b"\x04" + len(vendor).to_bytes(3, "big") + vendor
    yield case("bomb-comment.flac", "bomb", flac[:42] + block + flac[42:], GOOD)
    # libav adds each comment in time that grows with their number; the limits end what they must.
    many = (struct.pack("<I", 3) + b"a=b") * 200_000
    vendor = struct.pack("<II", 0, 200_000) + many
    block = b"\x04" + len(vendor).to_bytes(3, "big") + vendor
    yield case("bomb-comments.flac", "bomb", flac[:42] + block + flac[42:])
    yield from _nested(bases)


def _nested(bases: Mapping[str, Base]) -> Iterator[Case]:
    mp4, mka = bases["M4A faststart"].data, bases["MKA"].data
    for depth in (100, 10_000):
        boxes = b"".join(struct.pack(">I4s", 8 * (depth - i), b"moov") for i in range(depth))
        yield case(f"bomb-boxes-{depth}.m4a", "bomb", mp4[:28] + boxes, NOT_WHOLE)
        yield case(f"bomb-boxes-before-{depth}.m4a", "bomb", mp4[:28] + boxes + mp4[28:])
        groups = b"\x10\x43\xa7\x70\x01" + b"\xff" * 7
        yield case(f"bomb-groups-{depth}.mka", "bomb", mka[:47] + groups * depth, NOT_WHOLE)
    free = struct.pack(">I4s", 8, b"free") * 200_000
    yield case("bomb-free-boxes.m4a", "bomb", mp4[:28] + free + mp4[28:])
    page = bases["OGG"].data[:58]
    yield case("bomb-first-pages.ogg", "bomb", page * 20_000, NOT_WHOLE)
    sizes = mp4.index(b"stsz") + 12
    yield case("bomb-samples.m4a", "bomb", patched(mp4, sizes, ">I", 0x0FFFFFFF))


def _silence(path: Path, hours: float, rate_hz: int, channels: int) -> None:
    block = np.zeros((rate_hz * 60, channels), np.int16)
    with soundfile.SoundFile(path, "w", rate_hz, channels, "PCM_16", format="FLAC") as sink:
        for _ in range(round(hours * 60)):
            sink.write(block)


def _too_long(path: Path) -> None:
    """Twelve hours of silence in about 100 kB."""
    _silence(path, 12.0, 4_000, 1)


def _hole(data: bytes, size: int, path: Path) -> None:
    """A WAV file of `size` bytes of sound that take no room on the disk."""
    with path.open("wb") as sink:
        sink.write(patched(data[:44], 40, "<I", min(size, 0xFFFFFFF0)))
        sink.truncate(44 + size)


def _second_frame(mp3: bytes) -> bytes:
    first = mpeg_frame(mp3, 0)
    second = mpeg_frame(mp3, first.bytes) if first is not None else None
    assert second is not None
    return mp3[second.offset : second.offset + second.bytes]


def _sevens(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def restless(base: Base) -> Iterator[Case]:
    """Files that are cut, emptied, removed, replaced or grown while they are read."""
    data = base.data[:44] + base.data[44:] * 40
    data = patched(data, 40, "<I", len(data) - 44)

    def emptied(path: Path) -> None:
        path.open("wb").close()

    def cut(path: Path) -> None:
        with path.open("rb+") as stream:
            stream.truncate(len(data) // 3)

    def replaced(path: Path) -> None:
        path.unlink()
        path.mkdir()

    def grown(path: Path) -> None:
        with path.open("ab") as sink:
            sink.write(bytes(1 << 20))

    deeds: dict[str, Callable[[Path], None]] = {
        "emptied": emptied,
        "cut": cut,
        "removed": Path.unlink,
        "replaced": replaced,
        "grown": grown,
    }
    for name, deed in deeds.items():
        for number, delay in enumerate((0.0, 0.005, 0.02, 0.08)):
            write = partial(_data, data)
            meddle = partial(_later, deed, delay)
            yield Case(f"restless-{name}-{number}.wav", "", "restless", write, ANY, meddle)


def _later(deed: Callable[[Path], None], delay: float, path: Path) -> None:
    time.sleep(delay)
    deed(path)


def _data(data: bytes, path: Path) -> None:
    path.write_bytes(data)
