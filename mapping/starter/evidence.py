"""How much a catalogue has to say about a prompt, and the share that this leaves to the starter."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mapping.predicting.learned import Learned
from mapping.predicting.scaling import Array

PRIOR_TRACKS = 12.0
"""Tracks of the very kind that the starter counts as: K of the share K / (K + n). Chosen on splits
of the public set of seeds 10 to 12; benchmarks/starter.py measures on others."""

UNLIKE, ALIKE = 0.5, 0.9
"""Cosine of a track's text to the prompt at which it says nothing of it; counts as one track."""


def prior_shares(learned: Learned, embedding: npt.NDArray[np.float32] | None, sure: float) -> Array:
    """Share of the starter per feature, (T,): 1 where the catalogue has nothing near.

    `embedding` is the prompt's (d,), None where it has no words: then every track counts. `sure`
    is how surely the starter knows what the prompt means (`Meant`); its tracks count that much.
    Where neither side knows anything, the catalogue's average is the answer.
    """
    reference = learned.reference
    if embedding is None:
        tracks = reference.counts.astype(np.float64)
    else:
        # The first items of the reference are the texts of its tracks, in order.
        similar = reference.similar(embedding)[: reference.tracks].astype(np.float64)
        rows = np.flatnonzero(similar > UNLIKE)
        near = np.clip((similar[rows] - UNLIKE) / (ALIKE - UNLIKE), 0, 1)
        tracks = near @ ~np.isnan(reference.values[rows])
    known = PRIOR_TRACKS * sure
    shares: Array = known / np.maximum(known + tracks, 1e-12)
    return shares
