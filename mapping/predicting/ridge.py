"""Ridge regression over a path of penalties, with missing targets. Only used in training.

Each target is fitted on the rows that have it; targets missing on the same rows share the work.
The dense path adds up one D × D matrix in slices, so memory does not grow with the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mapping.predicting.scaling import Array

Dense = npt.NDArray[np.float32]
SLICE = 4096


@dataclass(frozen=True, slots=True)
class PenaltyPath:
    """Solutions by penalty: `coef` (A, D, T), `intercept` (A, T)."""

    coef: npt.NDArray[np.float32]
    intercept: Array

    def pick(self, choice: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.float32], Array]:
        """Coefficients (D, T) and intercepts (T,) with penalty `choice[t]` for target t."""
        targets = np.arange(len(choice))
        return self.coef[choice, :, targets].T.copy(), self.intercept[choice, targets]


def sparse_path(matrix: Any, z: Array, alphas: Sequence[float]) -> PenaltyPath:
    """Ridge on a scipy CSR matrix (n, V); z is (n, T) with NaN for missing."""
    from sklearn.linear_model import Ridge

    path = _empty(len(alphas), matrix.shape[1], z.shape[1])
    for columns, rows in _patterns(z):
        for a, alpha in enumerate(alphas):
            model = Ridge(alpha=alpha, solver="sparse_cg", tol=1e-3)
            model.fit(matrix[rows], z[rows][:, columns])
            path.coef[a][:, columns] = np.atleast_2d(model.coef_).T
            path.intercept[a, columns] = model.intercept_
    return path


def dense_path(
    transform: Callable[[Dense], Dense], x: Dense, z: Array, alphas: Sequence[float]
) -> PenaltyPath:
    """Ridge on `transform(x)`, x (n, d); `transform` is applied in slices and must keep rows."""
    from scipy.linalg import solve

    width = transform(x[:1]).shape[1]
    path = _empty(len(alphas), width, z.shape[1])
    for columns, rows in _patterns(z):
        gram, cross, mean_x, mean_y = _moments(transform, x[rows], z[rows][:, columns])
        for a, alpha in enumerate(alphas):
            coef = solve(gram + alpha * np.eye(width), cross, assume_a="pos")
            path.coef[a][:, columns] = coef
            path.intercept[a, columns] = mean_y - mean_x @ coef
    return path


def _empty(alphas: int, width: int, targets: int) -> PenaltyPath:
    return PenaltyPath(np.zeros((alphas, width, targets), np.float32), np.zeros((alphas, targets)))


def _patterns(z: Array) -> Iterator[tuple[list[int], npt.NDArray[np.int64]]]:
    """Targets that are observed on the same rows, with those rows. Unobserved targets are left."""
    by_mask: dict[bytes, list[int]] = {}
    observed = ~np.isnan(z)
    for j in range(z.shape[1]):
        by_mask.setdefault(np.packbits(observed[:, j]).tobytes(), []).append(j)
    for columns in by_mask.values():
        rows = np.flatnonzero(observed[:, columns[0]])
        if len(rows):
            yield columns, rows


def _moments(
    transform: Callable[[Dense], Dense], x: Dense, y: Array
) -> tuple[Array, Array, Array, Array]:
    """Centred Gram matrix (D, D) and cross products (D, T), and the means of both sides."""
    width = transform(x[:1]).shape[1]
    gram, cross, total = np.zeros((width, width)), np.zeros((width, y.shape[1])), np.zeros(width)
    mean_y = y.mean(axis=0)
    for start in range(0, len(x), SLICE):
        part = transform(x[start : start + SLICE])
        gram += part.T @ part
        cross += part.T @ (y[start : start + SLICE] - mean_y).astype(np.float32)
        total += part.sum(axis=0, dtype=np.float64)
    mean_x = total / len(x)
    # y is centred, so the cross products need no correction for the mean of x.
    return gram - len(x) * np.outer(mean_x, mean_x), cross, mean_x, mean_y
