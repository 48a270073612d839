"""Everything that the reviews of a warehouse say, for a terminal or a page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.reviewing import adherence, preferences
from pipelines.reviewing.adherence import Cell, Disagreement
from pipelines.reviewing.material import Material
from pipelines.reviewing.preferences import Agreement, Strength
from pipelines.reviewing.proposals import proposals
from schemas.review import Proposal


@dataclass(frozen=True, slots=True)
class Rated:
    """Ratings of the whole of an engine's pieces, 0 … 1; `low` and `high` bound the mean at 95 %,
    by resampling generations (Efron 1979)."""

    engine: str
    mean: float
    low: float
    high: float
    generations: int
    listeners: int


@dataclass(frozen=True, slots=True)
class Compared:
    """Strengths by one criterion, of engines and of generations."""

    criterion: str
    engines: tuple[Strength, ...]
    generations: tuple[Strength, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What `findings` brings together."""

    pieces: int
    unreviewed: int
    listeners: tuple[str, ...]
    engines: tuple[Cell, ...]
    styles: tuple[Cell, ...]
    disagreements: tuple[Disagreement, ...]
    ratings: tuple[Rated, ...]
    comparisons: tuple[Compared, ...]
    agreements: tuple[Agreement, ...]
    proposals: tuple[Proposal, ...]


def findings(material: Material) -> Findings:
    """All of it, from scratch; milliseconds for thousands of reviews."""
    heard = {one.listener for one in material.opinions}
    heard |= {one.listener for one in material.choices}
    return Findings(
        pieces=len(material.pieces),
        unreviewed=len(material.unreviewed),
        listeners=tuple(sorted(heard)),
        engines=adherence.by_engine(material),
        styles=adherence.by_style(material),
        disagreements=adherence.disagreements(material),
        ratings=_ratings(material),
        comparisons=tuple(
            Compared(
                name,
                preferences.by_engine(material, name),
                preferences.by_generation(material, name),
            )
            for name in preferences.criteria(material)
        ),
        agreements=preferences.agreements(material),
        proposals=proposals(material),
    )


def _ratings(material: Material) -> tuple[Rated, ...]:
    by_engine: dict[str, dict[str, list[float]]] = {}
    listeners: dict[str, set[str]] = {}
    for one in material.opinions:
        piece = material.pieces.get(one.generation_id)
        if piece is not None and one.feature is None and one.rating is not None:
            rated = by_engine.setdefault(piece.engine, {})
            rated.setdefault(piece.generation_id, []).append(one.rating)
            listeners.setdefault(piece.engine, set()).add(one.listener)
    return tuple(
        _rated(engine, [float(np.mean(r)) for r in rated.values()], len(listeners[engine]))
        for engine, rated in sorted(by_engine.items())
    )


def _rated(engine: str, means: list[float], listeners: int) -> Rated:
    values = np.array(means)
    drawn = np.random.default_rng(0).choice(values, (2_000, len(values))).mean(axis=1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Rated(engine, float(values.mean()), float(low), float(high), len(values), listeners)
