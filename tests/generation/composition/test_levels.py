"""Four levels of music, each measured: a melody, harmony to it, half a minute with rhythm, a song
of two minutes. And the contract of drawing anew: a stem, a bar of a stem, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from generation.sequencer import measures
from generation.sequencer.composition.compose import compose
from generation.sequencer.composition.performance import LATEST_S
from generation.sequencer.plan import STEMS, Plan
from generation.sequencer.score import Score, ScoreNote
from generation.sequencer.styles.library import entries, entry
from schemas.styles import style as style_named

SOME = (
    "pop",
    "house",
    "jazz",
    "bossa-nova",
    "metal",
    "waltz",
    "reggae",
    "trap",
    "folk",
    "orchestral",
)
"""Styles of every family, for the runs that are not slow."""

REST = ("drums", "bass", "chords", "extra")


def plan(style: str, seed: int = 0, seconds: float = 30.0, **fields: object) -> Plan:
    """A plan in the style's own tempo and metre, in a key and mode that the seed decides."""
    about = style_named(style)
    beats, unit = (int(part) for part in about.metres[0].split("/"))
    tempo = sum(about.tempo) / 2
    bars = max(2, round(seconds * tempo / 60 / (beats * 4 / unit)))
    given: dict[str, object] = {
        "tempo_bpm": tempo, "tonic": seed * 5 % 12, "scale": ("major", "minor")[seed % 2],
        "bars": bars, "beats": beats, "unit": unit, "seed": seed,
    }  # fmt: skip
    return Plan(styles=((style, 1.0),), **given | fields)  # type: ignore[arg-type]


@cache
def song(style: str, seed: int = 0) -> Score:
    return compose(plan(style, seed, 120.0))


def notes_of(score: Score, stem: str) -> list[ScoreNote]:
    return [note for part in score.parts if part.stem == stem for note in part.notes]


def grid_of(style: str) -> list[float]:
    """Where the style's swing puts subdivisions, within a quarter note."""
    feel = entry(style).feel
    return [feel.swung(i / d) % 1 for d in (16, 12) for i in range(2 * d)]


# ── Level 1: a single melody ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("style", SOME)
def test_level_1_a_melody_alone_has_a_key_and_phrases(style: str) -> None:
    score = compose(plan(style, 1, 20.0, absent=REST))
    assert {part.stem for part in score.parts} == {"lead"}
    notes = notes_of(score, "lead")
    section = score.sections[0]
    assert len(notes) >= 6
    assert measures.in_key(score, notes) >= 0.95
    assert measures.chord_tones(score, notes) >= 0.95
    assert round(notes[-1].pitch) % 12 == section.tonic
    ends = [note.start + note.length for note in notes]
    assert all(b.start >= end - 0.51 for b, end in zip(notes[1:], ends, strict=False))


# ── Level 2: melody and harmony ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("style", SOME)
def test_level_2_melody_and_harmony_agree(style: str) -> None:
    score = compose(plan(style, 0, 20.0, absent=("drums",)))
    stems = {part.stem for part in score.parts}
    assert {"chords", "lead"} <= stems
    assert "drums" not in stems
    assert measures.chord_tones(score, notes_of(score, "lead")) >= 0.95
    assert measures.chord_tones(score, notes_of(score, "chords")) >= 0.95
    assert len(score.chords) >= 2
    assert score.chords[0].pitch_classes[0] == score.sections[0].tonic


# ── Level 3: half a minute with rhythm ────────────────────────────────────────────────────────


@pytest.mark.parametrize("style", SOME)
def test_level_3_a_band_plays_together(style: str) -> None:
    for seconds in (15.0, 30.0):
        score = compose(plan(style, 2, seconds))
        assert {"bass", "chords"} <= {part.stem for part in score.parts}
        assert measures.bass_agreement(score) >= 0.8
        assert measures.on_grid(score, grid_of(style)) >= 0.99
        assert score.length_s == pytest.approx(seconds, rel=0.25)


def test_onsets_stay_within_their_bound() -> None:
    for style in SOME:
        late = [abs(note.late_s) for part in song(style).parts for note in part.notes]
        assert max(late) <= LATEST_S
        assert np.std(late) > 0


# ── Level 4: two minutes with a form ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("style", ["pop", "folk", "reggae", "metal", "house"])
def test_level_4_a_song_has_a_form_that_is_heard(style: str) -> None:
    score = song(style)
    labels = [one.label for one in score.sections]
    assert len(set(labels)) >= 4
    assert max(labels.count(label) for label in labels) >= 2
    assert np.mean(measures.returns(score)) >= 0.9
    assert np.mean(measures.contrasts(score)) <= 0.7
    chorus = max(score.sections, key=lambda one: one.intensity)
    intro = score.sections[0]
    loud, soft = (_force(score, section.first_bar, section.end_bar) for section in (chorus, intro))
    assert loud > soft


def _force(score: Score, first: int, end: int) -> float:
    quarters = score.bar_quarters
    force = [
        note.velocity
        for part in score.parts
        for note in part.notes
        if first * quarters <= note.start < end * quarters
    ]
    return sum(force) / len(force)


@pytest.mark.slow
def test_all_levels_over_every_style() -> None:
    """The claims of docs/composition.md."""
    found: dict[str, list[float]] = {}
    for style in entries():
        for seed in range(4):
            score = song(style, seed)
            pitched = [note for part in measures.pitched(score) for note in part.notes]
            lead = notes_of(score, "lead")
            values = {
                "lead_in_key": measures.in_key(score, lead),
                "in_key": measures.in_key(score, pitched),
                "lead_chord_tones": measures.chord_tones(score, lead),
                "bass_agreement": measures.bass_agreement(score),
                "on_grid": measures.on_grid(score, grid_of(style)),
            }
            for name, value in values.items():
                found.setdefault(name, []).append(value)
            found.setdefault("returns", []).extend(measures.returns(score))
            found.setdefault("contrasts", []).extend(measures.contrasts(score))
    means = {name: float(np.mean(values)) for name, values in found.items()}
    assert means["lead_in_key"] >= 0.95
    assert means["in_key"] >= 0.95
    assert means["lead_chord_tones"] >= 0.95
    assert means["bass_agreement"] >= 0.9
    assert means["on_grid"] >= 0.99
    assert np.mean(np.array(found["returns"]) >= 0.9) >= 0.95
    assert np.mean(np.array(found["contrasts"]) <= 0.7) >= 0.9


# ── Drawn anew ────────────────────────────────────────────────────────────────────────────────


def by_player(score: Score) -> dict[tuple[str, int], Sequence[ScoreNote]]:
    return {(part.stem, index): part.notes for index, part in enumerate(score.parts)}


@pytest.mark.parametrize("style", ["pop", "jazz", "trap", "waltz"])
def test_the_same_plan_gives_the_same_score(style: str) -> None:
    assert compose(plan(style, 3)) == compose(plan(style, 3))


@pytest.mark.parametrize("stem", STEMS)
def test_a_stem_s_own_seed_changes_that_stem_alone(stem: str) -> None:
    changed = 0
    for style in ("pop", "jazz", "house", "salsa"):
        before = by_player(compose(plan(style, 3)))
        after = by_player(compose(plan(style, 3, stem_seeds={stem: 99})))
        assert list(before) == list(after)
        for key, notes in before.items():
            if key[0] == stem:
                changed += notes != after[key]
            else:
                assert notes == after[key], (style, key)
    assert changed >= 2


@pytest.mark.parametrize("stem", STEMS)
def test_a_bar_s_own_seed_changes_that_bar_of_that_stem_alone(stem: str) -> None:
    changed = 0
    for style in ("pop", "jazz", "house", "salsa"):
        first = plan(style, 3)
        before = by_player(compose(first))
        quarters = first.beats * 4 / first.unit
        for bar in (5, 10):
            after = by_player(compose(replace(first, bar_seeds={bar: {stem: 7}})))
            for key, notes in before.items():
                inside = [n for n in notes if bar <= n.start / quarters < bar + 1]
                renewed = [n for n in after[key] if bar <= n.start / quarters < bar + 1]
                kept = [n for n in notes if n not in inside]
                assert kept == [n for n in after[key] if n not in renewed], (style, bar, key)
                if key[0] == stem:
                    changed += inside != renewed
                else:
                    assert inside == renewed, (style, bar, key)
    assert changed >= 2


def test_another_seed_gives_another_piece() -> None:
    for style in ("pop", "house", "jazz", "folk"):
        scores = [compose(replace(plan(style), seed=seed)) for seed in range(6)]
        chords = {tuple(chord.symbol for chord in score.chords) for score in scores}
        tunes = {tuple((n.start, n.pitch) for n in notes_of(score, "lead")) for score in scores}
        assert len(tunes) == 6
        assert len(chords) >= 3, style


# ── Dynamics and density ──────────────────────────────────────────────────────────────────────


def test_density_and_intensity_do_what_they_say() -> None:
    for style in ("pop", "house", "jazz", "folk"):
        onsets, force = [], []
        for value in (0.0, 0.25, 0.5, 0.75, 1.0):
            dense = compose(plan(style, 1, density=value))
            onsets.append(len({n.start for p in dense.parts for n in p.notes}))
            hard = compose(plan(style, 1, intensity=value))
            force.append(np.mean([n.velocity for p in hard.parts for n in p.notes]))
        assert onsets == sorted(onsets)
        assert onsets[-1] > 1.3 * onsets[0]
        assert force == sorted(force)
        assert force[-1] > force[0] + 15


def test_loudness_breathes() -> None:
    for style in SOME:
        for part in song(style).parts:
            if len(part.notes) > 60 and part.stem != "extra":
                assert np.std([note.velocity for note in part.notes]) >= 3, (style, part.stem)
