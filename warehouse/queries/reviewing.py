"""Generations, and what the extractor and listeners say of them."""

from __future__ import annotations

from warehouse.lake import Lake
from warehouse.queries.reading import Row, listed


def review_generations(lake: Lake) -> list[Row]:
    """Every generation with its request as JSON, the last first."""
    return listed(lake, "review_generations")


def review_opinions(lake: Lake) -> list[Row]:
    """Every review."""
    return listed(lake, "review_opinions")


def review_comparisons(lake: Lake) -> list[Row]:
    """Every choice between two generations."""
    return listed(lake, "review_comparisons")
