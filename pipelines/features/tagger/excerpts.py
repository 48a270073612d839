"""What a tagger listens to: excerpts of equal length, spread evenly over the track.

Conventions: mono, at the rate that the tagger asks for. Excerpts are taken from the 22,050 Hz
signal of the pass that serves the other features too, so they cost no decoding of their own; a
tagger hears up to 10 kHz.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import soxr

from pipelines.features.accumulate import RATE_HZ, Extent, OverSignal
from schemas.audio import Samples

_MARGIN_S = 0.02  # on either side, cut off again: the resampler rings at a sudden start


@dataclass(frozen=True, slots=True)
class Listening:
    """How a tagger listens: `count` excerpts at most, of `samples` at `rate_hz`.

    It hears nothing that is shorter than `shortest_s`.
    """

    rate_hz: int
    samples: int
    count: int
    shortest_s: float

    @property
    def seconds(self) -> float:
        return self.samples / self.rate_hz


@cache
def excerpts(listening: Listening) -> type[OverSignal[Samples]]:
    """The accumulator for a pass; its result has the shape (k, listening.samples), k ≥ 1.

    k is `count` on a track that is long enough for them not to overlap; audio shorter than one
    excerpt is repeated until it fills one.
    """

    class Excerpts(OverSignal[Samples]):
        def __init__(self, extent: Extent) -> None:
            super().__init__(extent)
            margin = round(_MARGIN_S * RATE_HZ)
            length = math.ceil(listening.seconds * RATE_HZ) + 2 * margin
            self._starts = _starts(extent.signal, length, listening.count)
            self._taken = np.zeros((len(self._starts), min(length, extent.signal)), np.float32)
            self._length = length
            self._seen = 0

        def add(self, block: Samples) -> None:
            for start, excerpt in zip(self._starts, self._taken, strict=True):
                first = max(start, self._seen)
                last = min(start + len(excerpt), self._seen + len(block))
                if first < last:
                    excerpt[first - start : last - start] = block[
                        first - self._seen : last - self._seen
                    ]
            self._seen += len(block)

        def result(self) -> Samples:
            whole = [np.resize(excerpt, self._length) for excerpt in self._taken]
            return np.stack([_resampled(excerpt, listening) for excerpt in whole])

    return Excerpts


def _starts(total: int, length: int, count: int) -> list[int]:
    """First samples of the excerpts: the middles of equal parts of the track."""
    fitting = max(1, min(count, total // length))
    part = total / fitting
    return [max(0, round((i + 0.5) * part - length / 2)) for i in range(fitting)]


def _resampled(excerpt: Samples, listening: Listening) -> Samples:
    found = soxr.resample(excerpt, RATE_HZ, listening.rate_hz, quality="HQ")
    margin = round(_MARGIN_S * listening.rate_hz)
    cut: Samples = found[margin : margin + listening.samples]
    return cut
