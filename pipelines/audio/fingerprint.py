"""A fingerprint of how music sounds, by which copies of one recording are found.

After Haitsma and Kalker, "A highly robust audio fingerprinting system" (ISMIR 2002), on the frames
of the one spectrogram. Power is summed in 33 bands from 300 to 3,000 Hz, equally wide on a
logarithmic scale, and over windows of 0.37 s every 0.093 s. A code is 32 bits, one for each pair of
neighbouring bands: whether the lower one gained on the upper one from one window to the next, which
does not overlap it:

    bit m of code n = S(n + 4, m) - S(n + 4, m + 1) > S(n, m) - S(n, m + 1)

Signs of differences know no gain, and the range is one that every codec and rate from 8 kHz up
keeps. Code 0 stands for nothing to compare: one of the windows is 50 dB below the loudest. Windows
are four times as long as in the paper and do not overlap in time; the codes come eight times more
seldom. `pipelines.duplicates.compare` makes up for what falls between two of them.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from pipelines.features.accumulate import HOP, RATE_HZ, Extent
from pipelines.features.spectrum import BIN_HZ, Array, Block, OverFrames
from schemas.outcomes import NullReason

__all__ = ["CODE_HOP_S", "CODE_SPAN_S", "MINIMUM_S", "Codes", "Fingerprint"]

MINIMUM_S = 3.0
CODE_HOP_S = 4 * HOP / RATE_HZ
CODE_SPAN_S = 8 * CODE_HOP_S

Codes = npt.NDArray[np.uint32]

_HOP_FRAMES = 4
_WINDOW = 4  # hops
_BANDS = 33
_LOWEST_HZ, _HIGHEST_HZ = 300.0, 3_000.0
_FLOOR = 1e-5  # of the loudest window's power: -50 dB
_SILENT = 1e-2  # power of a window, as a sine of about -85 dBFS has it
_LEAST_CODES = 16
_MOST_HOPS = round(20 * 60 / CODE_HOP_S)  # of a longer track, the first 20 minutes


class Fingerprint(OverFrames[Codes | NullReason]):
    """Codes of a track, one every 0.093 s, shape (n,), n < 13,000; or why there are none."""

    def __init__(self, extent: Extent) -> None:
        super().__init__(extent)
        first, filters = _filters()
        self._bins = slice(first, first + len(filters))
        self._energies: list[Array] = []
        self._hops = 0
        self._rest = np.empty((0, len(filters)), np.float32)

    def add(self, block: Block) -> None:
        if self._hops >= _MOST_HOPS:
            return
        rows = block.power[:, self._bins]
        if len(self._rest):
            rows = np.concatenate([self._rest, rows])
        whole = len(rows) - len(rows) % _HOP_FRAMES
        self._rest = rows[whole:].copy()
        hops = rows[0:whole:_HOP_FRAMES].copy()
        for frame in range(1, _HOP_FRAMES):
            hops += rows[frame:whole:_HOP_FRAMES]
        self._energies.append(hops @ _filters()[1])
        self._hops += len(hops)

    def result(self) -> Codes | NullReason:
        if self.extent.signal < MINIMUM_S * RATE_HZ:
            return NullReason.TOO_SHORT
        windows = _windows(np.concatenate(self._energies)[:_MOST_HOPS])
        power = windows.sum(axis=1)
        if power.max() < _SILENT:
            return NullReason.SILENT
        codes = _codes(windows)
        compared = np.minimum(power[_WINDOW:], power[:-_WINDOW])
        codes[compared < _FLOOR * power.max()] = 0
        return codes if np.count_nonzero(codes) >= _LEAST_CODES else NullReason.SILENT


def _windows(energies: Array) -> npt.NDArray[np.float64]:
    """Sums over _WINDOW consecutive hops, shape (n - _WINDOW + 1, bands)."""
    count = len(energies) - _WINDOW + 1
    windows = energies[:count].astype(np.float64)
    for later in range(1, _WINDOW):
        windows += energies[later : later + count]
    return windows


def _codes(windows: npt.NDArray[np.float64]) -> Codes:
    slope = windows[:, :-1] - windows[:, 1:]
    rising = slope[_WINDOW:] > slope[:-_WINDOW]
    packed = np.packbits(rising, axis=1).view(">u4")
    return packed[:, 0].astype(np.uint32)


@functools.cache
def _filters() -> tuple[int, Array]:
    """First bin read, and the share of each bin from there on in each band: (bins, bands)."""
    edges = np.geomspace(_LOWEST_HZ, _HIGHEST_HZ, _BANDS + 1)
    width = BIN_HZ[1]
    first, last = int(edges[0] // width), int(edges[-1] // width)
    low = BIN_HZ[first : last + 1, None]
    overlap = np.minimum(low + width, edges[1:]) - np.maximum(low, edges[:-1])
    shares: Array = (np.maximum(overlap, 0) / width).astype(np.float32)
    return first, shares
