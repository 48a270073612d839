"""What a prompt left open, how it could be said better, and whether the catalogue knows of it."""

from __future__ import annotations

from pydantic import Field

from schemas.parts import Contract, Ratio


class Unsaid(Contract):
    """A feature that the prompt leaves open: the catalogue's typical range, and its middle."""

    feature: str
    unit: str
    low: float
    value: float
    high: float
    say: tuple[str, ...] = Field((), description="words that would settle it, low and high")


class Rephrasing(Contract):
    """A better prompt: it is understood, and its answer is narrower."""

    text: str
    why: str
    narrower: Ratio = Field(description="by how much the 90% ranges shrink, 0 … 1")


class Guidance(Contract):
    prompt: str
    unsaid: tuple[Unsaid, ...]
    rephrasings: tuple[Rephrasing, ...] = Field((), description="at most three, best first")
    nearest: float | None = Field(
        None, description="cosine to the nearest text of the catalogue; null without words"
    )
    far: bool = Field(description="nothing in the catalogue is near the prompt")
    warnings: tuple[str, ...] = ()
