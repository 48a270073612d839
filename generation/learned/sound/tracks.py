"""What leads the model in time: where in the beat and bar each frame lies, and which chord sounds.

A tempo as one number is not followed by a small model (research: a mel DiT of 1.3 million weights
kept to brightness, not to tempo); a track that says where each beat falls leaves nothing to count.

Channels of a frame, float32: sine and cosine of the beat's phase, of the bar's phase, a pulse that
decays from each beat and from each downbeat (half life 35 ms), 1 where beats are known; then 12
pitch classes, C … B, 1 where the chord has them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from generation.learned.conditions import Floats
from generation.learned.sound.mel import FRAMES_PER_S, HOP, RATE_HZ

PULSES = 7
CHANNELS = PULSES + 12
_HALF_LIFE_S = 0.035

Times = npt.NDArray[np.float64]


def pulse_tracks(frames: int, beats: Sequence[float], downbeats: Sequence[int]) -> Floats:
    """The first seven channels (frames, 7).

    Parameters
    ----------
    beats : times of beats, s, ascending; fewer than two: beats are not known, all is 0
    downbeats : places in `beats` of the first beats of bars; empty: bars are not known
    """
    made = np.zeros((frames, PULSES), np.float32)
    if len(beats) < 2:
        return made
    times = np.arange(frames) / FRAMES_PER_S
    beat = _extended(np.asarray(beats, np.float64), times[-1] if frames else 0.0)
    phase = np.interp(times, beat, np.arange(len(beat)))
    made[:, 0], made[:, 1] = np.sin(2 * np.pi * phase), np.cos(2 * np.pi * phase)
    made[:, 4] = _decay(times, beat)
    made[:, 6] = 1
    bars = np.asarray([beats[place] for place in downbeats], np.float64)
    if len(bars) >= 2:
        bars = _extended(bars, times[-1])
        turn = np.interp(times, bars, np.arange(len(bars)))
        made[:, 2], made[:, 3] = np.sin(2 * np.pi * turn), np.cos(2 * np.pi * turn)
        made[:, 5] = _decay(times, bars)
    return made


def chord_tracks(frames: int, chords: Sequence[tuple[float, Sequence[int]]]) -> Floats:
    """The last twelve channels (frames, 12) of (start in s, pitch classes), ascending."""
    made = np.zeros((frames, 12), np.float32)
    starts = [min(frames, max(0, round(at * FRAMES_PER_S))) for at, _ in chords]
    for start, stop, (_, classes) in zip(starts, [*starts[1:], frames], chords, strict=True):
        made[start:stop, [pitch % 12 for pitch in classes]] = 1
    return made


def heard_chords(chroma: Floats, beats: Sequence[float]) -> list[tuple[float, tuple[int, ...]]]:
    """The triad of each pair of beats: that which holds most of `chroma` (frames, 12).

    The same twelve zeros and ones lead the model in training as when it is asked for chords.
    """
    edges = list(beats[::2]) if len(beats) >= 2 else list(np.arange(0, len(chroma), 86) / 86)
    found = []
    for start, stop in zip(edges, [*edges[1:], len(chroma) / FRAMES_PER_S], strict=True):
        part = chroma[round(start * FRAMES_PER_S) : max(1, round(stop * FRAMES_PER_S))]
        if len(part):
            found.append((float(start), _best_triad(part.mean(0))))
    return found


def pitch_classes(samples: Floats) -> Floats:
    """Share of each pitch class at each mel frame (n, 12), of mono samples at RATE_HZ.

    From spectra of 8,192 samples (2.7 Hz), 110 to 1,600 Hz, every fourth frame and held.
    """
    size, step = 8_192, 4 * HOP
    padded = np.pad(samples, size // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::step]
    window = np.hanning(size).astype(np.float32)
    magnitudes = np.abs(np.fft.rfft(frames * window, axis=1))
    hertz = np.fft.rfftfreq(size, 1 / RATE_HZ)
    inside = (hertz > 110) & (hertz < 1_600)
    classes = np.round(69 + 12 * np.log2(hertz[inside] / 440)).astype(int) % 12
    made = np.stack([magnitudes[:, inside][:, classes == c].sum(1) for c in range(12)], 1)
    shares = made / np.maximum(made.sum(1, keepdims=True), 1e-9)
    held: Floats = np.repeat(shares, 4, 0)[: 1 + len(samples) // HOP].astype(np.float32)
    return held


_TRIADS = tuple(
    (root, (root + third) % 12, (root + 7) % 12) for third in (4, 3) for root in range(12)
)


def _best_triad(shares: Floats) -> tuple[int, ...]:
    return max(_TRIADS, key=lambda triad: float(shares[list(triad)].sum() + 0.3 * shares[triad[0]]))


def _extended(beats: Times, end: float) -> Times:
    """`beats` carried on at their median distance before 0 and beyond `end`."""
    gap = float(np.median(np.diff(beats)))
    before = beats[0] - gap * np.arange(int(np.ceil(beats[0] / gap)) + 1, 0, -1)
    count = max(0, int(np.ceil((end - beats[-1]) / gap))) + 1
    return np.concatenate([before, beats, beats[-1] + gap * np.arange(1, count + 1)])


def _decay(times: Times, events: Times) -> Floats:
    last = events[np.maximum(0, np.searchsorted(events, times + 1e-6, side="right") - 1)]
    since = np.maximum(0, times - last)
    made: Floats = (0.5 ** (since / _HALF_LIFE_S)).astype(np.float32)
    return made
