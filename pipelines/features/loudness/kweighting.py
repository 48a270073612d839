"""The K-weighting filter of ITU-R BS.1770-4 annex 1, at any sample rate, as matrix products.

A recursive filter is slow sample by sample in Python and needs long transforms when it is done by
convolution, for its high-pass remembers 50 ms. In state-space form a run of 32 samples is a product
with two small matrices, one for the samples and one for the filter's state before them; the states
themselves follow from the runs in the same way, 32 runs to a group and all groups of a block
together. The result is that of the recursion, to the rounding of float32.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schemas.audio import Samples

Matrix = npt.NDArray[np.float64]

TABULATED_HZ = 48_000
_ORDER = 4  # two sections of the second order
_RUN = 32  # samples
_RUNS = 32
_GROUP = _RUN * _RUNS


class KWeighting:
    """The filter with its state; each channel for itself."""

    def __init__(self, sample_rate_hz: int, channels: int) -> None:
        self._form = _run_form(sample_rate_hz)
        self._rate = sample_rate_hz
        self._state: Matrix = np.zeros((channels, _ORDER))

    def __call__(self, samples: Samples) -> Samples:
        """Filter the next samples, shape (channels, n) both; n is a multiple of 1,024 but at the
        end of the signal.
        """
        channels, length = samples.shape
        if short := -length % _GROUP:
            samples = np.pad(samples, ((0, 0), (0, short)))
        form, groups = self._form, samples.shape[1] // _GROUP
        runs = samples.reshape(-1, _RUN)
        steps = (runs @ form.into_state).reshape(-1, _RUNS * _ORDER)
        states = np.empty((len(steps), (_RUNS + 1) * _ORDER), np.float32)
        states[:, :_ORDER] = self._group_starts(steps @ form.group_end, groups)
        states[:, _ORDER:] = steps
        before = (states @ form.run_starts).reshape(-1, _ORDER)
        filtered: Samples = runs @ form.through
        filtered += before @ form.out_of_state
        return filtered.reshape(channels, -1)[:, :length]

    def _group_starts(self, ends: npt.NDArray[np.floating], groups: int) -> Matrix:
        """The state before each group, shape (channels * groups, 4), from what each one adds."""
        channels = len(self._state)
        chain = np.concatenate([self._state[:, None], ends.reshape(channels, groups, _ORDER)], 1)
        scan = _group_scan(self._rate, groups)
        states = (chain.reshape(channels, -1) @ scan).reshape(channels, groups + 1, _ORDER)
        self._state = states[:, -1]
        return states[:, :-1].reshape(-1, _ORDER)


@dataclass(frozen=True, slots=True)
class _RunForm:
    """The filter on runs of 32 samples; all matrices are applied from the right.

    Attributes
    ----------
    through : (32, 32), samples to output
    into_state : (32, 4), samples to what they add to the state
    out_of_state : (4, 32), state before the run to output
    group_end : (32 * 4, 4), what the runs of a group add to the state after it
    run_starts : (33 * 4, 32 * 4), state before a group and additions to states before the runs
    """

    through: Samples
    into_state: Samples
    out_of_state: Samples
    group_end: Samples
    run_starts: Samples


@functools.lru_cache(maxsize=16)
def _run_form(sample_rate_hz: int) -> _RunForm:
    step, into, out, direct = _state_space(sample_rate_hz)
    powers = _powers(step, _RUN)
    response = np.array([direct, *(float(out @ power @ into) for power in powers[:-2])])
    lag = np.arange(_RUN)[None] - np.arange(_RUN)[:, None]
    scan = _scan(powers[-1], _RUNS)
    matrices = (
        np.where(lag >= 0, response[lag], 0.0),
        np.stack([power @ into for power in powers[-2::-1]]),
        np.stack([out @ power for power in powers[:-1]], axis=1),
        scan[_ORDER:, -_ORDER:],
        scan[:, :-_ORDER],
    )
    return _RunForm(*(np.ascontiguousarray(matrix, np.float32) for matrix in matrices))


@functools.lru_cache(maxsize=16)
def _group_scan(sample_rate_hz: int, groups: int) -> Matrix:
    step = _state_space(sample_rate_hz)[0]
    return _scan(np.linalg.matrix_power(step, _GROUP), groups)


def _scan(step: Matrix, count: int) -> Matrix:
    """Matrix from (s_0, c_1 … c_count) to (s_0 … s_count), where s_i = step s_{i-1} + c_i."""
    powers = _powers(step, count)
    matrix = np.zeros((count + 1, _ORDER, count + 1, _ORDER))
    for source in range(count + 1):
        for target in range(source, count + 1):
            matrix[source, :, target] = powers[target - source].T
    return matrix.reshape((count + 1) * _ORDER, -1)


def _powers(step: Matrix, count: int) -> list[Matrix]:
    """step⁰ … step^count."""
    powers: list[Matrix] = [np.eye(len(step))]
    for _ in range(count):
        powers.append(powers[-1] @ step)
    return powers


def _state_space(sample_rate_hz: int) -> tuple[Matrix, Matrix, Matrix, float]:
    """(A, b, c, d) of s' = A s + b x, y = c s + d x, in coordinates in which the energy that a
    state will put out is its squared norm, so that float32 holds every state well.
    """
    (step, into, out, direct), second = (
        _section_form(*section) for section in sections(sample_rate_hz)
    )
    step = np.block([[step, np.zeros((2, 2))], [np.outer(second[1], out), second[0]]])
    into = np.concatenate([into, second[1] * direct])
    out = np.concatenate([second[3] * out, second[2]])
    energy, power = np.outer(out, out), step
    for _ in range(40):  # Σ (Aᵀ)ⁿ cᵀ c Aⁿ, doubling the number of terms
        energy, power = energy + power.T @ energy @ power, power @ power
    change = np.linalg.cholesky(energy).T
    back = np.linalg.inv(change)
    return change @ step @ back, change @ into, out @ back, direct * second[3]


def _section_form(zeros: Matrix, poles: Matrix) -> tuple[Matrix, Matrix, Matrix, float]:
    """State space of a second-order section, transposed direct form II."""
    step = np.array([[-poles[1], 1.0], [-poles[2], 0.0]])
    into = zeros[1:] - poles[1:] * zeros[0]
    return step, into, np.array([1.0, 0.0]), float(zeros[0])


def sections(sample_rate_hz: int) -> tuple[tuple[Matrix, Matrix], tuple[Matrix, Matrix]]:
    """Coefficients (zeros, poles) of both stages, highest power first, poles[0] = 1.

    By their analogue parameters, so that they fit any sample rate; at 48 kHz they are those that
    the standard tabulates. There the high-pass has the numerator (1, -2, 1) and so a gain of 0.04
    dB, which all rates share: were its numerator the same at all, 8 kHz would read 0.2 LU more.
    """
    # A shelf of +4 dB.
    k, q = np.tan(np.pi * 1681.974450955533 / sample_rate_hz), 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    scale = 1 + k / q + k * k
    zeros = np.array([high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k])
    shelf = zeros / scale, np.array([1.0, 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale])
    # A high-pass at 38 Hz.
    q = 0.5003270373238773
    k, k48 = (np.tan(np.pi * 38.13547087602444 / hz) for hz in (sample_rate_hz, TABULATED_HZ))
    scale = 1 + k / q + k * k
    poles = np.array([1.0, 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale])
    gain = (1 + k48 / q + k48 * k48) / scale
    return shelf, (gain * np.array([1.0, -2.0, 1.0]), poles)
