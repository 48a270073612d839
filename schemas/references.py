"""What a name in a prompt stands for: measured features of tracks, side by side where they differ.

A reference is kept by part ("a bass line like X") with what it resolved to. Whose name it is never
reaches an engine unless the policy is `open`: see `Reference.for_engine`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.parts import Contract, Ratio

ReferenceKind = Literal["artist", "track", "album", "label", "place", "era", "audio", "unknown"]
ReferencePolicy = Literal["features", "refuse", "open"]
POLICIES: tuple[ReferencePolicy, ...] = ("features", "refuse", "open")


class FeatureSpread(Contract):
    """Where a feature lies among the tracks of a reference, in `unit`: middle, p05 and p95."""

    value: float
    low: float
    high: float
    unit: str


class ExampleTrack(Contract):
    track_id: str
    title: str | None = None
    licence: str | None = Field(None, description="SPDX expression, or the start of the text")


class ReferenceSide(Contract):
    """One of several groups that a name's tracks fall into: "more like this or that?"."""

    words: str = Field(description='how it differs from the other sides: "slower, darker"')
    share: Ratio = Field(description="of the name's tracks")
    tracks: tuple[ExampleTrack, ...] = ()
    features: dict[str, FeatureSpread] = Field(default_factory=dict)


class Reference(Contract):
    """ "a bass line like X": kept by part, with what it resolved to."""

    text: str = Field(description="the words of the prompt that make the reference")
    part: str | None = Field(None, description="bass, melody, drums, …; null for the whole")
    kind: ReferenceKind = "unknown"
    name: str | None = Field(None, description="as the catalogue or the references file spells it")
    track_ids: tuple[str, ...] = Field((), description="at most 50 of the tracks")
    tracks: int = Field(0, ge=0, description="how many tracks it rests on; 0: none is known")
    features: dict[str, FeatureSpread] = Field(
        default_factory=dict, description="of the tracks; of a part, what says something about it"
    )
    sides: tuple[ReferenceSide, ...] = ()
    side: int | None = Field(None, ge=1, description="the side that was chosen, from 1")
    weight: Ratio = 1.0

    def for_engine(self) -> Reference:
        """The same features without identity: no name, words or tracks."""
        what = self.kind if self.kind in ("place", "era") else "reference"
        kept = self.text if what in ("place", "era") else f"{self.part or 'the whole'}: {what}"
        anonymous = tuple(side.model_copy(update={"tracks": ()}) for side in self.sides)
        return self.model_copy(
            update={"text": kept, "name": None, "track_ids": (), "sides": anonymous}
        )
