"""How loud a piece should be over time, from its sections: for engines that take a curve."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from generation.around import asking
from schemas.conditioning import ConditioningRequest, Section

_SILENCE_DB = -60.0
_FADE_S = 4.0


def section_spans(request: ConditioningRequest, seconds: float) -> list[tuple[float, float]]:
    """Start and end of every section, s: where stated, else by its bars, else in equal shares.

    Sections follow one another; a start that lies before the section before it is moved there.
    """
    starts: list[float] = []
    for i, section in enumerate(request.sections):
        stated = _stated_start(section, seconds)
        if stated is None:
            stated = _after(request, i, starts, seconds)
        starts.append(min(seconds, max(stated, starts[-1] if starts else 0.0)))
    return list(zip(starts, [*starts[1:], seconds], strict=True))


def level_curve(
    request: ConditioningRequest, seconds: float, frames: int
) -> npt.NDArray[np.float32] | None:
    """Level of each frame in dB below the loudest, float32 (frames,); None where none is asked.

    Asked are levels by sections whose loudness_lufs is stated, and fades by their events.
    """
    aims = [
        asking.aim("loudness_lufs", section.features["loudness_lufs"])
        if "loudness_lufs" in section.features
        else None
        for section in request.sections
    ]
    fades = [fade for section in request.sections for fade in _fades(section)]
    if not fades and all(aim is None for aim in aims):
        return None
    times = (np.arange(frames) + 0.5) / frames * seconds
    curve = np.zeros(frames, np.float64)
    known = [aim for aim in aims if aim is not None]
    usual = float(np.mean(known)) if known else 0.0
    for (start, end), aim in zip(section_spans(request, seconds), aims, strict=True):
        curve[(times >= start) & (times < end)] = usual if aim is None else aim
    curve -= curve.max()
    for name in fades:
        length = min(_FADE_S, seconds / 2)
        away = times if name == "fade in" else seconds - times
        curve += np.minimum(0.0, (away / length - 1) * -_SILENCE_DB)
    return np.maximum(curve, _SILENCE_DB).astype(np.float32)


def _fades(section: Section) -> list[str]:
    return [event.name for event in section.events if event.name in ("fade in", "fade out")]


def _stated_start(section: Section, seconds: float) -> float | None:
    if section.start_s is not None:
        return section.start_s
    return None if section.position is None else section.position * seconds


def _after(request: ConditioningRequest, i: int, starts: list[float], seconds: float) -> float:
    """Where section `i` starts when it does not say: after the one before it."""
    if i == 0:
        return 0.0
    before = request.sections[i - 1]
    bpm = before.tempo_bpm or asking.tempo(request)
    if before.bars is not None and bpm is not None:
        metre = before.time_signature or request.time_signature or "4/4"
        beats, unit = (int(n) for n in metre.split("/"))
        return starts[-1] + before.bars * beats * 4 / unit * 60 / bpm
    return max(starts[-1], seconds * i / len(request.sections))
