"""Effects on one part before the mix: those that are not linear or that move."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from generation.sequencer.synthesis.signal import RATE_HZ, Samples, band

Effect = Callable[[Samples, float], Samples]

_SWING = 64
_CHUNK = 256


def insert(samples: Samples, names: tuple[str, ...], tempo_bpm: float) -> Samples:
    """The samples, shape (1 or 2, n), through these effects in order; `EFFECTS` names them."""
    for name in names:
        samples = np.asarray(EFFECTS[name](samples, tempo_bpm), dtype=np.float32)
    return samples


def _distortion(samples: Samples, _tempo_bpm: float) -> Samples:
    """A high-gain amplifier: tight before it clips, so that low strings do not mud the chord."""
    tight = band(samples, 110.0, None, order=1)
    driven: Samples = 0.11 * np.tanh(np.float32(42.0) * tight)
    return driven


def _overdrive(samples: Samples, _tempo_bpm: float) -> Samples:
    driven: Samples = 0.16 * np.tanh(np.float32(10.0) * band(samples, 90.0, None, order=1))
    return driven


def _chorus(samples: Samples, _tempo_bpm: float) -> Samples:
    """Two copies whose delay moves by 2.5 ms about 11, one a side; mono in, stereo out."""
    return np.stack([
        0.75 * samples[min(side, samples.shape[0] - 1)]
        + 0.6 * _delayed(samples.mean(axis=0), 0.011, 0.0025, 0.6, phase)
        for side, phase in enumerate((0.0, 0.25))
    ])  # fmt: skip


def _double(samples: Samples, _tempo_bpm: float) -> Samples:
    """As if played twice: one take a side, the second now a little early, now a little late."""
    mono = samples.mean(axis=0)
    takes = (_delayed(mono, 0.004, 0.0012, 0.23, 0.0), _delayed(mono, 0.017, 0.003, 0.31, 0.4))
    return np.stack((takes[0] + 0.25 * takes[1], takes[1] + 0.25 * takes[0]))


def _wow(samples: Samples, _tempo_bpm: float) -> Samples:
    """A tape or record that does not run true."""
    slow = [_delayed(one, 0.006, 0.0022, 0.45, 0.0) for one in samples]
    fast = [_delayed(one, 0.006, 0.0002, 6.3, 0.2) for one in samples]
    return 0.85 * np.stack(slow) + 0.15 * np.stack(fast)


def _delayed(
    mono: Samples, delay_s: float, depth_s: float, rate_hz: float, phase: float
) -> Samples:
    """A copy later by a delay that swings; whole swings in all, so that a loop closes."""
    count = mono.size
    turns = max(1, round(rate_hz * count / RATE_HZ)) / max(count, 1)
    nodes = np.arange(-(-count // _SWING) + 1) * _SWING
    delay = (delay_s + depth_s * np.sin(2 * np.pi * (turns * nodes + phase))) * RATE_HZ
    reach = int(delay.max()) + 2
    padded = np.concatenate((np.zeros(reach, dtype=np.float32), mono, mono[-1:], mono[-1:]))
    ramp = np.arange(_SWING) / _SWING
    out = np.empty((nodes.size - 1) * _SWING, dtype=np.float32)
    for first in range(0, nodes.size - 1, _CHUNK):  # as much at once as the cache holds
        last = min(first + _CHUNK, nodes.size - 1)
        now = delay[first:last, None] + np.diff(delay[first : last + 1])[:, None] * ramp
        at = (nodes[: last - first, None] + np.arange(_SWING) + reach - now).reshape(-1)
        base = padded[first * _SWING :]
        whole = np.minimum(at.astype(np.int32), base.size - 2)
        low = base[whole]
        share = (at - whole).astype(np.float32)
        out[first * _SWING : last * _SWING] = low + share * (base[whole + 1] - low)
    return out[:count]


EFFECTS: dict[str, Effect] = {
    "distortion": _distortion,
    "overdrive": _overdrive,
    "chorus": _chorus,
    "double": _double,
    "wow": _wow,
}
