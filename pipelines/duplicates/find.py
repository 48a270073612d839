"""Pairs of fingerprints that agree, among many tracks, in memory that does not grow with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipelines.audio.fingerprint import Codes
from pipelines.duplicates.candidates import BATCH, Index
from pipelines.duplicates.compare import Alignment, align
from pipelines.duplicates.judge import WINDOW_BER, worth_judging

SHARD = 20_000

Load = Callable[[Sequence[str]], Mapping[str, Codes]]
"""Codes of the named tracks."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A later track, an earlier one, and how they lie over each other."""

    later: str
    earlier: str
    alignment: Alignment


def agreeing(
    order: Sequence[str], new: Sequence[bool], load: Load, shard: int = SHARD
) -> Iterator[Pair]:
    """Pairs in which at least one track is new, each once.

    Parameters
    ----------
    order : track ids, first seen first
    new : whether each is new; pairs of two that are not were compared before
    shard : tracks whose codes are held at once, and as many again
    """
    rank = {track: number for number, track in enumerate(order)}
    fresh = [track for track, is_new in zip(order, new, strict=True) if is_new]
    for first in range(0, len(fresh), shard):
        asking = load(fresh[first : first + shard])
        for start in range(0, len(order), shard):
            known = load(order[start : start + shard])
            for one, other, found in _pairs(asking, known):
                # Of two new tracks the later one asks; one that is not new never does.
                if rank[one] < rank[other] and new[rank[other]]:
                    continue
                swapped = rank[one] < rank[other]
                later, earlier = (other, one) if swapped else (one, other)
                yield Pair(later, earlier, found.swapped() if swapped else found)


def _pairs(
    asking: Mapping[str, Codes], known: Mapping[str, Codes]
) -> Iterator[tuple[str, str, Alignment]]:
    names = [track for track, codes in known.items() if len(codes)]
    index = Index([known[track] for track in names])
    queries = [track for track, codes in asking.items() if len(codes)]
    for first in range(0, len(queries), BATCH):
        batch = queries[first : first + BATCH]
        for candidate in index.candidates([asking[track] for track in batch]):
            one, other = batch[candidate.query], names[candidate.track]
            if one == other:
                continue
            found = align(asking[one], known[other], candidate.offset, WINDOW_BER)
            if found is not None and worth_judging(found):
                yield one, other, found
