"""The map of the catalogue, and corrections of its tracks."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from service.http.answers import Answer


class LegendEntry(Answer):
    name: str
    colour: str = Field(description="s0 … s8 from little to much, c0 … c7, other, or unknown")
    shape: str = Field(description="outline about (0, 0) as an SVG path")
    tracks: int


class MapColour(Answer):
    """What points are coloured by; of a feature, `low` and `high` are the scale's ends."""

    name: str
    title: str
    unit: str
    sequential: bool
    low: str
    high: str
    legend: list[LegendEntry]


class MapPoint(Answer):
    """A track; x and y are 0 … 1, y upwards."""

    track_id: str
    x: float
    y: float
    title: str
    artist: str
    group: int = Field(description="place of its entry in the legend")
    told: str = Field(description="its value, or term")
    chosen: bool


class CatalogueMap(Answer):
    """Tracks in two dimensions: near each other where their features are alike."""

    method: str = Field(description="principal (components), or neighbours (t-SNE)")
    pending: bool = Field(description="a layout that keeps neighbours better is being made")
    trustworthiness: float | None = Field(
        description="how far neighbours on the map are neighbours in features, 1 all of them"
    )
    tracks: int = Field(description="in the catalogue")
    sampled: int = Field(description="of these looked at; always the same ones")
    chosen: int
    colour: MapColour
    points: list[MapPoint]


class Correction(Answer):
    """A person's word on a value."""

    track_id: str
    title: str | None
    metric: str = Field(description="the feature")
    value: float
    note: str
    author: str
    recorded_at: datetime
    withdrawn_at: datetime | None = Field(description="when it was taken back; null: it counts")


class Corrected(Answer):
    snapshot: int = Field(description="the first that shows it")
