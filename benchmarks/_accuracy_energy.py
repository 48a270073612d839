"""Energy and danceability: on genres that say how intense they are, and against Essentia.

The order of genres is that of the median energy that Echo Nest gave to tracks of the Free Music
Archive (folk, international, pop, hip-hop, rock, punk, metal, hardcore; metadata CC BY 4.0), taken
over to the styles of the rendered corpus in five steps. The figure is Spearman's rank correlation
of energy and step over the clips of the held-out families. The clips are scaled to random peaks, so
that loudness tells next to nothing there. On recordings (`.wordtone/demo/cache/music`), it is the
share of pairs in which metal has more energy than arcade tunes; danceability is compared with
Essentia's on whole recordings, which it reads at 44.1 kHz.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import scipy.stats

from benchmarks._accuracy_loudness import MUSIC
from benchmarks._essentia import PEER, Essentia
from benchmarks._render import missing_programs
from benchmarks._truth_rendered import rendered
from benchmarks.figures import Figure
from pipelines.audio.decode import decode
from pipelines.audio.probe import is_audio
from pipelines.features.analysis import Analysis
from pipelines.features.loudness.energy import energy
from pipelines.features.rhythm.danceability import danceability
from schemas.audio import Audio
from schemas.errors import InputError

STEPS: tuple[tuple[str, ...], ...] = (
    ("ambient", "lullaby", "hymn", "classical", "orchestral"),
    ("piano ballad", "pop ballad", "rock ballad", "slow blues", "bossa nova", "folk", "bolero",
     "trip hop", "rnb", "waltz", "country waltz", "folk blues"),
    ("pop", "country", "soul", "reggae", "soft rock", "swing jazz", "hip hop", "disco",
     "country blues", "folk rock", "synth pop", "foxtrot", "rhumba", "beguine", "tango", "cha cha"),
    ("rock", "funk", "ska", "samba", "salsa", "rock and roll", "dance pop", "house", "latin house",
     "techno", "trance", "dance", "merengue", "mambo", "pop rock"),
    ("hard rock", "punk", "heavy metal", "thrash metal", "drum and bass", "rave"),
)  # fmt: skip
"""Genres by rising energy; what is not listed (jazz, show tunes, marches …) has no place in it."""

METAL, ARCADE = "fretsonfire-songs-muldjord", "amoebax-data"
_EXCERPT_S = 30.0
_QUICK_STEP = 8


def figures(quick: bool) -> Sequence[Figure]:
    return [_rank_figure(quick), _metal_figure(), _danceability_figure(quick)]


def step(genre: str) -> int | None:
    """0 … 4, or None where the genre is not in the order."""
    return next((i for i, genres in enumerate(STEPS) if genre in genres), None)


def _rank_figure(quick: bool) -> Figure:
    name, target = "energy_rank_rho", ">= 0.5"
    if lacking := missing_programs():
        return Figure(name, None, "rho", target, note=lacking)
    clips = [clip for clip in rendered("held-out", quick) if step(clip.genre) is not None]
    values = [_energy(clip.path) for clip in clips]
    steps = [step(clip.genre) or 0 for clip in clips]
    rho = float(scipy.stats.spearmanr(values, steps)[0])
    return Figure(name, rho, "rho", target, note=f"{len(clips)} held-out rendered clips")


def _metal_figure() -> Figure:
    name, target = "energy_metal_above_arcade", ">= 0.9"
    metal, arcade = ([_energy(path) for path in _recordings(p)] for p in (METAL, ARCADE))
    if not (metal and arcade):
        return Figure(name, None, "ratio", target, note="./dev demo fetches the recordings")
    share = float(np.mean([[m > a for a in arcade] for m in metal]))
    note = f"{len(metal)} metal songs, {len(arcade)} arcade tunes"
    return Figure(name, share, "ratio", target, note=note)


def _danceability_figure(quick: bool) -> Figure:
    name, target = "danceability_essentia_max_difference", "<= 0.3"
    paths = _recordings("")[:: _QUICK_STEP if quick else 1]
    if not paths:
        return Figure(name, None, "1", target, PEER, "./dev demo fetches the recordings")
    ours, theirs = [], []
    try:
        with Essentia() as essentia:
            for path in paths:
                value = danceability(Analysis(decode(path).audio))
                if isinstance(value, float):
                    ours.append(value)
                    theirs.append(essentia.danceability(path))
    except InputError as error:
        return Figure(name, None, "1", target, PEER, str(error))
    differences = np.abs(np.subtract(ours, theirs))
    note = f"{len(ours)} recordings, median {np.median(differences):.4f}"
    note += f", correlation {np.corrcoef(ours, theirs)[0, 1]:.4f}"
    return Figure(name, float(differences.max()), "1", target, PEER, note)


def _recordings(package: str) -> list[Path]:
    found = sorted((MUSIC / package).rglob("*"))
    return [path for path in found if path.is_file() and is_audio(path)]


def _energy(path: Path) -> float:
    """Energy of 30 s from the middle; 0 for silence."""
    audio = decode(path).audio
    count = round(_EXCERPT_S * audio.sample_rate_hz)
    start = max(0, (audio.samples.shape[1] - count) // 2)
    part = np.ascontiguousarray(audio.samples[:, start : start + count])
    value = energy(Analysis(Audio(part, audio.sample_rate_hz)))
    return value if isinstance(value, float) else 0.0
