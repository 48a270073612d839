"""Figures of what was asked against what was measured."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import spearmanr

from benchmarks._generation_run import Outcome, measure, spread
from benchmarks.figures import Figure
from generation.sequencer.score import Part, Score, ScoreChord, ScoreNote, ScoreSection
from schemas.features import key_name

NEAR = 0.04
_OCTAVES = (0.5, 1.0, 2.0)
_THIRDS = (1 / 3, 2 / 3, 1.5, 3.0)
RANKED = ("brightness_hz", "energy", "onset_rate_hz", "loudness_lufs")
_FIGURES = {"brightness_hz": "brightness_rho", "energy": "energy_rho",
            "onset_rate_hz": "onset_rate_rho", "loudness_lufs": "loudness_rho"}  # fmt: skip


def adherence_figures(
    done: Sequence[Outcome], ceiling: Figure, *, verbose: bool = False
) -> list[Figure]:
    """All figures of adherence; `ceiling` is `ceiling_figures()`."""
    if verbose:
        _tell(done)
    exact = [tempo_exact(one) for one in done]
    octave = [tempo_hit(one) for one in done]
    keys = [one.key == one.ask.key for one in done]
    relatives = [_relative(one.ask.key) == one.key for one in done]
    share = float(np.mean(keys))
    assert ceiling.value is not None
    found = [
        Figure("tempo_hit", float(np.mean(octave)), "ratio", ">= 0.98",
               note="within 4 %, octave allowed"),
        Figure("tempo_octave_exact", float(np.mean(exact)), "ratio", ">= 0.95"),
        Figure("key_hit", share, "ratio", f">= {0.9 * ceiling.value:.3f}",
               note=f"relative key instead: {np.mean(relatives):.3f}"),
        ceiling,
    ]  # fmt: skip
    for name in RANKED:
        found += _ranked(done, name)
    worst = max(one.stem_error for one in done)
    found.append(Figure("stem_sum_error", worst, "ratio", "<= 1e-6", note="of the mix's peak"))
    return found


def _ranked(done: Sequence[Outcome], name: str) -> list[Figure]:
    asked = [one for one in done if name in one.ask.values]
    wanted = np.array([one.ask.values[name] for one in asked])
    got = np.array([one.measured[name] for one in asked])
    rho = float(spearmanr(wanted, got).statistic)
    if name == "brightness_hz":
        miss = float(np.median(np.abs(np.log2(got / wanted))))
        note = f"n={len(asked)}; median miss {100 * (2**miss - 1):.1f} %"
    else:
        note = f"n={len(asked)}; median miss {np.median(np.abs(got - wanted)):.3g}"
    clamped = sum(
        abs(one.aimed.get(name, one.ask.values[name]) - one.ask.values[name]) > 1e-6
        for one in asked
    )
    note += f"; {clamped} told to be aimed elsewhere"
    return [Figure(_FIGURES[name], rho, "rho", ">= 0.95", note=note)]


def tempo_exact(one: Outcome) -> bool:
    return abs(one.measured["tempo_bpm"] / one.ask.values["tempo_bpm"] - 1) <= NEAR


def tempo_hit(one: Outcome) -> bool:
    ratio = one.measured["tempo_bpm"] / one.ask.values["tempo_bpm"]
    return any(abs(ratio / octave - 1) <= NEAR for octave in _OCTAVES)


def _relative(key: int) -> int:
    return 12 + (key + 9) % 12 if key < 12 else (key + 3) % 12


def ceiling_figures() -> Figure:
    """Share of the 24 keys that the extractor hears right in I–IV–V–I, at two tempi."""
    hits = spread(_plain_hit, [(key, tempo) for key in range(24) for tempo in (72.0, 112.0)])
    return Figure(
        "key_ceiling", float(np.mean(hits)), "ratio", note="I–IV–V–I held by an organ over a bass"
    )


def _plain_hit(given: tuple[int, float]) -> bool:
    from generation.sequencer.synthesis.mixing import render
    from schemas.audio import Audio

    rendered = render(plain_score(*given))
    return measure(Audio(rendered.mix, rendered.rate_hz))[1] == given[0]


def plain_score(key: int, tempo_bpm: float) -> Score:
    """I–IV–V–I, two bars each, in key 0 … 23, for about 15 s; in minor keys the V is minor, too."""
    tonic, minor = key % 12, key >= 12
    third = 3 if minor else 4
    bars = max(8, 8 * round(15 * tempo_bpm / 240 / 8))
    chords = [
        ScoreChord(
            start=4.0 * bar, length=4.0, symbol="",
            pitch_classes=tuple((tonic + root + step) % 12 for step in (0, third, 7)),
            bass=(tonic + root) % 12,
        )
        for bar in range(bars)
        for root in ((0, 5, 7, 0)[bar // 2 % 4],)
    ]  # fmt: skip
    organ = [
        ScoreNote(chord.start, 4.0, 60 + pitch, 80)
        for chord in chords
        for pitch in chord.pitch_classes
    ]
    bass = [
        ScoreNote(chord.start + beat, 1.0, 36 + chord.bass, 84)
        for chord in chords
        for beat in range(4)
    ]
    return Score(
        parts=(
            Part(stem="bass", instrument="upright_bass", notes=tuple(bass)),
            Part(stem="chords", instrument="organ", notes=tuple(organ)),
        ),
        sections=(
            ScoreSection(label="verse", first_bar=0, bars=bars, tonic=tonic,
                         scale="minor" if minor else "major", intensity=0.5),
        ),
        chords=tuple(chords), tempi=((0.0, tempo_bpm),), beats=4, unit=4, bars=bars, tail_s=1.0,
    )  # fmt: skip


def _tell(done: Sequence[Outcome]) -> None:
    """Each request that was missed, one a line."""
    for one in done:
        missed = []
        if not tempo_exact(one):
            ratio = one.measured["tempo_bpm"] / one.ask.values["tempo_bpm"]
            missed.append(f"tempo ×{ratio:.2f} of {one.ask.values['tempo_bpm']:.0f}")
        if one.key != one.ask.key:
            names = [
                key_name(k % 12, int(k < 12)) if k >= 0 else "none" for k in (one.ask.key, one.key)
            ]
            missed.append(f"key {names[0]} heard as {names[1]}")
        for name in RANKED:
            if name in one.ask.values:
                wanted, got = one.ask.values[name], one.measured[name]
                ratio = math.log2(max(got, 1e-3) / wanted) if name != "loudness_lufs" else 0.0
                if abs(ratio) > 0.2 or (name == "loudness_lufs" and abs(got - wanted) > 1):
                    missed.append(f"{name} {wanted:.3g} → {got:.3g}")
        if missed:
            print(f"missed {one.ask.number:4d} {one.ask.style:20s} {'; '.join(missed)}")
