"""Feature values on the axis they are learned on: log2 where the feature says so, standardised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schemas.features import FeatureSpec
from schemas.protocols import TrainingExample

Array = npt.NDArray[np.float64]

SMALLEST = 1e-3
"""A log2 feature may be 0 (brightness of silence); it is read as this, in the feature's unit."""


@dataclass(frozen=True, slots=True)
class Scaler:
    """Between natural units, shape (…, T), and standardised values of the same shape.

    NaN is a missing value, and stays one.
    """

    specs: tuple[FeatureSpec, ...]
    mean: Array
    std: Array

    @classmethod
    def fit(cls, specs: tuple[FeatureSpec, ...], natural: Array) -> Scaler:
        axis = to_axis(specs, natural)
        std = np.nanstd(axis, axis=0)
        return cls(specs, np.nanmean(axis, axis=0), np.where(std > 1e-12, std, 1.0))

    def standardise(self, natural: Array) -> Array:
        return (to_axis(self.specs, natural) - self.mean) / self.std

    def natural(self, standardised: Array) -> Array:
        """Inverse of `standardise`, clipped to the valid range of each feature."""
        axis = standardised * self.std + self.mean
        out = np.array(axis, np.float64)
        for j, spec in enumerate(self.specs):
            if spec.scale == "log2":
                out[..., j] = np.exp2(np.clip(axis[..., j], -30, 30))
            out[..., j] = np.clip(out[..., j], spec.minimum, spec.maximum)
        return out

    def one(self, name: str, natural: float) -> float:
        """One value of the feature `name`, standardised."""
        j = self.index(name)
        row = np.full(len(self.specs), np.nan)
        row[j] = natural
        return float(self.standardise(row)[j])

    def index(self, name: str) -> int:
        return [spec.name for spec in self.specs].index(name)


def to_axis(specs: Sequence[FeatureSpec], natural: Array) -> Array:
    """Natural values (…, T) on the axis of each feature: log2 where it says so, else as given."""
    axis = np.array(natural, np.float64)
    for j, spec in enumerate(specs):
        if spec.scale == "log2":
            axis[..., j] = np.log2(np.maximum(axis[..., j], SMALLEST))
    return axis


def feature_matrix(examples: Sequence[TrainingExample], specs: Sequence[FeatureSpec]) -> Array:
    """Natural values, shape (tracks, T); NaN where an example has none or it is out of range."""
    out = np.full((len(examples), len(specs)), np.nan)
    for i, example in enumerate(examples):
        for j, spec in enumerate(specs):
            value = example.features.get(spec.name)
            if value is not None and spec.minimum <= value <= spec.maximum:
                out[i, j] = value
    return out


def key_matrix(examples: Sequence[TrainingExample]) -> Array:
    """Key probabilities, shape (tracks, 24), each row of sum 1; NaN rows where there are none."""
    out = np.full((len(examples), 24), np.nan)
    for i, example in enumerate(examples):
        given = example.key_probabilities
        if given is not None and len(given) == 24 and sum(given) > 0:
            out[i] = np.asarray(given) / sum(given)
    return out
