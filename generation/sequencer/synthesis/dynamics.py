"""The bus: one gain curve for all stems, so that they still sum to the mix.

The limiter looks ahead and behind by a window: the smallest gain that any hop near needs, averaged
over the window, is never above what this hop needs, and has no corner. What it protects is the peak
between samples, too (ITU-R BS.1770-4 annex 2; here by interpolation at the midpoints, and with a
little room for what lies between those).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import minimum_filter1d, uniform_filter1d

from generation.sequencer.synthesis.loudness import HOP, gated_loudness, hop_energy, k_weighted
from generation.sequencer.synthesis.signal import RATE_HZ, Curve, Samples

_WINDOW = round(0.03 * RATE_HZ / HOP)
_MARGIN_DB = 0.3
_SLOW = round(0.16 * RATE_HZ / HOP)
_MOST_DB = 60.0
_MIDPOINT = np.asarray([0.6226, -0.1835, 0.0823, -0.0350, 0.0117, -0.0024]) / (2 * 0.4957)
"""Half of a windowed sinc at the middle between two samples, from the nearest pair outwards."""


@dataclass(frozen=True, slots=True)
class Master:
    """What the bus does: a gain for all, and a curve of `nodes`, one at each border of hops."""

    gain: float
    nodes: Samples

    def curve(self, count: int) -> Samples:
        """Gain of each of `count` samples."""
        start, change = self.nodes[:-1, None], np.diff(self.nodes)[:, None]
        ramp = np.arange(HOP, dtype=np.float32) / HOP
        return np.asarray((self.gain * (start + change * ramp)).reshape(-1)[:count])

    @property
    def level(self) -> bool:
        """The curve is 1 everywhere."""
        return bool(np.all(self.nodes == 1.0))


@dataclass(frozen=True, slots=True)
class Bus:
    """What of a mix the decisions need: K-weighted energy and peak of each hop, shape (hops,)."""

    energy: Curve
    peak: Curve
    loop: bool

    @classmethod
    def of(cls, mix: Samples, loop: bool) -> Bus:
        return cls(hop_energy(k_weighted(mix)), hop_peaks(mix), loop)


def hop_peaks(mix: Samples) -> Curve:
    """Largest magnitude of each hop, at samples and midway between them, shape (hops,)."""
    count = mix.shape[1]
    hops = -(-count // HOP)
    padded = np.zeros((mix.shape[0], hops * HOP + 12), dtype=np.float32)
    padded[:, 6 : 6 + count] = mix
    best = np.abs(padded[:, 6 : 6 + hops * HOP])
    between = np.zeros_like(best)
    for reach, factor in enumerate(_MIDPOINT):
        before = padded[:, 6 - reach : 6 - reach + hops * HOP]
        after = padded[:, 7 + reach : 7 + reach + hops * HOP]
        between += np.float32(factor) * (before + after)
    np.maximum(best, np.abs(between), out=best)
    return np.asarray(best.max(axis=0).reshape(hops, HOP).max(axis=1), dtype=np.float64)


def decide(
    bus: Bus, loudness_lufs: float | None, ceiling_db: float, compress: float
) -> tuple[Master, float]:
    """The master that brings the mix to a loudness below a ceiling, and the loudness it reaches.

    `loudness_lufs` None leaves the level as it is, but for what is above the ceiling.
    """
    squeeze = _compression(bus, compress)
    energy = bus.energy * squeeze**2
    gain_db = 0.0 if loudness_lufs is None else loudness_lufs - gated_loudness(energy)
    gain_db = min(gain_db, _MOST_DB)
    hops = np.ones(bus.peak.size)
    reached = gated_loudness(energy)
    for _ in range(8):
        gain = 10 ** (gain_db / 20)
        hops = _limit(bus.peak * squeeze * gain, 10 ** ((ceiling_db - _MARGIN_DB) / 20), bus.loop)
        reached = gated_loudness(energy * (gain * hops) ** 2)
        if loudness_lufs is None or abs(loudness_lufs - reached) < 0.02 or gain_db >= _MOST_DB:
            break
        gain_db = min(_MOST_DB, gain_db + 1.3 * (loudness_lufs - reached))
    together = hops * squeeze
    return Master(10 ** (gain_db / 20), _nodes(together, bus.loop)), reached


def _limit(peak: Curve, ceiling: float, loop: bool) -> Curve:
    """Gain of each hop, at most 1, that keeps every peak under the ceiling."""
    needed = np.minimum(1.0, ceiling / np.maximum(peak, 1e-9))
    if needed.min() >= 1.0:
        return needed
    mode = "wrap" if loop else "nearest"
    # Two hops more than the average reaches: the curve between nodes takes the smaller neighbour.
    least = minimum_filter1d(needed, 2 * _WINDOW + 3, mode=mode)
    return np.asarray(np.minimum(uniform_filter1d(least, 2 * _WINDOW - 1, mode=mode), 1.0))


def _compression(bus: Bus, amount: float) -> Curve:
    """Gain of each hop that brings loud passages nearer to the mean, 1 for amount 0.

    Amount 1 is 4:1 above the piece's own loudness; below 0 it is undone as far (more contrast).
    """
    if not amount or bus.energy.size < _SLOW:
        return np.ones(bus.energy.size)
    mode = "wrap" if bus.loop else "nearest"
    power = uniform_filter1d(bus.energy, _SLOW, mode=mode) / HOP
    mean = power[power > 0.1 * power.mean()].mean() if power.any() else 1.0
    over_db = np.clip(10 * np.log10(np.maximum(power, 1e-12) / mean), -12.0, 12.0)
    gain_db = -0.75 * amount * np.where(over_db > 0, over_db, 0.5 * over_db)
    return np.asarray(10 ** (uniform_filter1d(gain_db, _SLOW, mode=mode) / 20))


def _nodes(hops: Curve, loop: bool) -> Samples:
    """Gains at the borders of hops, the smaller of both neighbours, shape (hops + 1,)."""
    ends = (hops[-1:], hops[:1]) if loop else (hops[:1], hops[-1:])
    wide = np.concatenate((ends[0], hops, ends[1]))
    return np.minimum(wide[:-1], wide[1:]).astype(np.float32)
