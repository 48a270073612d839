"""Styles as rows of features: what a catalogue of typical tracks would measure.

Each style gives ROWS rows. A level L becomes the value at place L of its feature's typical range
(`schemas.scales.denormalise`); rows spread around it by SPREAD, in steps of equal probability, so
that no two builds differ. Energy, loudness, density and
brightness share LINKED of their variance, as louder tracks of one style are the busier ones.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from mapping.predicting.scaling import Array
from schemas.features import FEATURES, FeatureSpec
from schemas.scales import denormalise
from schemas.style import LEVELS, Style

ROWS = 24
"""Rows of a style: enough that the lower third of them can carry an answer."""

SPREAD = 0.14
"""Standard deviation of a style's tracks around its level, places on the typical range. Within the
genres of the Free Music Archive (Echonest features, CC BY 4.0) it is 0.15 for danceability, 0.22
for energy and valence; a style is narrower than a genre."""

SPEECH_SPREAD = 0.06
"""The same of speechiness, which is next to nothing in most music."""

LINKED = 0.4
_LINKED_LEVELS = frozenset({"energy", "loudness", "density", "brightness"})

TRIES = 30
KEY_MODE_SURE = 0.9
"""Probability that a row is in its own mode."""

OTHER_FEEL = 4
"""One row in four of a style with a half or double feel has that tempo."""

_FROM_SHARES = ("tempo_bpm", "key_mode", "instrumentalness", "vocal_presence")
SPECS: tuple[FeatureSpec, ...] = tuple(
    spec for spec in FEATURES if spec.name in _FROM_SHARES or spec.name in LEVELS.values()
)


def style_rows(styles: Sequence[Style]) -> Array:
    """Rows (n, T), style by style, in the units of SPECS."""
    return np.concatenate([_of_style(style) for style in styles])


def row_keys(natural: Array) -> Array:
    """Key probabilities of the rows, (n, 24): the mode nearly certain, the tonic open."""
    major = natural[:, [spec.name for spec in SPECS].index("key_mode")] > 0.5
    sure = np.where(major, KEY_MODE_SURE, 1 - KEY_MODE_SURE)[:, None] / 12
    return np.repeat(np.hstack([sure, 1 / 12 - sure]), 12, axis=1)


class _Design:
    """Columns of equally probable steps in an order of chance, as little correlated as can be."""

    def __init__(self, seed: str) -> None:
        self._dice = random.Random(seed)  # noqa: S311 — an order, not a secret
        self._columns: list[npt.NDArray[np.int64]] = []

    def places(self) -> list[float]:
        """Middles of ROWS equal parts of 0 … 1: of TRIES orders the one least like the others."""
        orders = np.array([self._dice.sample(range(ROWS), ROWS) for _ in range(TRIES)])
        centred = 2 * orders - (ROWS - 1)  # whole numbers, so that no machine rounds otherwise
        likeness = np.zeros(TRIES, np.int64)
        for column in self._columns:
            likeness += np.square(centred @ column)
        best = int(np.argmin(likeness))
        self._columns.append(centred[best])
        return [(step + 0.5) / ROWS for step in orders[best].tolist()]

    def normal(self) -> list[float]:
        return [NormalDist().inv_cdf(place) for place in self.places()]


def _of_style(style: Style) -> Array:
    design = _Design(style.id)
    columns = {
        "tempo_bpm": _tempo(style, design),
        **_levels(style, design),
        **_voice(style, design),
    }
    columns["key_mode"] = [float(place < style.major) for place in design.places()]
    rounded = [[float(f"{value:.4g}") for value in columns[spec.name]] for spec in SPECS]
    return np.array(rounded).T


def _levels(style: Style, design: _Design) -> dict[str, list[float]]:
    common = design.normal()
    found = {}
    for level, name in LEVELS.items():
        spec = next(spec for spec in SPECS if spec.name == name)
        own, share = design.normal(), LINKED if level in _LINKED_LEVELS else 0.0
        apart = [share**0.5 * c + (1 - share) ** 0.5 * o for c, o in zip(common, own, strict=True)]
        spread = SPEECH_SPREAD if level == "speechiness" else SPREAD
        places = (style.levels[level] + spread * a for a in apart)
        found[name] = [denormalise(spec, min(1.0, max(0.0, place))) for place in places]
    return found


def _voice(style: Style, design: _Design) -> dict[str, list[float]]:
    """With a voice: instrumentalness 0 … 0.2, sung for 0.5 … 0.9 of the time; without, the rest."""
    sung = [place < style.vocals for place in design.places()]
    within = design.places()
    both = list(zip(sung, within, strict=True))
    return {
        "instrumentalness": [0.2 * p if voice else 0.75 + 0.24 * p for voice, p in both],
        "vocal_presence": [0.5 + 0.4 * p if voice else 0.06 * p for voice, p in both],
    }


def _tempo(style: Style, design: _Design) -> list[float]:
    low, high = style.tempo
    factor = {"half": 0.5, "double": 2.0}.get(style.feel, 1.0)
    found = [low * (high / low) ** place for place in design.places()]
    return [
        bpm * factor if row % OTHER_FEEL == 0 and 30 <= bpm * factor <= 300 else bpm
        for row, bpm in enumerate(found)
    ]
