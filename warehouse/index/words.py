"""The part `words`: what words say of each track's sound, as a vector, and a graph of them.

A track's vector is the mean of the vectors of its terms, by weight; where it has descriptions,
these take up to three quarters of it, by their weight. Then it is scaled to norm 1. Each distinct
text is embedded once and kept: a million tracks have some thousands of terms, and an encoder that
takes 5 ms a text would need over an hour for a million sentences. A track without a word about
sound has no vector.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.protocols import TextEncoder
from warehouse.index.graph import Bytes
from warehouse.index.parts import Built, Note, Opened, Source, ready
from warehouse.index.vectors import Ids, Points, Rows, Vectors, as_ids, write_vectors
from warehouse.lake import Lake
from warehouse.sqltext import sql_text

NAME = "words"
DESCRIPTIONS = 0.75
"""Share of descriptions of weight 1 in a track's vector. On 500 clips of MusicCaps, three aspects
found the clip by its caption and other aspects among the first ten in 56 % of cases at 0.5, in 75 %
at 0.75; words of weight 0.3, as a package's blurb has, take 0.22."""

RECIPE = f"mean of terms, descriptions {DESCRIPTIONS}"
_CHUNK = 50_000
_LONGEST_TEXT = 2_000
_ENCODED_AT_ONCE = 256
_DIGEST = 16

Floats = npt.NDArray[np.float32]


def source(encoder_id: str) -> Source:
    """What the part depends on."""
    return Source(NAME, ("tracks", "tags"), {"encoder": encoder_id, "recipe": RECIPE})


def open_words(
    root: Path, lake: Lake, encoder: TextEncoder, note: Note, progress: Callable[[int], None]
) -> WordIndex:
    """The part for what `lake` shows, built first where need be."""

    def build(work: Path, previous: Opened | None) -> Built:
        return _build(lake, work, previous, encoder, progress)

    part = ready(root, lake, source(encoder.id), build, note)
    return WordIndex(part, encoder.dimensions)


class WordIndex(Vectors):
    """Vectors of words by track; int8 (tracks, dimensions), zero where a track has no words."""

    def __init__(self, part: Opened, dimensions: int) -> None:
        super().__init__(part, dimensions, "cos")
        self.chance = float(part.details["chance"])

    def vectors(self, places: Rows) -> Floats:
        """Vectors of norm 1, float32 (places, dimensions); a zero row without words."""
        found = self.matrix[places].astype(np.float32)
        norms = np.linalg.norm(found, axis=1, keepdims=True)
        unit: Floats = found / np.maximum(norms, 1e-6)
        return unit

    def nearest_places(self, query: Floats, count: int) -> Rows:
        """About the `count` tracks whose words are nearest, by the graph."""
        return self.nearest(_quantised(query[None])[0], count)

    def with_words(self, places: Rows) -> Rows:
        """Those of `places` that have a vector."""
        found: Rows = places[self.matrix[places].any(axis=1)]
        return found

    def distances(self, query: Floats, places: Rows) -> Floats:
        """1 − cosine, float32 (places,); what chance gives where either side has no words."""
        rows = self.vectors(places)
        silent = ~rows.any(axis=1)
        found: Floats = (1 - rows @ query).astype(np.float32)
        found[silent | (not query.any())] = self.chance
        return found


@dataclass(slots=True)
class _Texts:
    """Distinct texts, the vectors of those that an earlier part knew, and the rest embedded."""

    encoder: TextEncoder
    known: dict[bytes, npt.NDArray[np.float16]]
    index: dict[str, int] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    def place(self, text: str) -> int:
        found = self.index.setdefault(text, len(self.texts))
        if found == len(self.texts):
            self.texts.append(text)
        return found

    def embedded(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float16]]:
        """Digests (texts, 16) and vectors (texts, dimensions), in the order of `place`."""
        digests = [hashlib.blake2b(t.encode(), digest_size=_DIGEST).digest() for t in self.texts]
        vectors = np.zeros((len(self.texts), self.encoder.dimensions), np.float16)
        missing = []
        for i, digest in enumerate(digests):
            if digest in self.known:
                vectors[i] = self.known[digest]
            else:
                missing.append(i)
        for start in range(0, len(missing), _ENCODED_AT_ONCE):
            part = missing[start : start + _ENCODED_AT_ONCE]
            vectors[part] = self.encoder.encode([self.texts[i] for i in part])
        packed = np.frombuffer(b"".join(digests), np.uint8).reshape(-1, _DIGEST)
        return packed, vectors


def _known(previous: Opened | None, encoder: TextEncoder) -> dict[bytes, npt.NDArray[np.float16]]:
    """Vectors of texts that the last part of the same encoder embedded."""
    if previous is None or previous.manifest["extra"] != dict(source(encoder.id).extra):
        return {}
    digests = np.load(previous.folder / "texts.npy", allow_pickle=False)
    vectors = np.load(previous.folder / "text_vectors.npy", allow_pickle=False)
    if vectors.shape != (len(digests), encoder.dimensions):
        return {}
    return {digest.tobytes(): vectors[i] for i, digest in enumerate(digests)}


def _build(
    lake: Lake,
    work: Path,
    previous: Opened | None,
    encoder: TextEncoder,
    progress: Callable[[int], None],
) -> Built:
    texts = _Texts(encoder, _known(previous, encoder))
    ids, uses = _read(lake, texts)
    digests, vectors = texts.embedded()
    np.save(work / "texts.npy", digests, allow_pickle=False)
    np.save(work / "text_vectors.npy", vectors, allow_pickle=False)
    matrix = _combined(uses, vectors, len(ids))
    present = np.asarray(matrix.any(axis=1))
    points = Points(ids, matrix, present, lambda rows: matrix[rows], "cos")
    if previous is not None and previous.manifest["extra"] != dict(source(encoder.id).extra):
        previous = None
    details = write_vectors(work, points, previous, progress)
    details |= {"texts": len(texts.texts), "chance": _chance(matrix[present])}
    return Built(len(ids), details)


@dataclass(frozen=True, slots=True)
class _Uses:
    """Which track uses which text how much: three arrays of one length, tracks ascending."""

    track: npt.NDArray[np.int64]
    text: npt.NDArray[np.int64]
    weight: Floats


def _read(lake: Lake, texts: _Texts) -> tuple[Ids, _Uses]:
    """Ids, sorted, and each track's texts with their shares in its vector."""
    ids: list[Ids] = []
    track: list[int] = []
    text: list[int] = []
    weight: list[float] = []
    for batch in lake.stream(sql_text("search", "words")):
        ids.append(as_ids(batch.column("track_id").to_pylist()))
        first = sum(len(part) for part in ids[:-1])
        for row, record in enumerate(batch.select(["terms", "descriptions"]).to_pylist(), first):
            for word, share in _shares(record["terms"], record["descriptions"]):
                track.append(row)
                text.append(texts.place(word))
                weight.append(share)
    joined = np.concatenate(ids) if ids else as_ids([])
    order = np.argsort(joined, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    where = rank[np.array(track, np.int64)] if track else np.empty(0, np.int64)
    by_track = np.argsort(where, kind="stable")
    return joined[order], _Uses(
        where[by_track],
        np.array(text, np.int64)[by_track],
        np.array(weight, np.float32)[by_track],
    )


Weighted = Sequence[Mapping[str, Any]] | None


def _shares(terms: Weighted, descriptions: Weighted) -> list[tuple[str, float]]:
    """Texts of a track with their shares, which sum to 1; of weight 0 none."""
    words, spoken = _usable(terms), _usable(descriptions)
    part = DESCRIPTIONS if spoken else 0.0
    if words and spoken:
        part *= sum(weight for _, weight in spoken) / len(spoken)
    elif spoken:
        part = 1.0
    found = []
    for listed, share in ((words, 1 - part), (spoken, part)):
        total = sum(weight for _, weight in listed)
        found += [(text, share * weight / total) for text, weight in listed]
    return found


def _usable(listed: Weighted) -> list[tuple[str, float]]:
    found = [(item["term"][:_LONGEST_TEXT].strip(), item["weight"]) for item in listed or ()]
    return [(text, weight) for text, weight in found if text and weight > 0]


def _combined(uses: _Uses, vectors: npt.NDArray[np.float16], tracks: int) -> Bytes:
    """Each track's mean vector as int8, its largest component ±127; in chunks of tracks."""
    found = np.zeros((tracks, vectors.shape[1]), np.int8)
    starts = np.searchsorted(uses.track, np.arange(0, tracks + _CHUNK, _CHUNK))
    for a, b in pairwise(starts.tolist()):
        if a == b:
            continue
        used, where = np.unique(uses.track[a:b], return_index=True)
        weighted = vectors[uses.text[a:b]].astype(np.float32) * uses.weight[a:b, None]
        found[used] = _quantised(np.add.reduceat(weighted, where, axis=0))
    return found


def _quantised(rows: Floats) -> Bytes:
    """Rows as int8, each scaled so that its largest component is ±127; cosine does not mind."""
    largest = np.abs(rows).max(axis=1, keepdims=True)
    scaled = np.rint(rows * (127 / np.maximum(largest, 1e-9)))
    found: Bytes = scaled.astype(np.int8)
    return found


def _chance(rows: Bytes) -> float:
    """Mean 1 − cosine of tracks drawn at random: the expected distance where one has no words."""
    if len(rows) < 2:
        return 1.0
    rng = np.random.default_rng(0)
    a, b = (rows[rng.integers(0, len(rows), 2_000)].astype(np.float32) for _ in range(2))
    cosine = (a * b).sum(axis=1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))
    return float(1 - cosine.mean())
