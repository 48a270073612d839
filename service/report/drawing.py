"""What the panels of a track's picture share: a time axis, strips, names that fit, curves.

Sizes of text in points, of the picture in pixels at 100 an inch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from schemas.report import FileReport
from service.report import palette
from service.report.analysis import clock

Vector = npt.NDArray[np.float64]

DPI = 100
LABEL, TICK = 10, 9
_WIDE_PX = 1470.0  # of a panel
_LETTER = 0.64  # width over size of a letter
_MOST_TICKS = 14
_SMOOTH_S = 3.0
_STEPS_S = (
    *(1e-4, 1e-3, 0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1800, 3600, 7200),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A curve: times in s, values with NaN where there is none."""

    times: Vector
    values: Vector
    step_s: float

    @classmethod
    def of(cls, curve: Mapping[str, Any]) -> Line:
        values = np.array([np.nan if v is None else v for v in curve["values"]], np.float64)
        times = curve["start_s"] + np.arange(len(values)) * curve["step_s"]
        return cls(times, values, float(curve["step_s"]))

    @property
    def heard(self) -> Vector:
        return self.values[np.isfinite(self.values)]

    def smooth(self) -> Vector:
        """Mean over 3 s, of what there is."""
        size = max(1, round(_SMOOTH_S / self.step_s))
        there = np.isfinite(self.values)
        window = np.ones(min(size, max(1, len(self.values))))
        total = np.convolve(np.where(there, self.values, 0.0), window, "same")
        count = np.convolve(there.astype(float), window, "same")
        return np.where(there, total / np.maximum(count, 1), np.nan)


def prepare(axis: Axes, report: FileReport, labelled: bool) -> None:
    """What all panels share: time axis and frame."""
    duration = duration_of(report)
    axis.set_facecolor(palette.SURFACE)
    axis.set_xlim(0, duration)
    step = next((s for s in _STEPS_S if duration / s <= _MOST_TICKS), _STEPS_S[-1])
    ticks = np.arange(0, duration, step)
    axis.set_xticks(ticks, [_tick(t, step) for t in ticks] if labelled else [""] * len(ticks))
    axis.tick_params(axis="both", length=0, labelsize=TICK, colors=palette.MUTED, pad=3)
    if labelled:
        axis.tick_params(axis="x", length=4)
    axis.yaxis.set_label_coords(-0.042, 0.5)
    for side in axis.spines.values():
        side.set_color(palette.LINE)


def boundaries(axis: Axes, report: FileReport) -> None:
    """A line where each section but the first begins."""
    for part in report.sections[1:]:
        axis.axvline(part.start_s, color=palette.INK, lw=0.7, alpha=0.45, zorder=3)


def duration_of(report: FileReport) -> float:
    """Seconds on the time axis, never 0."""
    return max(report.audio.duration_s if report.audio else 0.0, 1e-3)


def pixels(seconds: float, report: FileReport) -> float:
    """How wide so many seconds are drawn."""
    return seconds / duration_of(report) * _WIDE_PX


def _tick(seconds: float, step: float) -> str:
    return clock(seconds) if step >= 1 else f"{seconds:.4g} s"


def strip(axis: Axes, name: str) -> None:
    """A low panel without a scale of its own, named at its left."""
    axis.set_ylim(0, 1)
    axis.set_yticks([0.5], [name])
    axis.tick_params(axis="y", labelsize=LABEL, labelcolor=palette.INK)


def name_span(axis: Axes, span: tuple[float, float], *names: str) -> None:
    """The first of `names` that fits into the span, or none."""
    low, high = axis.get_xlim()
    room = (span[1] - span[0]) / (high - low) * _WIDE_PX
    for text in names:
        if len(text) * _LETTER * LABEL * DPI / 72 + 4 <= room:
            axis.text(
                sum(span) / 2,
                0.46,
                text,
                size=LABEL,
                color=palette.INK,
                ha="center",
                va="center",
                parse_math=False,
            )
            return


def words(axis: Axes, text: str) -> None:
    """What stands where there is nothing to draw."""
    axis.text(
        0.5,
        0.46,
        text,
        size=LABEL,
        color=palette.MUTED,
        ha="center",
        va="center",
        transform=axis.transAxes,
    )
