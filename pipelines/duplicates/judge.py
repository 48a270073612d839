"""Whether two recordings that were aligned are one, or one is a part of the other, and why.

The fingerprint says how much of the sound agrees, the durations what may have been cut. It hears
change, and so a steady chord under a steady beat hardly at all: that the pitches agree is asked of
the chroma, which in copies correlates by 0.97 and more. Loudness says nothing: copies differ in it.
The limits were chosen on development music (`benchmarks/duplicates.py`), which shares no groove
with what their figures are from.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pipelines.duplicates.compare import Alignment
from schemas.analysis import FINGERPRINT_VERSION

SURE_BER = 0.10
DOUBTFUL_BER = 0.13
"""Up to SURE_BER the fingerprint decides; up to DOUBTFUL_BER, unless the tempo contradicts."""

CHROMA_CORRELATION = 0.8
"""Of copies at least; where chroma is not known, it says nothing."""

VARIETY = 0.5
"""Where fewer of the codes are different ones, a fingerprint without chroma proves nothing."""

WINDOW_BER = 0.2
"""A stretch of 3 s matches below this."""

TRIM_S = 12.0
"""How much a copy may have lost, at both ends together."""

_LEAST_SHARE = 0.6  # of the longer one
_LEAST_MATCHED = 0.85
_EXCERPT_S, _EXCERPT_SHARE = 8.0, 0.8
_TEMPO_TOLERANCE = 0.03
_EVEN = 1e-6


class Method(StrEnum):
    """How a link was found, as the column `method` of `duplicates` has it."""

    DUPLICATE = f"fingerprint:{FINGERPRINT_VERSION}"
    EXCERPT = f"excerpt:{FINGERPRINT_VERSION}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A relation of one recording to another; of an excerpt, `part_first`: the one is the part."""

    method: Method
    score: float
    evidence: str
    part_first: bool = True


Facts = Mapping[str, Any]
"""tempo_bpm, key_name, chroma, mfcc_mean of a track; what is not known is None or missing."""


def worth_judging(found: Alignment) -> bool:
    """Whether the fingerprints agree well enough for features to be looked at."""
    return found.bit_error_rate <= DOUBTFUL_BER and found.matched_share >= _LEAST_MATCHED


def judge(found: Alignment, one: Facts, other: Facts) -> Verdict | None:
    """What the recordings are to each other; None where they are not related, as far as one can
    tell."""
    if not worth_judging(found) or _contradicted(found, one, other):
        return None
    score = 1 - 2 * found.bit_error_rate
    if found.unmatched_s <= TRIM_S and found.overlap_s >= _LEAST_SHARE * found.longer_s:
        if not _same_pitches(found, one, other):
            return None
        words = "same recording by its fingerprint"
        return Verdict(Method.DUPLICATE, score, _evidence(words, found, one, other))
    if found.variety >= VARIETY and found.overlap_s >= max(
        _EXCERPT_S, _EXCERPT_SHARE * found.shorter_s
    ):
        words = "part of the other by its fingerprint, and too short to be a copy of it"
        part_first = found.one_s <= found.other_s
        return Verdict(Method.EXCERPT, score, _evidence(words, found, one, other), part_first)
    return None


def _contradicted(found: Alignment, one: Facts, other: Facts) -> bool:
    return found.bit_error_rate > SURE_BER and _same_tempo(one, other) is False


def _same_pitches(found: Alignment, one: Facts, other: Facts) -> bool:
    """Whether the chroma agrees, or is not known and the fingerprint says enough without it."""
    correlation = chroma_correlation(one, other)
    if correlation is None:
        return found.variety >= VARIETY
    return correlation >= CHROMA_CORRELATION


def chroma_correlation(one: Facts, other: Facts) -> float | None:
    """Pearson's correlation of the pitch-class profiles; None where one is not known or even."""
    first, second = one.get("chroma"), other.get("chroma")
    if not first or not second or None in (*first, *second):
        return None
    if min(statistics.pstdev(first), statistics.pstdev(second)) < _EVEN:
        return None
    return statistics.correlation(first, second)


def _same_tempo(one: Facts, other: Facts) -> bool | None:
    """Whether tempi agree up to octaves; None where one is not known."""
    first, second = one.get("tempo_bpm"), other.get("tempo_bpm")
    if not first or not second:
        return None
    octaves = abs(math.log2(first / second))
    return abs(octaves - round(octaves)) < math.log2(1 + _TEMPO_TOLERANCE)


def _same_key(one: Facts, other: Facts) -> bool | None:
    first, second = one.get("key_name"), other.get("key_name")
    return None if first is None or second is None else bool(first == second)


def timbre_distance(one: Facts, other: Facts) -> float | None:
    """Distance of the mean MFCCs in dB, without the first, which is loudness; None if unknown."""
    first, second = one.get("mfcc_mean"), other.get("mfcc_mean")
    if not first or not second or None in (*first, *second):
        return None
    return math.dist(first[1:], second[1:])


def _evidence(words: str, found: Alignment, one: Facts, other: Facts) -> str:
    parts = [
        f"{words}: {100 * found.bit_error_rate:.1f} % of bits differ over {found.overlap_s:.1f} s",
        f"{100 * found.matched_share:.0f} % of its stretches of 3 s match",
        f"begins at {found.offset_s:+.2f} s of the other",
        f"{found.one_s:.1f} s and {found.other_s:.1f} s of sound",
        *_features(one, other),
    ]
    return "; ".join(parts)


def _features(one: Facts, other: Facts) -> Sequence[str]:
    said = []
    if (pitches := chroma_correlation(one, other)) is not None:
        said.append(f"pitch classes correlate by {pitches:.2f}")
    if _same_tempo(one, other) is not None:
        said.append(f"tempo {one['tempo_bpm']:.1f} and {other['tempo_bpm']:.1f} BPM")
    same_key = _same_key(one, other)
    if same_key is not None:
        keys = f"both {one['key_name']}" if same_key else f"{one['key_name']}, {other['key_name']}"
        said.append(f"key {keys}")
    if (timbre := timbre_distance(one, other)) is not None:
        said.append(f"timbre {timbre:.0f} dB apart")
    return said
