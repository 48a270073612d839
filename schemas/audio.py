"""Decoded audio as it travels between functions (never between tasks)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schemas.errors import ContractError

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Audio:
    """Linear PCM.

    Attributes
    ----------
    samples : float32 array, shape (channels, n)
        Full scale is ±1.0; values beyond it occur in float files and are kept.
    sample_rate_hz : int
        1 … 768000.
    declared_duration_s : float or None
        What the container promised, in seconds; None where it does not say.

    Raises
    ------
    ContractError
        When `samples` is not a float32 array of shape (channels, n) or the rate is not positive.
    """

    samples: Samples
    sample_rate_hz: int
    declared_duration_s: float | None = None

    def __post_init__(self) -> None:
        if self.samples.ndim != 2 or self.samples.dtype != np.float32:
            raise ContractError(
                f"samples: {self.samples.dtype} array of shape {self.samples.shape}; "
                "valid is float32 of shape (channels, n)"
            )
        if not 1 <= self.sample_rate_hz <= 768_000:
            raise ContractError(f"sample_rate_hz: {self.sample_rate_hz}; valid is 1 … 768000")

    @property
    def channels(self) -> int:
        return int(self.samples.shape[0])

    @property
    def duration_s(self) -> float:
        return float(self.samples.shape[1]) / self.sample_rate_hz
