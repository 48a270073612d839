"""Filters and running windows against scipy's, which the engine does not load."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.optimize import lsq_linear
from scipy.signal import butter, sosfilt

from generation.sequencer.controlling import aims
from generation.sequencer.synthesis import dynamics, filtering


@pytest.mark.parametrize("count", [1, 300, 9_000, 150_001])
@pytest.mark.parametrize(
    ("low_hz", "high_hz", "order"),
    [(90, None, 1), (None, 300, 1), (800, 1_250, 2), (190, 11_000, 2), (9_000, None, 3),
     (None, 18_000, 1), (20, None, 2)],
)  # fmt: skip
def test_butterworth_is_scipys(
    count: int, low_hz: float | None, high_hz: float | None, order: int
) -> None:
    sound = np.random.default_rng(count).standard_normal((2, count)).astype(np.float32)
    wanted = sound.astype(np.float64)
    for kind, at_hz in (("highpass", low_hz), ("lowpass", high_hz)):
        if at_hz is not None:
            rows = butter(order, at_hz, kind, fs=44_100, output="sos")  # type: ignore[call-overload]
            wanted = sosfilt(rows, wanted)
    found = filtering.butterworth(sound, low_hz, high_hz, order)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, rtol=0, atol=3e-6 * np.abs(sound).max())


def test_k_weighting_is_the_standards_recursion() -> None:
    """The coefficients of libebur128 at 44.1 kHz, in double precision."""
    sound = np.random.default_rng(1).standard_normal((2, 200_000)).astype(np.float32)
    rows = [
        [1.5308412300498355, -2.6509799951536985, 1.1690790799210682,
         1.0, -1.6636551132560204, 0.7125954280732254],
        [1.0, -2.0, 1.0, 1.0, -1.9891696736297957, 0.9891990357870394],
    ]  # fmt: skip
    wanted = sosfilt(np.array(rows), sound.astype(np.float64))
    np.testing.assert_allclose(filtering.k_weighting(sound), wanted, rtol=0, atol=2e-5)


def test_nothing_is_heard_before_it_is_played() -> None:
    click = np.zeros((1, 50_000), dtype=np.float32)
    click[0, 30_000] = 1.0
    found = filtering.butterworth(click, 500, 5_000, 2)[0]
    assert np.abs(found[:30_000]).max() < 1e-6 < np.abs(found).max()


@pytest.mark.parametrize("loop", [False, True])
@pytest.mark.parametrize("count", [1, 40, 1_000])
def test_smoothed_gains_are_those_of_running_windows(count: int, loop: bool) -> None:
    gains = np.random.default_rng(count).random(count)
    mode = "wrap" if loop else "nearest"
    wanted = uniform_filter1d(minimum_filter1d(gains, 45, mode=mode), 41, mode=mode)
    np.testing.assert_allclose(dynamics._smooth(gains, 21, loop), wanted, atol=1e-12)


def test_least_squares_between_bounds_is_scipys() -> None:
    rng = np.random.default_rng(5)
    for _ in range(60):
        rows = np.vstack([rng.standard_normal((5, 4)), 0.1 * np.eye(4)])
        wanted, low = 5 * rng.standard_normal(len(rows)), rng.standard_normal(4)
        high = low + rng.random(4)
        found = aims._least_squares(rows, wanted, np.array([low, high]))
        other = lsq_linear(rows, wanted, (low, high), tol=1e-14).x
        np.testing.assert_allclose(found, other, atol=1e-6)


def test_the_engine_loads_without_what_takes_long() -> None:
    dear = ("scipy.signal", "scipy.stats", "scipy.optimize", "scipy.ndimage", "librosa")
    code = (
        "import sys, generation.sequencer.engine; "
        f"print([name for name in {dear!r} if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
