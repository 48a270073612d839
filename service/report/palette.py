"""Colours of pictures: the tokens of the pages, and tints that stay apart for colour-blind eyes.

The tints are Paul Tol's "light" scheme (Technical Note SRON/EPS/TN/09-002, 2021), made for labels
in black upon them. Colour never says anything alone: what it marks is also named.
"""

from __future__ import annotations

from collections.abc import Iterable

PAPER = "#faf8f4"
SURFACE = "#ffffff"
INK = "#1d1b19"
MUTED = "#6d665e"
LINE = "#e4ded4"
BLUE = "#2458c5"
OCHRE = "#8a5a12"
GREEN = "#1f8a4c"
RED = "#a33b2a"

TINTS = (
    "#77aadd",
    "#ee8866",
    "#eedd88",
    "#44bb99",
    "#ffaabb",
    "#99ddff",
    "#bbcc33",
    "#dddddd",
    "#aaaa00",
)


def darker(colour: str, share: float = 0.78) -> str:
    """`colour`, "#rrggbb", with that share of its light."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part * share):02x}" for part in parts)


def tints(labels: Iterable[str]) -> dict[str, str]:
    """A tint for each label, in order of first appearance; they repeat after nine."""
    distinct = dict.fromkeys(labels)
    return {label: TINTS[index % len(TINTS)] for index, label in enumerate(distinct)}
