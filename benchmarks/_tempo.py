"""What the tempo figures share: the clips, their onsets, and when an answer counts as right."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks._truth import Truth
from benchmarks._truth_humanised import EVERY, humanised
from benchmarks._truth_played import played
from benchmarks._truth_recordings import recordings
from benchmarks._truth_rendered import rendered
from schemas.errors import InputError

TOLERANCE = 0.04
FACTORS = (1.0, 2.0, 3.0, 1 / 2, 1 / 3)


def development(folder: Path | None = None, every: int = EVERY) -> list[Truth]:
    """All development clips; one in `every` rendered ones also humanised."""
    extra = humanised("development", every=every) if every != EVERY else ()
    found = clips("development", False, folder)
    return found + [clip for clip in extra if clip not in found]


def clips(split: str, quick: bool, folder: Path | None = None) -> list[Truth]:
    """Rendered, humanised and recorded clips of one side, and played ones where `folder` has them.

    A part that cannot be had here is left out with a word on standard error.
    """
    found: list[Truth] = []
    parts = [rendered, humanised, recordings]
    for part in parts:
        try:
            found += part(split, quick)
        except InputError as error:
            print(f"left out: {error}", file=sys.stderr)
    return found + list(played(folder, split, quick) if folder else ())


def hits(truth: Sequence[float], found: Sequence[float | None]) -> npt.NDArray[np.bool_]:
    """Shape (clips, 2): Acc1, within 4 %; Acc2, within 4 % of the tempo times 1, 2, 3, 1/2 or 1/3.

    Gouyon et al. 2006. No tempo is wrong.
    """
    rows = [
        [
            tempo is not None
            and any(abs(tempo - true * f) <= TOLERANCE * true * f for f in factors)
            for factors in ((1.0,), FACTORS)
        ]
        for true, tempo in zip(truth, found, strict=True)
    ]
    return np.array(rows, dtype=bool).reshape(-1, 2)


def flux_of(path: Path) -> npt.NDArray[np.float64]:
    """What the tempo curve is made of, shape (frames, 5)."""
    from pipelines.audio.decode import decode
    from pipelines.features.analysis import Analysis
    from pipelines.features.rhythm.pulse import pulse_envelope
    from pipelines.features.rhythm.tempo_curve import rises_above_mean

    return rises_above_mean(pulse_envelope(Analysis(decode(path).audio, ["mel"])))
