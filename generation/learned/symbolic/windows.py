"""From pieces to batches: windows that begin with a bar, and wishes left out at random."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generation.learned.conditions import Conditions, Floats, style_weights
from generation.learned.symbolic.descriptions import COUNT, describe, joined_lead
from generation.learned.symbolic.events import BAR, KIND, Events
from generation.learned.symbolic.layout import Shape

LEFT_OUT = 0.2
"""Share of features, and of styles, that a batch does not tell: a wish is often a single one."""

ALL_LEFT_OUT = 0.1
"""Share of windows that are told nothing, for guidance (Ho & Salimans 2022)."""

SHORT, SHORTER = 0.5, 4
"""Share of batches of short windows, and how many of them make up a long one."""

JITTER = 0.02
"""Standard deviation that is added to values, so that a small catalogue is not learned by heart."""


@dataclass(frozen=True, slots=True)
class Example:
    """One piece: its events (n, 11), and what was measured of it."""

    events: Events
    conditions: Conditions


@dataclass(frozen=True, slots=True)
class Batch:
    """events int64 (B, L, 11), vector (B, lead), styles (B, S), weight (B, L): 0 beyond the end."""

    events: npt.NDArray[np.int64]
    vector: Floats
    styles: Floats
    weight: Floats


def batches(
    examples: Iterable[Example],
    shape: Shape,
    known_styles: tuple[str, ...],
    size: int,
    rng: np.random.Generator,
) -> Iterator[Batch]:
    """Batches of `size` long windows, or in their place of more short ones; a rest is left out.

    Where much has been heard the vector tells little that is new, and a model that has only seen
    long windows hardly listens to it: hence the short ones.
    """
    held: list[Example] = []
    short = rng.random() < SHORT
    for example in examples:
        held.append(example)
        if len(held) == size * (SHORTER if short else 1):
            longest = shape.context // SHORTER if short else shape.context
            yield batch(held, longest, known_styles, rng)
            held, short = [], rng.random() < SHORT


def batch(
    examples: list[Example], longest: int, known_styles: tuple[str, ...], rng: np.random.Generator
) -> Batch:
    """One window of each example, with wishes left out at random."""
    windows = [window(example.events, longest, rng) for example in examples]
    length = max(len(one) for one in windows)
    events = np.zeros((len(windows), length, windows[0].shape[1]), np.int64)
    weight = np.zeros((len(windows), length), np.float32)
    for row, one in enumerate(windows):
        events[row, : len(one)] = one
        weight[row, : len(one)] = 1
    told = [
        _told(example.conditions, one, known_styles, rng)
        for example, one in zip(examples, windows, strict=True)
    ]
    return Batch(
        events, np.stack([vector for vector, _ in told]), np.stack([s for _, s in told]), weight
    )


def window(events: Events, longest: int, rng: np.random.Generator) -> Events:
    """At most `longest` events from the start of a bar that is drawn."""
    bars = np.flatnonzero(events[:, KIND] == BAR)
    late = bars[bars <= max(0, len(events) - longest // 2)]
    start = int(rng.choice(late if len(late) else bars[:1]))
    return events[start : start + longest]


def _told(
    conditions: Conditions,
    events: Events,
    known_styles: tuple[str, ...],
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    keep = rng.random(len(conditions.known)) >= LEFT_OUT
    told = (rng.random(COUNT) >= LEFT_OUT).astype(np.float32)
    styles = style_weights(conditions.styles, known_styles)
    if rng.random() < LEFT_OUT:
        styles = np.zeros_like(styles)
    if rng.random() < ALL_LEFT_OUT:
        keep[:], told[:], styles = False, 0, np.zeros_like(styles)
    known = conditions.known * keep
    values = conditions.values + rng.normal(0, JITTER, len(known)).astype(np.float32)
    described = describe(events) + rng.normal(0, JITTER, COUNT)
    given = Conditions(np.clip(values, 0, 1), known)
    return joined_lead(given, np.clip(described, 0, 1), told), styles
