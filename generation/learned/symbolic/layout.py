"""Sizes and names of the symbolic network, for torch (training) and numpy (playing) alike."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from generation.learned.artifact import check_sizes
from generation.learned.symbolic.events import (
    BAR_TICKS,
    BARS_LEFT,
    CHORD,
    CHORD_CODES,
    DRUMS,
    HARMONY,
    INTENSITIES,
    INTENSITY,
    KIND,
    KINDS,
    LABEL,
    LABELS,
    LEFT,
    LENGTH,
    LENGTHS,
    LONGEST_BAR,
    PLACE,
    PLACES,
    POSITION,
    VELOCITIES,
    VELOCITY,
)

DESCRIBED = 7
"""Counts of `descriptions.DESCRIPTIONS`."""

NEW_BAR = LONGEST_BAR
"""Class of a place that begins the next bar; the others are ticks."""

PLACE_CLASSES = LONGEST_BAR + 1
PITCHES = 128
TOKENS = 2 * PITCHES + CHORD_CODES
"""Pitches of stems, drum keys, chords: one table."""

EMBEDDED: tuple[tuple[str, int, int], ...] = (
    ("kind", KIND, KINDS),
    ("position", POSITION, LONGEST_BAR),
    ("length", LENGTH, len(LENGTHS)),
    ("velocity", VELOCITY, VELOCITIES),
    ("label", LABEL, len(LABELS)),
    ("intensity", INTENSITY, INTENSITIES),
    ("place", PLACE, PLACES),
    ("left", BARS_LEFT, LEFT),
    ("ticks", BAR_TICKS, LONGEST_BAR + 1),
    ("chord", HARMONY, CHORD_CODES),
)
"""(name, column, size) of the tables that are summed, beside "token"."""

HEADS: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("place", PLACE_CLASSES, ()),
    ("kind", KINDS, ("place",)),
    ("pitch", PITCHES, ("place", "kind")),
    ("length", len(LENGTHS), ("place", "kind", "token")),
    ("velocity", VELOCITIES, ("place", "kind", "token", "length")),
)
"""(name, classes, what it knows of the event already)."""

KNOWN_SIZES = {"place": PLACE_CLASSES, "kind": KINDS, "token": TOKENS, "length": len(LENGTHS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sizes of the network; `features` and `styles` are those of its conditions."""

    features: int
    styles: int
    width: int = 96
    layers: int = 3
    heads: int = 4
    context: int = 320
    condition: int = 64

    def __post_init__(self) -> None:
        check_sizes(asdict(self) | {"styles": self.styles + 1})
        if self.width % self.heads:
            raise ValueError("width is a multiple of heads")

    @property
    def lead(self) -> int:
        """Numbers that lead it, beside the style: see `descriptions.lead_of`."""
        return 2 * self.features + 2 * DESCRIBED

    def as_json(self) -> dict[str, int]:
        return asdict(self)


def token_of(kind: Any, pitch: Any) -> Any:
    """Row of the table "token", for arrays of numpy and torch alike."""
    return pitch + PITCHES * (kind == DRUMS) + 2 * PITCHES * (kind == CHORD)


def array_shapes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Every array of a network of `shape`, by the name in its state."""
    width, condition = shape.width, shape.condition
    found: dict[str, tuple[int, ...]] = {
        f"tables.{name}.weight": (size, width)
        for name, size in [(n, s) for n, _, s in EMBEDDED] + [("token", TOKENS)]
    }
    found["tables.index.weight"] = (shape.context, width)
    found["style.weight"] = (max(1, shape.styles), condition)
    linear = {
        "lead1": (2 * condition, shape.lead + condition),
        "lead2": (condition, 2 * condition),
        "last": (2 * width, condition),
    }
    for number in range(shape.layers):
        linear |= {
            f"layers.{number}.film": (4 * width, condition),
            f"layers.{number}.qkv": (3 * width, width),
            f"layers.{number}.out": (width, width),
            f"layers.{number}.up": (4 * width, width),
            f"layers.{number}.down": (width, 4 * width),
        }
    for name, count, knows in HEADS:
        linear |= {f"hidden.{name}": (width, width), f"classes.{name}": (count, width)}
        found |= {f"told.{name}_{known}.weight": (KNOWN_SIZES[known], width) for known in knows}
    for name, size in linear.items():
        found |= {f"{name}.weight": size, f"{name}.bias": size[:1]}
    return found


def kept_shapes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Every array of a trained model: the network's, and what is expected of vectors."""
    both = shape.features + DESCRIBED
    return array_shapes(shape) | {
        "describe.mean": (both,),
        "describe.covariance": (both, both),
    }
