"""Composition: is what is written in key, on the grid, of one mind and of a form?

Every playable style, in its own tempo and metre, in major and minor, two minutes long, with seeds
that nothing was tuned on (from --first on; development used those below 1,000). Measured on scores
(generation/sequencer/measures.py); chords that were moved on by three bars are the control of what
agreement chance would give. Some are rendered: chroma of the sound's bars, and the key that the
extractor hears in a melody alone, with harmony, and with the whole band.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np

from benchmarks._composition_sound import heard_keys, heard_similarities
from benchmarks.figures import Figure
from generation.sequencer import measures
from generation.sequencer.composition.compose import compose
from generation.sequencer.plan import Plan
from generation.sequencer.score import Score, ScoreChord, ScoreNote
from generation.sequencer.styles.entry import Feel
from generation.sequencer.styles.library import entries, entry
from schemas.styles import style as style_named

Found = dict[str, list[float]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=2, help="pieces a style and mode (2)")
    parser.add_argument("--first", type=int, default=1000, help="first seed (1000)")
    parser.add_argument("--rendered", type=int, default=24, help="pieces that are rendered (24)")
    parser.add_argument("--workers", type=int, default=2, help="processes (2)")


def run(options: argparse.Namespace) -> Sequence[Figure]:
    seeds = range(options.first, options.first + (1 if options.quick else options.seeds))
    names = list(entries())[:: 6 if options.quick else 1]
    rendered = min(options.rendered, 6) if options.quick else options.rendered
    asked = [plan_of(name, seed, mode) for name in names for seed in seeds for mode in MODES]
    with ProcessPoolExecutor(options.workers) as pool:
        found = merged(pool.map(measured, asked, chunksize=8))
        chosen = asked[:: max(1, len(asked) // max(1, rendered))][:rendered]
        sounds = merged(pool.map(heard_similarities, chosen))
        keys = merged(pool.map(heard_keys, [shorter(plan, 15.0) for plan in chosen]))
    return [
        *_written(found, len(names)),
        *_other_seeds(names, options.first),
        *_heard(sounds, keys),
    ]


MODES = ("major", "minor")


def plan_of(name: str, seed: int, mode: str, seconds: float = 120.0) -> Plan:
    """A piece in the style's own tempo and metre; the seed decides on the key."""
    about = style_named(name)
    beats, unit = (int(part) for part in about.metres[0].split("/"))
    tempo = sum(about.tempo) / 2
    plan = Plan(
        styles=((name, 1.0),), tempo_bpm=tempo, tonic=seed * 5 % 12, scale=mode, bars=1,
        beats=beats, unit=unit, seed=seed,
    )  # fmt: skip
    return shorter(plan, seconds)


def shorter(plan: Plan, seconds: float) -> Plan:
    bars = round(seconds * plan.tempo_bpm / 60 / (plan.beats * 4 / plan.unit))
    return replace(plan, bars=max(2, bars))


def merged(found: Iterator[Found]) -> Found:
    together: Found = {}
    for one in found:
        for name, values in one.items():
            together.setdefault(name, []).extend(values)
    return together


def measured(plan: Plan) -> Found:
    """All measures of one piece, by name."""
    started = time.process_time()
    score = compose(plan)
    spent = time.process_time() - started
    started = time.process_time()
    compose(shorter(plan, 15.0))
    short = time.process_time() - started
    lead = _notes(score, "lead")
    shifted = replace(score, chords=_moved(score))
    values = {
        "lead_in_key": measures.in_key(score, lead),
        "in_key": measures.in_key(score, _pitched(score)),
        "lead_chord_tones": measures.chord_tones(score, lead),
        "chords_agreement": measures.chord_tones(score, _notes(score, "chords")),
        "bass_agreement": measures.bass_agreement(score),
        "bass_control": measures.bass_agreement(shifted),
        "on_grid": measures.on_grid(score, swung(entry(plan.styles[0][0]).feel)),
        "closes_on_tonic": float(score.chords[-1].pitch_classes[0] == score.sections[-1].tonic),
        "compose_120s_cpu_s": spent,
        "compose_15s_cpu_s": short,
    }
    return {name: [value] for name, value in values.items()} | {
        "returns": measures.returns(score),
        "contrasts": measures.contrasts(score),
    }


def swung(feel: Feel) -> list[float]:
    """Where a feel puts the subdivisions of a quarter note."""
    return [feel.swung(i / d) % 1 for d in (16, 12) for i in range(2 * d)]


def _moved(score: Score) -> tuple[ScoreChord, ...]:
    """The chords, three bars later; what falls off the end comes first."""
    length = score.bars * score.bar_quarters
    later = [replace(c, start=(c.start + 3 * score.bar_quarters) % length) for c in score.chords]
    return tuple(sorted(later, key=lambda chord: chord.start))


def _notes(score: Score, stem: str) -> list[ScoreNote]:
    return [note for part in score.parts if part.stem == stem for note in part.notes]


def _pitched(score: Score) -> list[ScoreNote]:
    return [note for part in measures.pitched(score) for note in part.notes]


def _written(found: Found, styles: int) -> list[Figure]:
    def mean(name: str) -> float:
        return float(np.mean(found[name]))

    def share(name: str, low: float, high: float) -> float:
        values = np.array(found[name])
        return float(np.mean((values >= low) & (values <= high)))

    pieces = len(found["in_key"])
    return [
        Figure("composition_styles", styles, "styles", ">= 30"),
        Figure("composition_pieces", pieces, "pieces"),
        Figure("lead_in_key", mean("lead_in_key"), "share", ">= 0.95"),
        Figure("in_key", mean("in_key"), "share", ">= 0.95"),
        Figure("lead_chord_tones", mean("lead_chord_tones"), "share", ">= 0.95"),
        Figure("chords_agreement", mean("chords_agreement"), "share", ">= 0.95"),
        Figure("bass_agreement", mean("bass_agreement"), "share", ">= 0.95"),
        Figure("bass_control", mean("bass_control"), "share", note="chords moved by 3 bars"),
        Figure("on_grid", mean("on_grid"), "share", ">= 0.99"),
        Figure("closes_on_tonic", mean("closes_on_tonic"), "share", ">= 0.95"),
        Figure("chorus_chorus", mean("returns"), "cosine", ">= 0.9"),
        Figure("chorus_chorus_met", share("returns", 0.9, 1.01), "share of pairs"),
        Figure("verse_chorus", mean("contrasts"), "cosine", "<= 0.7"),
        Figure("verse_chorus_met", share("contrasts", 0, 0.7), "share of pairs"),
        Figure("compose_15s_cpu_s", mean("compose_15s_cpu_s"), "s"),
        Figure("compose_120s_cpu_s", mean("compose_120s_cpu_s"), "s", "<= 0.3"),
        Figure("compose_120s_cpu_s_max", max(found["compose_120s_cpu_s"]), "s"),
    ]


def _other_seeds(names: Sequence[str], first: int) -> list[Figure]:
    """How far eight seeds of one request, 30 s long, are apart."""
    overlaps, kinds = [], []
    for name in names[::4]:
        plan = plan_of(name, first, "minor", 30.0)
        scores = [compose(replace(plan, seed=first + i)) for i in range(8)]
        tunes = [{(n.start, n.pitch) for n in _notes(score, "lead")} for score in scores]
        pairs = [(a, b) for i, a in enumerate(tunes) for b in tunes[:i] if a and b]
        overlaps += [len(a & b) / min(len(a), len(b)) for a, b in pairs]
        kinds.append(len({tuple(chord.symbol for chord in score.chords) for score in scores}))
    return [
        Figure("seed_tune_overlap", float(np.mean(overlaps)), "share", note="a copy scores 1"),
        Figure("seed_tune_overlap_max", max(overlaps), "share", "<= 0.8"),
        Figure("seed_progressions", float(np.mean(kinds)), "of 8", ">= 4"),
    ]


def _heard(sounds: Found, keys: Found) -> list[Figure]:
    if not keys:
        return []
    found = [
        Figure("heard_chorus_chorus", float(np.mean(sounds["returns"])), "cosine", ">= 0.9",
               note="chroma of the sound, bar by bar, drums left out"),
        Figure("heard_verse_chorus", float(np.mean(sounds["contrasts"])), "cosine", "<= 0.7"),
    ]  # fmt: skip
    for level, what in (("melody", "1"), ("harmony", "2"), ("band", "3")):
        hits = keys[level]
        note = f"exact key of 15 s, {len(hits)} pieces"
        found.append(Figure(f"level_{what}_key_heard", float(np.mean(hits)), "share", note=note))
    return found
