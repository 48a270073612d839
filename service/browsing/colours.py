"""What the map's points are coloured by: a feature in nine steps, or the commonest terms of a kind.

A group has a colour and a shape, so that it can be told without the colour; steps of a feature are
ordered from light to dark (in the dark, the other way), and the legend names their ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from schemas.features import KEY_NAMES, FeatureSpec, feature
from service.browsing.asked import KINDS
from service.browsing.telling import title_of, value_of

if TYPE_CHECKING:
    from warehouse.lake import Lake

STEPS = 9
MOST_GROUPS = 8
COLOURS = 8
_OTHER = "other"

SHAPES: tuple[str, ...] = (
    "M0,-4A4,4 0 1,1 0,4A4,4 0 1,1 0,-4Z",
    "M-3.5,-3.5H3.5V3.5H-3.5Z",
    "M0,-4.6L4.4,3.4H-4.4Z",
    "M0,-5L4.2,0L0,5L-4.2,0Z",
    "M0,4.6L-4.4,-3.4H4.4Z",
    "M-1.5,-4.5H1.5V-1.5H4.5V1.5H1.5V4.5H-1.5V1.5H-4.5V-1.5H-1.5Z",
    "M0,-5L1.5,-1.6L5,-1.3L2.3,1L3.1,4.5L0,2.7L-3.1,4.5L-2.3,1L-5,-1.3L-1.5,-1.6Z",
    "M-4.5,-2.2H4.5V2.2H-4.5Z",
)
"""Outlines about (0, 0), some nine units wide, as SVG paths."""

_SMALL = "M0,-2.5A2.5,2.5 0 1,1 0,2.5A2.5,2.5 0 1,1 0,-2.5Z"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the legend; `colour` is a class of the style sheet."""

    name: str
    colour: str
    shape: str
    tracks: int


@dataclass(frozen=True, slots=True)
class Coloured:
    """`of` holds, for each point, the place of its entry in `legend`; `told` what it says."""

    name: str
    title: str
    unit: str
    sequential: bool
    legend: tuple[Entry, ...]
    of: tuple[int, ...]
    told: tuple[str, ...]
    low: str = ""
    high: str = ""


def coloured(lake: Lake, ids: Sequence[str], by: str) -> Coloured:
    """Points `ids` by a kind of terms or a feature; `by` is one of `asked.COLOURS`."""
    from warehouse import browsing

    if by in KINDS:
        return _by_terms(browsing.terms_of(lake, ids, by), ids, by)
    spec = feature(by)
    values = browsing.feature_values(lake, ids, by)
    if names := _names(spec):
        return _by_names(values, ids, spec, names)
    return _by_value(values, ids, spec)


def _names(spec: FeatureSpec) -> dict[float, str]:
    """Value → name, of a feature that has a handful."""
    if spec.name == "key_pitch_class":
        return {float(i): name for i, name in enumerate(KEY_NAMES)}
    if spec.name == "key_mode":
        return {1.0: "major", 0.0: "minor"}
    if spec.unit == "beats":
        return {3.0: "3 beats", 4.0: "4 beats"}
    return {}


def _by_terms(pairs: Sequence[tuple[str, str]], ids: Sequence[str], kind: str) -> Coloured:
    """The commonest terms; a track that has several of them counts with the rarest."""
    count = Counter(term for _, term in pairs)
    common = sorted(count, key=lambda term: (-count[term], term))[:MOST_GROUPS]
    rarity = {term: count[term] for term in common}
    group: dict[str, str] = {}
    for track_id, term in pairs:
        held = group.get(track_id, _OTHER)
        if term in rarity and (held == _OTHER or rarity[term] < rarity[held]):
            group[track_id] = term
        else:
            group.setdefault(track_id, _OTHER)
    return _grouped(kind, kind, [*common, _OTHER], [group.get(track_id) for track_id in ids])


def _by_names(
    values: Mapping[str, float], ids: Sequence[str], spec: FeatureSpec, names: Mapping[float, str]
) -> Coloured:
    told = [names.get(round(values[i])) if i in values else None for i in ids]
    return _grouped(spec.name, title_of(spec.name), list(names.values()), told)


def _grouped(name: str, title: str, groups: Sequence[str], told: Sequence[str | None]) -> Coloured:
    tracks = Counter(told)
    used = [group for group in groups if tracks[group]]
    legend = [
        Entry(group, "other" if group == _OTHER else f"c{i % COLOURS}", _shape(group, i), n)
        for i, group in enumerate(used)
        for n in [tracks[group]]
    ]
    if tracks[None]:
        legend.append(Entry("none known", "unknown", _SMALL, tracks[None]))
    place = {entry.name: i for i, entry in enumerate(legend)}
    of = tuple(place["none known" if group is None else group] for group in told)
    shown = tuple(group or "none known" for group in told)
    return Coloured(name, title, "", False, tuple(legend), of, shown)


def _shape(group: str, i: int) -> str:
    # From the ninth group on colours come again, with another shape.
    return _SMALL if group == _OTHER else SHAPES[(i + i // COLOURS) % len(SHAPES)]


def _by_value(values: Mapping[str, float], ids: Sequence[str], spec: FeatureSpec) -> Coloured:
    """Nine equal steps on the feature's scale between its quantiles .02 and .98; what is beyond
    takes the outermost."""
    known = np.array([values[i] for i in ids if i in values], np.float64)
    title = title_of(spec.name)
    if not len(known):
        empty = Entry("none known", "unknown", _SMALL, len(ids))
        told = ("none known",) * len(ids)
        return Coloured(spec.name, title, "", True, (empty,), (0,) * len(ids), told)
    low, high = (float(x) for x in np.quantile(known, (0.02, 0.98)))
    steps = [_step(spec, values[i], low, high) if i in values else STEPS for i in ids]
    tracks = Counter(steps)
    legend = [
        Entry(f"step {i + 1} of {STEPS}", f"s{i}", SHAPES[0], tracks[i]) for i in range(STEPS)
    ]
    if tracks[STEPS]:
        legend.append(Entry("none known", "unknown", _SMALL, tracks[STEPS]))
    told = tuple(value_of(spec, values[i]) if i in values else "none known" for i in ids)
    return Coloured(
        *(spec.name, title, spec.unit, True, tuple(legend), tuple(steps), told),
        low=value_of(spec, low),
        high=value_of(spec, high),
    )


def _step(spec: FeatureSpec, value: float, low: float, high: float) -> int:
    if spec.scale == "log2":
        low, high, value = (float(np.log2(max(x, 1e-9))) for x in (low, high, value))
    share = (value - low) / (high - low) if high > low else 0.5
    return int(min(STEPS - 1, max(0, np.floor(share * STEPS))))
