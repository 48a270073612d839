"""A picture of one track that a musician can read: 1,600 × 1,000 pixels, PNG.

From the top: sections; waveform; beats; keys; pitch classes over time; loudness; brightness. All
share one time axis. Drawn from numbers of bounded size, so that three hours take no longer than
three minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.gridspec import GridSpec

from schemas.outcomes import Outcome
from schemas.report import FileReport
from service.report import drawing, palette, panels
from service.report.analysis import length, printable, verdict

WIDTH, HEIGHT = 1600, 1000
_LEFT, _RIGHT, _TOP, _BOTTOM = 0.066, 0.985, 0.885, 0.065
_LONGEST_NAME, _LONGEST_LINE = 95, 150

_PANELS = (
    (panels.sections, 0.26),
    (panels.waveform, 2.5),
    (panels.beats, 0.2),
    (panels.keys, 0.26),
    (panels.chroma, 2.6),
    (panels.loudness, 1.8),
    (panels.brightness, 1.5),
)


def draw(report: FileReport, curves: Mapping[str, Any], path: Path) -> None:
    """Draw `report` and the curves of `pipelines.features.curves` into `path`.

    Raises
    ------
    OSError
        When the file cannot be written.
    """
    size = (WIDTH / drawing.DPI, HEIGHT / drawing.DPI)
    figure = Figure(figsize=size, dpi=drawing.DPI, facecolor=palette.PAPER)
    FigureCanvasAgg(figure)
    _title(figure, report)
    heights = [height for _, height in _PANELS]
    grid = GridSpec(
        len(_PANELS),
        1,
        figure,
        left=_LEFT,
        right=_RIGHT,
        top=_TOP,
        bottom=_BOTTOM,
        hspace=0.1,
        height_ratios=heights,
    )
    for row, (panel, _) in enumerate(_PANELS):
        axis = figure.add_subplot(grid[row])
        drawing.prepare(axis, report, labelled=row == len(_PANELS) - 1)
        panel(axis, report, curves)
    figure.text(
        _RIGHT, 0.013, panels.LEGEND, size=8.5, color=palette.MUTED, ha="right", va="bottom"
    )
    figure.savefig(path, format="png", dpi=drawing.DPI, facecolor=palette.PAPER)


def _title(figure: Figure, report: FileReport) -> None:
    # Without parse_math, a "$" in a file's name would start a formula.
    name = _legible(Path(report.path).name, _LONGEST_NAME)
    figure.text(
        _LEFT,
        0.955,
        name,
        size=17,
        weight="bold",
        color=palette.INK,
        parse_math=False,
    )
    line = _legible("   ·   ".join(_facts(report)), _LONGEST_LINE)
    figure.text(_LEFT, 0.922, line, size=12, color=palette.MUTED, parse_math=False)
    if report.outcome is not Outcome.ACCEPTED:
        note = _legible(verdict(report), _LONGEST_LINE)
        figure.text(_LEFT, 0.9, note, size=9, color=palette.RED, parse_math=False)


def _facts(report: FileReport) -> Iterator[str]:
    if named := " – ".join(part for part in (report.artist, report.title) if part):
        yield named
    if report.tempo is not None:
        yield f"{report.tempo.bpm:.1f} BPM"
    if report.key is not None:
        yield report.key.best.name
    loudness = report.features.get("loudness", {}).get("loudness_lufs")
    if loudness is not None and isinstance(loudness.value, float):
        yield f"{loudness.value:.1f} LUFS".replace("-", "−")
    if report.audio is not None:
        yield length(report.audio.duration_s)


def _legible(text: str, longest: int) -> str:
    """`text` on one line, cut to length, with a mark for what the picture's font cannot draw."""
    font = FT2Font(font_manager.findfont("DejaVu Sans"))
    drawn = "".join(c if font.get_char_index(ord(c)) else "▯" for c in printable(text))
    return drawn if len(drawn) <= longest else drawn[: longest - 1] + "…"
