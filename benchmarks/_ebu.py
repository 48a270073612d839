"""The test signals of EBU Tech 3341 (2023, table 1) and Tech 3342 (2023, table 1), made by code.

Conventions: 48 kHz stereo unless said otherwise; levels in dBFS are peak levels of a sine of 1 kHz
in each channel; readings in LUFS, LU or dBTP. A case passes when every reading of it lies within
the document's tolerance. Left out are the cases that are recordings (3341: 7 and 8; 3342: 5, 6).

Max M (cases 13 and 14) is read every 10 ms: the tones last just as long as the window and begin
anywhere, so a meter that looks every 100 ms cannot pass. It is our meter, started ten times.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from pipelines.features.loudness import meter
from pipelines.features.loudness.truepeak import TruePeak
from pipelines.features.walk import measured
from schemas.audio import Audio, Samples

RATE_HZ = 48_000
MOMENTARY, SHORT_TERM = meter.BLOCK_SEGMENTS, meter.SHORT_TERM_SEGMENTS
_STEPS = 10  # readings per segment of 100 ms, where 100 ms is too coarse
_TONES = range(20)

Readings = Callable[[], list[float]]
Tone = tuple[float, float]
SILENCE = -math.inf


@dataclass(frozen=True, slots=True)
class Case:
    """One row of a table.

    Attributes
    ----------
    document, number : "3341" or "3342", and the row
    readings : measures the signal or signals; what must agree with `expected`
    expected : one value for all readings, or one each
    below, above : accepted differences
    """

    document: str
    number: int
    readings: Readings
    expected: float | Sequence[float]
    below: float = 0.1
    above: float = 0.1

    def errors(self) -> list[float]:
        """Readings less what is expected."""
        errors: list[float] = (np.asarray(self.readings()) - np.asarray(self.expected)).tolist()
        return errors

    def passed(self) -> bool:
        return all(-self.below <= error <= self.above for error in self.errors())


def cases() -> list[Case]:
    """All cases that can be made by code, in the order of the documents."""
    return [*_integrated(), *_time_scales(), *_true_peaks(), *_ranges()]


def tones(*steps: Tone) -> Samples:
    """A stereo sine of 1 kHz: (dBFS, seconds) one after the other; shape (2, n)."""
    return _tones([(level, level) for level, _ in steps], [seconds for _, seconds in steps])


def curve(samples: Samples, segments: int, steps: int = 1) -> npt.NDArray[np.float64]:
    """Loudness of every `segments` × 100 ms in LUFS, read `steps` times in 100 ms; shape (n,).

    The first window begins with the signal, the last ends with it or up to 100 ms before.
    """
    rows = []
    for step in range(steps):
        lead = round(RATE_HZ * meter.SEGMENT_S * (steps - step) / steps) if step else 0
        energies = meter.segment_energies(np.pad(samples, ((0, 0), (lead, 0))), RATE_HZ)
        sums = np.concatenate([[0.0], np.cumsum(energies)])
        means = np.maximum(sums[segments:] - sums[:-segments], 1e-30) / segments
        rows.append((-0.691 + 10 * np.log10(means))[step > 0 :])
    shortest = min(len(row) for row in rows)
    curves: npt.NDArray[np.float64] = np.stack([row[:shortest] for row in rows], 1).ravel()
    return curves


def _integrated() -> Iterator[Case]:
    steady = ((-23.0, 20.0), (-33.0, 20.0))
    for number, tone in enumerate(steady, 1):
        yield Case("3341", number, partial(_all_scales, tone), tone[0])
    quiet, very_quiet, loud = (-36.0, 10.0), (-72.0, 10.0), (-23.0, 60.0)
    mixed: tuple[tuple[Tone, ...], ...] = (
        (quiet, loud, quiet),
        (very_quiet, quiet, loud, quiet, very_quiet),
        ((-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)),
    )
    for number, steps in enumerate(mixed, 3):
        yield Case("3341", number, partial(_integrated_of, *steps), -23.0)
    five = [(-28.0, -28.0, -24.0, -30.0, -30.0)]
    yield Case("3341", 6, lambda: [_loudness(_tones(five, [20.0]))], -23.0)


def _time_scales() -> Iterator[Case]:
    rising = [-38.0 + i for i in _TONES]
    yield Case("3341", 9, lambda: _steady(SHORT_TERM, [(-20, 1.34), (-30, 1.66)] * 5, 3.0), -23.0)
    yield Case("3341", 10, lambda: _one_by_one(SHORT_TERM, 0.15, 3.0), -23.0)
    yield Case("3341", 11, lambda: _successive(SHORT_TERM, 0.15, 3.0), rising)
    yield Case("3341", 12, lambda: _steady(MOMENTARY, [(-20, 0.18), (-30, 0.22)] * 25, 1.0), -23.0)
    yield Case("3341", 13, lambda: _one_by_one(MOMENTARY, 0.02, 0.4), -23.0)
    yield Case("3341", 14, lambda: _successive(MOMENTARY, 0.02, 0.4), rising)


def _true_peaks() -> Iterator[Case]:
    sines = ((4, 0.5, 0.0), (4, 0.5, 45.0), (6, 0.5, 60.0), (8, 0.5, 67.5), (4, 1.41, 45.0))
    for number, (divisor, amplitude, degrees) in enumerate(sines, 15):
        signal = amplitude * np.sin(
            2 * np.pi * np.arange(RATE_HZ) / divisor + math.radians(degrees)
        )
        expected = 3.0 if amplitude > 1 else -6.0
        yield Case("3341", number, partial(_peak, signal), expected, 0.4, 0.2)
    for offset in range(4):
        yield Case("3341", 20 + offset, partial(_peak, _downsampled_burst(offset)), 0.0, 0.4, 0.2)


def _ranges() -> Iterator[Case]:
    rows: tuple[tuple[tuple[float, ...], float], ...] = (
        ((-20, -30), 10), ((-20, -15), 5), ((-40, -20), 20), ((-50, -35, -20, -35, -50), 15),
    )  # fmt: skip
    for number, (levels, expected) in enumerate(rows, 1):
        steps = [(level, 20.0) for level in levels]
        yield Case("3342", number, partial(_range, *steps), expected, 1.0, 1.0)


def _all_scales(tone: Tone) -> list[float]:
    samples = tones(tone)
    momentary, short_term = curve(samples, MOMENTARY), curve(samples, SHORT_TERM)
    return [*momentary, *short_term, _loudness(samples)]


def _steady(segments: int, steps: Sequence[Tone], after_s: float) -> list[float]:
    """Readings from `after_s` on, when the window is full."""
    found = curve(tones(*steps), segments)
    readings: list[float] = found[round(after_s / meter.SEGMENT_S) - segments :].tolist()
    return readings


def _one_by_one(segments: int, step_s: float, tone_s: float) -> list[float]:
    """Largest reading of each of 20 signals: silence, tone at -23 dBFS, silence of 1 s."""
    signals = (tones((SILENCE, i * step_s), (-23, tone_s), (SILENCE, 1.0)) for i in _TONES)
    return [float(curve(signal, segments, _steps(segments)).max()) for signal in signals]


def _successive(segments: int, step_s: float, tone_s: float) -> list[float]:
    """Largest reading while each of 20 tones passes, -38 to -19 dBFS."""
    steps = [
        step
        for i in _TONES
        for step in ((SILENCE, i * step_s), (-38 + i, tone_s), (SILENCE, tone_s - i * step_s))
    ]
    around = (segments * RATE_HZ // 10, RATE_HZ // 10)  # so that readings go by the window's end
    found = curve(np.pad(tones(*steps), ((0, 0), around)), segments, _steps(segments))
    span = round(2 * tone_s / meter.SEGMENT_S * _steps(segments))
    return [float(found[i * span : (i + 1) * span].max()) for i in _TONES]


def _steps(segments: int) -> int:
    return _STEPS if segments == MOMENTARY else 1


def _downsampled_burst(offset: int) -> npt.NDArray[np.float64]:
    """A sine of fs/6 around one period of fs/4 at twice its level; each fourth sample at 4 fs."""
    carrier = 0.5 * np.sin(2 * np.pi * np.arange(24 * 4_000) / 24)
    burst = np.sin(2 * np.pi * np.arange(16) / 16)
    signal = np.concatenate([carrier, burst, carrier])
    spectrum = np.fft.rfft(signal)
    spectrum[len(signal) // 8 :] = 0  # nothing above the new Nyquist frequency
    limited: npt.NDArray[np.float64] = np.fft.irfft(spectrum, len(signal))[offset::4]
    return limited


def _peak(signal: npt.NDArray[np.float64]) -> list[float]:
    """True peak in dBTP of a signal in both channels, faded in and out over 10 ms."""
    fade = RATE_HZ // 100
    n = np.arange(len(signal))
    faded = signal * np.minimum(1, np.minimum(n, n[::-1]) / fade)
    samples = np.stack([faded] * 2).astype(np.float32)
    return [20 * math.log10(measured(Audio(samples, RATE_HZ), TruePeak))]


def _integrated_of(*steps: Tone) -> list[float]:
    return [_loudness(tones(*steps))]


def _loudness(samples: Samples) -> float:
    found = meter.integrated_loudness(meter.segment_energies(samples, RATE_HZ))
    return math.nan if found is None else found


def _range(*steps: Tone) -> list[float]:
    found = meter.loudness_range(meter.segment_energies(tones(*steps), RATE_HZ))
    return [math.nan if found is None else found]


def _tones(levels: Sequence[Sequence[float]], seconds: Sequence[float]) -> Samples:
    """One sine of 1 kHz in channels of their own levels, which change with time."""
    counts = [round(s * RATE_HZ) for s in seconds]
    wave = np.sin(2 * np.pi * 1_000 / RATE_HZ * np.arange(sum(counts)))
    gains = np.repeat(10 ** (np.array(levels) / 20), counts, axis=0)
    samples: Samples = (gains * wave[:, None]).T.astype(np.float32)
    return samples
