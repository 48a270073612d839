"""Proposals that reviews give rise to: what could be changed, from what to what, and on what
evidence. Nothing is changed by itself.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.parts import Contract, Ratio

ProposalKind = Literal["word", "style", "tolerance", "engine"]


class Proposal(Contract):
    """One change that the reviews speak for."""

    kind: ProposalKind = Field(
        description="word: what a word means; style: a style's range; tolerance: what counts as "
        "met; engine: an engine's own offset"
    )
    subject: str = Field(description='the word, style, feature or engine: "dark"')
    feature: str
    unit: str
    before: float
    after: float
    count: int = Field(ge=1, description="generations that it rests on")
    speak_for_it: int = Field(ge=0)
    p_value: Ratio = Field(description="corrected for all that was looked at (Holm 1979)")
    says: str = Field(description="in words, with the figures")
    generations: tuple[str, ...] = Field((), description="some of them")
