"""Where sections begin: candidates by novelty, chosen by how much simpler they make the track.

Conventions: an edge is the index of the cell that a section begins with; edges run from 0 to the
number of cells, both included.

Candidates are the peaks of a novelty curve: the difference of what comes before and after, in
every view and at three widths (a checkerboard kernel on a linear self-similarity, Foote 2000). Of
these, dynamic programming takes the set that leaves the least squared deviation from the means of
the sections, at a price for each section (least squares with a penalty; the block matching of
Marmoret et al. 2023 is its close relative).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from pipelines.features.structure.cells import Cells, Matrix, Vector

Edges = npt.NDArray[np.intp]

WIDTHS_S = ((4.0, 0.5), (8.0, 1.0), (16.0, 1.0))  # half-width of a kernel, weight
STEADY = ("chroma", "harmony", "rhythm")  # views that say nothing within half a phrase
STEADY_S = 8.0
PEAK_S = 1.5  # a candidate is the highest point within this to either side
LEAST_S = 3.0  # from the ends
WEIGHTS = {
    "timbre": 1.0,
    "drive": 0.5,
    "chroma": 1.0,
    "harmony": 1.0,
    "texture": 1.0,
    "rhythm": 1.0,
}
PRICE = 9.0
SHORT_S, LONG_S = 12.0, 32.0  # sections shorter or longer than this cost more, in proportion


def boundaries(cells: Cells, views: Mapping[str, Matrix]) -> Edges:
    """Edges of the sections of a track."""
    candidates = peaks(cells, novelty(cells, views))
    edges = np.concatenate([[0], candidates, [len(cells)]])
    return edges[cheapest(cells, edges, deviations(views, edges))]


def novelty(
    cells: Cells,
    views: Mapping[str, Matrix],
    widths_s: Sequence[tuple[float, float]] = WIDTHS_S,
) -> Vector:
    """Root mean squared difference of the means before and after each cell, over widths and views.

    `widths_s` holds half-widths in seconds and their weights. Shape (n,). Near the ends, where
    there is less than half a width, it fades to 0.
    """
    total = np.zeros(len(cells))
    for name, view in views.items():
        for seconds, weight in widths_s:
            if name not in STEADY or seconds >= STEADY_S:
                total += weight * np.sqrt(_step(view, cells.count(seconds, 2)))
    return total


def peaks(cells: Cells, curve: Vector) -> Edges:
    """Local maxima of a novelty curve."""
    reach = cells.count(PEAK_S)
    highest = sliding_window_view(np.pad(curve, reach), 2 * reach + 1).max(axis=1)
    found = np.flatnonzero((curve >= highest) & (curve > 0))
    margin = cells.count(LEAST_S)
    return found[(found >= margin) & (found <= len(curve) - margin)]


def deviations(views: Mapping[str, Matrix], edges: Edges) -> Vector:
    """Squared deviation from their mean of the cells between any two edges, shape (k, k).

    The mean over the columns of a view, weighted and summed over the views. Only entries above the
    diagonal mean anything.
    """
    lengths = np.maximum(edges[None, :] - edges[:, None], 1)
    total = np.zeros((len(edges), len(edges)))
    for name, view in views.items():
        sums = _running(view)[edges]
        squares = np.concatenate([[0.0], np.cumsum((view * view).sum(axis=1, dtype=np.float64))])
        products = sums @ sums.T
        own = np.diag(products)
        between = own[:, None] + own[None, :] - 2 * products
        spread = squares[edges][None, :] - squares[edges][:, None] - between / lengths
        total += WEIGHTS[name] / view.shape[1] * spread
    return total


def cheapest(cells: Cells, edges: Edges, spread: Vector) -> Edges:
    """Indices into `edges` of the cheapest way from the first to the last."""
    seconds = np.maximum(edges[None, :] - edges[:, None], 1) * cells.period_s
    price = PRICE * np.maximum(np.maximum(SHORT_S / seconds, seconds / LONG_S), 1.0)
    cost = spread * cells.period_s + price
    best = np.full(len(edges), np.inf)
    best[0] = 0.0
    previous = np.zeros(len(edges), np.intp)
    for end in range(1, len(edges)):
        reached = best[:end] + cost[:end, end]
        previous[end] = reached.argmin()
        best[end] = reached[previous[end]]
    path = [len(edges) - 1]
    while path[-1]:
        path.append(int(previous[path[-1]]))
    return np.array(path[::-1], np.intp)


def _step(view: Matrix, width: int) -> Vector:
    """Mean squared difference of the means of `width` rows before and after each row."""
    running = _running(view)
    at = np.arange(len(view))
    before, after = np.maximum(at - width, 0), np.minimum(at + width, len(view))
    earlier = (running[at] - running[before]) / np.maximum(at - before, 1)[:, None]
    later = (running[after] - running[at]) / (after - at)[:, None]
    seen = np.minimum(at - before, after - at) / width
    step: Vector = ((later - earlier) ** 2).mean(axis=1) * np.minimum(1.0, 2 * seen)
    return step


def _running(view: Matrix) -> Vector:
    """Running sums with a zero before, shape (n + 1, columns)."""
    sums = np.zeros((len(view) + 1, view.shape[1]))
    np.cumsum(view, axis=0, dtype=np.float64, out=sums[1:])
    return sums
