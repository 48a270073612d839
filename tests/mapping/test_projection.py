"""Points in two dimensions: what is kept, measured against scikit-learn; the same every time."""

from __future__ import annotations

import numpy as np
import pytest

from mapping.projection import neighbour_layout, principal, trustworthiness


def _clusters(count: int = 90, dimensions: int = 12) -> np.ndarray:
    random = np.random.default_rng(3)
    centres = random.normal(0, 6, (3, dimensions))
    found = centres[np.arange(count) % 3] + random.normal(0, 1, (count, dimensions))
    return found.astype(np.float32)


def test_principal_components_are_those_of_scikit_learn() -> None:
    from sklearn.decomposition import PCA

    points = _clusters()
    ours, theirs = principal(points), PCA(2).fit_transform(points)
    for own, other in zip(ours.T, theirs.T, strict=True):
        np.testing.assert_allclose(own * np.sign(own @ other), other, atol=1e-3)


def test_principal_components_do_not_flip() -> None:
    points = _clusters()
    order = np.random.default_rng(1).permutation(len(points))
    np.testing.assert_allclose(principal(points)[order], principal(points[order]), atol=1e-3)


@pytest.mark.parametrize("neighbours", [1, 10, 20])
def test_trustworthiness_is_that_of_scikit_learn(neighbours: int) -> None:
    from sklearn.manifold import trustworthiness as reference

    points = _clusters()
    random = np.random.default_rng(0).random((len(points), 2)).astype(np.float32)
    for places in (principal(points), random):
        expected = reference(points, places, n_neighbors=neighbours)
        assert trustworthiness(points, places, neighbours) == pytest.approx(expected, abs=1e-6)


def test_too_few_points_have_no_trustworthiness() -> None:
    assert trustworthiness(_clusters(9), principal(_clusters(9))) is None


def test_the_layout_is_the_same_every_time_and_keeps_neighbours() -> None:
    points = _clusters()
    start = principal(points)
    first, second = neighbour_layout(points, start), neighbour_layout(points, start)
    np.testing.assert_array_equal(first, second)
    kept = trustworthiness(points, first)
    assert kept is not None
    assert kept > 0.9
    # Whoever comes again from another place keeps that place's side.
    turned = neighbour_layout(points, start * np.float32([-1, 1]))
    assert np.corrcoef(turned[:, 0], first[:, 0])[0, 1] < 0


@pytest.mark.parametrize("count", [0, 1, 3, 9])
def test_few_points_are_laid_out_too(count: int) -> None:
    points = _clusters(9)[:count]
    start = principal(points)
    assert start.shape == (count, 2)
    assert neighbour_layout(points, start).shape == (count, 2)


def test_points_that_are_all_the_same_stay_where_they_are() -> None:
    points = np.ones((20, 5), np.float32)
    start = principal(points)
    assert np.isfinite(start).all()
    np.testing.assert_array_equal(neighbour_layout(points, start), start)
