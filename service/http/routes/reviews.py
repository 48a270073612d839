"""Routes for listeners: what is to be judged, what they say, and what all of it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from fastapi import FastAPI, Query, Request
from pydantic import Field, model_validator

from schemas.features import FEATURES
from schemas.operations import Heard
from schemas.parts import Contract, Ratio
from schemas.settings import Settings
from service.http.answers.reviews import Noted, ReviewFindings, ToJudge
from service.http.routes.generations import kept_generation
from service.http.shell.tokens import Scope, Token, presented

if TYPE_CHECKING:
    from pipelines.review import Comparison, Rating

Listener = Annotated[str | None, Field(min_length=1, max_length=100, pattern=r"\S")]
_JUDGED = tuple(spec.name for spec in FEATURES if spec.size == 1)
Judged = Annotated[Literal[_JUDGED], Field()]  # type: ignore[valid-type]
_NO_PIECE: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such piece"}}
NOBODY = "listener"
"""Who speaks, where neither a name is given nor a token."""


class ReviewQuestion(Contract):
    """A listener's word on one piece: a rating, a feature's direction, a note, or several."""

    generation_id: str
    reviewer: Listener = Field(None, description="default: the name of the token")
    rating: Ratio | None = Field(None, description="of the whole: 0 bad … 1 good")
    feature: Judged | None = Field(None, description="which feature `heard` is about")
    heard: Heard | None = Field(None, description="the feature, against what was asked")
    note: str | None = Field(None, max_length=2_000)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.rating is None and self.heard is None and not self.note:
            raise ValueError("nothing is said; valid: rating, feature with heard, or note")
        if self.heard is not None and self.feature is None:
            raise ValueError("heard: of which feature?")
        return self


class ComparisonQuestion(Contract):
    """A listener's choice between two pieces."""

    winner: str = Field(description="id of the better one")
    loser: str
    tied: bool = Field(False, description="they cannot be told apart; which is which says nothing")
    reviewer: Listener = Field(None, description="default: the name of the token")
    criterion: str = Field("overall", min_length=1, max_length=100, pattern=r"\S")
    note: str | None = Field(None, max_length=2_000)

    @model_validator(mode="after")
    def _two(self) -> Self:
        if self.winner == self.loser:
            raise ValueError("winner and loser are the same piece")
        return self


def add_reviews(
    app: FastAPI,
    settings: Settings,
    tokens: tuple[Token, ...],
    guard: Callable[[Scope], list[Any]],
) -> None:
    """Put the routes on `app`."""
    needed = guard(Scope.REVIEW)

    def listener(request: Request, given: str | None) -> str:
        token = presented(tokens, request)
        return given or (token.name if token else NOBODY)

    @app.get("/v1/reviews/unreviewed", dependencies=needed, response_model=list[ToJudge])
    def unreviewed(limit: Annotated[int, Query(ge=1, le=1000)] = 50) -> list[dict[str, Any]]:
        """Pieces that nobody has judged, the latest first."""
        from service import reviews

        shown = ("generation_id", "prompt", "styles", "asked")
        pieces = reviews.unreviewed(settings)[:limit]
        return [{name: getattr(piece, name) for name in shown} for piece in pieces]

    @app.post("/v1/reviews", dependencies=needed, responses=_NO_PIECE)
    def review(request: Request, said: ReviewQuestion) -> Noted:
        """Say something of a piece. The same listener on the same again replaces it."""
        from pipelines.review import Rating

        given = said.model_dump() | {"reviewer": listener(request, said.reviewer)}
        kept_generation(settings, said.generation_id)
        rating = Rating(**given)
        return _noted(settings, rating, rating.row().review_id)

    @app.post("/v1/reviews/comparisons", dependencies=needed, responses=_NO_PIECE)
    def compare(request: Request, said: ComparisonQuestion) -> Noted:
        """Choose between two pieces. The same listener on the same pair again replaces it."""
        from pipelines.review import Comparison

        given = said.model_dump() | {"reviewer": listener(request, said.reviewer)}
        for generation_id in (said.winner, said.loser):
            kept_generation(settings, generation_id)
        choice = Comparison(**given)
        return _noted(settings, choice, choice.row().comparison_id)

    @app.get("/v1/reviews/findings", dependencies=needed, response_model=ReviewFindings)
    def review_findings() -> dict[str, Any]:
        """Adherence, preferences, agreement, disagreement with the extractor, and proposals."""
        from service import reviews

        found = reviews.findings(settings)
        return asdict(found) | {"proposals": list(found.proposals)}


def _noted(settings: Settings, said: Rating | Comparison, review_id: str) -> Noted:
    from service import reviews

    return Noted(review_id=review_id, changed=reviews.record(settings, [said]) > 0)
