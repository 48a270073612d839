"""How often what was asked was met: by engine, style and feature, as the extractor measures it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from pipelines.reviewing.material import Material, Piece, majority
from schemas.features import FEATURES
from schemas.operations import Heard
from schemas.scales import normalise

_SPECS = {spec.name: spec for spec in FEATURES if spec.size == 1}
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Cell:
    """Hits of one group on one feature.

    `low` and `high` bound the share of hits at 95 % (Wilson 1927); `bias` is the median of measured
    less asked on 0 … 1 of the feature's typical range, None where there are no numbers.
    """

    group: str
    feature: str
    count: int
    hits: int
    low: float
    high: float
    bias: float | None = None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Extractor against listeners on one feature, one vote a generation.

    `both_right`, `both_wrong`: they agree. `only_extractor`: it found the feature met and listeners
    did not; `only_listeners`: the reverse. `kappa` is Cohen's, None where it is not defined.
    """

    feature: str
    both_right: int
    both_wrong: int
    only_extractor: int
    only_listeners: int
    kappa: float | None
    examples: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return self.both_right + self.both_wrong + self.only_extractor + self.only_listeners


def by_engine(material: Material) -> tuple[Cell, ...]:
    return _cells(material, lambda piece: (piece.engine,))


def by_style(material: Material) -> tuple[Cell, ...]:
    """By the style with which a piece was asked; one of several styles counts in each."""
    return _cells(material, lambda piece: piece.styles or ("no style named",))


def _cells(material: Material, groups: Callable[[Piece], Iterable[str]]) -> tuple[Cell, ...]:
    found: dict[tuple[str, str], list[tuple[bool, float | None]]] = {}
    for piece in material.pieces.values():
        for feature, hit in piece.hits.items():
            for group in groups(piece):
                found.setdefault((group, feature), []).append((hit, deviation(piece, feature)))
    return tuple(_cell(group, feature, rows) for (group, feature), rows in sorted(found.items()))


def _cell(group: str, feature: str, rows: list[tuple[bool, float | None]]) -> Cell:
    hits = sum(hit for hit, _ in rows)
    away = [by for _, by in rows if by is not None]
    low, high = wilson(hits, len(rows))
    bias = float(np.median(away)) if away else None
    return Cell(group, feature, len(rows), hits, low, high, bias)


def deviation(piece: Piece, feature: str) -> float | None:
    """Measured less asked, on 0 … 1 of the typical range; None where either is missing."""
    asked, measured = piece.asked.get(feature), piece.measured.get(feature)
    if asked is None or measured is None or feature not in _SPECS:
        return None
    return normalise(_SPECS[feature], measured) - normalise(_SPECS[feature], asked)


def wilson(hits: int, count: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); 0 … 1 for none at all."""
    if not count:
        return 0.0, 1.0
    share, square = hits / count, _Z * _Z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = _Z / (1 + square / count)
    half *= math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def disagreements(material: Material) -> tuple[Disagreement, ...]:
    """Feature by feature, where the extractor and the listeners both have a word; most cases first.

    Listeners are one vote a generation: what most of them heard; where they are split, none.
    """
    found: dict[str, list[tuple[bool, bool, str]]] = {}
    for (generation_id, feature), heard in material.verdicts().items():
        piece, told = material.pieces.get(generation_id), majority(heard)
        if piece is not None and told is not None and feature in piece.hits:
            right = told is Heard.RIGHT
            found.setdefault(feature, []).append((piece.hits[feature], right, generation_id))
    rows = [_disagreement(feature, votes) for feature, votes in found.items()]
    return tuple(sorted(rows, key=lambda row: (-row.count, row.feature)))


def _disagreement(feature: str, votes: list[tuple[bool, bool, str]]) -> Disagreement:
    counts = dict.fromkeys(((True, True), (False, False), (True, False), (False, True)), 0)
    for hit, right, _ in votes:
        counts[hit, right] += 1
    total = len(votes)
    agreed = (counts[True, True] + counts[False, False]) / total
    ours = sum(hit for hit, _, _ in votes) / total
    theirs = sum(right for _, right, _ in votes) / total
    chance = ours * theirs + (1 - ours) * (1 - theirs)
    kappa = (agreed - chance) / (1 - chance) if chance < 1 else None
    return Disagreement(
        feature,
        counts[True, True],
        counts[False, False],
        counts[True, False],
        counts[False, True],
        kappa,
        tuple(name for hit, right, name in votes if hit != right)[:5],
    )
