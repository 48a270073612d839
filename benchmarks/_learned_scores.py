"""Figures of adherence that both learned generators share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import spearmanr

from schemas.protocols import FeatureValues

TEMPO_TOLERANCE = 0.04


def numbers(values: Sequence[FeatureValues], name: str) -> list[float | None]:
    """One feature of many pieces; None where it could not be measured."""
    return [v if isinstance(v := one.get(name), int | float) else None for one in values]


def rho(asked: Sequence[float | None], got: Sequence[float | None]) -> float | None:
    """Spearman's rank correlation over the pairs that both have; None for fewer than five."""
    pairs = [(a, b) for a, b in zip(asked, got, strict=True) if a is not None and b is not None]
    if len(pairs) < 5:
        return None
    left, right = np.array(pairs).T
    if left.std() == 0 or right.std() == 0:
        return 0.0
    return float(spearmanr(left, right).statistic)


def tempo_hits(
    asked: Sequence[float], got: Sequence[float | None], factors: Sequence[float]
) -> float:
    """Share within 4 % of the asked tempo times one of `factors`; what has no tempo is a miss."""
    hits = [
        b is not None and any(abs(b / (a * k) - 1) <= TEMPO_TOLERANCE for k in factors)
        for a, b in zip(asked, got, strict=True)
    ]
    return float(np.mean(hits))


def key_hits(asked: Sequence[tuple[int, int]], got: Sequence[FeatureValues]) -> float:
    """Share whose tonic and mode are those asked for; what has no key is a miss."""
    return float(
        np.mean(
            [
                (one.get("key_pitch_class"), one.get("key_mode")) == key
                for key, one in zip(asked, got, strict=True)
            ]
        )
    )


def mode_hits(asked: Sequence[float | None], got: Sequence[FeatureValues]) -> float:
    """Share in the mode asked for, of those pairs that have one."""
    pairs = [
        (a, one["key_mode"])
        for a, one in zip(asked, got, strict=True)
        if a is not None and isinstance(one.get("key_mode"), int | float)
    ]
    return float(np.mean([a == b for a, b in pairs])) if pairs else float("nan")


def interval(hits: float, count: int) -> str:
    """95 % interval of a share (Wilson 1927), as a note."""
    z = 1.96
    middle = (hits + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * np.sqrt(hits * (1 - hits) / count + z * z / (4 * count**2))
    return f"95 % interval {max(0, middle - half):.2f} … {min(1, middle + half):.2f}, n = {count}"


def longest_run(pieces: Mapping[int, Sequence[bytes]], known: set[bytes]) -> tuple[float, int]:
    """(share of bars that are exact copies of known ones, longest run of such bars in one piece).

    Bars without a note are left out.
    """
    copied, total, longest = 0, 0, 0
    for bars in pieces.values():
        run = 0
        for bar in bars:
            if not bar:
                continue
            total += 1
            run = run + 1 if bar in known else 0
            copied += bar in known
            longest = max(longest, run)
    return copied / max(1, total), longest
