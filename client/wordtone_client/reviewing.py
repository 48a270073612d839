"""What listeners say of what was made."""

from __future__ import annotations

from typing import Literal

from wordtone_client.connection import Connection
from wordtone_client.models import Noted, ReviewFindings, ToJudge


class Reviewing(Connection):
    """Methods of `Client` for listeners. Saying something of the same again replaces it."""

    def unreviewed(self, limit: int = 50) -> list[ToJudge]:
        """Pieces that nobody has judged, the latest first; at most 1000."""
        return self._get("/v1/reviews/unreviewed", list[ToJudge], {"limit": limit})

    def rate(
        self,
        generation_id: str,
        rating: float | None = None,
        note: str | None = None,
        reviewer: str | None = None,
    ) -> Noted:
        """Judge a piece as a whole: `rating` is 0 (bad) … 1 (good), a `note` is in words.

        `reviewer` is the name of the token unless given.
        """
        given = {"rating": rating, "note": note, "reviewer": reviewer}
        return self._say("/v1/reviews", {"generation_id": generation_id, **given})

    def judge(
        self,
        generation_id: str,
        feature: str,
        heard: Literal["higher", "lower", "right"],
        reviewer: str | None = None,
    ) -> Noted:
        """Judge one feature of a piece against what was asked."""
        given = {"feature": feature, "heard": heard, "reviewer": reviewer}
        return self._say("/v1/reviews", {"generation_id": generation_id, **given})

    def prefer(
        self,
        winner: str,
        loser: str,
        criterion: str = "overall",
        note: str | None = None,
        reviewer: str | None = None,
    ) -> Noted:
        """Choose between two pieces, by their ids."""
        given = {"criterion": criterion, "note": note, "reviewer": reviewer}
        return self._say("/v1/reviews/comparisons", {"winner": winner, "loser": loser, **given})

    def findings(self) -> ReviewFindings:
        """What all reviews say, and what they propose."""
        return self._get("/v1/reviews/findings", ReviewFindings)

    def _say(self, path: str, said: dict[str, str | float | None]) -> Noted:
        return self._post(path, Noted, {k: v for k, v in said.items() if v is not None})
