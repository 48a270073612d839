"""Points of many dimensions laid out in two, for a map of a catalogue.

Two ways: principal components (Hotelling 1933), at once and linear; and t-SNE (van der Maaten &
Hinton 2008), which keeps neighbours together and takes seconds. The layout starts from given
places, so that it is the same for the same input, and a catalogue that has grown a little keeps its
shape. How well neighbours are kept is measured by trustworthiness (Venna & Kaski 2001).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float32]

SEED = 7
NEIGHBOURS = 10
"""How many neighbours `trustworthiness` asks about."""

_PERPLEXITY = 30.0
_FEWEST = 10
"""Below this many points principal components are the layout."""
_START_DEVIATION = 1e-4
_CHUNK = 500


def principal(points: Points) -> Points:
    """The two principal components of float32 (n, dimensions): float32 (n, 2), centred.

    The sign of each is such that its largest loading is positive: the same points never flip.
    """
    if not len(points):
        return np.empty((0, 2), np.float32)
    centred = points.astype(np.float64) - points.mean(axis=0, dtype=np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)
    found = np.zeros((len(points), 2))
    for i, axis in enumerate(axes.T[::-1][:2]):
        found[:, i] = centred @ (axis * np.sign(axis[np.abs(axis).argmax()]))
    return found.astype(np.float32)


def neighbour_layout(points: Points, start: Points, seed: int = SEED) -> Points:
    """t-SNE of float32 (n, dimensions) from places `start` (n, 2): float32 (n, 2), centred.

    `start` says where each point begins, on any scale. Of fewer than 10 points, or points that are
    all the same, `start` is the layout.
    """
    spread = float(start.std()) if len(points) >= _FEWEST else 0.0
    if spread == 0 or not np.ptp(points, axis=0).any():
        return start
    from sklearn.manifold import TSNE

    model = TSNE(
        perplexity=min(_PERPLEXITY, (len(points) - 1) / 3),
        init=((start - start.mean(axis=0)) / spread * _START_DEVIATION).astype(np.float32),
        random_state=seed,
    )
    found: Points = model.fit_transform(points).astype(np.float32)
    found -= found.mean(axis=0)
    return found


def trustworthiness(points: Points, places: Points, neighbours: int = NEIGHBOURS) -> float | None:
    """How far neighbours among `places` are neighbours among `points`: 1 all of them, about 0.5 as
    many as chance; None for too few points to say.

    1 − 2/(n·k·(2n − 3k − 1)) · Σ max(0, r(i, j) − k) over the k neighbours j of each i, r the rank
    of j among the neighbours of i in all dimensions.
    """
    n, k = len(points), neighbours
    if k < 1 or n < 2 * k + 2:
        return None
    penalty = 0.0
    for start in range(0, n, _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, n))
        far, near = (_squared(matrix, rows) for matrix in (points, places))
        nearest = np.argpartition(near, k - 1, axis=1)[:, :k]
        for column in nearest.T:
            distance = far[np.arange(len(rows)), column]
            rank = 1 + (far < distance[:, None]).sum(axis=1)
            penalty += float(np.maximum(rank - k, 0).sum())
    return 1 - 2 * penalty / (n * k * (2 * n - 3 * k - 1))


def _squared(matrix: Points, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """Squared distances of `rows` to all; to itself, none is nearer."""
    exact = matrix.astype(np.float64)
    norms = (exact**2).sum(axis=1)
    found: npt.NDArray[np.float64] = norms[rows, None] + norms - 2 * exact[rows] @ exact.T
    found[np.arange(len(rows)), rows] = np.inf
    return found
