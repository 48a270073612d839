"""Weighted ridge regression over a path of penalties, with missing targets. Only used in training.

Rows are texts, each with the mean of its tracks and a weight a target: 0 where no track of the text
has the target. Solutions are those of one row a track, at the cost of the different texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from mapping.predicting.scaling import Array

Dense = npt.NDArray[np.float32]
SLICE = 4096
MOST_STEPS = 60
CONVERGED = 1e-3
"""Relative residual at which conjugate gradients stop: far below what the folds can tell apart."""


@dataclass(frozen=True, slots=True)
class PenaltyPath:
    """Solutions by penalty: `coef` (A, D, T), `intercept` (A, T)."""

    coef: npt.NDArray[np.float32]
    intercept: Array

    def pick(self, choice: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.float32], Array]:
        """Coefficients (D, T) and intercepts (T,) with penalty `choice[t]` for target t."""
        targets = np.arange(len(choice))
        return self.coef[choice, :, targets].T.copy(), self.intercept[choice, targets]


def sparse_path(matrix: Any, y: Array, weight: Array, alphas: Sequence[float]) -> PenaltyPath:
    """Ridge on a scipy CSR matrix (n, V); `y` and `weight` are (n, T), weight 0 for missing.

    Conjugate gradients on the normal equations of all targets at once (Hestenes & Stiefel 1952);
    the largest penalty is solved first and each solution starts the next.
    """
    total = np.maximum(weight.sum(axis=0), 1e-12)
    mean_y = (weight * y).sum(axis=0) / total
    w = weight.astype(np.float32)
    transposed = matrix.T.tocsr()
    mean_x = np.asarray(transposed @ w, np.float32) / total.astype(np.float32)
    centred = (w * (y - mean_y)).astype(np.float32)
    target = transposed @ centred - mean_x * centred.sum(axis=0)

    def apply(alpha: float, coef: Dense) -> Dense:
        """(Xᵀ W X + alpha) coef, with X centred by each target's weighted mean."""
        fitted = w * (matrix @ coef - (mean_x * coef).sum(axis=0))
        product: Dense = transposed @ fitted - mean_x * fitted.sum(axis=0) + alpha * coef
        return product

    path = _empty(len(alphas), matrix.shape[1], y.shape[1])
    coef = np.zeros_like(target)
    for a in np.argsort(alphas)[::-1].tolist():
        coef = _conjugate_gradients(partial(apply, alphas[a]), target, coef)
        path.coef[a] = coef
        path.intercept[a] = mean_y - (mean_x * coef).sum(axis=0)
    return path


def _conjugate_gradients(apply: Callable[[Dense], Dense], target: Dense, start: Dense) -> Dense:
    """Solve `apply(x) = target`, columns apart, from `start`."""
    x = start.copy()
    residual = target - apply(x)
    direction = residual.copy()
    size = np.square(residual).sum(axis=0)
    enough = CONVERGED**2 * np.maximum(np.square(target).sum(axis=0), 1e-30)
    for _ in range(MOST_STEPS):
        if (size <= enough).all():
            break
        product = apply(direction)
        step = size / np.maximum((direction * product).sum(axis=0), 1e-30)
        x += step * direction
        residual -= step * product
        fresh = np.square(residual).sum(axis=0)
        direction = residual + fresh / np.maximum(size, 1e-30) * direction
        size = fresh
    return x


def dense_path(
    transform: Callable[[Dense], Dense],
    x: Dense,
    y: Array,
    weight: Array,
    alphas: Sequence[float],
) -> PenaltyPath:
    """Ridge on `transform(x)`, x (n, d); `transform` is applied in slices and must keep rows.

    Targets of equal weights share one D × D matrix, which is added up in slices: memory does not
    grow with the rows.
    """
    from scipy.linalg import solve

    width = transform(x[:1]).shape[1]
    path = _empty(len(alphas), width, y.shape[1])
    for columns, rows in _patterns(weight):
        w = weight[rows][:, columns[0]]
        gram, cross, mean_x, mean_y = _moments(transform, x[rows], y[rows][:, columns], w)
        for a, alpha in enumerate(alphas):
            coef = solve(gram + alpha * np.eye(width, dtype=gram.dtype), cross, assume_a="pos")
            path.coef[a][:, columns] = coef
            path.intercept[a, columns] = mean_y - mean_x @ coef
    return path


def _empty(alphas: int, width: int, targets: int) -> PenaltyPath:
    return PenaltyPath(np.zeros((alphas, width, targets), np.float32), np.zeros((alphas, targets)))


def _patterns(weight: Array) -> Iterator[tuple[list[int], npt.NDArray[np.int64]]]:
    """Targets with the same weights, with the rows that have any. Unobserved targets are left."""
    same: dict[bytes, list[int]] = {}
    for j in range(weight.shape[1]):
        same.setdefault(weight[:, j].tobytes(), []).append(j)
    for columns in same.values():
        rows = np.flatnonzero(weight[:, columns[0]])
        if len(rows):
            yield columns, rows


def _moments(
    transform: Callable[[Dense], Dense], x: Dense, y: Array, weight: Array
) -> tuple[Array, Array, Array, Array]:
    """Centred weighted Gram matrix (D, D), cross products (D, T), and the means of both sides."""
    width = transform(x[:1]).shape[1]
    gram, cross, total = np.zeros((width, width)), np.zeros((width, y.shape[1])), np.zeros(width)
    mean_y = weight @ y / weight.sum()
    root = np.sqrt(weight)
    for start in range(0, len(x), SLICE):
        here = slice(start, start + SLICE)
        part = transform(x[here]) * root[here, None].astype(np.float32)
        gram += part.T @ part
        cross += part.T @ ((y[here] - mean_y) * root[here, None]).astype(np.float32)
        total += part.T @ root[here].astype(np.float32)
    mean_x = total / weight.sum()
    # y is centred, so the cross products need no correction for the mean of x.
    return gram - weight.sum() * np.outer(mean_x, mean_x), cross, mean_x, mean_y
