"""Held-out figures of groups of tracks, as of recordings and of rendered scores.

An average over a mixed catalogue is that of its largest group: where one group is easier than the
other, it says little of either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapping.report.held import Held


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """Means over features; None where the group is too small or does not vary.

    `mean_r2` is against always saying the group's own average, `crps_skill` against the training
    catalogue's distribution.
    """

    tracks: int
    mean_r2: float | None
    crps_skill: float | None


def by_group(held: Held, groups: Mapping[str, str]) -> dict[str, GroupFigures]:
    """Figures of each group. `groups` gives a track's; a track without one is left out."""
    names = np.array([groups.get(track_id, "") for track_id in held.track_ids])
    return {
        name: _figures(held.rows(np.flatnonzero(names == name)))
        for name in sorted(set(names.tolist()) - {""})
    }


def _figures(held: Held) -> GroupFigures:
    count = len(held.track_ids)
    if count < 2:
        return GroupFigures(count, None, None)
    missed = _sums((held.truth - held.mean) ** 2)
    usual = _sums((held.truth - _means(held.truth)) ** 2)
    known = ~np.isnan(held.truth)
    ours, prior = (_sums(np.where(known, one, np.nan)) for one in (held.crps, held.crps_prior))
    return GroupFigures(count, _mean(1 - missed / usual), _mean(1 - ours / prior))


def _means(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    known = np.maximum((~np.isnan(values)).sum(axis=0), 1)
    found: npt.NDArray[np.float64] = np.nansum(values, axis=0, dtype=np.float64) / known
    return found


def _sums(values: npt.NDArray[np.float32 | np.float64]) -> npt.NDArray[np.float64]:
    """By feature; NaN where there is nothing to divide by."""
    found: npt.NDArray[np.float64] = np.nansum(values, axis=0, dtype=np.float64)
    return np.where(found > 1e-12, found, np.nan)


def _mean(values: npt.NDArray[np.float64]) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None
