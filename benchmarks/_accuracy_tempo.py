"""Tempo, beats and bars against known ones: ours, Essentia's RhythmExtractor2013 and librosa's.

Clips are rendered grooves, the same humanised, recordings with charts and, with `--played FOLDER`,
drums played by people. Acc1 is the share within 4 % of the true tempo, Acc2 of it or its double,
triple, half or third; no tempo is wrong. Beats are right within 70 ms; F is the harmonic mean of
precision and recall. Headline figures are of clips held out by groove family, artist and drummer;
those that end in `_dev` of the clips that the weights were fitted on.

`tempo_acc1_with_…` are fits with fewer cues, each with the cues of the one before: an onset comb,
where tempi lie, the bands of bass, snare and cymbals, the spectrum of the onsets, and their density
(`everything`). `tempo_acc1_styled` adds a prior: the range of tempi that development clips of the
same genre have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks import _peers
from benchmarks._accuracy_key import interval
from benchmarks._tempo import clips, hits
from benchmarks._truth import Truth
from benchmarks.figures import Figure
from pipelines.audio.decode import decode
from pipelines.features.analysis import Analysis, TempoPrior
from pipelines.features.rhythm import tempo_curve
from pipelines.features.rhythm.bars import LEAST_CONFIDENCE
from pipelines.features.rhythm.beats import bars, beats, steady_pulse
from pipelines.features.rhythm.pulse import find_pulse, pulse_envelope, styled
from schemas.errors import InputError

CUE_SETS = ("comb", "place", "bands", "spectrum", "everything")
BEAT_S = 0.07
_TARGETS = {"tempo_acc1": ">= 0.76", "tempo_acc2": ">= 0.97"}
_METERS = {"3/4": 3, "4/4": 4, "12/8": 4}
Times = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Heard:
    """What we say of a clip; `by_cues` are the tempi that fewer cues find."""

    tempo: float | None
    candidates: tuple[float, ...]
    styled: float | None
    by_cues: tuple[float, ...]
    beats_s: Times
    downbeats_s: Times
    beats_a_bar: int | None


def figures(quick: bool, played: Path | None = None) -> Sequence[Figure]:
    """All figures of this module."""
    seen, held_out = (clips(split, quick, played) for split in ("development", "held-out"))
    if not held_out:
        return [Figure("tempo_acc1", None, "", _TARGETS["tempo_acc1"], "", "no clips: see above")]
    priors = genre_priors(seen)
    answers = [hear(clip, priors.get(clip.genre)) for clip in held_out]
    found = tempo_figures(held_out, answers, "held out")
    right = hits(_tempi(held_out), [h.styled for h in answers])[:, 0]
    found.append(Figure("tempo_acc1_styled", float(right.mean()), "", note="prior by genre"))
    heard = [hear(clip, None) for clip in seen]
    right = hits(_tempi(seen), [h.tempo for h in heard])
    found += [
        Figure(f"tempo_acc{i + 1}_dev", float(right[:, i].mean()), "", "", "", f"{len(seen)} clips")
        for i in (0, 1)
    ]
    return [*found, *_cue_figures(seen, heard, "_dev"), *beat_figures(held_out, answers)]


def figures_on(known: Sequence[Truth], what: str) -> list[Figure]:
    """All figures that the clips have the truth for; none where no tempo is known."""
    known = [clip for clip in known if clip.tempo_bpm is not None]
    if not known:
        return []
    heard = [hear(clip, None) for clip in known]
    return [*tempo_figures(known, heard, what), *beat_figures(known, heard)]


def tempo_figures(known: Sequence[Truth], heard: Sequence[Heard], what: str) -> list[Figure]:
    """Tempo figures of clips whose tempo is known."""
    note = f"{len(known)} clips, {what}"
    found = _scored(known, [h.tempo for h in heard], "", "", note)
    for name, peer, ask in (
        ("_essentia", _peers.ESSENTIA, _peers.essentia),
        ("_librosa", _peers.LIBROSA, _peers.librosa),
    ):
        try:
            answers = ask([clip.path for clip in known])
        except InputError as error:
            found.append(Figure(f"tempo_acc1{name}", None, "", "", peer, str(error)))
            continue
        found += _scored(known, [tempo for tempo, _ in answers], name, peer, note)
    offered = [
        any(hits([clip.tempo_bpm or 0.0], [c])[0, 0] for c in h.candidates)
        for clip, h in zip(known, heard, strict=True)
    ]
    found.append(Figure("tempo_offered", float(np.mean(offered)), "", "", "", "in the candidates"))
    return [*found, *_cue_figures(known, heard, "")]


def genre_priors(seen: Sequence[Truth]) -> dict[str, TempoPrior]:
    """For each genre of the development clips, the range of their tempi and a tenth beyond it."""
    tempi: dict[str, list[float]] = {}
    for clip in seen:
        if clip.tempo_bpm is not None and clip.genre:
            tempi.setdefault(clip.genre, []).append(clip.tempo_bpm)
    return {genre: styled([(min(t) * 0.9, max(t) * 1.1)]) for genre, t in tempi.items()}


def hear(clip: Truth, prior: TempoPrior | None) -> Heard:
    analysis = Analysis(decode(clip.path).audio, ["mel"])
    envelope = pulse_envelope(analysis)
    found, tracked, barred = steady_pulse(analysis), beats(analysis), bars(analysis)
    with_style = find_pulse(envelope, prior) if prior else found
    times = np.array(tracked.times_s if tracked else ())
    told = barred is not None and barred.confidence >= LEAST_CONFIDENCE
    return Heard(
        found.tempi_bpm[0] if found else None,
        found.tempi_bpm if found else (),
        with_style.tempi_bpm[0] if with_style else None,
        _by_cues(envelope),
        times,
        times[list(tracked.downbeats)] if tracked else times,
        barred.beats if barred and told else None,
    )


def beat_figures(given: Sequence[Truth], answers: Sequence[Heard]) -> list[Figure]:
    """Beat and bar figures of the clips whose beats lie on a known grid."""
    pairs = [(c, h) for c, h in zip(given, answers, strict=True) if c.first_beat_s is not None]
    if not pairs:
        return []
    known, heard = [c for c, _ in pairs], [h for _, h in pairs]
    paths, groups = [clip.path for clip in known], [clip.group for clip in known]
    note = f"{len(known)} rendered clips, held out; ±70 ms"
    tracked = {"": ("", [h.beats_s for h in heard])}
    for name, peer, ask in (
        ("_essentia", _peers.ESSENTIA, _peers.essentia),
        ("_librosa", _peers.LIBROSA, _peers.librosa),
    ):
        try:
            tracked[name] = (peer, [np.array(times) for _, times in ask(paths)])
        except InputError as error:
            tracked[name] = (f"{peer}: {error}", [])
    found = []
    for name, (peer, times) in tracked.items():
        scores = [f_measure(_grid(c), t) for c, t in zip(known, times, strict=False)]
        mean = float(np.mean(scores)) if scores else None
        found.append(Figure(f"beat_f{name}", mean, "", "", peer, note))
    low, high = interval(
        np.array([f_measure(_grid(c), h.beats_s) for c, h in zip(known, heard, strict=True)]),
        groups,
    )
    found += [
        Figure("beat_f_low", low, "", "", "", note),
        Figure("beat_f_high", high, "", "", "", note),
    ]
    return found + _bar_figures(known, heard)


def f_measure(true: Times, found: Times) -> float:
    """Harmonic mean of precision and recall, each true time matched at most once; 0 for none."""
    if not len(true) or not len(found):
        return 0.0
    nearest = np.abs(true[:, None] - found).argmin(axis=1)
    near = np.abs(true - found[nearest]) <= BEAT_S
    matched = len(set(nearest[near].tolist()))
    return 2 * matched / (len(true) + len(found))


def _bar_figures(known: Sequence[Truth], heard: Sequence[Heard]) -> list[Figure]:
    pairs = [(c, h) for c, h in zip(known, heard, strict=True) if c.meter in _METERS]
    told = [(c, h) for c, h in pairs if h.beats_a_bar is not None]
    if not told:
        return []
    note = f"{len(told)} clips where bars are told"
    metre = [h.beats_a_bar == _METERS[c.meter] for c, h in told]
    down = [f_measure(_bars(c), h.downbeats_s) for c, h in told]
    return [
        Figure("bars_told", len(told) / len(pairs), "", "", "", f"{len(pairs)} clips"),
        Figure("metre_accuracy", float(np.mean(metre)), "", "", "", note),
        Figure("downbeat_f", float(np.mean(down)), "", "", "", note),
    ]


def _grid(clip: Truth) -> Times:
    assert clip.tempo_bpm is not None
    assert clip.first_beat_s is not None
    return np.arange(clip.first_beat_s, 29.9, 60 / clip.tempo_bpm)


def _bars(clip: Truth) -> Times:
    assert clip.tempo_bpm is not None
    assert clip.first_bar_s is not None
    return np.arange(clip.first_bar_s, 29.9, 60 / clip.tempo_bpm * _METERS[clip.meter])


def _by_cues(envelope: npt.NDArray[np.float64]) -> tuple[float, ...]:
    flux = tempo_curve.rises_above_mean(envelope)
    cues = tempo_curve.cues(tempo_curve.autocorrelations(flux), tempo_curve.onsets_per_second(flux))
    best = (tempo_curve.score(cues, column).argmax() for column in CUE_SETS)
    return tuple(float(tempo_curve.GRID[peak]) for peak in best)


def _cue_figures(known: Sequence[Truth], heard: Sequence[Heard], suffix: str) -> list[Figure]:
    found = []
    for i, column in enumerate(CUE_SETS):
        right = hits(_tempi(known), [h.by_cues[i] for h in heard])
        found += [
            Figure(f"tempo_acc{k + 1}_with_{column}{suffix}", float(right[:, k].mean()), "")
            for k in (0, 1)
        ]
    return found


def _scored(
    known: Sequence[Truth], tempi: Sequence[float | None], suffix: str, peer: str, note: str
) -> list[Figure]:
    right = hits(_tempi(known), tempi).astype(float)
    found = []
    for i, name in enumerate(_TARGETS):
        low, high = interval(right[:, i], [clip.group for clip in known])
        target = "" if suffix else _TARGETS[name]
        found += [
            Figure(f"{name}{suffix}", float(right[:, i].mean()), "", target, peer, note),
            Figure(f"{name}{suffix}_low", low, "", "", peer, note),
            Figure(f"{name}{suffix}_high", high, "", "", peer, note),
        ]
        for part in sorted({_part(clip) for clip in known}):
            of = [k for k, clip in enumerate(known) if _part(clip) == part]
            found.append(
                Figure(f"{name}{suffix}_{part}", float(right[of, i].mean()), "", "", peer,
                       f"{len(of)} clips")
            )  # fmt: skip
    return found


def _part(clip: Truth) -> str:
    folder = clip.path.parent.name.split("-")[0]
    return folder if folder in ("humanised", "recordings", "played") else "rendered"


def _tempi(known: Sequence[Truth]) -> list[float]:
    return [clip.tempo_bpm or 0.0 for clip in known]
