"""Sound as a picture: the outline of a waveform, and how loud a stem is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from generation.around.keeping import Kept

WIDTH, HEIGHT = 600, 74
BARS = 150
_SILENT_DB = -90.0


@dataclass(frozen=True, slots=True)
class Wave:
    """`path` draws a bar a stretch in WIDTH × HEIGHT, as SVG; `level` tells how loud it is."""

    path: str
    level: str


@dataclass(frozen=True, slots=True)
class Stem:
    name: str
    path: str
    wave: Wave


def mix_wave(kept: Kept) -> Wave:
    """Raises ContractError when the mix is missing or damaged, as `stem_waves` does of a stem."""
    return _wave(kept.path(), _peak(kept.path()))


def stem_waves(kept: Kept) -> list[Stem]:
    """All stems, each drawn against the mix's peak so that they can be compared."""
    peak = _peak(kept.path())
    return [
        Stem(file.stem, file.path, _wave(kept.path(file.stem), peak))
        for file in kept.result.audio
        if file.stem is not None
    ]


def peaks(samples: NDArray[np.float32], bars: int = BARS) -> list[float]:
    """Peak of each of `bars` equal stretches of (channels, n) samples."""
    if not samples.size:
        return [0.0] * bars
    loudest = np.abs(samples).max(axis=0)
    edges = np.linspace(0, loudest.size, bars + 1).astype(int)[:-1]
    return [float(peak) for peak in np.maximum.reduceat(loudest, edges)]


def outline(heights: list[float]) -> str:
    """Bars of 0 … 1 around the middle line."""
    step = WIDTH / len(heights)
    wide = 0.65 * step
    middle = HEIGHT / 2
    bars = []
    for i, height in enumerate(heights):
        half = max(1.0, min(1.0, height) * (middle - 2))
        x, y = f"{step * i:.1f}", f"{middle - half:.1f}"
        bars.append(f"M{x},{y}h{wide:.1f}v{2 * half:.1f}h-{wide:.1f}z")
    return "".join(bars)


# A kept file never changes, so that it is read once for all views of its page.
@lru_cache(maxsize=512)
def _measured(path: Path) -> tuple[tuple[float, ...], float]:
    """Peaks, and the level of the whole, dB relative to full scale (RMS of all channels)."""
    from generation.around.files import read_audio

    samples = read_audio(path).samples
    power = float(np.mean(np.square(samples, dtype=np.float64))) if samples.size else 0.0
    return tuple(peaks(samples)), 10 * math.log10(max(power, 1e-12))


def _peak(path: Path) -> float:
    return max(*_measured(path)[0], 1e-9)


def _wave(path: Path, peak: float) -> Wave:
    found, level = _measured(path)
    told = "silent" if level < _SILENT_DB else f"−{abs(level):.0f} dB"
    return Wave(outline([one / peak for one in found]), told)
