"""Linear treatment of a part as one filter: cut, tilt, cabinet, room and echo.

Everything linear that happens to a part is one response to its middle and one to its sides,
applied by convolution in blocks. The tone of the whole piece is a slope in dB per octave, the same
for every part: multiplying a spectrum by a steeper rising function moves its centroid up, always,
so that brightness follows `tilt_db` without a turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view
from scipy import fft

from generation.sequencer.synthesis.signal import RATE_HZ, Curve, Samples

Response = npt.NDArray[np.complex64]

TAPS = 8192
TILT_LOW_HZ, TILT_MIDDLE_HZ, TILT_HIGH_HZ = 90.0, 1_000.0, 14_000.0
"""The slope turns about the middle and is level beyond its ends."""

_DESIGN = 4 * TAPS
_ROWS = 4
"""Blocks at once: as many as the FFT library's vectors are wide; fewer cost twice as much each."""
_LARGEST_BLOCK, _HANDY_BLOCK = 2**18, 2**17  # beyond, the processor's caches are too small


def tilt_gain_db(frequency_hz: Curve, tilt_db: float) -> Curve:
    """Gain of the tilt at these frequencies."""
    inside = np.clip(frequency_hz, TILT_LOW_HZ, TILT_HIGH_HZ)
    return np.asarray(tilt_db * np.log2(inside / TILT_MIDDLE_HZ))


@lru_cache(maxsize=64)
def tone_filter(low_cut_hz: float, tilt_db: float, cabinet: bool) -> Samples:
    """Minimum-phase filter of TAPS samples: nothing is heard before it is played.

    low_cut_hz : second-order high-pass, which takes away what is constant; cabinet : the
    loudspeaker of an electric guitar.
    """
    at = np.fft.rfftfreq(_DESIGN, 1 / RATE_HZ).astype(np.float64)
    gain_db = tilt_gain_db(at, tilt_db)
    ratio = np.maximum(at, 0.5) / low_cut_hz
    gain_db = gain_db + 10 * np.log10(ratio**4 / (1 + ratio**4))
    if cabinet:
        gain_db = gain_db + _cabinet_db(at)
    return minimum_phase(gain_db)


def _cabinet_db(at: Curve) -> Curve:
    """A closed box of twelve-inch speakers: thump at 110 Hz, bite at 2.8 kHz, little above 5."""
    octaves = np.log2(np.maximum(at, 1.0))
    thump = 4 * np.exp(-0.5 * ((octaves - np.log2(115)) / 0.5) ** 2)
    bite = 5 * np.exp(-0.5 * ((octaves - np.log2(2_800)) / 0.45) ** 2)
    scoop = -3 * np.exp(-0.5 * ((octaves - np.log2(600)) / 0.7) ** 2)
    top = -10 * np.log10(1 + (at / 4_800) ** 8)
    low = -10 * np.log10(1 + (75 / np.maximum(at, 1.0)) ** 4)
    return np.asarray(thump + bite + scoop + top + low)


def minimum_phase(gain_db: Curve) -> Samples:
    """The filter of this gain on _DESIGN/2 + 1 frequencies, by the cepstrum folded to one side."""
    log_gain = np.maximum(gain_db, -110.0) * (np.log(10) / 20)
    cepstrum = np.fft.irfft(log_gain, _DESIGN)
    cepstrum[1 : _DESIGN // 2] *= 2
    cepstrum[_DESIGN // 2 + 1 :] = 0
    taps = np.fft.irfft(np.exp(np.fft.rfft(cepstrum)), _DESIGN)[:TAPS]
    taps[-TAPS // 4 :] *= 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, TAPS // 4))
    return np.asarray(taps, dtype=np.float32)


@lru_cache(maxsize=64)
def block_size(taps: int, count: int) -> int:
    """The FFT length, even, at which `count` samples through `taps` cost least."""
    best, least = 0, np.inf
    for blocks in (1, *range(_ROWS, count // taps + _ROWS + 1, _ROWS)):
        size = 2 * int(fft.next_fast_len((taps + -(-count // blocks) + 1) // 2, real=True))
        far = float(np.log2(size / _HANDY_BLOCK))
        cost = blocks * size * (4 + 0.4 * far + max(0.0, 2 * far)) * (1 if blocks >= _ROWS else 2)
        if cost < least and (size <= _LARGEST_BLOCK or not best):
            best, least = size, cost
    return best


def response(impulse: Samples, size: int) -> Response:
    return np.asarray(fft.rfft(impulse, size), dtype=np.complex64)


def middle_and_sides(samples: Samples) -> tuple[Samples, Samples | None]:
    """Of shape (1 or 2, n): the mean of both sides, and half their difference (None: mono)."""
    if samples.shape[0] == 1:
        return samples[0], None
    return (samples[0] + samples[1]) * np.float32(0.5), (samples[0] - samples[1]) * np.float32(0.5)


Through = tuple[Response, Response | None]
"""Of middle and of sides to one channel; None: the sides are not heard in it."""


def convolve_into(
    target: Samples,
    both: tuple[Samples, Samples | None],
    through: Sequence[Through],
    taps: int,
    loop: bool,
) -> None:
    """Add middle and sides, of shape (n,), to each channel of `target`, (channels, frames).

    Overlap-save in blocks. What rings beyond the end is cut; of a loop it is laid over its start.
    Channels whose responses are the same objects are worked out once.
    """
    size = 2 * (through[0][0].size - 1)
    step = size - taps
    rings = both[0].size + taps
    out = np.zeros((len(target), rings), dtype=np.float32) if loop else target[:, :rings]
    middles = _blocks(both[0], taps, step, out.shape[1])
    sides = None if both[1] is None else _blocks(both[1], taps, step, out.shape[1])
    for first in range(0, len(middles), _ROWS):
        rows = slice(first, first + _ROWS)
        middle = fft.rfft(middles[rows], axis=1)
        side = None if sides is None else fft.rfft(sides[rows], axis=1)
        made = before = None
        for channel, now in zip(out, through, strict=True):
            if made is None or now is not before:
                made, before = _back(middle, side, now, size)[:, taps:].reshape(-1), now
            place = channel[first * step : first * step + made.size]
            place += made[: place.size]
    if loop:
        for begin in range(0, rings, target.shape[1]):
            cut = out[:, begin : begin + target.shape[1]]
            target[:, : cut.shape[1]] += cut


def _back(middle: Response, sides: Response | None, through: Through, size: int) -> Samples:
    total = middle * through[0]
    if sides is not None and through[1] is not None:
        total += sides * through[1]
    return np.asarray(fft.irfft(total, size, axis=1), dtype=np.float32)


def _blocks(signal: Samples, taps: int, step: int, count: int) -> Samples:
    """Overlapping blocks of what is heard in the first `count` samples, shape (blocks, size)."""
    blocks = -(-count // step)
    padded = np.zeros(taps + blocks * step, dtype=np.float32)
    heard = signal[: blocks * step]
    padded[taps : taps + heard.size] = heard
    return sliding_window_view(padded, taps + step)[::step]
