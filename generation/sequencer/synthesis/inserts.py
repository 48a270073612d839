"""Effects on one part before the mix: those that are not linear or that move."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from generation.sequencer.synthesis.signal import RATE_HZ, Samples, band

Effect = Callable[[Samples, float], Samples]


def insert(samples: Samples, names: tuple[str, ...], tempo_bpm: float) -> Samples:
    """The samples, shape (1 or 2, n), through these effects in order; `EFFECTS` names them."""
    for name in names:
        samples = np.asarray(EFFECTS[name](samples, tempo_bpm), dtype=np.float32)
    return samples


def _distortion(samples: Samples, _tempo_bpm: float) -> Samples:
    """A high-gain amplifier: tight before it clips, so that low strings do not mud the chord."""
    tight = band(samples, 110.0, None, order=1)
    return 0.11 * np.tanh(42.0 * tight + 2.0) - np.float32(0.11 * np.tanh(2.0))


def _overdrive(samples: Samples, _tempo_bpm: float) -> Samples:
    return 0.16 * np.tanh(10.0 * band(samples, 90.0, None, order=1))


def _chorus(samples: Samples, _tempo_bpm: float) -> Samples:
    """Two copies whose delay moves, one a side; mono in, stereo out."""
    count = samples.shape[1]
    turns = max(1, round(0.6 * count / RATE_HZ)) / max(count, 1)  # whole turns: a loop closes
    index = np.arange(count)
    mono = samples.mean(axis=0)
    out = np.empty((2, count), dtype=np.float32)
    for side, phase in enumerate((0.0, 0.25)):
        delay = (0.011 + 0.0025 * np.sin(2 * np.pi * (turns * index + phase))) * RATE_HZ
        at = index - delay
        whole = np.floor(at).astype(np.int64)
        share = (at - whole).astype(np.float32)
        low, high = np.maximum(whole, 0), np.clip(whole + 1, 0, count - 1)
        moved = np.where(whole >= 0, mono[low] + share * (mono[high] - mono[low]), 0.0)
        out[side] = 0.75 * samples[min(side, samples.shape[0] - 1)] + 0.6 * moved
    return out


EFFECTS: dict[str, Effect] = {
    "distortion": _distortion,
    "overdrive": _overdrive,
    "chorus": _chorus,
}
