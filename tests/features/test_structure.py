"""Sections of songs made by code: where they begin, which repeat, what each is like."""

from __future__ import annotations

import functools
import itertools
import time

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from pipelines.features.analysis import Analysis
from pipelines.features.extract import extract, extract_track
from pipelines.features.structure import measures as structure
from pipelines.features.structure.boundaries import boundaries, cheapest, deviations
from pipelines.features.structure.cells import MOST_CELLS, Cells, Frames, cells, grid, views
from pipelines.features.structure.labels import (
    TRANSPOSED,
    chord_likeness,
    clusters,
    divided,
    joined,
    labelled,
)
from pipelines.features.structure.values import USES
from schemas.outcomes import NullReason
from schemas.timeline import Section
from tests.features import synth

RATE_HZ = 22_050
Signal = synth.Signal


def band(seconds: float, tonic: int = 0, bpm: float = 120, major: bool = True) -> Signal:
    """Chords and drums."""
    return strings(seconds, tonic, bpm, major) + synth.drums(bpm, seconds, RATE_HZ)


def strings(seconds: float, tonic: int = 0, bpm: float = 120, major: bool = True) -> Signal:
    """Chords alone."""
    return 0.6 * synth.chords(tonic, major, seconds, chord_s=240 / bpm, rate_hz=RATE_HZ)


def found(*parts: Signal) -> tuple[Section, ...]:
    audio = synth.audio(np.concatenate(parts), rate_hz=RATE_HZ)
    return structure.sections(Analysis(audio, USES))


@functools.cache
def aba() -> tuple[Section, ...]:
    return found(band(24), strings(24, tonic=3), band(24))


def form(sections: tuple[Section, ...]) -> str:
    return "".join(section.label for section in sections)


def begins(sections: tuple[Section, ...]) -> list[float]:
    return [section.start_s for section in sections]


def test_a_part_that_comes_again_has_the_label_of_the_first() -> None:
    assert form(aba()) == "ABA"
    assert begins(aba()) == pytest.approx([0, 24, 48], abs=0.6)


def test_sections_tile_the_track() -> None:
    sections = aba()
    assert sections[0].start_s == 0
    assert sections[-1].end_s == pytest.approx(72)
    for one, other in itertools.pairwise(sections):
        assert one.end_s == other.start_s > one.start_s


def test_each_section_has_its_own_key_energy_and_brightness() -> None:
    loud, soft, again = aba()
    assert [(s.key_pitch_class, s.key_mode) for s in aba()] == [(0, 1), (3, 1), (0, 1)]
    assert loud.energy
    assert soft.energy is not None
    assert again.energy
    assert loud.brightness_hz
    assert soft.brightness_hz
    assert again.brightness_hz
    assert loud.energy > soft.energy + 0.05
    assert loud.brightness_hz > 2 * soft.brightness_hz
    assert again.energy == pytest.approx(loud.energy, abs=0.03)
    assert again.brightness_hz == pytest.approx(loud.brightness_hz, rel=0.03)


def test_a_section_with_another_tempo_is_told_by_it() -> None:
    sections = found(band(24), band(24, bpm=90), band(24))
    assert begins(sections) == pytest.approx([0, 24, 48], abs=3)
    assert form(sections) == "ABA"
    tempi = [section.tempo_bpm for section in sections]
    assert tempi[0] == pytest.approx(tempi[2], rel=0.01)
    ratio = (tempi[1] or 0) / (tempi[0] or 1)
    assert min(abs(ratio - expected) for expected in (0.75, 1.5, 0.375)) < 0.04 * 0.75


def test_a_repeat_in_another_key_keeps_its_label() -> None:
    sections = found(band(24), band(24, tonic=2), strings(16, tonic=9, bpm=80))
    assert form(sections).startswith("AA")
    assert begins(sections)[:2] == pytest.approx([0, 24], abs=3)
    assert [section.key_pitch_class for section in sections[:2]] == [0, 2]


def test_a_repeat_without_a_break_is_cut_where_it_begins_again() -> None:
    other = strings(16, tonic=5)
    sections = found(band(16), band(16), other, band(16))
    assert form(sections) == "AABA"
    assert begins(sections) == pytest.approx([0, 16, 32, 48], abs=1)


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(band(60), id="loop"),
        pytest.param(strings(60), id="chords"),
        pytest.param(synth.drums(120, 40, RATE_HZ), id="drums"),
        pytest.param(synth.noise(40, rate_hz=RATE_HZ), id="noise"),
        pytest.param(synth.sine(220, 40, rate_hz=RATE_HZ), id="drone"),
        pytest.param(band(15), id="short"),
        pytest.param(np.eye(1, 30 * RATE_HZ, RATE_HZ)[0], id="click"),
        pytest.param(synth.noise(0.05, rate_hz=RATE_HZ), id="50 ms"),
        pytest.param(np.ones(1), id="one sample"),
    ],
)
def test_what_does_not_change_is_one_section(sound: Signal) -> None:
    sections = found(sound)
    assert form(sections) == "A"
    assert sections[0].end_s == pytest.approx(len(sound) / RATE_HZ)


def test_silence_and_nothing_have_no_sections() -> None:
    assert found(np.zeros(30 * RATE_HZ)) == ()
    assert found(np.zeros(0)) == ()


def test_noise_has_neither_key_nor_tempo() -> None:
    (section,) = found(synth.noise(30, rate_hz=RATE_HZ))
    assert (section.tempo_bpm, section.key_pitch_class, section.key_mode) == (None, None, None)


def test_silence_around_the_music_belongs_to_the_sections_beside_it() -> None:
    quiet = np.zeros(8 * RATE_HZ)
    sections = found(quiet, band(24), strings(24, tonic=3), quiet)
    assert form(sections) == "AB"
    assert begins(sections) == pytest.approx([0, 32], abs=0.6)
    assert sections[-1].end_s == pytest.approx(64)


def test_silence_inside_the_music_has_no_key_and_no_energy() -> None:
    sections = found(band(24), np.zeros(20 * RATE_HZ), band(24))
    assert form(sections) == "ABA"
    assert (sections[1].key_pitch_class, sections[1].energy, sections[1].tempo_bpm) == (None,) * 3


def test_features_say_how_many_sections_and_how_much_repeats() -> None:
    song = np.concatenate([band(24), strings(24, tonic=3), band(24)])
    track = extract_track(synth.audio(song, rate_hz=RATE_HZ), groups=["structure"])
    assert track.sections == aba()
    assert track.values["section_count"] == 3
    assert track.values["section_label_count"] == 2
    assert track.values["repetition_ratio"] == pytest.approx(48 / 72, abs=0.02)
    short = extract(synth.audio(band(10), rate_hz=RATE_HZ), groups=["structure"])
    assert set(short.values()) == {NullReason.TOO_SHORT}
    silent = extract(synth.audio(np.zeros(30 * RATE_HZ), rate_hz=RATE_HZ), groups=["structure"])
    assert set(silent.values()) == {NullReason.SILENT}


def test_labels_go_on_after_z() -> None:
    assert [structure.label_name(n) for n in (0, 25, 26, 27, 701, 702)] == [
        "A", "Z", "AA", "AB", "ZZ", "AAA",
    ]  # fmt: skip


# --- the parts


@pytest.mark.parametrize("minutes", [3, 30, 180])
def test_the_number_of_cells_is_capped(minutes: int) -> None:
    duration = 60.0 * minutes
    for beats in (np.arange(0.3, duration, 0.5), np.zeros(0)):
        starts = grid(beats, duration)
        assert starts[0] == 0
        assert (np.diff(starts) > 0).all()
        assert starts[-1] < duration
        assert len(starts) <= MOST_CELLS + 2
    assert len(grid(np.arange(0.3, 180, 0.5), 180.0)) == 361


def test_the_cost_of_three_hours_is_that_of_three_times_one() -> None:
    """Cells are compared pairwise, so without a cap on their number it would be nine times."""
    # On one thread, as workers run: several that wait for a busy core would count their waiting.
    with threadpool_limits(1):
        one, three = (min(_cpu_s(_frames(hours)) for _ in range(3)) for hours in (1, 3))
    assert three < 4.5 * one


def _frames(hours: int) -> Frames:
    count, rng = round(hours * 3_600 * 43.07), np.random.default_rng(0)
    chroma = round(hours * 3_600 / 0.3715)
    return Frames(
        rng.random(count),
        rng.normal(0, 5, (count, 13)).astype(np.float32),
        rng.random(count),
        1_000 + 500 * rng.random(count),
        rng.random((chroma, 12)),
        np.arange(chroma) * 0.3715,
        np.arange(0, hours * 3_600, 0.5),
        hours * 3_600.0,
    )


def _cpu_s(frames: Frames) -> float:
    start = time.process_time()
    made = cells(frames)
    found = views(made)
    labelled(made, found, boundaries(made, found), tonal=True)
    return time.process_time() - start


def steps(*levels: float) -> tuple[Cells, np.ndarray]:
    """A view of one column that stays at each level for 20 cells of a second, and noise."""
    view = np.repeat(levels, 20)[:, None] + np.random.default_rng(0).normal(
        0, 0.1, (20 * len(levels), 1)
    )
    zeros = np.zeros(len(view))
    row = np.zeros((len(view), 1))
    return Cells(np.arange(len(view)) * 1.0, 1.0, row, zeros, zeros, row, row), view


def test_dynamic_programming_finds_the_steps_and_no_others() -> None:
    made, view = steps(0, 3, 0, -2)
    edges = np.arange(0, 81, 5)
    best = cheapest(made, edges, deviations({"timbre": view.astype(np.float32)}, edges))
    assert edges[best].tolist() == [0, 20, 40, 60, 80]
    made, view = steps(1, 1, 1, 1)
    best = cheapest(made, edges, deviations({"timbre": view.astype(np.float32)}, edges))
    assert len(best) < 5


def test_deviations_are_sums_of_squares_about_the_mean() -> None:
    view = np.random.default_rng(1).normal(0, 1, (30, 3)).astype(np.float32)
    edges = np.array([0, 7, 19, 30])
    spread = deviations({"timbre": view}, edges)
    for one, other in ((0, 1), (0, 3), (1, 2), (2, 3)):
        part = view[edges[one] : edges[other]]
        expected = ((part - part.mean(axis=0)) ** 2).sum() / 3
        assert spread[one, other] == pytest.approx(expected, rel=1e-4)


def chroma(*classes: int) -> np.ndarray:
    rows = np.eye(12)[list(classes)] - 1 / 12
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_chords_are_compared_in_order_and_in_any_key() -> None:
    song = chroma(0, 5, 7, 0, 9, 5, 7, 0)
    assert chord_likeness(song, song) == (pytest.approx(1), 0)
    raised = chroma(*((np.array([0, 5, 7, 0, 9, 5, 7, 0]) + 2) % 12))
    assert chord_likeness(song, raised)[1] == 10
    assert chord_likeness(song, raised)[0] == pytest.approx(1 - TRANSPOSED)
    assert chord_likeness(song, song[2:7])[0] == pytest.approx(1)
    assert chord_likeness(song[2:7], song)[0] == pytest.approx(1)
    assert chord_likeness(song, chroma(0, 1, 3, 4, 6, 8, 10, 11))[0] < 0.5


def test_linkage_joins_what_is_alike_on_average() -> None:
    odds = np.array([[0, -2, 3, -2], [-2, 0, -2, 1], [3, -2, 0, -2], [-2, 1, -2, 0]], float)
    assert clusters(odds) == [0, 1, 0, 1]
    assert clusters(np.full((3, 3), -1.0)) == [0, 1, 2]
    assert clusters(np.zeros((1, 1))) == [0]


def test_neighbours_of_a_label_are_joined_unless_apart() -> None:
    edges, together = np.array([0, 10, 20, 30]), np.array([False, False])
    assert joined(edges, [0, 0, 1], together)[0].tolist() == [0, 20, 30]
    assert joined(edges, [0, 0, 1], np.array([True, False]))[0].tolist() == edges.tolist()


def test_a_section_twice_as_long_as_its_repeat_is_two() -> None:
    edges, names = divided(np.array([0, 40, 60, 80]), [0, 1, 0])
    assert (edges.tolist(), names) == ([0, 20, 40, 60, 80], [0, 0, 1, 0])
    edges, names = divided(np.array([0, 30, 60, 80]), [0, 1, 0])
    assert edges.tolist() == [0, 30, 60, 80]
