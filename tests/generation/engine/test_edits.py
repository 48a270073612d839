"""Edits change what they name and leave every other sample as it was."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from generation.contract import Generated
from generation.sequencer.controlling.hearing import centroid_hz, magnitudes
from generation.sequencer.editing.recipe import read_recipe
from generation.sequencer.engine import Embedded
from generation.sequencer.plan import STEMS
from schemas.errors import InputError
from schemas.features import key_name
from tests.generation.engine.conftest import ask

RATE = 44_100
BAR = 2.0  # s, at 120 BPM


def _edited(piece: Generated, seed: int = 99, /, **given: Any) -> Generated:
    edit = {"generation_id": "g1"} | given.pop("edit", {})
    engine = Embedded(recall=lambda _: piece.recipe)
    return engine.generate(ask(None, edit=edit, **({"duration_s": None} | given)), seed)


def _same(one: Generated, other: Generated, stem: str, start_s: float, end_s: float) -> bool:
    cut = slice(round(start_s * RATE), round(end_s * RATE))
    return np.array_equal(
        one.stems[stem].samples[:, cut], other.stems[stem].samples[:, cut]
    )  # fmt: skip


def test_a_recipe_survives_json_and_gives_the_same_samples(piece: Generated) -> None:
    again = Embedded().replay(json.loads(json.dumps(piece.recipe)))
    assert np.array_equal(again.mix.samples, piece.mix.samples)
    assert again.midi == piece.midi


def test_a_stem_drawn_anew_leaves_all_others_bit_identical(piece: Generated) -> None:
    after = _edited(piece, edit={"regenerate_stems": ("bass",)})
    assert not np.array_equal(after.stems["bass"].samples, piece.stems["bass"].samples)
    for stem in set(piece.stems) - {"bass"}:
        assert np.array_equal(after.stems[stem].samples, piece.stems[stem].samples), stem
    assert after.parents == ("g1",)
    assert np.abs(after.mix.samples).max() <= 1.0


def test_keeping_stems_is_regenerating_the_rest(piece: Generated) -> None:
    rest = tuple(stem for stem in STEMS if stem != "drums")
    kept = _edited(piece, edit={"keep_stems": ("drums",)})
    named = _edited(piece, edit={"regenerate_stems": rest})
    assert np.array_equal(kept.mix.samples, named.mix.samples)
    assert np.array_equal(kept.stems["drums"].samples, piece.stems["drums"].samples)


def test_a_region_drawn_anew_leaves_every_sample_outside_of_it(piece: Generated) -> None:
    after = _edited(
        piece, edit={"regenerate_regions": ({"start_s": BAR, "end_s": 2 * BAR},)}
    )  # fmt: skip
    for stem in piece.stems:
        assert _same(after, piece, stem, 0.0, BAR), stem
        assert _same(after, piece, stem, 2 * BAR, 8.0), stem
    cut = slice(round(BAR * RATE), round(2 * BAR * RATE))
    assert np.array_equal(after.mix.samples[:, : cut.start], piece.mix.samples[:, : cut.start])
    assert not np.array_equal(after.mix.samples[:, cut], piece.mix.samples[:, cut])
    jump = np.abs(np.diff(after.mix.samples, axis=1)).max()
    assert jump < 1.5 * np.abs(np.diff(piece.mix.samples, axis=1)).max()


def test_one_stem_in_one_region_and_an_edit_of_an_edit(piece: Generated) -> None:
    region = {"start_s": 0.0, "end_s": BAR}
    first = _edited(piece, edit={"regenerate_stems": ("drums",), "regenerate_regions": (region,)})
    for stem in set(piece.stems) - {"drums"}:
        assert np.array_equal(first.stems[stem].samples, piece.stems[stem].samples), stem
    assert _same(first, piece, "drums", BAR, 8.0)
    second = _edited(first, 7, edit={"regenerate_stems": ("chords",)})
    assert np.array_equal(second.stems["drums"].samples, first.stems["drums"].samples)
    again = Embedded().replay(second.recipe)
    assert np.array_equal(again.mix.samples, second.mix.samples)


def test_keeping_regions_draws_the_rest_anew(piece: Generated) -> None:
    after = _edited(piece, edit={"keep_regions": ({"start_s": 0.0, "end_s": 2 * BAR},)})
    for stem in piece.stems:
        assert _same(after, piece, stem, 0.0, 2 * BAR), stem
    assert not np.array_equal(after.mix.samples, piece.mix.samples)


def test_darker_keeps_the_notes_and_is_darker(piece: Generated) -> None:
    was = centroid_hz(magnitudes(piece.mix.samples.mean(axis=0)))
    after = _edited(piece, brightness_hz=0.6 * was)
    assert after.midi == piece.midi
    got = centroid_hz(magnitudes(after.mix.samples.mean(axis=0)))
    assert got == pytest.approx(0.6 * was, rel=0.08)
    assert after.applied["brightness_hz"].aimed == pytest.approx(0.6 * was, rel=0.01)


def test_faster_plays_the_same_notes_in_less_time(piece: Generated) -> None:
    after = _edited(piece, tempo_bpm=132.0)
    assert after.mix.duration_s == pytest.approx(8.0 / 1.1, abs=0.01)
    plans = [read_recipe(one.recipe).top.plan for one in (piece, after)]
    assert plans[0].bars == plans[1].bars
    assert plans[1].tempo_bpm == pytest.approx(132.0)


@pytest.mark.parametrize(
    ("pitch_class", "mode", "told"),
    [(None, "minor", " minor"), (3, None, "Eb "), (3, "minor", "Eb minor")],
)
def test_an_edit_tells_the_key_in_words_however_little_of_it_is_stated(
    piece: Generated, pitch_class: int | None, mode: str | None, told: str
) -> None:
    key = {"pitch_class": pitch_class, "mode": mode, "source": "user", "confidence": 1}
    aimed = _edited(piece, key=key).applied["key"].aimed
    assert isinstance(aimed, str)
    assert told in aimed
    assert aimed in {key_name(tonic, mode) for tonic in range(12) for mode in (0, 1)}


def test_a_continuation_begins_where_the_bars_end(piece: Generated) -> None:
    after = _edited(piece, duration_s=16.0)
    end = read_recipe(piece.recipe).top.plan.bars * BAR
    assert after.mix.duration_s == pytest.approx(16.0, abs=0.01)
    for stem in piece.stems:
        assert _same(after, piece, stem, 0.0, min(end, 8.0)), stem
    tail = after.mix.samples[:, round(9.0 * RATE) : round(13.0 * RATE)]
    assert np.sqrt((tail**2).mean()) > 0.01
    with pytest.raises(InputError, match="continuation"):
        _edited(after, edit={"regenerate_stems": ("bass",)})


def test_a_variation_is_another_piece_of_the_same_kind(piece: Generated) -> None:
    after = _edited(piece, edit={"regenerate_stems": STEMS})
    old, new = (read_recipe(one.recipe).top for one in (piece, after))
    assert (new.plan.tempo_bpm, new.plan.tonic, new.plan.styles, new.mixing) == (
        old.plan.tempo_bpm, old.plan.tonic, old.plan.styles, old.mixing,
    )  # fmt: skip
    assert not np.array_equal(after.mix.samples, piece.mix.samples)
    assert after.midi != piece.midi


def test_between_two_pieces_numbers_lie_between(piece: Generated) -> None:
    other = Embedded().generate(ask("ambient", tempo_bpm=80.0, loudness_lufs=-22.0), 3)
    middle = read_recipe(Embedded().blend(piece.recipe, other.recipe, 0.5, 1).recipe).top
    assert 80 < middle.plan.tempo_bpm < 120
    assert {name for name, _ in middle.plan.styles} == {"house", "ambient"}
    ends = [read_recipe(one.recipe).top.mixing.loudness_lufs for one in (piece, other)]
    assert middle.mixing.loudness_lufs == pytest.approx(sum(e or 0 for e in ends) / 2)
    first = Embedded().blend(piece.recipe, other.recipe, 0.0, 1)
    assert np.array_equal(first.mix.samples, piece.mix.samples)
    with pytest.raises(InputError, match=r"share: 1\.5"):
        Embedded().blend(piece.recipe, other.recipe, 1.5, 1)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"regenerate_stems": ("vocals",)}, "no stem 'vocals'; valid: drums"),
        ({"keep_stems": ("bass",), "regenerate_stems": ("bass",)}, "both to be kept"),
        ({"regenerate_regions": ({"start_s": 0.5, "end_s": 1.0},)}, "holds no whole bar"),
    ],
)
def test_edits_that_cannot_be_are_named(piece: Generated, edit: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        _edited(piece, edit=edit)


def test_foreign_and_broken_recipes_are_refused(piece: Generated) -> None:
    good = json.loads(json.dumps(piece.recipe))
    with pytest.raises(InputError, match="only pieces of the embedded engine"):
        read_recipe({})
    with pytest.raises(InputError, match="version: 2; this version reads 1"):
        read_recipe(good | {"version": 2})
    bad = json.loads(json.dumps(good))
    bad["layers"][0]["plan"]["tempo"] = 3
    with pytest.raises(InputError, match=r"layers\.0\.plan\.tempo: unknown field"):
        read_recipe(bad)
    bad = json.loads(json.dumps(good))
    bad["layers"][0]["plan"]["density"] = 7
    with pytest.raises(InputError, match=r"plan\.density: 7\.0; valid is 0 … 1"):
        read_recipe(bad)
    del good["layers"][0]["plan"]
    with pytest.raises(InputError, match=r"layers\.0\.plan: Field required"):
        read_recipe(good)
    with pytest.raises(InputError, match="made without earlier results"):
        Embedded().generate(ask(None, edit={"generation_id": "x"}), 1)
