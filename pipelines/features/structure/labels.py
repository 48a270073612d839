"""Which sections repeat each other.

Two sections are alike when their chords follow each other alike, in any key, and when they sound
alike. Sections are joined by average linkage as long as the odds that they are the same are even or
better; what cannot be told apart from its neighbour is one section with it, unless it lasts a whole
multiple of what it repeats.

Conventions: an edge is the index of the cell that a section begins with, as in
`structure_boundaries`; a label is a number, 0 for the first section and what repeats it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from pipelines.features.structure.boundaries import Edges
from pipelines.features.structure.cells import Cells, Matrix, Vector

CHORD_S = 1.0
LEAST_OVERLAP = 0.6  # of the shorter section
TRANSPOSED = 0.06  # what a likeness in another key has to be better by
# Log-odds that two sections are the same, fitted to songs with known labels.
EVEN, HARMONY_ODDS, TIMBRE_ODDS, RHYTHM_ODDS = -11.8, 17.0, -2.4, -1.2
UNKNOWN_HARMONY = 0.85  # the likeness where there are no chords to compare
SEAM_S = 2.0  # left out of a section's mean at either end
_TURNED = (np.arange(12) - np.arange(12)[:, None]) % 12
MOST_REPEATS, REPEAT_ERROR = 4, 0.1


def labelled(
    cells: Cells, views: Mapping[str, Matrix], edges: Edges, *, tonal: bool
) -> tuple[Edges, list[int]]:
    """Edges and the label of each section; some of the edges given may go, and some come.

    `tonal` says whether the track has chords to compare.
    """
    odds, shift = same_odds(cells, views, edges, tonal=tonal)
    names = clusters(odds)
    edges, names = joined(edges, names, np.diag(shift, 1) != 0)
    edges, names = divided(edges, names)
    order = {name: rank for rank, name in enumerate(dict.fromkeys(names))}
    return edges, [order[name] for name in names]


def same_odds(
    cells: Cells, views: Mapping[str, Matrix], edges: Edges, *, tonal: bool
) -> tuple[Vector, npt.NDArray[np.intp]]:
    """Log-odds that two sections are the same, and the semitones between them; (k, k) each."""
    others = (
        EVEN
        + TIMBRE_ODDS * _distances(cells, views["timbre"], edges)
        + RHYTHM_ODDS * _distances(cells, views["rhythm"], edges)
    )
    shift = np.zeros(others.shape, np.intp)
    if not tonal:
        return others + HARMONY_ODDS * UNKNOWN_HARMONY, shift
    chords = [_chords(cells, *pair) for pair in _pairs(edges)]
    odds = others.copy()
    # Chords are compared only where they can make a difference.
    for one, other in np.argwhere(np.triu(others + HARMONY_ODDS > 0, 1)):
        likeness, semitones = chord_likeness(chords[one], chords[other])
        odds[one, other] = odds[other, one] = others[one, other] + HARMONY_ODDS * likeness
        shift[one, other] = shift[other, one] = semitones
    return odds, shift


def chord_likeness(one: Matrix, other: Matrix) -> tuple[float, int]:
    """Mean cosine of the chroma of two sections, aligned and transposed as they fit best.

    Shapes (a, 12) and (b, 12), rows of norm 1. With it, the semitones (0 … 11) by which the shorter
    one is moved up.
    """
    if len(one) < len(other):
        one, other = other, one
    long, short = len(one), len(other)
    turned = other[:, _TURNED].swapaxes(0, 1)
    # A row read one column longer than it is moves the next one to the left: diagonals become
    # columns, those below the main one at the far end.
    width = long + short
    padded = np.zeros((12, short + 1, width), np.float32)
    padded[:, :short, :long] = turned @ one.T
    skewed = padded.reshape(12, -1)[:, : short * (width + 1)].reshape(12, short, width + 1)
    lag = np.arange(width + 1)
    overlap = np.where(lag < long, np.minimum(long - lag, short), lag - long - 1)
    fits = overlap >= max(1.0, LEAST_OVERLAP * short)
    means = np.where(fits, skewed.sum(axis=1) / np.maximum(overlap, 1), -1.0).max(axis=1)
    means[1:] -= TRANSPOSED
    return float(means.max()), int(means.argmax())


def clusters(odds: Vector) -> list[int]:
    """A number for each section: average linkage, as long as the best mean log-odds exceed 0."""
    groups = [[section] for section in range(len(odds))]
    linkage = odds.copy()
    np.fill_diagonal(linkage, -np.inf)
    while len(groups) > 1 and linkage.max() > 0:
        one, other = sorted(divmod(int(linkage.argmax()), len(groups)))
        sizes = len(groups[one]), len(groups[other])
        mean = (sizes[0] * linkage[one] + sizes[1] * linkage[other]) / sum(sizes)
        linkage[one], linkage[:, one] = mean, mean
        linkage[one, one] = -np.inf
        linkage = np.delete(np.delete(linkage, other, axis=0), other, axis=1)
        groups[one] += groups.pop(other)
    names = [0] * len(odds)
    for name, group in enumerate(groups):
        for section in group:
            names[section] = name
    return names


def joined(
    edges: Edges, names: Sequence[int], apart: npt.NDArray[np.bool_]
) -> tuple[Edges, list[int]]:
    """Neighbours of one label made one section, but for those `apart`: shape (k - 1,)."""
    first = [0, *(i for i in range(1, len(names)) if names[i] != names[i - 1] or apart[i - 1])]
    return edges[[*first, len(names)]], [names[i] for i in first]


def divided(edges: Edges, names: Sequence[int]) -> tuple[Edges, list[int]]:
    """Sections that last 2 … 4 times as long as the shortest one of their label, cut in as many."""
    lengths = np.diff(edges)
    found, labels = [0], []
    for section, name in enumerate(names):
        same = [lengths[i] for i, other in enumerate(names) if other == name]
        ratio = lengths[section] / min(same)
        times = round(ratio)
        if times > MOST_REPEATS or abs(ratio - times) > REPEAT_ERROR * times:
            times = 1
        cuts = edges[section] + np.rint(lengths[section] * np.arange(1, times + 1) / times)
        found += [int(cut) for cut in cuts]
        labels += [name] * times
    return np.array(found, np.intp), labels


def _pairs(edges: Edges) -> list[tuple[int, int]]:
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def _distances(cells: Cells, view: Matrix, edges: Edges) -> Vector:
    """Root mean squared difference of the means of any two sections, shape (k, k)."""
    middles = np.stack([_middle(cells, view, *pair) for pair in _pairs(edges)])
    squares: Vector = ((middles[:, None] - middles[None]) ** 2).mean(axis=2)
    return np.sqrt(squares)


def _middle(cells: Cells, view: Matrix, start: int, end: int) -> Vector:
    """Mean of a section without its seams."""
    seam = min(cells.count(SEAM_S), (end - start) // 6)
    return np.asarray(view[start + seam : end - seam].mean(axis=0, dtype=np.float64))


def _chords(cells: Cells, start: int, end: int) -> Matrix:
    """Chroma of a section about every second, rows of mean 0 and norm 1."""
    together = np.arange(start, end, cells.count(CHORD_S))
    rows = np.add.reduceat(cells.chroma[:end], together, axis=0)
    rows = rows - rows.mean(axis=1, keepdims=True)
    norms = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    unit: Matrix = (rows / norms).astype(np.float32)
    return unit
