"""What a decoder delivers, block by block, under limits that hold while it decodes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy.typing as npt

from schemas.errors import AudioError
from schemas.outcomes import RejectReason, Stage


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """What a decoded file may at most be.

    Attributes
    ----------
    max_duration_s : float
        Seconds.
    max_channels : int
    max_values : int
        Frames times channels: 4 bytes of memory each.
    """

    max_duration_s: float = 7200.0
    max_channels: int = 32
    max_values: int = 1 << 28


@dataclass(slots=True)
class Take:
    """What one decoder delivered so far: blocks of shape (frames, channels)."""

    path: Path
    limits: DecodeLimits
    codec: str
    sample_rate_hz: int
    channels: int
    declared_s: float | None
    blocks: deque[npt.NDArray[Any]] = field(default_factory=deque)
    frames: int = 0
    trouble: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.channels <= self.limits.max_channels:
            detail = (
                f"{self.path}: {self.channels} channels; valid is 1 … {self.limits.max_channels}"
            )
            raise AudioError(RejectReason.TOO_MANY_CHANNELS, detail, Stage.DECODE)

    def add(self, block: npt.NDArray[Any]) -> None:
        self.blocks.append(block)
        self.frames += len(block)
        seconds = self.frames / self.sample_rate_hz
        if seconds > self.limits.max_duration_s:
            limit = f"{self.limits.max_duration_s:g} s"
        elif self.frames * self.channels > self.limits.max_values:
            limit = f"{self.limits.max_values:,} values in all channels"
        else:
            return
        detail = f"{self.path}: over {limit} after {seconds:.0f} s in {self.channels} channels"
        raise AudioError(RejectReason.TOO_LONG, detail, Stage.DECODE)
