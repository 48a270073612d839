"""How well sections, their labels and their values are found in songs assembled from known parts.

Boundaries: hit rate F within 3 s and 0.5 s, the first and the last boundary left out. Labels:
pairwise F and V-measure. Values: each part of a song is compared with the section found that shares
most time with it; its key and tempo are those it was written in, its energy and brightness those of
the features when its recording is measured alone. Every score is a mean over songs; intervals are
2.5 and 97.5 % of a bootstrap that draws songs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.stats

from benchmarks import _section_scores as scores
from benchmarks._render import missing_programs
from benchmarks._truth_songs import Song, Span, songs
from benchmarks.figures import Figure
from pipelines.features.analysis import Analysis
from pipelines.features.extract import extract
from pipelines.features.structure.boundaries import novelty, peaks
from pipelines.features.structure.cells import views
from pipelines.features.structure.measures import section_cells, sections
from pipelines.features.structure.values import USES
from schemas.audio import Audio
from schemas.timeline import Section

_SONGS = {"dev": 36, "held-out": 30}
_QUICK = 8
_DRAWS = 2_000
_RANDOM_SEEDS = 20
_TEMPO_ERROR = 0.04
_FOOTE_S = 16.0
_AIM = {"section_f_3s": ">= 0.65"}


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores of one song by the name of the figure; what it cannot have is left out."""

    name: str
    values: dict[str, float]


def figures(quick: bool = False) -> Sequence[Figure]:
    """The figures on held-out songs, and boundaries on development ones."""
    if lacking := missing_programs():
        return [Figure("section_f_3s", None, "ratio", _AIM["section_f_3s"], "", lacking)]
    held_out = [scored(song) for song in _songs("held-out", quick)]
    development = [scored(song) for song in _songs("dev", quick)]
    found = [_figure(name, held_out) for name in dict.fromkeys(_names(held_out))]
    low, high = interval([song.values["section_f_3s"] for song in held_out])
    dev = [song.values["section_f_3s"] for song in development]
    note = f"{len(held_out)} held-out songs; first and last boundary left out"
    return [
        *found,
        Figure("section_f_3s_low", low, "ratio", "", "", note),
        Figure("section_f_3s_high", high, "ratio", "", "", note),
        Figure("section_f_3s_dev", float(np.mean(dev)), "ratio", "", "", f"{len(dev)} songs"),
    ]


def scored(song: Song) -> Scored:
    """All scores of one song."""
    audio = song.audio()
    analysis = Analysis(audio, USES)
    found = sections(analysis)
    truth = [*(span.start_s for span in song.spans), song.spans[-1].end_s]
    times = [*(section.start_s for section in found), found[-1].end_s]
    counts = scores.contingency(
        (truth, [span.label for span in song.spans]), (times, [s.label for s in found])
    )
    values = {
        "section_f_3s": scores.boundary_f(truth, times, 3.0),
        "section_f_3s_untrimmed": scores.boundary_f(truth, times, 3.0, trim=False),
        "section_f_05s": scores.boundary_f(truth, times, 0.5),
        "section_label_v": scores.v_measure(counts),
        "section_label_pairwise_f": scores.pairwise_f(counts),
        **_baselines(analysis, truth),
        **_value_scores(audio, song.spans, found),
    }
    return Scored(song.name, values)


def interval(values: Sequence[float]) -> tuple[float, float]:
    """2.5 and 97.5 % of the mean over songs drawn with replacement."""
    rng = np.random.default_rng(0)
    means = np.asarray(values)[rng.integers(0, len(values), (_DRAWS, len(values)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def _songs(split: str, quick: bool) -> Iterable[Song]:
    return songs(split, _QUICK if quick else _SONGS[split])


def _baselines(analysis: Analysis, truth: Sequence[float]) -> dict[str, float]:
    """Boundaries of the right number without listening, and timbre's novelty alone."""
    count, end = len(truth), truth[-1]
    uniform = np.linspace(0, end, count).tolist()
    rng = np.random.default_rng(0)
    random = [
        scores.boundary_f(truth, [0.0, *sorted(rng.uniform(0, end, count - 2)), end], 3.0)
        for _ in range(_RANDOM_SEEDS)
    ]
    cells = section_cells(analysis)
    curve = novelty(cells, {"timbre": views(cells)["timbre"]}, [(_FOOTE_S, 1.0)])
    tops = peaks(cells, curve)
    tops = tops[curve[tops] > curve.mean() + curve.std()]
    foote = [0.0, *cells.starts_s[tops].tolist(), end]
    return {
        "section_f_3s_uniform": scores.boundary_f(truth, uniform, 3.0),
        "section_f_3s_random": float(np.mean(random)),
        "section_f_3s_foote": scores.boundary_f(truth, foote, 3.0),
    }


def _value_scores(
    audio: Audio, spans: Sequence[Span], found: Sequence[Section]
) -> dict[str, float]:
    pairs = [(span, _most_shared(span, found)) for span in spans]
    alone = [_measured_alone(audio, span) for span in spans]
    ratios = [(s.tempo_bpm or np.nan) / span.tempo_bpm for span, s in pairs]
    values = {
        "section_key_exact": _share(
            (s.key_pitch_class, s.key_mode) == (span.key_pitch_class, span.key_mode)
            for span, s in pairs
        ),
        "section_tempo_4pct": _share(abs(ratio - 1) <= _TEMPO_ERROR for ratio in ratios),
        "section_tempo_4pct_octave": _share(
            any(abs(ratio * by - 1) <= _TEMPO_ERROR for by in (1, 2, 3, 1 / 2, 1 / 3))
            for ratio in ratios
        ),
    }
    for index, name in enumerate(("energy", "brightness_hz")):
        rho = _rank_correlation(
            [pair[index] for pair in alone], [getattr(s, name) for _, s in pairs]
        )
        if rho is not None:
            values[f"section_{name.removesuffix('_hz')}_rho"] = rho
    return values


def _most_shared(span: Span, found: Sequence[Section]) -> Section:
    return max(found, key=lambda s: min(s.end_s, span.end_s) - max(s.start_s, span.start_s))


def _measured_alone(audio: Audio, span: Span) -> tuple[float, float]:
    """Energy and brightness of the recording of one part."""
    start, end = (round(time * audio.sample_rate_hz) for time in (span.start_s, span.end_s))
    values = extract(
        Audio(audio.samples[:, start:end], audio.sample_rate_hz), groups=["loudness", "timbre"]
    )
    return _number(values["energy"]), _number(values["brightness_hz"])


def _number(value: object) -> float:
    return value if isinstance(value, float) else float("nan")


def _rank_correlation(truth: Sequence[float], found: Sequence[float | None]) -> float | None:
    """Spearman's rho; None for fewer than three parts or where all are the same."""
    both = [(t, f) for t, f in zip(truth, found, strict=True) if f is not None]
    if len({t for t, _ in both}) < 3 or len({f for _, f in both}) < 2:
        return None
    rho = float(scipy.stats.spearmanr([t for t, _ in both], [f for _, f in both]).statistic)
    return rho if np.isfinite(rho) else None


def _share(hits: Iterable[bool]) -> float:
    return float(np.mean(list(hits)))


def _names(found: Sequence[Scored]) -> list[str]:
    return [name for song in found for name in song.values]


def _figure(name: str, found: Sequence[Scored]) -> Figure:
    values = [song.values[name] for song in found if name in song.values]
    note = f"mean over {len(values)} held-out songs"
    return Figure(name, float(np.mean(values)), "ratio", _AIM.get(name, ""), "", note)
