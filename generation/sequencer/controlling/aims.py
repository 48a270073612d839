"""Loudness, onset rate, brightness and energy that go together, nearest to what was asked.

Energy is a logistic of the three others and of spectral contrast (schemas/energy.py): of all four,
three may be free. Asked values are met by weighted least squares inside what the engine reaches;
what is not asked stays near to what is usual, and gives way first.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from generation.sequencer.controlling.asking import Asked
from schemas.energy import TERMS, energy_of

FEATURES = ("loudness_lufs", "onset_rate_hz", "brightness_hz")
"""The features that are also unknowns, in the order of the terms of energy; contrast is last."""

_SPREADS = (4.0, 1.5, 0.6, 2.0)  # how far what is usual may give way: LU, Hz, octaves, dB
_TOLERANCES = (0.5, 0.4, 0.08, 1.0)  # what an asked value may miss by, in the same units
_LOGIT_TOLERANCE = 0.12
_USUAL_WEIGHT = 0.02
_EDGE = 0.005  # energies nearer to 0 or 1 than this are all alike


@dataclass(frozen=True, slots=True)
class Aims:
    """What a piece is to measure: LUFS, Hz, Hz, dB."""

    loudness_lufs: float
    onset_rate_hz: float
    brightness_hz: float
    contrast_db: float

    @property
    def energy(self) -> float:
        return energy_of(
            self.loudness_lufs, self.onset_rate_hz, self.brightness_hz, self.contrast_db
        )

    def of(self, feature: str) -> float:
        return float(getattr(self, feature))


@dataclass(frozen=True, slots=True)
class Reach:
    """Lowest and highest that the engine can do, in the order of Aims."""

    loudness_lufs: tuple[float, float]
    onset_rate_hz: tuple[float, float]
    brightness_hz: tuple[float, float]
    contrast_db: tuple[float, float]

    def fixed(self, **values: float) -> Reach:
        """The same with some of them no longer free."""
        return replace(self, **{name: (value, value) for name, value in values.items()})

    @property
    def energy(self) -> tuple[float, float]:
        """The energies that all extremes together give."""
        sides = (self.loudness_lufs, self.onset_rate_hz, self.brightness_hz)
        low, high = ([side[i] for side in sides] for i in (0, 1))
        contrast = self.contrast_db
        return (
            energy_of(low[0], low[1], low[2], contrast[1]),
            energy_of(high[0], high[1], high[2], contrast[0]),
        )


def solve(asked: Mapping[str, Asked], usual: Aims, reach: Reach) -> Aims:
    """The aims nearest to what is asked, by the weights of Asked, inside `reach`."""
    middle = _unknowns(usual)
    bounds = np.array([_unknown(i, side) for i, side in enumerate(_sides(reach))]).T
    rows, wanted = [], []
    for i, spread in enumerate(_SPREADS):
        rows.append(_row(i, math.sqrt(_USUAL_WEIGHT) / spread))
        wanted.append(math.sqrt(_USUAL_WEIGHT) / spread * middle[i])
    for i, name in enumerate(FEATURES):
        if name in asked:
            scale = math.sqrt(asked[name].weight) / _TOLERANCES[i]
            rows.append(_row(i, scale))
            wanted.append(scale * _unknown(i, (asked[name].value,))[0])
    if "energy" in asked:
        scale = math.sqrt(asked["energy"].weight) / _LOGIT_TOLERANCE
        slopes = np.array([weight / spread for _, spread, weight in TERMS])
        offset = sum(weight * at / spread for at, spread, weight in TERMS)
        rows.append(scale * slopes)
        wanted.append(scale * (_logit(asked["energy"].value) + offset))
    found = _least_squares(np.array(rows), np.array(wanted), bounds)
    return Aims(float(found[0]), float(found[1]), float(2.0 ** found[2]), float(found[3]))


def _least_squares(
    rows: npt.NDArray[np.float64], wanted: npt.NDArray[np.float64], bounds: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The x between bounds[0] and bounds[1] for which rows @ x is nearest to `wanted`.

    Exact: each unknown is free or at one of its bounds; of all those choices that stay inside, the
    best one is the minimum, as the sum of squares is convex.
    """
    places = np.array(list(itertools.product((0, 1, 2), repeat=bounds.shape[1])))  # low, high, free
    free = places == 2
    pinned = np.take_along_axis(bounds, np.minimum(places, 1), axis=0)
    normal, right = rows.T @ rows, rows.T @ wanted
    left = np.where(free[:, :, None], normal, np.eye(len(normal)))
    found = np.linalg.solve(left, np.where(free, right, pinned)[:, :, None])[:, :, 0]
    slack = 1e-9 * (1 + np.abs(bounds))
    inside = ((found >= bounds[0] - slack[0]) & (found <= bounds[1] + slack[1])).all(axis=1)
    misses = np.square(found @ rows.T - wanted).sum(axis=1)
    return np.asarray(found[np.where(inside, misses, np.inf).argmin()])


def _sides(reach: Reach) -> tuple[tuple[float, float], ...]:
    return (reach.loudness_lufs, reach.onset_rate_hz, reach.brightness_hz, reach.contrast_db)


def _unknowns(aims: Aims) -> list[float]:
    values = (aims.loudness_lufs, aims.onset_rate_hz, aims.brightness_hz, aims.contrast_db)
    return [_unknown(i, (value,))[0] for i, value in enumerate(values)]


def _unknown(index: int, values: tuple[float, ...]) -> list[float]:
    """On the axis on which the energy is linear: brightness in octaves, the rest as they are."""
    return [math.log2(max(v, 1.0)) if index == 2 else v for v in values]


def _row(index: int, scale: float) -> npt.NDArray[np.float64]:
    row = np.zeros(len(_SPREADS))
    row[index] = scale
    return row


def _logit(share: float) -> float:
    inside = min(max(share, _EDGE), 1 - _EDGE)
    return math.log(inside / (1 - inside))
