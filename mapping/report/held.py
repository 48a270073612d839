"""What a mapping predicted of tracks it had not seen, row by row: kept beside it as `held`.

Two mappings trained on different snapshots cannot be compared by their averages: the rows differ.
They can on the tracks that both have predicted unseen, so each carries a bounded sample of them.
The sample is drawn by a hash of the track's id, so that samples of two mappings overlap as far as
their held-out tracks do.

Conventions: values are on the feature's axis (log2 or linear, not standardised), float32, NaN where
the truth is not known; the CRPS is the mean pinball loss, twice, over 39 levels, in the same unit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from schemas.errors import ArtifactError

if TYPE_CHECKING:
    from mapping.learning.predictions import Predictions
    from schemas.protocols import TrainingExample

FILE = "held.safetensors"
MOST_ROWS = 5_000
"""Rows kept: a mean R² over so many has a standard error near .01."""

Rows = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Held:
    """Held-out predictions of q tracks and T features.

    Attributes
    ----------
    names : features, in vector order
    track_ids : the tracks, ascending
    owner : (q,) number of the artist (or album, folder) that a track belongs to, for resampling
    truth, mean : (q, T)
    quantiles : (q, T, 5) at the levels .05, .25, .5, .75, .95
    crps, crps_prior : (q, T), of the prediction and of the training catalogue's own distribution
    """

    names: tuple[str, ...]
    track_ids: tuple[str, ...]
    owner: Integers
    truth: Rows
    mean: Rows
    quantiles: Rows
    crps: Rows
    crps_prior: Rows

    @classmethod
    def of(cls, names: Sequence[str], parts: Sequence[HeldPart]) -> Held | None:
        """The rows of all folds, each track once; None where nothing was held out."""
        if not parts:
            return None
        joined = {f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in _ARRAYS}
        ids = [track_id for part in parts for track_id in part.track_ids]
        order = sorted(_sample(ids), key=ids.__getitem__)
        kept = {name: array[order] for name, array in joined.items()}
        return cls(tuple(names), tuple(ids[row] for row in order), **kept)

    def rows(self, picked: Integers) -> Held:
        """Those rows, in that order."""
        arrays = {f.name: getattr(self, f.name)[picked] for f in _ARRAYS}
        return Held(self.names, tuple(self.track_ids[row] for row in picked.tolist()), **arrays)

    def columns(self, names: Sequence[str]) -> Held:
        """Those features, in that order. Raises ValueError for one that is not there."""
        at = [self.names.index(name) for name in names]
        arrays = {
            f.name: getattr(self, f.name) if f.name == "owner" else getattr(self, f.name)[:, at]
            for f in _ARRAYS
        }
        return Held(tuple(names), self.track_ids, **arrays)

    def to_bytes(self) -> bytes:
        """safetensors, the names and ids in its header."""
        from safetensors.numpy import save

        arrays = {f.name: np.ascontiguousarray(getattr(self, f.name)) for f in _ARRAYS}
        header = {"names": json.dumps(self.names), "track_ids": json.dumps(self.track_ids)}
        return save(arrays, metadata=header)


@dataclass(frozen=True, slots=True)
class HeldPart:
    """The rows of one fold; fields as in `Held`."""

    track_ids: tuple[str, ...]
    owner: Integers
    truth: Rows
    mean: Rows
    quantiles: Rows
    crps: Rows
    crps_prior: Rows

    @classmethod
    def of(
        cls, test: Sequence[TrainingExample], found: Predictions, levels: npt.NDArray[np.float64]
    ) -> HeldPart:
        """From what `evaluation.predict` says of `test`; `levels` are those of its CRPS."""
        kept = _sample([example.track_id for example in test])
        truth = found.truth[kept]
        arrays = [truth, found.mean[kept], found.quantiles[kept]]
        arrays += [pinball(truth, fine[kept], levels) for fine in (found.fine, found.fine_prior)]
        return cls(
            tuple(test[row].track_id for row in kept),
            np.array([_owner(test[row]) for row in kept], np.int64),
            *(array.astype(np.float32) for array in arrays),
        )


_ARRAYS = tuple(f for f in fields(Held) if f.name not in ("names", "track_ids"))


def pinball(
    truth: npt.NDArray[Any], quantiles: npt.NDArray[Any], levels: npt.NDArray[Any]
) -> npt.NDArray[np.float64]:
    """CRPS of each value from its quantiles: twice the mean pinball loss over the last axis."""
    gap = truth[..., None] - quantiles
    lost: npt.NDArray[np.float64] = 2 * np.maximum(levels * gap, (levels - 1) * gap).mean(axis=-1)
    return lost


def read(path: Path) -> Held:
    """Read what `Held.to_bytes` wrote.

    Raises
    ------
    ArtifactError
        When the file is not one of these, or its arrays do not fit together.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            header = file.metadata() or {}
            names, ids = (tuple(json.loads(header[name])) for name in ("names", "track_ids"))
            arrays = {f.name: file.get_tensor(f.name) for f in _ARRAYS}
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise ArtifactError(f"{path}: no held-out rows of a mapping ({error})") from error
    held = Held(names, ids, **arrays)
    shape = (len(ids), len(names))
    if any(getattr(held, f.name).shape[:2] != shape for f in _ARRAYS if f.name != "owner"):
        raise ArtifactError(f"{path}: arrays are not of {shape[0]} tracks and {shape[1]} features")
    return held


def _sample(ids: Sequence[str]) -> list[int]:
    """Rows of the MOST_ROWS smallest hashes."""

    def drawn(row: int) -> bytes:
        return hashlib.blake2b(ids[row].encode(), digest_size=8).digest()

    return sorted(range(len(ids)), key=drawn)[:MOST_ROWS]


def _owner(example: TrainingExample) -> int:
    """A number for the first single-valued group of a track, or for itself; a hash, so stable."""
    named = [f"{kind}:{value}" for kind, value in example.groups.items() if isinstance(value, str)]
    text = named[0] if named else f"track:{example.track_id}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest(), "big")
