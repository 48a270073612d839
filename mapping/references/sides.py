"""The sides of an artist: groups that the measured features of a name's tracks fall into.

k-means (Lloyd 1982) with two and three centres on standardised features, begun at the farthest
points so that the same tracks give the same sides. A split is kept when its mean silhouette
(Rousseeuw 1987), on the first three principal components, is above that of every one of 19 sets of
as many points drawn from one Gaussian of the same covariance: chance passes in at most one case of
twenty.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mapping.predicting.learned import Learned
from mapping.predicting.scaling import Array
from mapping.reading.lexicon import lexicon
from schemas.references import ExampleTrack, FeatureSpread, ReferenceSide

Rows = npt.NDArray[np.int64]

FEWEST_TRACKS = 8
FEWEST_IN_SIDE = 3
APART = 0.15
"""Mean silhouette below which groups are no sides, however unlikely by chance."""

CHANCES = 19
TWO_VALUES = 2
MOST_ROWS = 120
"""Tracks that sides are told from; the others join the side whose middle is nearest."""

COMPONENTS = 3
STEPS = 25
EXAMPLES = 3
TOLD = 0.5
"""A side is told by features whose mean lies so many standard deviations off the others'."""


def split(learned: Learned, rows: Rows) -> tuple[Rows, ...]:
    """The sides of a name's tracks, largest first; one where they are all of a kind."""
    if len(rows) < FEWEST_TRACKS:
        return (rows,)
    graded = [j for j in range(len(learned.specs)) if _is_graded(learned.natural[:, j])]
    z = np.clip(np.nan_to_num(learned.reference.values[rows][:, graded]), -3, 3)
    z = z - z.mean(axis=0)
    z = z @ np.linalg.svd(z, full_matrices=False)[2][:COMPONENTS].T
    centres = _sides(z[np.linspace(0, len(z) - 1, min(MOST_ROWS, len(z))).astype(int)])
    if centres is None:
        return (rows,)
    labels = np.argmin(np.square(z[:, None] - centres[None]).sum(axis=2), axis=1)
    groups = [group for side in range(len(centres)) if len(group := rows[labels == side])]
    return tuple(sorted(groups, key=lambda group: (-len(group), int(group[0]))))


def _sides(z: Array) -> Array | None:
    """Middles of two or three sides, or None where chance does as well."""
    found = [(apart, centres) for count in (2, 3) if (best := _parted(z, count))
             for apart, centres in [best]]  # fmt: skip
    if not found:
        return None
    apart, centres = max(found, key=lambda pair: pair[0])
    if apart < APART:
        return None
    rng = np.random.default_rng(len(z))
    root = np.linalg.cholesky(np.cov(z.T) + 1e-6 * np.eye(z.shape[1]))
    for _ in range(CHANCES):
        drawn = rng.normal(size=z.shape) @ root.T
        by_chance = [_parted(drawn, count) for count in (2, 3)]
        if max((pair[0] for pair in by_chance if pair), default=-1.0) >= apart:
            return None
    return centres


def _parted(z: Array, count: int) -> tuple[float, Array] | None:
    labels, centres = _k_means(z, count)
    if np.bincount(labels, minlength=count).min() < FEWEST_IN_SIDE:
        return None
    return silhouette(z, labels), centres


def _is_graded(values: Array) -> bool:
    """Whether a feature has degrees: the mode, 0 or 1, would split every name in two."""
    return len(np.unique(values[~np.isnan(values)][:MOST_ROWS])) > TWO_VALUES


def _k_means(z: Array, count: int) -> tuple[Rows, Array]:
    centres = [z[int(np.argmax(np.square(z - z.mean(axis=0)).sum(axis=1)))]]
    while len(centres) < count:
        away = np.min([np.square(z - c).sum(axis=1) for c in centres], axis=0)
        centres.append(z[int(np.argmax(away))])
    middle = np.array(centres)
    labels = np.full(len(z), -1)
    for _ in range(STEPS):
        away = np.square(z[:, None] - middle[None]).sum(axis=2)
        nearest = np.argmin(away, axis=1)
        if (nearest == labels).all():
            break
        labels = nearest
        for side in range(count):
            if (labels == side).any():
                middle[side] = z[labels == side].mean(axis=0)
    return labels, middle


def silhouette(z: Array, labels: Rows) -> float:
    """Mean silhouette of points z (n, T) in groups; -1 … 1."""
    away = np.sqrt(np.square(z[:, None] - z[None]).sum(axis=2))
    sides = range(int(labels.max()) + 1)
    sums = np.stack([away[:, labels == side].sum(axis=1) for side in sides], axis=1)
    sizes = np.bincount(labels, minlength=len(sides))
    own = labels[:, None] == np.arange(len(sides))[None]
    inside = sums[own] / np.maximum(sizes[labels] - 1, 1)
    outside = np.where(own, np.inf, sums / np.maximum(sizes, 1)).min(axis=1)
    alone = sizes[labels] == 1
    value = np.where(
        alone, 0.0, (outside - inside) / np.maximum(np.maximum(inside, outside), 1e-12)
    )
    return float(value.mean())


def spreads(learned: Learned, rows: Sequence[int] | Rows) -> dict[str, FeatureSpread]:
    """Middle, p05 and p95 of each feature among the tracks in `rows`."""
    found = {}
    for j, spec in enumerate(learned.specs):
        values = learned.natural[np.asarray(rows, np.int64), j]
        known = values[~np.isnan(values)]
        if len(known):
            low, middle, high = (float(q) for q in np.quantile(known, (0.05, 0.5, 0.95)))
            found[spec.name] = FeatureSpread(value=middle, low=low, high=high, unit=spec.unit)
    return found


def described(learned: Learned, groups: Sequence[Rows]) -> tuple[ReferenceSide, ...]:
    """What is shown of each side: how it differs, its share and tracks at its middle."""
    total = sum(len(group) for group in groups)
    return tuple(
        ReferenceSide(
            words=", ".join(_differences(learned, group, _others(groups, place)))
            or "like the rest",
            share=len(group) / total,
            tracks=tuple(_example(learned, row) for row in _middle(learned, group)),
            features=spreads(learned, group),
        )
        for place, group in enumerate(groups)
    )


def _others(groups: Sequence[Rows], place: int) -> Rows:
    return np.concatenate([group for i, group in enumerate(groups) if i != place])


def _differences(learned: Learned, group: Rows, others: Rows) -> list[str]:
    values = learned.reference.values
    away = _middles(values[group]) - _middles(values[others])
    return words_for(learned.names, away, TOLD)


def words_for(names: Sequence[str], away: Array, least: float, most: int = 3) -> list[str]:
    """Words of the lexicon for the features that lie furthest off, in standard deviations."""
    found: list[str] = []
    for j in np.argsort(-np.abs(away)).tolist():
        words = lexicon().features.get(names[j])
        if abs(away[j]) < least or words is None or len(found) == most:
            continue
        listed = words.high if away[j] > 0 else words.low
        if listed and listed[0] not in found:
            found.append(listed[0])
    return found


def _middles(values: Array) -> Array:
    seen = ~np.isnan(values)
    counts: Array = np.maximum(seen.sum(axis=0), 1)
    total: Array = np.where(seen, values, 0).sum(axis=0) / counts
    return total


def _middle(learned: Learned, group: Rows) -> list[int]:
    """The tracks nearest to the middle of a side."""
    values = np.nan_to_num(learned.reference.values[group])
    away = np.square(values - values.mean(axis=0)).sum(axis=1)
    return [int(row) for row in group[np.argsort(away, kind="stable")[:EXAMPLES]]]


def _example(learned: Learned, row: int) -> ExampleTrack:
    track = learned.tracks[row]
    return ExampleTrack(track_id=track.track_id, title=track.title, licence=track.licence)
