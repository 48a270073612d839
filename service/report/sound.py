"""A rendered piece as a picture: its stems as waveforms, the mix as a spectrogram."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from schemas.audio import Audio
from service.report import palette

DPI = 90
_SLICES = 1_200
_COLUMNS = 420
_WINDOW = 2_048
_BANDS = 110
_LOWEST_HZ, _HIGHEST_HZ = 30.0, 18_000.0
_FLOOR_DB = -70.0
_COLOURS = (palette.INK, palette.BLUE, palette.GREEN, palette.RED, palette.OCHRE)


def draw(stems: Mapping[str, Audio], mix: Audio, title: str, path: Path) -> None:
    """Write the picture to `path` (.png or .svg), stems from top to bottom as they come."""
    figure = Figure(figsize=(9, 6), dpi=DPI, facecolor=palette.PAPER, layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    figure.suptitle(title, size=12, color=palette.INK, parse_math=False)
    _waves(upper, stems)
    _spectrogram(lower, mix)
    figure.savefig(path, dpi=DPI, facecolor=palette.PAPER)


def _waves(axes: Axes, stems: Mapping[str, Audio]) -> None:
    """Lowest and highest sample of each of _SLICES slices, a row a stem, at one scale."""
    top = max((float(np.abs(one.samples).max()) for one in stems.values()), default=1.0) or 1.0
    for row, (name, stem) in enumerate(stems.items()):
        mono = stem.samples.mean(axis=0)
        width = max(1, mono.size // _SLICES)
        slices = mono[: mono.size // width * width].reshape(-1, width) / (1.4 * top)
        at = np.arange(slices.shape[0]) * width / stem.sample_rate_hz
        colour = _COLOURS[row % len(_COLOURS)]
        axes.fill_between(
            at, slices.min(axis=1) - row, slices.max(axis=1) - row, lw=0, color=colour, label=name
        )
    axes.set_yticks([-row for row in range(len(stems))], list(stems))
    axes.set_facecolor(palette.PAPER)


def _spectrogram(axes: Axes, mix: Audio) -> None:
    """Mean power in _BANDS bands, even in log frequency, of _COLUMNS frames."""
    mono = mix.samples.mean(axis=0)
    starts = np.linspace(0, max(0, mono.size - _WINDOW), _COLUMNS).astype(int)
    padded = np.pad(mono, (0, _WINDOW))
    frames = padded[starts[:, None] + np.arange(_WINDOW)] * np.hanning(_WINDOW)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    edges = np.geomspace(_LOWEST_HZ, _HIGHEST_HZ, _BANDS + 1)
    bins = np.maximum(1, np.round(edges * _WINDOW / mix.sample_rate_hz).astype(int))
    total = np.concatenate((np.zeros((_COLUMNS, 1)), np.cumsum(power, axis=1)), axis=1)
    width = np.maximum(np.diff(bins), 1)
    level = 10 * np.log10((total[:, bins[:-1] + width] - total[:, bins[:-1]]) / width + 1e-12)
    top = float(level.max())
    axes.pcolormesh(
        np.append(starts, mono.size) / mix.sample_rate_hz, edges, level.T,
        vmin=top + _FLOOR_DB, vmax=top, cmap="magma", rasterized=True,
    )  # fmt: skip
    axes.set(yscale="log", ylim=(_LOWEST_HZ, _HIGHEST_HZ), xlabel="s", ylabel="Hz")
