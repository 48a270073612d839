"""Asked against measured, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks._generation_run import Outcome

_AXES = (("tempo_bpm", "tempo, BPM", True), ("brightness_hz", "brightness, Hz", True),
         ("energy", "energy", False), ("onset_rate_hz", "onsets per second", False),
         ("loudness_lufs", "loudness, LUFS", False))  # fmt: skip


def plot(done: Sequence[Outcome], path: Path) -> None:
    """One panel a feature; dots on the line are met."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(_AXES), figsize=(15, 3.4))
    for axis, (name, title, logarithmic) in zip(axes, _AXES, strict=True):
        both = [
            (one.ask.values[name], one.measured[name]) for one in done if name in one.ask.values
        ]
        wanted, got = zip(*both, strict=True)
        ends = (min(wanted), max(wanted))
        axis.plot(ends, ends, color="0.7", linewidth=1)
        axis.plot(wanted, got, ".", markersize=4)
        axis.set_title(title, fontsize=9)
        axis.set_xlabel("asked", fontsize=8)
        axis.tick_params(labelsize=7)
        if logarithmic:
            axis.set_xscale("log")
            axis.set_yscale("log")
    axes[0].set_ylabel("measured", fontsize=8)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
