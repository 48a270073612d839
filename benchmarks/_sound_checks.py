"""Measurements behind `./dev bench sound`. As a program: CPU time of N seconds of sound."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

import numpy as np

from benchmarks._listening import centroid_hz, clicks, true_peak
from generation.sequencer.composition.compose import compose
from generation.sequencer.plan import Plan
from generation.sequencer.score import Score
from generation.sequencer.synthesis.dry import render_notes
from generation.sequencer.synthesis.mixing import RANGES, Mixing, Rendered, premix_middle, render
from generation.sequencer.synthesis.signal import RATE_HZ
from schemas.styles import style

STYLES_QUICK = ["house", "trance", "drum-and-bass", "trap", "rock", "metal", "funk", "reggae",
                "swing", "bossa-nova", "orchestral", "ambient"]  # fmt: skip
_TARGET_LUFS = -14.0
_TIMED = ("house", "trance", "funk", "metal")
_BANDS_HZ = (125.0, 250.0, 500.0, 1_000.0, 2_000.0, 4_000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was measured on one style."""

    style: str
    sum_error: float
    clicks: int
    loudness_error_lu: float
    true_peak_db: float
    dc: float
    end_db: float
    correlation: float
    slope_db: float


def score_of(style_id: str, bars: int = 12, seed: int = 1) -> Score:
    about = style(style_id)
    beats, unit = (int(part) for part in about.metres[0].split("/"))
    plan = Plan(
        styles=((style_id, 1.0),), tempo_bpm=float(np.mean(about.tempo)), tonic=2,
        scale="major" if about.major >= 0.5 else "minor", bars=bars, beats=beats, unit=unit,
        seed=seed,
    )  # fmt: skip
    return compose(plan)


def heard(style_id: str) -> Heard:
    import pyloudnorm

    score = score_of(style_id)
    made = render(score, Mixing(loudness_lufs=_TARGET_LUFS))
    peak = float(np.abs(made.mix).max())
    loud = pyloudnorm.Meter(RATE_HZ).integrated_loudness(made.mix.T)
    end = np.abs(made.mix[:, -44:]).max()
    return Heard(
        style=style_id,
        sum_error=float(np.abs(sum(made.stems.values()) - made.mix).max()),
        clicks=_clicks(score, made),
        loudness_error_lu=abs(float(loud) - _TARGET_LUFS),
        true_peak_db=20 * float(np.log10(true_peak(made.mix))),
        dc=float(np.abs(made.mix.mean(axis=1)).max()) / peak,
        end_db=20 * float(np.log10(max(end, 1e-9) / peak)),
        correlation=float(np.corrcoef(made.mix[0], made.mix[1])[0, 1]),
        slope_db=_slope(made.mix.mean(axis=0)),
    )


def _clicks(score: Score, made: Rendered) -> int:

    found = 0
    for stem in set(made.stems) - {"drums"}:
        onsets = [
            score.seconds(at) + note.late_s
            for part in score.parts
            if part.stem == stem
            for note in part.notes
            for at in (note.start, note.start + note.length)
        ]
        found += len(clicks(made.stems[stem].mean(axis=0), np.asarray(onsets)))
    return found


def _slope(mono: np.ndarray) -> float:
    """Slope of the power density, dB per octave, by the power in octaves."""
    power = np.abs(np.fft.rfft(mono * np.hanning(mono.size))) ** 2
    at = np.fft.rfftfreq(mono.size, 1 / RATE_HZ)
    levels = [
        10 * np.log10(power[(at >= low) & (at < 2 * low)].sum() + 1e-9) for low in _BANDS_HZ[:-1]
    ]
    return float(np.polyfit(np.arange(len(levels)), levels, 1)[0]) - 10 * float(np.log10(2))


def tilt_range() -> tuple[float, float, int]:
    """Highest of the lowest brightnesses, lowest of the highest, and how often one turned back."""

    lows, highs, turns = [], [], 0
    for name in STYLES_QUICK[:8]:
        dry = render_notes(score_of(name, 8))
        found = [
            centroid_hz(premix_middle(dry, Mixing(tilt_db=float(tilt))))
            for tilt in np.linspace(*RANGES["tilt_db"], 8)
        ]
        turns += int(np.sum(np.diff(found) <= 0))
        lows.append(found[0])
        highs.append(found[-1])
    return max(lows), min(highs), turns


def main(seconds: float) -> None:
    """Print the largest CPU time of the timed styles, each cold, and the largest warm."""
    from generation.sequencer.synthesis import notes

    cold: list[float] = []
    warm: list[float] = []
    for name in _TIMED:
        score = score_of(name)
        bars = max(1, round(seconds * score.bars / score.length_s))
        score = score_of(name, bars)
        notes._CACHE = notes.NoteCache()
        for times in (cold, warm):
            started = time.process_time()
            render(score)
            times.append(time.process_time() - started)
    sys.stdout.write(f"{max(cold):.4f} {max(warm):.4f}\n")


if __name__ == "__main__":
    main(float(sys.argv[1]))
