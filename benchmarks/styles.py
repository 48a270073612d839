"""The style library: does every style play in all its metres, at its slowest and fastest, in major
and minor; how far density moves onsets; how little voices move.

Onsets are places in the score where anybody begins a note, over 30 s of each style in the middle of
its tempo range. A style is monotone when no step of density takes an onset away from the players of
the style library (drums, bass, chords, extra) before the last bar, which closes.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import pairwise, product

import numpy as np

from benchmarks.figures import Figure
from generation.sequencer.composition.chords import parse_roman
from generation.sequencer.composition.compose import compose
from generation.sequencer.composition.voicing import voiced
from generation.sequencer.plan import Plan
from generation.sequencer.score import Part, Score, ScoreChord
from generation.sequencer.styles.library import entries, shelf
from generation.sequencer.synthesis.sounds import sound
from schemas.style import Style
from schemas.styles import style, styles

_CENTRE, _REACH = 62, (48, 96)
_DENSITIES = (0.0, 0.25, 0.5, 0.75, 1.0)
_CLIP_S = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=3, help="of the pieces (3)")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    chosen = list(entries())[:: 8 if options.quick else 1]
    figures = [
        Figure("styles_playable", len(entries()), "styles", ">= 30", note=f"of {len(styles())}"),
        Figure("styles_grooves", len(shelf().grooves), "grooves"),
    ]
    figures += _played(chosen, options.seed)
    figures += _density(chosen, options.seed)
    moved, roots = np.array(list(_motions())).T
    note = f"roots move {roots.mean():.2f}; {len(moved)} changes of chord"
    return [*figures, Figure("voice_motion_semitones", float(moved.mean()), "semitones", note=note)]


def _played(chosen: Sequence[str], seed: int) -> list[Figure]:
    """Every style in every metre, at both ends of its tempo, in both modes."""
    pieces = good = outside = notes = 0
    for style_id in chosen:
        about = style(style_id)
        for metre, tempo, scale in product(about.metres, about.tempo, ("major", "minor")):
            score = compose(_plan(about, metre, tempo, scale, seed, 0.5))
            pieces += 1
            good += len({part.stem for part in score.parts}) >= 2
            for part in score.parts:
                low, high = sound(part.instrument).range
                notes += len(part.notes)
                outside += sum(not low <= note.pitch <= high for note in part.notes)
    return [
        Figure("styles_composed", good / pieces, "ratio", ">= 1", note=f"of {pieces} pieces"),
        Figure("styles_notes_out_of_range", outside / notes, "ratio", "<= 0"),
    ]


def _density(chosen: Sequence[str], seed: int) -> list[Figure]:
    rates, monotone = [], 0
    for style_id in chosen:
        about = style(style_id)
        tempo, scale = sum(about.tempo) / 2, "minor" if about.major < 0.5 else "major"
        scores = [
            compose(_plan(about, about.metres[0], tempo, scale, seed, density))
            for density in _DENSITIES
        ]
        rates.append([len(_places(score, score.parts)) / score.length_s for score in scores])
        own = [
            {
                at
                for at in _places(score, _others(score))
                if at < (score.bars - 1) * score.bar_quarters
            }
            for score in scores
        ]
        monotone += all(before <= after for before, after in pairwise(own))
    found = np.array(rates)
    figures = [
        Figure(f"onsets_hz_at_density_{density:g}", middle, "Hz",
               note=f"median; 10–90 % {low:.1f} … {high:.1f}")
        for density, (low, middle, high) in zip(
            _DENSITIES, np.percentile(found, (10, 50, 90), axis=0).T.tolist(), strict=True
        )
    ]  # fmt: skip
    return [*figures, Figure("density_monotone", monotone / len(chosen), "ratio", ">= 1")]


def _others(score: Score) -> list[Part]:
    return [part for part in score.parts if part.stem != "lead"]


def _places(score: Score, parts: Sequence[Part]) -> set[float]:
    """Positions of onsets; grid places, so that the touch of a hand makes no new ones."""
    return {round(note.start, 4) for part in parts for note in part.notes}


def _plan(about: Style, metre: str, tempo: float, scale: str, seed: int, density: float) -> Plan:
    beats, unit = (int(part) for part in metre.split("/"))
    bars = max(4, round(_CLIP_S * tempo / 60 / (beats * 4 / unit)))
    return Plan(
        styles=((about.id, 1.0),), tempo_bpm=tempo, tonic=seed % 12, scale=scale, bars=bars,
        beats=beats, unit=unit, density=density, seed=seed,
    )  # fmt: skip


def _motions() -> Iterator[tuple[float, float]]:
    """(mean motion of voices, motion of roots) in semitones, of every change of chord written."""
    for harmony in shelf().harmony.values():
        for mode, by_role in harmony.progressions.items():
            for progression in (one for found in by_role.values() for one in found):
                written = [numeral for bar in progression for numeral in bar]
                chords = [_chord(numeral, harmony.scales[mode]) for numeral in written]
                for one, other in pairwise(chords):
                    first, second = (
                        voiced(each, "close", _CENTRE, _REACH) for each in (one, other)
                    )
                    if len(first) == len(second) and one.symbol != other.symbol:
                        step = (other.pitch_classes[0] - one.pitch_classes[0] + 6) % 12 - 6
                        yield float(np.abs(np.subtract(first, second)).mean()), abs(step)


def _chord(numeral: str, scale: str) -> ScoreChord:
    kind = parse_roman(numeral, 0, scale)
    return ScoreChord(
        start=0.0, length=4.0, symbol=kind.symbol, pitch_classes=kind.pitch_classes, bass=kind.bass
    )
