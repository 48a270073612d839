"""Samples into and out of engines: layout, length, rate, finite values, kept regions put back."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from schemas.audio import Audio
from schemas.errors import GenerationError
from schemas.parts import Region

FADE_S = 0.02
"""Crossfade where a kept and a made region meet: inside the made one, so that kept is kept."""

SILENT = 1e-5
_MATCH_DB = 12.0

Array = npt.NDArray[np.float32]


def finished(
    samples: npt.NDArray[np.floating], rate: int, asked_s: float | None
) -> tuple[Audio, list[str]]:
    """An engine's output as Audio of the asked length, and notes on what was wrong with it.

    Parameters
    ----------
    samples : (channels, n) or (1, channels, n)

    Raises
    ------
    GenerationError
        No samples, another layout, or values that are not finite.
    """
    array = np.asarray(samples, np.float32)
    if array.ndim == 3 and array.shape[0] == 1:
        array = array[0]
    if array.ndim != 2 or array.shape[0] not in (1, 2) or array.shape[1] == 0:
        raise GenerationError(
            f"the engine gave an array of shape {np.shape(samples)}; valid is samples of 1 or 2 "
            "channels"
        )
    if not np.isfinite(array).all():
        raise GenerationError(
            "the engine gave samples that are not finite: half precision overflows in some models; "
            "try dtype float32"
        )
    notes: list[str] = []
    if asked_s is not None:
        wanted = max(1, round(asked_s * rate))
        if array.shape[1] < wanted:
            if wanted - array.shape[1] > 0.05 * rate:
                notes.append(
                    f"asked for {asked_s:.2f} s, the engine gave {array.shape[1] / rate:.2f} s"
                )
        else:
            array = array[:, :wanted]
    peak = float(np.abs(array).max())
    if peak < SILENT:
        notes.append("the engine gave silence")
    elif peak > 1:
        array = array / peak
        notes.append(f"lowered by {20 * np.log10(peak):.1f} dB: the engine went beyond full scale")
    return Audio(np.ascontiguousarray(array, np.float32), rate), notes


def fitted(audio: Audio, rate: int, channels: int) -> Array:
    """`audio` at an engine's rate and number of channels, shape (channels, n).

    Resampled by a polyphase filter; mono is doubled, stereo averaged.
    """
    samples = audio.samples
    if audio.sample_rate_hz != rate:
        from scipy.signal import resample_poly  # half a second, with all that it brings

        ratio = Fraction(rate, audio.sample_rate_hz).limit_denominator(2000)
        samples = resample_poly(samples, ratio.numerator, ratio.denominator, axis=1)
    if samples.shape[0] != channels:
        samples = samples.mean(axis=0, keepdims=True).repeat(channels, axis=0)
    return np.ascontiguousarray(samples, np.float32)


def spliced(source: Array, made: Array, regions: Sequence[Region], rate: int) -> Array:
    """`source` with `regions` taken from `made`: everything else is sample for sample the source.

    `made` is first brought to the level of the source by what both have of the kept parts (engines
    normalise what they give), at most ±12 dB. Both are (channels, n); the result is as long as the
    longer of them where a region goes beyond the source.

    The fades lie inside the regions, and at the start and end of the piece there is none.
    """
    length = max(source.shape[1], min(made.shape[1], _last(regions, rate)))
    base, new = _padded(source, length), _padded(made, length)
    weight = np.zeros(length, np.float32)
    fade = round(FADE_S * rate)
    for region in regions:
        first = min(round(region.start_s * rate), length)
        last = min(round(region.end_s * rate), length)
        weight[first:last] = np.maximum(weight[first:last], _edges(first, last, length, fade))
    kept = weight == 0
    gain = _gain(base[:, kept], new[:, kept])
    mixed: Array = base * (1 - weight) + new * (weight * gain)
    return mixed


def _last(regions: Sequence[Region], rate: int) -> int:
    return max((round(region.end_s * rate) for region in regions), default=0)


def _padded(samples: Array, length: int) -> Array:
    return np.pad(samples[:, :length], ((0, 0), (0, max(0, length - samples.shape[1]))))


def _edges(first: int, last: int, length: int, fade: int) -> Array:
    shape = np.ones(last - first, np.float32)
    fade = min(fade, (last - first) // 2)
    ramp = np.sin(np.linspace(0, np.pi / 2, fade + 2, dtype=np.float32)[1:-1]) ** 2
    if fade and first > 0:
        shape[:fade] = ramp
    if fade and last < length:
        shape[last - first - fade :] = ramp[::-1]
    return shape


def _gain(source: Array, made: Array) -> np.float32:
    """Level of the source over that of what was made, where both sound; 1 where they do not."""
    if source.shape[1] == 0:
        return np.float32(1)
    levels = [float(np.sqrt(np.mean(np.square(part, dtype=np.float64)))) for part in (source, made)]
    if min(levels) < SILENT:
        return np.float32(1)
    bound = 10 ** (_MATCH_DB / 20)
    return np.float32(np.clip(levels[0] / levels[1], 1 / bound, bound))
