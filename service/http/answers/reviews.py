"""What is to be judged, and what all reviews say; docs/review.md has the methods."""

from __future__ import annotations

from pydantic import Field

from schemas.parts import Ratio
from schemas.review import Proposal
from service.http.answers import Answer


class ToJudge(Answer):
    """A piece that nobody has judged. Which engine made it is not told before it has been."""

    generation_id: str
    prompt: str
    styles: list[str]
    asked: dict[str, float] = Field(description="feature → value that was asked for, in its unit")


class Noted(Answer):
    """What became of a review."""

    review_id: str = Field(description="the same listener and subject have the same id")
    changed: bool = Field(description="false where just this had been said before")


class Adherence(Answer):
    """How often one engine or style met one feature."""

    group: str
    feature: str
    count: int
    hits: int
    low: Ratio = Field(description="the share of hits is above this at 95 % …")
    high: Ratio = Field(description="… and below this")
    bias: float | None = Field(description="median of measured less asked, on 0 … 1")


class Dispute(Answer):
    """The extractor against listeners on one feature, one vote a generation."""

    feature: str
    both_right: int
    both_wrong: int
    only_extractor: int
    only_listeners: int
    kappa: float | None
    examples: list[str]


class EngineRating(Answer):
    """Ratings of an engine's pieces, 0 … 1; `low` and `high` bound the mean at 95 %."""

    engine: str
    mean: Ratio
    low: Ratio
    high: Ratio
    generations: int
    listeners: int


class Preference(Answer):
    """Log-odds of being chosen, against the average; `low` and `high` bound it at 95 %."""

    name: str
    strength: float
    low: float
    high: float
    won: int
    compared: int


class Preferences(Answer):
    criterion: str
    engines: list[Preference]
    generations: list[Preference]


class ListenersAgree(Answer):
    """Krippendorff's alpha of one question; null below two pairs of words."""

    what: str
    alpha: float | None
    units: int
    listeners: int


class ReviewFindings(Answer):
    """Everything that the reviews say."""

    pieces: int
    unreviewed: int
    listeners: list[str]
    engines: list[Adherence]
    styles: list[Adherence]
    disagreements: list[Dispute]
    ratings: list[EngineRating]
    comparisons: list[Preferences]
    agreements: list[ListenersAgree]
    proposals: list[Proposal]
