"""The bus: one gain curve for all stems, so that they still sum to the mix.

The limiter looks ahead and behind by a window: the smallest gain that any hop near needs, averaged
over the window, is never above what this hop needs, and has no corner. What it protects is the peak
between samples, too (ITU-R BS.1770-4 annex 2; here by interpolation at the midpoints, and with a
little room for what lies between those).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from generation.sequencer.synthesis.filtering import k_weighting
from generation.sequencer.synthesis.loudness import HOP, gated_loudness, hop_energy
from generation.sequencer.synthesis.signal import RATE_HZ, Curve, Samples

_WINDOW = round(0.03 * RATE_HZ / HOP)
_FAST = 1
_FAST_DB = 8.0
_PUSH_DB = 24.0
_MARGIN_DB = 0.5
_SLOW = round(0.16 * RATE_HZ / HOP)
_MOST_DB = 60.0
_CHUNK = 400


def _midpoint(pairs: int = 6) -> Curve:
    """Weights of the pairs of samples about a midpoint, nearest first: a Kaiser-windowed sinc."""
    away = np.arange(pairs) + 0.5
    weights = np.sinc(away) * np.i0(5.0 * np.sqrt(1 - (away / (pairs + 0.5)) ** 2))
    return np.asarray(0.5 * weights / weights.sum())


_MIDPOINT = _midpoint()


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
        return cls(hop_energy(k_weighting(mix)), hop_peaks(mix), loop)


def hop_peaks(mix: Samples) -> Curve:
    """Largest magnitude of each hop, at samples and midway between them, shape (hops,)."""
    count, reach = mix.shape[1], _MIDPOINT.size
    hops = -(-count // HOP)
    padded = np.zeros((mix.shape[0], hops * HOP + 2 * reach), dtype=np.float32)
    padded[:, reach : reach + count] = mix
    out = np.empty(hops)
    for first in range(0, hops, _CHUNK):  # as much at once as the processor's cache holds
        last = min(first + _CHUNK, hops)
        piece = padded[:, first * HOP : last * HOP + 2 * reach]
        best = _with_midpoints(piece, (last - first) * HOP)
        out[first:last] = best.max(axis=0).reshape(last - first, HOP).max(axis=1)
    return out


def _with_midpoints(padded: Samples, count: int) -> Samples:
    """Magnitude at each sample or just after it, whichever is larger, shape (channels, count)."""
    reach = _MIDPOINT.size
    between = np.zeros((padded.shape[0], count), dtype=np.float32)
    for step, factor in enumerate(_MIDPOINT):
        pair = padded[:, reach - step : reach - step + count].copy()
        pair += padded[:, reach + 1 + step : reach + 1 + step + count]
        pair *= np.float32(factor)
        between += pair
    best = np.abs(padded[:, reach : reach + count])
    return np.maximum(best, np.abs(between, out=between), out=best)


def decide(
    bus: Bus, loudness_lufs: float | None, ceiling_db: float, compress: float
) -> tuple[Master, float]:
    """The master that brings the mix to a loudness below a ceiling, and the loudness it reaches.

    `loudness_lufs` None leaves the level as it is, but for what is above the ceiling.
    """
    squeeze = _compression(bus, compress)
    energy, peak = bus.energy * squeeze**2, bus.peak * squeeze
    ceiling = 10 ** ((ceiling_db - _MARGIN_DB) / 20)

    def limited(gain_db: float) -> tuple[Curve, float]:
        gain = 10 ** (gain_db / 20)
        hops = _limit(peak * gain, ceiling, bus.loop)
        return hops, gated_loudness(energy * (gain * hops) ** 2)

    gain_db = 0.0
    if loudness_lufs is not None:
        # Limited sound needs more gain than the difference: found by halving an interval.
        low = min(loudness_lufs - gated_loudness(energy), _MOST_DB)
        high = min(low + _PUSH_DB, _MOST_DB)
        gain_db = low
        if limited(low)[1] < loudness_lufs - 0.02:
            for _ in range(12):
                gain_db = (low + high) / 2
                if limited(gain_db)[1] < loudness_lufs:
                    low = gain_db
                else:
                    high = gain_db
    hops, reached = limited(gain_db)
    return Master(10 ** (gain_db / 20), _nodes(hops * squeeze, bus.loop)), reached


def _limit(peak: Curve, ceiling: float, loop: bool) -> Curve:
    """Gain of each hop, at most 1, that keeps every peak under the ceiling.

    Far above the ceiling, short peaks are taken down within a few milliseconds by as much as
    `_FAST_DB`, so that one drum does not pull the whole band down.
    """
    needed = np.minimum(1.0, ceiling / np.maximum(peak, 1e-9))
    lowest = float(needed.min())
    if lowest >= 1.0:
        return needed
    allowed = 10 ** (min(_FAST_DB, -10 * np.log10(lowest)) / 20)
    slow = _smooth(np.minimum(needed * allowed, 1.0), _WINDOW, loop)
    return slow * _smooth(np.minimum(needed / slow, 1.0), _FAST, loop)


def _smooth(needed: Curve, window: int, loop: bool) -> Curve:
    """Gains without corners that are nowhere above those needed."""
    # Two hops more than the average reaches: the curve between nodes takes the smaller neighbour.
    least = _running_least(needed, window + 1, loop)
    return np.minimum(_running_mean(least, window - 1, window - 1, loop), 1.0)


def _running_least(values: Curve, reach: int, loop: bool) -> Curve:
    """Least of all within `reach` of each, by windows of twice the width again and again."""
    out, width, left = _widened(values, reach, reach, loop), 1, 2 * reach
    while left:
        step = min(width, left)
        out = np.minimum(out[:-step], out[step:])
        width, left = width + step, left - step
    return out


def _running_mean(values: Curve, before: int, after: int, loop: bool) -> Curve:
    sums = np.cumsum(_widened(values, before + 1, after, loop))
    width = before + after + 1
    return np.asarray((sums[width:] - sums[:-width]) / width)


def _widened(values: Curve, before: int, after: int, loop: bool) -> Curve:
    """With what lies beyond the ends: of a loop its other end, else more of the same."""
    if loop:
        return np.take(values, np.arange(-before, values.size + after), mode="wrap")
    return np.concatenate((np.full(before, values[0]), values, np.full(after, values[-1])))


def _compression(bus: Bus, amount: float) -> Curve:
    """Gain of each hop that brings loud passages nearer to the mean, 1 for amount 0.

    Amount 1 is 4:1 above the piece's own loudness; below 0 it is undone as far (more contrast).
    """
    if not amount or bus.energy.size < _SLOW:
        return np.ones(bus.energy.size)
    reach = (_SLOW // 2, _SLOW - _SLOW // 2 - 1, bus.loop)
    power = np.maximum(_running_mean(bus.energy, *reach), 0.0) / HOP
    mean = power[power > 0.1 * power.mean()].mean() if power.any() else 1.0
    over_db = np.clip(10 * np.log10(np.maximum(power, 1e-12) / mean), -12.0, 12.0)
    gain_db = -0.75 * amount * np.where(over_db > 0, over_db, 0.5 * over_db)
    return np.asarray(10 ** (_running_mean(gain_db, *reach) / 20))


def _nodes(hops: Curve, loop: bool) -> Samples:
    """Gains at the borders of hops, the smaller of both neighbours, shape (hops + 1,)."""
    ends = (hops[-1:], hops[:1]) if loop else (hops[:1], hops[-1:])
    wide = np.concatenate((ends[0], hops, ends[1]))
    return np.minimum(wide[:-1], wide[1:]).astype(np.float32)
