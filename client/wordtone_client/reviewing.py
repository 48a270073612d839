"""What listeners say of what was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict, Unpack

from wordtone_client.connection import Connection
from wordtone_client.models import Noted, ReviewFindings, ToJudge


class Said(TypedDict, total=False):
    """A listener's word on a piece."""

    rating: float | None
    """of the whole: 0 bad … 1 good"""
    feature: str | None
    """which feature `heard` is about"""
    heard: Literal["higher", "lower", "right"] | None
    """the feature, against what was asked"""
    note: str | None
    reviewer: str | None
    """the name of the token unless given"""


class Chosen(TypedDict, total=False):
    """A listener's choice between two pieces."""

    criterion: str
    """compared by what; "overall" unless given"""
    tied: bool
    """they cannot be told apart"""
    note: str | None
    reviewer: str | None
    """the name of the token unless given"""


class Reviewing(Connection):
    """Methods of `Client` for listeners. Saying something of the same again replaces it."""

    def unreviewed(self, limit: int = 50) -> list[ToJudge]:
        """Pieces that nobody has judged, the latest first; at most 1000."""
        return self._get("/v1/reviews/unreviewed", list[ToJudge], {"limit": limit})

    def review(self, generation_id: str, **said: Unpack[Said]) -> Noted:
        """Judge a piece: as a whole, in one feature, in words, or all at once."""
        return self._post("/v1/reviews", Noted, {"generation_id": generation_id, **_plain(said)})

    def prefer(self, winner: str, loser: str, **said: Unpack[Chosen]) -> Noted:
        """Choose between two pieces, by their ids."""
        body = {"winner": winner, "loser": loser, **_plain(said)}
        return self._post("/v1/reviews/comparisons", Noted, body)

    def findings(self) -> ReviewFindings:
        """What all reviews say, and what they propose."""
        return self._get("/v1/reviews/findings", ReviewFindings)


def _plain(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}
