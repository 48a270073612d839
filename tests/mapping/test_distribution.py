"""Weights, quantiles, tilting, calibration and tempo modes on numbers that can be checked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mapping.learning.split import Split
from mapping.predicting.calibration import Calibration, calibrate
from mapping.predicting.distribution import Constraint, Reference, effective
from mapping.predicting.tempo_modes import tempo_modes
from mapping.predicting.tilting import SLACK, tilt


def reference(rows: int = 400, seed: int = 0) -> Reference:
    """Two targets driven by a hidden cause that the embedding shows; a third of one is missing."""
    rng = np.random.default_rng(seed)
    cause = rng.normal(size=rows)
    embeddings = np.stack([np.cos(cause), np.sin(cause)], 1).astype(np.float32)
    values = np.stack([cause, -cause], 1) + rng.normal(scale=0.5, size=(rows, 2))
    values[::3, 1] = np.nan
    means = np.stack([cause, -cause], 1).astype(np.float32)
    return Reference(embeddings, means, np.arange(rows), values)


def query(x: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array([x, -x]), np.array([np.cos(x), np.sin(x)], np.float32)


def test_weights_are_near_the_query_and_sum_to_one() -> None:
    ref = reference()
    for x in (-1.0, 0.0, 1.2):
        weights = ref.weights(*query(x))
        assert weights.sum() == pytest.approx(1)
        assert weights.min() >= 0
        np.testing.assert_allclose(ref.mean(weights), [x, -x], atol=0.15)


def test_forbidden_rows_get_no_weight() -> None:
    ref = reference()
    allowed = np.arange(400) % 2 == 0
    weights = ref.weights(*query(0.5), allowed)
    assert weights[1::2].sum() == 0


def test_quantiles_are_those_of_numpy_for_even_weights() -> None:
    ref = reference()
    levels = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
    found = ref.quantiles(ref.uniform(), levels)
    for j in range(2):
        expected = np.nanquantile(ref.values[:, j], levels, method="hazen")
        np.testing.assert_allclose(found[j], expected, atol=1e-9)


@given(
    hnp.arrays(float, (4, 3, 5), elements=st.floats(-5, 5)),
    hnp.arrays(float, (3, 2), elements=st.floats(-2, 2)),
)
def test_calibrated_quantiles_never_decrease(quantiles: np.ndarray, widen: np.ndarray) -> None:
    calibration = Calibration(widen, np.full(3, -4.0), np.full(3, 4.0))
    found = calibration.apply(np.sort(quantiles, axis=-1))
    assert (np.diff(found, axis=-1) >= 0).all()
    assert found.min() >= -4
    assert found.max() <= 4


def test_calibration_reaches_its_promise_on_rows_not_seen() -> None:
    # The means promise more than they know, as an overfitted model does: intervals must widen.
    ref = reference(1_500)
    groups = np.arange(1_500) % 5
    folds = [Split(np.flatnonzero(groups != g), np.flatnonzero(groups == g)) for g in range(4)]
    calibration = calibrate(ref, folds, 600, 0)
    fresh = reference(1_000, seed=1)
    inside = []
    for row in range(1_000):
        weights = ref.weights(fresh.means[row].astype(float), fresh.embeddings[row])
        quantiles = calibration.apply(ref.quantiles(weights, (0.05, 0.25, 0.5, 0.75, 0.95)))
        inside.append(
            (fresh.values[row] >= quantiles[:, 0]) & (fresh.values[row] <= quantiles[:, 4])
        )
    assert 0.86 <= np.mean([row[0] for row in inside]) <= 0.94


def test_a_constraint_shifts_what_goes_with_it() -> None:
    ref = reference()
    base = ref.uniform()
    high = ref.reweigh(base, (Constraint(0, 1.0, np.inf, 0.1),))
    assert ref.mean(high)[0] > 1
    assert ref.mean(high)[1] < -0.5
    assert high.sum() == pytest.approx(1)


@given(st.floats(-50, 50))
def test_a_constraint_nobody_meets_takes_the_nearest_rows(wish: float) -> None:
    ref = reference(60)
    weights = ref.reweigh(ref.uniform(), (Constraint(0, wish, wish, 0.1),))
    assert np.isfinite(weights).all()
    assert weights.sum() == pytest.approx(1)
    assert effective(weights) >= 7
    clipped = float(np.clip(wish, -2, 2))
    assert abs(ref.mean(weights)[0] - clipped) < abs(ref.mean(ref.uniform())[0] - clipped) + 0.2


@given(st.floats(-0.8, 0.8), st.floats(-0.8, 0.8))
def test_tilting_moves_the_mean_and_keeps_a_distribution(a: float, b: float) -> None:
    values = np.random.default_rng(0).normal(size=(500, 2))
    even = np.full(500, 1 / 500)
    tilted = tilt(even, values, np.array([a, b]))
    assert tilted.sum() == pytest.approx(1)
    assert tilted.min() > 0
    before, after = even @ values, tilted @ values
    assert np.abs(after - [a, b]).max() <= np.abs(before - [a, b]).max() + 1e-9
    # Of rows with a variance of 1 the pull is 1 / (1 + SLACK) of the way.
    np.testing.assert_allclose(after, np.array([a, b]) / (1 + SLACK), atol=0.12)


def test_tempo_keeps_octaves_apart() -> None:
    rng = np.random.default_rng(0)
    bpm = np.concatenate([85 * 2 ** rng.normal(0, 0.03, 60), 170 * 2 ** rng.normal(0, 0.03, 40)])
    first, second = tempo_modes(np.append(bpm, np.nan), np.full(101, 1 / 101))
    assert first.value == pytest.approx(85, rel=0.03)
    assert second.value == pytest.approx(170, rel=0.03)
    assert (first.weight, second.weight) == (pytest.approx(0.6), pytest.approx(0.4))


def test_tempo_of_one_track_is_its_own_mode() -> None:
    (mode,) = tempo_modes(np.array([120.0, 60.0]), np.array([1.0, 0.0]))
    assert (mode.value, mode.weight) == (pytest.approx(120), 1)
    assert tempo_modes(np.array([np.nan]), np.array([1.0])) == ()


def test_intervals_are_calibrated_by_their_width() -> None:
    """Wide intervals that promise too much are widened, narrow ones that hold are not."""
    calibration = Calibration(
        widen=np.array([[[0.0, 0.5, 2.0], [0.0, 0.0, 0.0]]]),
        low=np.array([-9.0]),
        high=np.array([9.0]),
        widths=np.array([[[1.0, 2.0, 4.0], [1.0, 2.0, 4.0]]]),
    )
    narrow, wide = np.array([[-0.5, -0.2, 0, 0.2, 0.5]]), np.array([[-2.0, -1.0, 0, 1.0, 2.0]])
    np.testing.assert_allclose(calibration.apply(narrow), narrow)
    np.testing.assert_allclose(calibration.apply(wide)[0, [0, 4]], [-4, 4])
    between = np.array([[-1.5, -1.0, 0, 1.0, 1.5]])
    assert calibration.apply(between)[0, 4] == pytest.approx(1.5 + 1.25)


def test_quantiles_of_all_rows_equal_those_of_the_heavy_ones() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=(400, 2))
    values[::5, 1] = np.nan
    empty = np.empty((0, 2), np.float32)
    weights = rng.dirichlet(np.ones(400))
    every = Reference(empty, empty, np.empty(0, np.int64), values)
    more = Reference(empty, empty, np.empty(0, np.int64), np.vstack([values, [[9.0, 9.0]]]))
    levels = (0.05, 0.5, 0.95)
    np.testing.assert_allclose(
        every.quantiles(weights, levels), more.quantiles(np.append(weights, 0), levels), atol=1e-12
    )
