"""What each style measures at the extremes of what may be asked: how far REACH is reached."""

from __future__ import annotations

import numpy as np

from benchmarks._generation_requests import Ask
from benchmarks._generation_run import outcomes
from benchmarks.figures import Figure
from generation.sequencer.controlling.reach import REACH
from generation.sequencer.styles.library import entries
from schemas.styles import style

_SHARE = 0.1


def reach_figures(quick: bool) -> list[Figure]:
    """Lowest and highest that 9 of 10 styles reach, at the middle of their tempo."""
    chosen = sorted(entries())[:: 20 if quick else 3]
    found = []
    for name, (low, high) in {
        "brightness_hz": REACH.brightness_hz,
        "onset_rate_hz": REACH.onset_rate_hz,
        "loudness_lufs": REACH.loudness_lufs,
        "energy": REACH.energy,
    }.items():
        for side, value, share in (("low", low, 1 - _SHARE), ("high", high, _SHARE)):
            asks = [
                Ask(n, one, n % 24, {"tempo_bpm": sum(style(one).tempo) / 2, name: value})
                for n, one in enumerate(chosen)
            ]
            got = [outcome.measured[name] for outcome in outcomes(asks)]
            reached = float(np.quantile(got, share))
            found.append(
                Figure(
                    f"reach_{name}_{side}",
                    reached,
                    "",
                    note=f"{value:.4g} asked of {len(asks)} styles",
                )
            )
    return found
