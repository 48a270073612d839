"""Which fingerprints may be copies: an inverted index of codes, and votes for a common offset.

A copy keeps some codes to the bit, in one order. The index holds up to 512 codes of a track: those
with the smallest hashes, so that two copies keep the same ones. Where a query's code occurs, it
votes for the track and the offset; several votes of one stretch of 0.74 s count once, because
neighbouring codes resemble each other. A code that occurs too often says nothing and is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.audio.fingerprint import Codes

INDEXED_CODES = 512
MOST_TRACKS = 1 << 17
BATCH = 256

_MOST_OCCURRENCES = 400
_LEAST_VOTES = 2
_MOST_CANDIDATES = 40
_STRETCH = 8  # codes
_OFFSET_BITS, _STRETCH_BITS, _OWNER_BITS = 15, 11, 17
_ZERO = 1 << (_OFFSET_BITS - 1)  # offsets may be negative

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two fingerprints worth comparing: `query` and `track` are positions in what was given.

    Code n of the query is about code n + offset of the track.
    """

    query: int
    track: int
    offset: int
    votes: int


def sketch(codes: Codes) -> tuple[Codes, Integers]:
    """Up to 512 codes of a fingerprint that say something, and where they are."""
    places = np.flatnonzero(codes)
    if len(places) > INDEXED_CODES:
        hashes = codes[places] * np.uint32(2_654_435_761)
        places = np.sort(places[np.argpartition(hashes, INDEXED_CODES)[:INDEXED_CODES]])
    return codes[places], places


class Index:
    """Codes of up to 131,072 tracks: about 4 kB each."""

    def __init__(self, tracks: Sequence[Codes]) -> None:
        codes, places, owners = _gathered(tracks)
        order = np.argsort(codes, kind="stable")
        self._codes = codes[order]
        self._places = places[order].astype(np.int32)
        self._owners = owners[order].astype(np.int32)

    def candidates(self, queries: Sequence[Codes]) -> list[Candidate]:
        """For each query, the tracks with the most votes, at most 40; the query itself may be one.

        Of up to 256 queries at a time.
        """
        codes, places, owners = _gathered(queries)
        first = np.searchsorted(self._codes, codes, "left")
        counts = np.searchsorted(self._codes, codes, "right") - first
        counts[counts > _MOST_OCCURRENCES] = 0
        asked = np.repeat(np.arange(len(codes)), counts)
        found = np.arange(len(asked)) - np.repeat(np.cumsum(counts) - counts, counts)
        found += first[asked]
        offsets = self._places[found] - places[asked]
        pairs = owners[asked] << _OWNER_BITS | self._owners[found]
        return _elected(pairs, offsets, places[asked] // _STRETCH)


def _gathered(tracks: Sequence[Codes]) -> tuple[Codes, Integers, Integers]:
    sketches = [sketch(codes) for codes in tracks]
    if not sketches:
        return np.empty(0, np.uint32), np.empty(0, np.int64), np.empty(0, np.int64)
    sizes = [len(codes) for codes, _ in sketches]
    return (
        np.concatenate([codes for codes, _ in sketches]),
        np.concatenate([places for _, places in sketches]),
        np.repeat(np.arange(len(sketches)), sizes),
    )


def _elected(pairs: Integers, offsets: Integers, stretches: Integers) -> list[Candidate]:
    # Two neighbouring offsets share a bin: where a cut falls between two codes, both get votes.
    bins = pairs << (_OFFSET_BITS - 1) | (offsets + _ZERO) >> 1
    ballots = np.unique(bins << _STRETCH_BITS | stretches) >> _STRETCH_BITS
    bins, votes = np.unique(ballots, return_counts=True)
    bins, votes = bins[votes >= _LEAST_VOTES], votes[votes >= _LEAST_VOTES]
    pairs = bins >> (_OFFSET_BITS - 1)
    order = np.lexsort((bins, -votes, pairs))
    pairs, bins, votes = pairs[order], bins[order], votes[order]
    best = np.flatnonzero(np.diff(pairs, prepend=-1))
    pairs, bins, votes = pairs[best], bins[best], votes[best]
    queries = pairs >> _OWNER_BITS
    order = np.lexsort((pairs, -votes, queries))
    rank = np.arange(len(order)) - np.searchsorted(queries[order], queries[order], "left")
    kept = order[rank < _MOST_CANDIDATES]
    mask = (1 << (_OFFSET_BITS - 1)) - 1
    places = ((bins[kept] & mask) << 1) - _ZERO
    owners = pairs[kept] & ((1 << _OWNER_BITS) - 1)
    columns = (queries[kept], owners, places, votes[kept])
    return [Candidate(*map(int, row)) for row in zip(*columns, strict=True)]
