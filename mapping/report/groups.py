"""Held-out figures of groups of tracks, as of recordings and of rendered scores.

An average over a mixed catalogue is that of its largest group: where one group is easier than the
other, it says little of either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mapping.report.held import Held
from schemas.catalogue import Origin

if TYPE_CHECKING:
    from mapping.artifact import Manifest
    from schemas.protocols import TrainingExample

ORIGINS = "origins"
"""Figures by origin, in the manifest's details."""

RENDER = Origin.SCORE_RENDER.value
Array = npt.NDArray[np.float32] | npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """Means over features; None where the group is too small or does not vary.

    `mean_r2` is against always saying the group's own average, `crps_skill` against the training
    catalogue's distribution.
    """

    tracks: int
    mean_r2: float | None
    crps_skill: float | None


def told_apart(manifest: Manifest, examples: Sequence[TrainingExample], held: Held) -> Manifest:
    """The manifest with figures by origin, and a warning where some of it is rendered."""
    origins = {example.track_id: example.origin or "" for example in examples}
    found = by_group(held, origins)
    details = {**manifest.details, ORIGINS: {name: asdict(one) for name, one in found.items()}}
    counts = Counter(origins.values())
    warning = _rendered(counts[RENDER], len(origins), by_group(held, _sides(origins)))
    warnings = (*manifest.warnings, *([warning] if warning else []))
    return replace(manifest, details=details, warnings=warnings)


def _sides(origins: Mapping[str, str]) -> dict[str, str]:
    return {t: RENDER if origin == RENDER else "other" for t, origin in origins.items()}


def _rendered(rendered: int, tracks: int, sides: Mapping[str, GroupFigures]) -> str:
    if not rendered:
        return ""
    if rendered == tracks:
        return (
            f"all {tracks} tracks are rendered scores: what was learned is how those follow their "
            "words, not how recordings do"
        )
    easy, hard = (sides[name].mean_r2 if name in sides else None for name in (RENDER, "other"))
    judged = "" if easy is None or hard is None else (
        f": held out, the mean R² is {easy:.2f} on them and {hard:.2f} on the other "
        f"{tracks - rendered}, and music made by people is like those"
    )  # fmt: skip
    return f"{rendered} of {tracks} tracks are rendered scores, true to their words{judged}"


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
    known = ~np.isnan(held.truth)
    average = _sums(held.truth, known) / np.maximum(known.sum(axis=0), 1)
    missed, usual = ((held.truth - one) ** 2 for one in (held.mean, average))
    r2 = 1 - _sums(missed, known) / _divisor(_sums(usual, known))
    skill = 1 - _sums(held.crps, known) / _divisor(_sums(held.crps_prior, known))
    return GroupFigures(count, _mean(r2), _mean(skill))


def _sums(values: Array, known: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """By feature, of what is known."""
    found: npt.NDArray[np.float64] = np.where(known, values, 0).sum(axis=0, dtype=np.float64)
    return found


def _divisor(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """NaN where nothing varies."""
    return np.where(sums > 1e-12, sums, np.nan)


def _mean(values: npt.NDArray[np.float64]) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None
