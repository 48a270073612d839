"""Damage done to whole files by a seeded generator: cuts, flipped bits, holes, repeats, noise.

A case knows how to write itself, what it is (`format` × `kind`), and how it may end.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks._robustness_bases import Base
from pipelines.audio.recognise import id3_bytes, mpeg_frame
from schemas.outcomes import Outcome

Writer = Callable[[Path], None]

ANY = frozenset({Outcome.ACCEPTED, Outcome.PARTIAL, Outcome.REJECTED, Outcome.QUARANTINED})
GOOD = frozenset({Outcome.ACCEPTED})
NOT_WHOLE = ANY - GOOD
REFUSED = frozenset({Outcome.REJECTED})
KEPT = frozenset({Outcome.ACCEPTED, Outcome.PARTIAL})
SET_ASIDE = frozenset({Outcome.REJECTED, Outcome.QUARANTINED})


@dataclass(frozen=True, slots=True)
class Case:
    """One file of the corpus.

    Attributes
    ----------
    name : str
        File name, unique in the corpus.
    format, kind : str
        Row and column of the report: "MP3" × "truncated".
    write : callable
        Puts the file at a path.
    expected : set of Outcome
        Outcomes that are right; a mutated file may end as any.
    meddle : callable or None
        Does something to the file while it is read.
    """

    name: str
    format: str
    kind: str
    write: Writer
    expected: frozenset[Outcome] = ANY
    meddle: Callable[[Path], None] | None = None


def case(name: str, kind: str, data: bytes, expected: frozenset[Outcome] = ANY) -> Case:
    """A case that is not made from a whole file of one format."""
    return Case(name, "", kind, partial(_write, data), expected)


def _write(data: bytes, path: Path) -> None:
    path.write_bytes(data)


def mutations(base: Base, each: int, seed: int) -> Iterator[Case]:
    """The whole file, cuts, `each` with flipped bits and half as many with other damage."""
    random = np.random.default_rng([seed, zlib.crc32(base.format.encode())])
    stem = base.format.replace(" ", "_")

    def made(kind: str, number: int, data: bytes, expected: frozenset[Outcome] = ANY) -> Case:
        name = f"{stem}-{kind}-{number:03d}{base.suffix}"
        return Case(name, base.format, kind, partial(_write, data), expected)

    yield made("whole", 0, base.data, GOOD)
    for number, length in enumerate(_cuts(base.data, each, random)):
        yield made("truncated", number, base.data[:length])
    for number, length in enumerate(_boundaries(base)):
        yield made("boundary", number, base.data[:length])
    for number in range(each):
        yield made("flipped", number, _flipped(base.data, random))
    for number in range(each // 2):
        yield made("header", number, _flipped_header(base.data, random))
    for number in range(each // 2):
        kind, damage = _DAMAGES[number % len(_DAMAGES)]
        yield made(kind, number, damage(base.data, random))


_MARKS = {  # what a part of a stream begins with
    "OGG": b"OggS",
    "Opus": b"OggS",
    "fMP4": b"moof",
    "MKA": b"\x1f\x43\xb6\x75",
    "WebM": b"\x1f\x43\xb6\x75",
    "MKV video": b"\x1f\x43\xb6\x75",
    "WavPack": b"wvpk",
    "AAC": b"\xff\xf1",
}


def _boundaries(base: Base) -> list[int]:
    """Lengths that cut between two parts of a stream, where the least shows; four at most."""
    data = base.data
    if base.format in ("MP3", "MP3 no Xing", "MP2"):
        starts, frame = [], mpeg_frame(data, id3_bytes(data))
        while frame is not None:
            starts.append(frame.offset)
            frame = mpeg_frame(data, frame.offset + frame.bytes)
    else:
        mark = _MARKS.get(base.format)
        starts = [at for at in range(len(data)) if data.startswith(mark, at)] if mark else []
        back = 4 if base.format == "fMP4" else 0
        starts = [at - back for at in starts]
    inner = [at for at in starts if at > len(data) // 10]
    return inner[:: max(1, len(inner) // 4)][:4]


def _cuts(data: bytes, count: int, random: np.random.Generator) -> list[int]:
    """Lengths to cut to: mostly anywhere, some near the beginning, some just before the end."""
    size = len(data)
    near = [size - 1, size - 2, size - 100, size - 1_000, 1, 4, 12, 44, 100, 1_000]
    few = [length for length in near[: count // 4] if 0 < length < size]
    rest = random.integers(1, size, count - len(few))
    return [*few, *(int(length) for length in rest)]


def _flipped(data: bytes, random: np.random.Generator) -> bytes:
    """1 … 64 flipped bits, anywhere."""
    changed = np.frombuffer(data, np.uint8).copy()
    flips = int(2 ** random.uniform(0, 6))
    for at in random.integers(0, changed.size, flips):
        changed[at] ^= 1 << int(random.integers(0, 8))
    return changed.tobytes()


def _flipped_header(data: bytes, random: np.random.Generator) -> bytes:
    """1 … 4 bytes of the first 256 replaced: the fields that sizes and rates stand in."""
    changed = np.frombuffer(data, np.uint8).copy()
    for at in random.integers(0, min(256, changed.size), int(random.integers(1, 5))):
        changed[at] = random.choice([0, 1, 0x7F, 0x80, 0xFF, int(random.integers(0, 256))])
    return changed.tobytes()


def _region(data: bytes, random: np.random.Generator) -> tuple[int, int]:
    length = int(min(len(data) // 2, 2 ** random.uniform(4, 13)))
    start = int(random.integers(0, len(data) - length))
    return start, start + length


def _zeroed(data: bytes, random: np.random.Generator) -> bytes:
    start, end = _region(data, random)
    return data[:start] + bytes(end - start) + data[end:]


def _noisy(data: bytes, random: np.random.Generator) -> bytes:
    start, end = _region(data, random)
    return data[:start] + random.bytes(end - start) + data[end:]


def _lost(data: bytes, random: np.random.Generator) -> bytes:
    start, end = _region(data, random)
    return data[:start] + data[end:]


def _repeated(data: bytes, random: np.random.Generator) -> bytes:
    start, end = _region(data, random)
    return data[:end] + data[start:]


def _junk_before(data: bytes, random: np.random.Generator) -> bytes:
    return random.bytes(int(random.integers(1, 4_000))) + data


def _junk_after(data: bytes, random: np.random.Generator) -> bytes:
    return data + random.bytes(int(random.integers(1, 4_000)))


_DAMAGES: tuple[tuple[str, Callable[[bytes, np.random.Generator], bytes]], ...] = (
    ("zeroed", _zeroed),
    ("noise", _noisy),
    ("lost", _lost),
    ("repeated", _repeated),
    ("junk-before", _junk_before),
    ("junk-after", _junk_after),
)
