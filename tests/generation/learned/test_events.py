"""Scores as events and back; MIDI files as scores."""

from __future__ import annotations

import io

import mido
import numpy as np
import pytest

from generation.learned.conditions import LEARNED, asked, measured, style_weights
from generation.learned.symbolic import events as e
from generation.learned.symbolic.descriptions import DESCRIPTIONS, describe, fitted
from generation.learned.symbolic.from_midi import score_of_midi
from generation.learned.symbolic.playing import Touch, decode
from generation.sequencer.composition.compose import compose
from generation.sequencer.export.midi import midi_bytes
from generation.sequencer.plan import STEMS, Plan
from generation.sequencer.score import Score
from generation.sequencer.styles.library import blend
from schemas.conditioning import ConditioningRequest, FeatureCondition
from schemas.errors import InputError
from schemas.parts import Prompt, Source
from tests.generation.learned import pieces


def _plan(style: str, **changes: object) -> Plan:
    given = {"tempo_bpm": 120.0, "tonic": 9, "scale": "minor", "bars": 8, "seed": 3} | changes
    return Plan(styles=((style, 1.0),), **given)  # type: ignore[arg-type]


def _leading(score: Score, stem: str) -> list[tuple[float, int]]:
    """(start, pitch) of what `encode` keeps of a stem."""
    parts = [part for part in score.parts if part.stem == stem]
    if stem != "drums" and parts:
        parts = [max(parts, key=lambda part: (part.weight, len(part.notes)))]
    return sorted({(n.start, round(n.pitch)) for part in parts for n in part.notes})


@pytest.mark.parametrize("style", ["house", "lo-fi", "jazz", "waltz"])
def test_a_piece_comes_back_from_its_events(style: str) -> None:
    plan = _plan(style, beats=3) if style == "waltz" else _plan(style)
    score = compose(plan)
    feel = blend(plan.styles).feel
    instruments = dict.fromkeys(STEMS, ("piano", 0.7))
    parts, chords = decode(e.encode(score, feel), score.sections, instruments, Touch(feel, 0))
    for stem in STEMS:
        before = _leading(score, stem)
        after = sorted((n.start, round(n.pitch)) for p in parts if p.stem == stem for n in p.notes)
        inside = [(at, pitch) for at, pitch in before if at < score.bars * score.bar_quarters]
        # Notes nearer to each other than a tick (1/12 of a quarter note) may have become one.
        assert len(after) >= 0.97 * len(inside)
        near = [
            min((abs(at - other) for other, p in inside if p == pitch), default=9.0)
            for at, pitch in after
        ]
        assert max(near, default=0.0) <= 1 / e.TICKS
    heard = {chord.pitch_classes[0] for chord in chords}
    assert heard == {chord.pitch_classes[0] for chord in score.chords}


def test_all_keys_are_one() -> None:
    rng = [np.random.default_rng(1) for _ in range(2)]
    low, high = (pieces.score(0.5, True, r, tonic) for r, tonic in zip(rng, (0, 5), strict=True))
    assert np.array_equal(e.encode(low), e.encode(high))


@pytest.mark.parametrize(
    ("classes", "code"),
    [((0, 4, 7), 0), ((9, 0, 4), 91), ((7, 11, 2, 5), 74), ((2, 5, 9, 0), 26), ((0, 5, 7), 8)],
)
def test_chords_have_codes(classes: tuple[int, ...], code: int) -> None:
    assert e.chord_code(classes) == code
    assert set(e.chord_classes(code)) == set(classes)


def test_a_midi_file_is_read_as_it_was_written() -> None:
    score = pieces.score(0.9, False, np.random.default_rng(2), tonic=2)
    song = mido.MidiFile(file=io.BytesIO(midi_bytes(score)))
    read = score_of_midi(song)
    assert {part.stem: len(part.notes) for part in read.parts} == {
        part.stem: len(part.notes) for part in score.parts
    }
    section = read.sections[0]
    assert (read.beats, read.unit, read.bars) == (4, 4, 8)
    assert section.scale == "minor"
    assert read.tempi[0][1] == pytest.approx(120, abs=0.1)
    known = score_of_midi(song, (2, "minor"))
    ours, theirs = e.encode(score), e.encode(known)
    notes = [events[events[:, e.KIND] > e.CHORD][:, :3] for events in (ours, theirs)]
    assert np.array_equal(*notes)
    roots = [c.pitch_classes[0] for c in known.chords]
    written = [c.pitch_classes[0] for c in score.chords]
    assert set(roots) == set(written)


def test_a_midi_file_without_bars_is_refused() -> None:
    song = mido.MidiFile()
    song.tracks.append(mido.MidiTrack([mido.Message("note_on", note=60, time=0)]))
    with pytest.raises(InputError, match="without a note"):
        score_of_midi(song)
    song.tracks[0].append(mido.MetaMessage("time_signature", numerator=17, denominator=4))
    with pytest.raises(InputError, match="17/4"):
        score_of_midi(song)


def test_conditions_know_what_was_asked_and_what_was_not() -> None:
    tempo = FeatureCondition(value=120, unit="BPM", source=Source.USER, confidence=1)
    rate = FeatureCondition(low=2, high=6, unit="Hz", source=Source.MODEL, confidence=0.5)
    request = ConditioningRequest(
        prompt=Prompt(text=""), features={"tempo_bpm": tempo, "onset_rate_hz": rate}
    )
    found = asked(request, LEARNED)
    known = {name for name, one in zip(LEARNED, found.known, strict=True) if one}
    assert known == {"tempo_bpm", "onset_rate_hz"}
    assert found.values[LEARNED.index("onset_rate_hz")] == pytest.approx(0.4)
    silent = measured({"tempo_bpm": None, "energy": float("nan")}, LEARNED)
    assert not silent.known.any()


def test_a_style_that_was_not_trained_stands_for_its_kin() -> None:
    known = ("house", "techno", "jazz")
    assert style_weights((("house", 2.0), ("jazz", 2.0)), known).tolist() == [0.5, 0.0, 0.5]
    kin = style_weights((("acid-house", 1.0),), known)
    assert kin[0] > 0
    assert kin[2] == 0
    assert style_weights((("no-such-style", 1.0),), known).sum() == 0


def test_a_description_counts_notes_and_a_vector_leads_to_one() -> None:
    rng = np.random.default_rng(0)
    calm, busy = (e.encode(pieces.score(rate, True, rng)) for rate in (0.1, 0.9))
    onsets, third = DESCRIPTIONS.index("onsets"), DESCRIPTIONS.index("third")
    assert describe(busy)[onsets] == pytest.approx(4 / 8, abs=0.02)
    assert describe(calm)[onsets] == pytest.approx(1 / 8, abs=0.02)
    assert describe(busy[:60])[onsets] == pytest.approx(4 / 8, abs=0.05), "of any window"
    modes = [
        np.mean([describe(e.encode(pieces.score(0.1, major, rng)))[third] for _ in range(5)])
        for major in (True, False)
    ]
    assert modes[0] > 0.6
    assert modes[1] < 0.4
    fit = fitted([(one.conditions, one.events) for one in pieces.examples(200)], len(LEARNED))
    place = 2 * len(LEARNED) + onsets
    low, high = (pieces.led(fit, onset_rate_hz=rate)[place] for rate in (1.0, 9.0))
    assert high > 2 * low > 0
    nothing = pieces.led(fit)
    assert not nothing.any(), "what is not asked is not told"
    untold = pieces.led(fitted([], len(LEARNED)), onset_rate_hz=5.0)[2 * len(LEARNED) :]
    assert not untold.any(), "nothing was measured, so nothing is expected"


def test_a_piece_without_chords_has_none() -> None:
    score = pieces.score(0.5, True, np.random.default_rng(0))
    events = e.encode(score)
    alone = events[events[:, e.KIND] != e.CHORD]
    parts, chords = decode(alone, score.sections, {"bass": ("piano", 0.7)}, Touch(e.STRAIGHT, 0))
    assert chords == ()
    assert [part.stem for part in parts] == ["bass"]
