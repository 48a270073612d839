"""Artists of a large catalogue whose tracks are not in the reference set, by what theirs measure.

A mapping answers from a bounded set of tracks. What the others of an artist measure is kept as
three numbers a feature, so that a name of the catalogue is known whatever the catalogue's size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mapping.predicting.scaling import Array
from mapping.references.folding import key
from schemas.protocols import TrainingExample

LEVELS = (0.05, 0.5, 0.95)
ENOUGH_ROWS = 3
"""Tracks in the reference set from which an artist's own rows say more than three numbers."""


@dataclass(frozen=True)
class Beyond:
    """Artists beyond the reference set, in the order of their folded names.

    Attributes
    ----------
    names : as the catalogue spells them
    keys : folded
    tracks : (a,) how many tracks each has in the catalogue
    spreads : (a, T, 3) p05, p50 and p95 in each feature's unit, NaN where none is known
    """

    names: tuple[str, ...]
    keys: tuple[str, ...]
    tracks: npt.NDArray[np.int32]
    spreads: npt.NDArray[np.float16]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {folded: place for place, folded in enumerate(self.keys)}

    def find(self, folded: str) -> int | None:
        """The place of an artist, also of one whose name begins with "the"."""
        place = self._places.get(folded)
        return self._places.get(f"the {folded}") if place is None else place

    def to_arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        return {"beyond.tracks": self.tracks, "beyond.spreads": self.spreads}

    def to_text(self) -> dict[str, list[str]]:
        return {"names": list(self.names), "keys": list(self.keys)}


def from_stored(
    arrays: Mapping[str, npt.NDArray[np.generic]], text: Mapping[str, Sequence[str]] | None
) -> Beyond | None:
    """Inverse of `to_arrays` and `to_text`; None where nothing was stored."""
    if text is None:
        return None
    return Beyond(
        tuple(text["names"]),
        tuple(text["keys"]),
        np.asarray(arrays["beyond.tracks"], np.int32),
        np.asarray(arrays["beyond.spreads"], np.float16),
    )


def gather(
    examples: Sequence[TrainingExample], natural: Array, rows: npt.NDArray[np.int64]
) -> Beyond | None:
    """The artists of `examples` with too few tracks among the reference `rows`; None for none.

    `natural` holds the features of the examples, (n, T), in natural units.
    """
    if len(rows) == len(examples):
        return None
    inside = np.zeros(len(examples), bool)
    inside[rows] = True
    theirs: dict[str, list[int]] = {}
    for row, example in enumerate(examples):
        if example.artist:
            theirs.setdefault(example.artist, []).append(row)
    folded = {key(name): name for name in theirs}
    few = sorted(
        k for k, name in folded.items() if k and int(inside[theirs[name]].sum()) < ENOUGH_ROWS
    )
    if not few:
        return None
    place = np.repeat(np.arange(len(few)), [len(theirs[folded[k]]) for k in few])
    their_rows = np.concatenate([theirs[folded[k]] for k in few])
    spreads = np.stack(
        [group_quantiles(place, natural[their_rows, j], len(few)) for j in range(natural.shape[1])],
        axis=1,
    )
    tracks = np.bincount(place, minlength=len(few)).astype(np.int32)
    return Beyond(tuple(folded[k] for k in few), tuple(few), tracks, spreads.astype(np.float16))


def group_quantiles(group: npt.NDArray[np.int64], values: Array, groups: int) -> Array:
    """p05, p50, p95 of the values of each group, (groups, 3), NaN where there are none."""
    known = ~np.isnan(values)
    group, values = group[known], values[known]
    values = values[np.lexsort((values, group))]
    counts = np.bincount(group, minlength=groups)
    first = np.cumsum(counts) - counts
    out = np.full((groups, len(LEVELS)), np.nan)
    some = counts > 0
    for column, level in enumerate(LEVELS):
        at = first[some] + level * (counts[some] - 1)
        low = np.floor(at).astype(np.int64)
        high = np.ceil(at).astype(np.int64)
        out[some, column] = values[low] + (at - low) * (values[high] - values[low])
    return out
