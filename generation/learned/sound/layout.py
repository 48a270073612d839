"""Sizes of the network of sound."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from generation.learned.artifact import check_sizes

NEAREST = 0.05
"""Time to the end of the flow below which it counts as this: the velocity is divided by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """`frames` of mel make a window; `patch` of them one step of the transformer."""

    features: int
    width: int = 128
    layers: int = 4
    heads: int = 4
    frames: int = 384
    patch: int = 4
    condition: int = 128

    def __post_init__(self) -> None:
        check_sizes(asdict(self))
        if self.width % self.heads or self.frames % self.patch:
            raise ValueError("width is a multiple of heads, and frames of patch")

    def as_json(self) -> dict[str, int]:
        return asdict(self)
