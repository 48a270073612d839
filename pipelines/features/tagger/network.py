"""musicnn at inference: patches of a log-mel spectrogram to tag probabilities, in numpy.

Conventions: a patch is (187 frames, 96 bands) float32. Convolutions are correlations, as in
TensorFlow; batch normalisation uses the moving statistics and ε = 1e-3.

Network (Pons & Serra 2019, "musicnn: pre-trained convolutional neural networks for music audio
tagging"; models.py of the package): wide timbral filters (7 frames × 38 and 67 bands) and temporal
filters (128, 64, 32 frames × 1 band), each followed by its maximum over all bands; three
convolutions of 7 frames with residual connections; maximum and mean over time; two dense layers.

Four fifths of the arithmetic are the timbral filters. They run as a real discrete Fourier transform
along the bands: a correlation of 96 bands becomes a product in each of its 48 bins, and only the
inverse is a large matrix product. That is exact up to rounding (1e-5 on the probabilities), and the
tests hold it against the TensorFlow graph.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from pipelines.features.tagger.checkpoint import Variables
from schemas.errors import TaggerError

Array = npt.NDArray[np.float32]

FRAMES, BANDS = 187, 96
_LAGS = 7  # frames of a timbral or middle filter
_BINS = BANDS // 2  # bin 0 carries the mean and, in place of its imaginary part, the Nyquist bin
_TIMBRAL = ("conv2d", "conv2d_1")
_TEMPORAL = ("conv2d_2", "conv2d_3", "conv2d_4")
_MIDDLE = ("conv2d_5", "conv2d_6", "conv2d_7")
_EPSILON = 1e-3
_LARGEST = 30.0  # logit: beyond it a probability would be 0 or 1 in single precision
_BLOCK = 24  # frames whose products stay in the cache
_MIDDLE_FILTERS, _DENSE = 64, 200


@dataclass(frozen=True, slots=True)
class _Normalisation:
    """Batch normalisation of the values (…, channels) as one product and one sum."""

    scale: Array
    shift: Array

    def __call__(self, values: Array) -> Array:
        return values * self.scale + self.shift


@dataclass(frozen=True, slots=True)
class _Pooled:
    """What follows the maximum over bands: bias, ReLU and normalisation.

    Both are monotonic, so they may come after the maximum; where the scale is negative the
    filters are negated (`sign`), and their maximum is the minimum that is asked for.
    """

    sign: Array
    bias: Array
    normalise: _Normalisation

    def __call__(self, maxima: Array) -> Array:
        return self.normalise(np.maximum(maxima * self.sign + self.bias, 0))


class Musicnn:
    """One trained network.

    Parameters
    ----------
    variables : as `checkpoint.read_checkpoint` gives them
    tags : number of outputs

    Raises
    ------
    TaggerError
        A variable is missing or has another shape than the published network's.
    """

    def __init__(self, variables: Variables, tags: int = 50) -> None:
        self._variables = variables
        self._input = self._normalisation(0, 1)
        timbral = [self._kernel(name, number) for number, name in enumerate(_TIMBRAL)]
        self._timbral = [pooled for _, pooled in timbral]
        self._spectra = _spectra([kernel for kernel, _ in timbral])
        self._inverses = [_inverse(BANDS - kernel.shape[1] + 1) for kernel, _ in timbral]
        self._ends = np.cumsum([0, *(kernel.shape[2] for kernel, _ in timbral)]).tolist()
        self._temporal = []
        for number, name in enumerate(_TEMPORAL, start=len(_TIMBRAL)):
            kernel, pooled = self._kernel(name, number)
            self._temporal.append((np.ascontiguousarray(kernel[:, 0]), pooled))
        self._middle = [self._middle_layer(number) for number in range(len(_MIDDLE))]
        features = sum(len(pooled.bias) for _, pooled in timbral + self._temporal)
        width = 2 * (features + len(_MIDDLE) * _MIDDLE_FILTERS)
        self._pool_normalise = self._normalisation(9, width)
        self._dense = self._get("dense/kernel", width, _DENSE), self._get("dense/bias", _DENSE)
        self._dense_normalise = self._normalisation(10, _DENSE)
        self._output = self._get("dense_1/kernel", _DENSE, tags), self._get("dense_1/bias", tags)
        self.tags = tags
        del self._variables

    def __call__(self, patches: Iterable[Array]) -> Array:
        """Probability of each tag, shape (patches, tags)."""
        return np.stack([self._patch(patch) for patch in patches])

    def _patch(self, patch: Array) -> Array:
        patch = self._input(patch)
        features = np.concatenate([*self._timbres(patch), *self._rhythms(patch)], axis=1)
        layers = [features]
        for number, (kernel, bias, normalise) in enumerate(self._middle):
            layer = normalise(np.maximum(_along_time(layers[-1], kernel) + bias, 0))
            layers.append(layer if number == 0 else layer + layers[-1])
        whole = np.concatenate(layers, axis=1)
        pooled = np.stack([whole.max(axis=0), whole.mean(axis=0)], axis=1).ravel()
        weights, bias = self._dense
        dense = np.maximum(self._pool_normalise(pooled) @ weights + bias, 0)
        weights, bias = self._output
        logits = self._dense_normalise(dense) @ weights + bias
        probabilities: Array = 1 / (1 + np.exp(-np.clip(logits, -_LARGEST, _LARGEST)))
        return probabilities

    def _timbres(self, patch: Array) -> list[Array]:
        """Timbral features, one (frames, filters) per kernel width."""
        padding = _LAGS // 2
        spectrum = _FORWARD @ np.pad(patch, ((padding, padding), (0, 0))).T
        lagged = sliding_window_view(spectrum, FRAMES, axis=1)  # (2 · bins, lags, frames)
        lagged = lagged.reshape(_BINS, 2 * _LAGS, FRAMES)
        maxima = [np.empty((len(p.bias), FRAMES), np.float32) for p in self._timbral]
        for start in range(0, FRAMES, _BLOCK):
            block = np.ascontiguousarray(lagged[:, :, start : start + _BLOCK])
            count = block.shape[2]
            products = (self._spectra @ block).reshape(2 * _BINS, -1)
            spans = zip(pairwise(self._ends), self._inverses, maxima, strict=True)
            for (first, last), inverse, found in spans:
                correlation = inverse @ products[:, first * count : last * count]
                found[:, start : start + count] = correlation.max(axis=0).reshape(-1, count)
        return [p(m.T) for p, m in zip(self._timbral, maxima, strict=True)]

    def _rhythms(self, patch: Array) -> list[Array]:
        """Temporal features, one (frames, filters) per kernel length."""
        found = []
        for kernel, pooled in self._temporal:
            length = len(kernel)
            before = (length - 1) // 2  # TensorFlow's "same"
            padded = np.pad(patch, ((before, length - 1 - before), (0, 0)))
            windows = sliding_window_view(padded, length, axis=0)  # (frames, bands, length)
            found.append(pooled((windows @ kernel).max(axis=1)))
        return found

    def _middle_layer(self, number: int) -> tuple[Array, Array, _Normalisation]:
        name = _MIDDLE[number]
        kernel = self._get(f"{name}/kernel")[:, :, 0]
        bias = self._get(f"{name}/bias", _MIDDLE_FILTERS)
        return kernel, bias, self._normalisation(6 + number, _MIDDLE_FILTERS)

    def _kernel(self, name: str, number: int) -> tuple[Array, _Pooled]:
        """Kernel (frames, bands, filters) of a filter that is pooled over bands."""
        kernel = self._get(f"{name}/kernel")[:, :, 0]
        filters = kernel.shape[2]
        normalise = self._normalisation(number + 1, filters)
        sign = np.where(normalise.scale < 0, np.float32(-1), np.float32(1))
        return kernel * sign, _Pooled(sign, self._get(f"{name}/bias", filters), normalise)

    def _normalisation(self, number: int, channels: int) -> _Normalisation:
        name = "batch_normalization" + (f"_{number}" if number else "")
        gamma, beta, mean, variance = (
            self._get(f"{name}/{part}", channels)
            for part in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        scale = gamma / np.sqrt(variance + np.float32(_EPSILON))
        return _Normalisation(scale, beta - mean * scale)

    def _get(self, name: str, *shape: int) -> Array:
        found = self._variables.get(name)
        wanted = shape or _SHAPES.get(name)
        if found is None or (wanted and found.shape != wanted) or not np.isfinite(found).all():
            what = "is missing" if found is None else f"has shape {found.shape}"
            raise TaggerError(f"musicnn: variable {name} {what}; valid is finite, of {wanted}")
        return found.copy()  # two thirds of the checkpoint, the optimiser's state, can go


_SHAPES: dict[str, tuple[int, ...]] = {
    "conv2d/kernel": (_LAGS, 38, 1, 204),
    "conv2d_1/kernel": (_LAGS, 67, 1, 204),
    "conv2d_2/kernel": (128, 1, 1, 51),
    "conv2d_3/kernel": (64, 1, 1, 51),
    "conv2d_4/kernel": (32, 1, 1, 51),
    "conv2d_5/kernel": (_LAGS, 561, 1, _MIDDLE_FILTERS),
    "conv2d_6/kernel": (_LAGS, _MIDDLE_FILTERS, 1, _MIDDLE_FILTERS),
    "conv2d_7/kernel": (_LAGS, _MIDDLE_FILTERS, 1, _MIDDLE_FILTERS),
}


def _along_time(values: Array, kernel: Array) -> Array:
    """Correlation of (frames, channels) with (lags, channels, filters), zeros beyond the ends."""
    padded = np.pad(values, ((len(kernel) // 2, len(kernel) // 2), (0, 0)))
    count = len(values)
    found: Array = padded[:count] @ kernel[0]
    for lag in range(1, len(kernel)):
        found += padded[lag : lag + count] @ kernel[lag]
    return found


def _transform() -> Array:
    """Rows (2 · bin + 0 | 1) of the real transform of 96 bands: cosines and minus sines."""
    angles = 2 * math.pi * np.outer(np.arange(_BINS), np.arange(BANDS)) / BANDS
    rows = np.stack([np.cos(angles), -np.sin(angles)], axis=1)
    rows[0, 1] = (-1.0) ** np.arange(BANDS)
    return rows.reshape(2 * _BINS, BANDS).astype(np.float32)


_FORWARD = _transform()


def _inverse(bands: int) -> Array:
    """Matrix (bands, 2 · bins) from bins to the first `bands` outputs of a correlation."""
    weights = np.full(2 * _BINS, 2 / BANDS)
    weights[:2] = 1 / BANDS
    return np.ascontiguousarray((_FORWARD[:, :bands].T * weights).astype(np.float32))


def _spectra(kernels: Sequence[Array]) -> Array:
    """Filters in the bins, (bins, 2 · filters of all kernels, 2 · lags): conj(W) as real matrices.

    Rows are the real, then the imaginary parts of the products; columns the lags of the real, then
    of the imaginary part of the input.
    """
    wide = [np.pad(k, ((0, 0), (0, BANDS - k.shape[1]), (0, 0))) for k in kernels]
    parts = np.einsum("rb,lbc->rcl", _FORWARD, np.concatenate(wide, axis=2), optimize=True)
    real, imaginary = parts[0::2], parts[1::2]
    rows = np.concatenate([real, imaginary], axis=2)
    turned = np.concatenate([-imaginary, real], axis=2)
    lags = real.shape[2]
    rows[0, :, lags:] = 0
    turned[0, :, :lags], turned[0, :, lags:] = 0, imaginary[0]
    return np.ascontiguousarray(np.concatenate([rows, turned], axis=1).astype(np.float32))
