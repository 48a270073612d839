"""Linear treatment of a part as one filter: cut, tilt, cabinet, room and echo.

Everything linear that happens to a part is one response to its middle and one to its sides,
applied by convolution in blocks. The tone of the whole piece is a slope in dB per octave, the same
for every part: multiplying a spectrum by a steeper rising function moves its centroid up, always,
so that brightness follows `tilt_db` without a turn.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import fft

from generation.sequencer.synthesis.signal import RATE_HZ, Curve, Samples

Response = npt.NDArray[np.complex64]

TAPS = 8192
TILT_LOW_HZ, TILT_MIDDLE_HZ, TILT_HIGH_HZ = 90.0, 1_000.0, 14_000.0
"""The slope turns about the middle and is level beyond its ends."""

_DESIGN = 4 * TAPS
_ROWS = 8


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


def block_size(impulse: int, count: int) -> int:
    """FFT length, a power of two: twice the impulse, of long pieces four times."""
    factor = 4 if count > 40 * impulse else 2
    return int(min(2 ** int(np.ceil(np.log2(factor * impulse))), 2**18))


def response(impulse: Samples, size: int) -> Response:
    return np.asarray(fft.rfft(impulse, size), dtype=np.complex64)


def middle_and_sides(samples: Samples) -> tuple[Samples, Samples | None]:
    """Of shape (1 or 2, n): the mean of both sides, and half their difference (None: mono)."""
    if samples.shape[0] == 1:
        return samples[0], None
    return (samples[0] + samples[1]) * np.float32(0.5), (samples[0] - samples[1]) * np.float32(0.5)


Responses = tuple[Response, Response, Response]
"""Of middle to middle, sides to sides, middle to sides."""


def convolve(
    middle: Samples, sides: Samples | None, responses: Responses, taps: int
) -> tuple[Samples, Samples]:
    """Middle and sides of shape (n,) through their responses, both of shape (n + taps,).

    Overlap-save in blocks, eight at once: that is as fast as the FFT library's vectors are wide.
    """
    size = 2 * (responses[0].size - 1)
    step = size - taps
    count = middle.size + taps
    blocks = -(-count // step)
    out = np.zeros((2, blocks * step), dtype=np.float32)
    for first in range(0, blocks, _ROWS):
        rows = range(first, min(first + _ROWS, blocks))
        spectrum = fft.rfft(_rows(middle, rows, step, taps, size), axis=1)
        wide = spectrum * responses[2]
        if sides is not None:
            wide += fft.rfft(_rows(sides, rows, step, taps, size), axis=1) * responses[1]
        spectrum *= responses[0]
        place = slice(rows[0] * step, (rows[-1] + 1) * step)
        out[0, place] = fft.irfft(spectrum, size, axis=1)[:, taps:].reshape(-1)
        out[1, place] = fft.irfft(wide, size, axis=1)[:, taps:].reshape(-1)
    return out[0, :count], out[1, :count]


def convolve_middle(middle: Samples, through: Response, taps: int) -> Samples:
    """One channel of shape (n,) through its response, shape (n + taps,)."""
    size = 2 * (through.size - 1)
    step = size - taps
    count = middle.size + taps
    blocks = -(-count // step)
    out = np.zeros(blocks * step, dtype=np.float32)
    for first in range(0, blocks, _ROWS):
        rows = range(first, min(first + _ROWS, blocks))
        spectrum = fft.rfft(_rows(middle, rows, step, taps, size), axis=1)
        spectrum *= through
        place = slice(rows[0] * step, (rows[-1] + 1) * step)
        out[place] = fft.irfft(spectrum, size, axis=1)[:, taps:].reshape(-1)
    return out[:count]


def _rows(signal: Samples, rows: range, step: int, taps: int, size: int) -> Samples:
    """Overlapping blocks of a signal, shape (rows, size), zeros where it has not begun or ended."""
    out = np.zeros((len(rows), size), dtype=np.float32)
    for place, number in enumerate(rows):
        begin = number * step - taps
        low, high = max(begin, 0), min(begin + size, signal.size)
        if high > low:
            out[place, low - begin : high - begin] = signal[low:high]
    return out
