"""The panels of a track's picture. Each takes (axes, report, curves) and draws itself.

What is too dense to be told apart is left out: beats give way to downbeats and those to nothing; a
span too narrow for its name shows its colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from schemas.features import KEY_NAMES
from schemas.report import FileReport, SectionReport
from service.report import palette
from service.report.drawing import (
    LABEL,
    Line,
    Vector,
    boundaries,
    duration_of,
    name_span,
    pixels,
    strip,
    words,
)

Curves = Mapping[str, Any]
LEGEND = (
    "waveform: peaks, and root mean square in black     "
    "pitch classes: framed where the key has its tonic     "
    "loudness: thin 400 ms, thick 3 s, dashed whole track     "
    "brightness: spectral centroid, thick over 3 s"
)

_LEAST_BEAT_PX, _LEAST_BAR_PX = 2.2, 4.0  # between ticks
_SILENT_PEAK, _QUIET_PEAK = 1e-4, 0.35  # between them, the waveform is drawn larger
_CHROMA = LinearSegmentedColormap.from_list(
    "chroma", [palette.SURFACE, "#cfdbf5", "#7fa0e3", palette.BLUE, "#10235a"]
)
_LEAST_RANGE = 3.0  # highest over lowest frequency
_DECADE, _FINE_DECADE = (1, 2, 5), (1, 1.5, 2, 3, 5, 7)


def sections(axis: Axes, report: FileReport, curves: Curves) -> None:
    strip(axis, "sections")
    tints = palette.tints(part.label for part in report.sections)
    if not report.sections:
        words(axis, "none told")
    boundaries(axis, report)
    for part in report.sections:
        axis.axvspan(part.start_s, part.end_s, color=tints[part.label], lw=0)
        name_span(axis, (part.start_s, part.end_s), _long_name(part), part.label)


def waveform(axis: Axes, report: FileReport, curves: Curves) -> None:
    lowest, highest, level = (Line.of(curves[name]) for name in ("lowest", "highest", "level"))
    tints = palette.tints(part.label for part in report.sections)
    spans = [(part.start_s, part.end_s, tints[part.label]) for part in report.sections]
    for start, end, tint in spans or [(0.0, duration_of(report), palette.LINE)]:
        axis.axvspan(start, end, color=tint, alpha=0.2, lw=0, zorder=0)
        inside = (highest.times >= start - highest.step_s) & (highest.times < end)
        axis.fill_between(
            highest.times[inside],
            lowest.values[inside],
            highest.values[inside],
            color=palette.darker(tint),
            lw=0.4,
            zorder=1,
        )
    axis.fill_between(
        level.times, -level.values, level.values, color=palette.INK, lw=0, alpha=0.8, zorder=2
    )
    peak = float(np.abs(np.concatenate([lowest.values, highest.values])).max(initial=0.0))
    reach = peak if _SILENT_PEAK < peak < _QUIET_PEAK else 1.0
    boundaries(axis, report)
    axis.set_ylim(-1.04 * reach, 1.04 * reach)
    axis.set_yticks([-reach, 0, reach], [f"{-reach:.2g}".replace("-", "−"), "0", f"{reach:.2g}"])
    axis.set_ylabel("waveform", size=LABEL, color=palette.INK)


def beats(axis: Axes, report: FileReport, curves: Curves) -> None:
    strip(axis, "beats")
    if report.beats is None:
        words(axis, "no steady pulse")
        return
    times = np.array(report.beats.times_s)
    downbeats = times[list(report.beats.downbeats)]
    apart_px, bars_px = (pixels(_median_gap(found), report) for found in (times, downbeats))
    if apart_px >= _LEAST_BEAT_PX:
        axis.vlines(times, 0.0, 0.5, color=palette.MUTED, lw=0.8 if apart_px > 4 else 0.5)
    if len(downbeats) and bars_px >= _LEAST_BAR_PX:
        axis.vlines(downbeats, 0.0, 1.0, color=palette.INK, lw=1.2 if bars_px > 8 else 0.8)
    elif apart_px < _LEAST_BEAT_PX:
        words(axis, f"{report.beats.count:,}, too close to be drawn")


def keys(axis: Axes, report: FileReport, curves: Curves) -> None:
    strip(axis, "keys")
    spans = [
        (found, list(parts)) for found, parts in groupby(report.sections, lambda part: part.key)
    ]
    if not any(found for found, _ in spans):
        words(axis, report.key.best.name if report.key else "no key")
        return
    for found, parts in spans:
        span = (parts[0].start_s, parts[-1].end_s)
        axis.axvline(span[0], color=palette.INK, lw=0.7, alpha=0.45)
        if found is None:
            continue
        axis.axvspan(*span, color="#eef2fb", lw=0)
        tonic, _, mode = found.partition(" ")
        name_span(axis, span, found, tonic + ("m" if mode == "minor" else ""))


def chroma(axis: Axes, report: FileReport, curves: Curves) -> None:
    axis.set_ylim(-0.5, 11.5)
    axis.set_yticks(range(12), KEY_NAMES)
    axis.set_ylabel("pitch classes", size=LABEL, color=palette.INK)
    rows = [Line.of(row) for row in curves["chroma"]]
    if not any(np.any(row.heard > 0) for row in rows):
        words(axis, "no pitch")
        return
    boundaries(axis, report)
    half = rows[0].step_s / 2
    extent = (float(rows[0].times[0]) - half, float(rows[0].times[-1]) + half, -0.5, 11.5)
    axis.imshow(
        np.nan_to_num(np.stack([row.values for row in rows])) ** 2,
        aspect="auto",
        origin="lower",
        cmap=_CHROMA,
        vmin=0,
        vmax=1,
        extent=extent,
        interpolation="nearest",
    )
    axis.set_xlim(0, duration_of(report))
    _mark_tonics(axis, report)


def loudness(axis: Axes, report: FileReport, curves: Curves) -> None:
    axis.set_ylabel("loudness, LUFS", size=LABEL, color=palette.INK)
    momentary, short_term = Line.of(curves["momentary"]), Line.of(curves["short_term"])
    heard = momentary.heard
    if not len(heard):
        axis.set_yticks([])
        words(axis, "silent, or shorter than 0.4 s")
        return
    boundaries(axis, report)
    axis.plot(momentary.times, momentary.values, color=palette.GREEN, lw=0.7, alpha=0.5)
    axis.plot(short_term.times, short_term.values, color="#0d5c30", lw=1.8)
    low = max(math.floor(np.percentile(heard, 1)) - 3, -70)
    axis.set_ylim(low, max(math.ceil(heard.max()) + 2, low + 6))
    axis.grid(axis="y", color=palette.LINE, lw=0.8)
    whole = report.features.get("loudness", {}).get("loudness_lufs")
    if whole is not None and isinstance(whole.value, float):
        axis.axhline(whole.value, color=palette.INK, lw=1, ls=(0, (5, 3)))


def brightness(axis: Axes, report: FileReport, curves: Curves) -> None:
    axis.set_ylabel("brightness, Hz", size=LABEL, color=palette.INK)
    line = Line.of(curves["brightness"])
    heard = line.heard[line.heard > 0]
    if not len(heard):
        axis.set_yticks([])
        words(axis, "silent, or too short")
        return
    boundaries(axis, report)
    axis.set_yscale("log")
    smooth = line.smooth()
    axis.plot(line.times, line.values, color=palette.OCHRE, lw=0.6, alpha=0.4)
    axis.plot(line.times, smooth, color=palette.OCHRE, lw=1.8)
    low, high = np.percentile(heard, [1, 99])
    low, high = min(low, np.nanmin(smooth)) / 1.25, max(high, np.nanmax(smooth)) * 1.25
    if high < _LEAST_RANGE * low:
        middle = math.sqrt(low * high)
        low, high = middle / math.sqrt(_LEAST_RANGE), middle * math.sqrt(_LEAST_RANGE)
    axis.set_ylim(low, high)
    decade = _DECADE if high > 6 * low else _FINE_DECADE
    ticks = (first * 10**power for power in range(5) for first in decade)
    shown = [hz for hz in ticks if low <= hz <= high]
    axis.set_yticks(shown, [f"{hz:,.0f}" for hz in shown])
    axis.minorticks_off()
    axis.grid(axis="y", color=palette.LINE, lw=0.8)


def _mark_tonics(axis: Axes, report: FileReport) -> None:
    """A frame around the tonic's row of each span in one key."""
    for start, end, tonic in _tonics(report):
        axis.plot(
            [start, end, end, start, start],
            [tonic - 0.5, tonic - 0.5, tonic + 0.5, tonic + 0.5, tonic - 0.5],
            color=palette.OCHRE,
            lw=1.2,
        )


def _tonics(report: FileReport) -> Iterator[tuple[float, float, int]]:
    parts: Sequence[SectionReport] = report.sections
    if not any(part.key for part in parts):
        if report.key is not None:
            yield 0.0, duration_of(report), report.key.best.pitch_class
        return
    for tonic, group in groupby(parts, lambda part: part.key_pitch_class):
        members = list(group)
        if tonic is not None:
            yield members[0].start_s, members[-1].end_s, tonic


def _long_name(part: SectionReport) -> str:
    facts = [part.label]
    if part.tempo_bpm is not None:
        facts.append(f"{part.tempo_bpm:.0f} BPM")
    return "  ·  ".join(facts)


def _median_gap(times: Vector) -> float:
    return float(np.median(np.diff(times))) if len(times) > 1 else math.inf
