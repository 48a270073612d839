"""Sizes of the network of sound."""

from __future__ import annotations

from dataclasses import asdict, dataclass

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

    def as_json(self) -> dict[str, int]:
        return asdict(self)
