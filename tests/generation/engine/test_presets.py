"""Presets fill in what is open; a loop loops without a click."""

from __future__ import annotations

import numpy as np
import pytest

from generation.sequencer.engine import Embedded
from generation.sequencer.presets import applied, find_preset, preset, presets, read_presets
from generation.sequencer.synthesis.loudness import integrated_loudness
from schemas.errors import ContractError, InputError
from tests.generation.engine.conftest import ask


def test_a_preset_fills_in_what_is_open_and_no_more() -> None:
    intro = preset("podcast-intro")
    open_request = ask("funk", duration_s=None)
    filled = applied(open_request, intro)
    assert filled.duration_s == intro.length_s
    assert filled.features["loudness_lufs"].value == -16.0
    assert [section.label for section in filled.sections] == ["chorus", "outro"]
    stated = applied(ask("funk", duration_s=20.0, loudness_lufs=-20.0), intro)
    assert stated.duration_s == 20.0
    assert stated.features["loudness_lufs"].value == -20.0


def test_presets_are_found_in_words_and_misspelt_ones_named() -> None:
    found = find_preset("a warm podcast intro with piano")
    assert found is not None
    assert found.id == "podcast-intro"
    loop = find_preset("seamless loop of techno")
    assert loop is not None
    assert loop.ending == "loop"
    assert find_preset("stinging guitars") is None
    with pytest.raises(InputError, match="did you mean sting"):
        preset("stings")
    assert {"podcast-intro", "podcast-outro", "podcast-bed", "sting", "seamless-loop"} <= set(
        presets()
    )


def test_mistakes_in_the_file_are_named() -> None:
    good = {"title": "T", "words": ["x"], "length_s": 5.0, "ending": "end",
            "loudness_lufs": -16.0, "why": "because"}  # fmt: skip
    assert read_presets({"a": good})["a"].ending == "end"
    for field, value in (("ending", "stop"), ("loudness_lufs", 3.0), ("rests", ["choir"])):
        with pytest.raises(ContractError, match=rf"a\.{field}"):
            read_presets({"a": good | {field: value}})
    with pytest.raises(ContractError, match="unknown field 'lenght_s'"):
        read_presets({"a": good | {"lenght_s": 3}})


def test_a_loop_is_whole_bars_and_joins_without_a_click() -> None:
    request = ask("house", tempo_bpm=120.0, duration_s=8.0)
    made = Embedded(preset="seamless-loop").generate(request, 3)
    samples = made.mix.samples
    assert samples.shape[1] == 8 * 44_100
    around = np.concatenate([samples[:, -2_000:], samples[:, :2_000]], axis=1)
    steps = np.abs(np.diff(np.tile(samples, 2), axis=1)).max(axis=0)
    seam = steps[samples.shape[1] - 3 : samples.shape[1] + 3].max()
    # No larger than where bars begin inside of it.
    inside = max(
        steps[round(bar * 2 * 44_100) - 3 : round(bar * 2 * 44_100) + 200].max()
        for bar in (1, 2, 3)
    )
    assert seam <= 1.2 * inside
    assert np.sqrt((around[:, :2_000] ** 2).mean()) > 0.003  # it does not fade into the seam


def test_a_bed_lies_low_and_has_no_melody() -> None:
    made = Embedded(preset="podcast-bed").generate(ask("lo-fi", duration_s=8.0), 2)
    assert "lead" not in made.stems
    assert integrated_loudness(made.mix.samples) == pytest.approx(-26.0, abs=0.5)
    assert any("podcast-bed" in note for note in made.notes)
