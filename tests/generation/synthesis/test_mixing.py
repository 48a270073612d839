"""Rendering and mixing: sums, independence, controls, and nothing that should not be heard."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyloudnorm
import pytest

from benchmarks._listening import centroid_hz, clicks, contrast_db, true_peak
from generation.sequencer.score import Part, Score, ScoreNote
from generation.sequencer.synthesis import dry as rendering
from generation.sequencer.synthesis.dry import Dry, render_notes
from generation.sequencer.synthesis.loudness import integrated_loudness
from generation.sequencer.synthesis.mixing import RANGES, Mixing, mix, premix, premix_middle, render
from generation.sequencer.synthesis.signal import RATE_HZ
from schemas.errors import InputError
from tests.generation.synthesis.band import BAND, CLUB, piece

ROCK = BAND | {"drums": "kit_rock", "chords": "distorted_guitar", "lead": "lead_guitar"}
OPEN = Mixing(loudness_lufs=None, ceiling_db=0.0, compress=0.0)


@pytest.fixture(scope="module")
def band() -> Dry:
    return render_notes(piece(BAND, 4))


@pytest.fixture(scope="module")
def club() -> Dry:
    return render_notes(piece(CLUB, 4))


def onsets_s(score: Score, stem: str) -> np.ndarray:
    return np.asarray([
        score.seconds(at) + note.late_s
        for part in score.parts
        if part.stem == stem
        for note in part.notes
        for at in (note.start, note.start + note.length)
    ])  # fmt: skip


def test_stems_sum_to_the_mix_exactly(band: Dry) -> None:
    made = mix(band, Mixing(drive=0.4, sidechain=0.5, loudness_lufs=-8))
    assert list(made.stems) == ["drums", "bass", "chords", "lead", "extra"]
    assert np.array_equal(sum(made.stems.values()), made.mix)
    assert made.mix.shape == (2, band.frames)
    assert all(one.dtype == np.float32 and one.any() for one in made.stems.values())


def test_the_same_score_gives_the_same_samples_in_another_process() -> None:
    code = (
        "import hashlib; from tests.generation.synthesis.band import *; "
        "from generation.sequencer.synthesis.mixing import render; "
        "r = render(piece({}, 2)); print(hashlib.sha256(r.mix.tobytes()).hexdigest())"
    )
    import hashlib

    here = hashlib.sha256(render(piece(CLUB, 2)).mix.tobytes()).hexdigest()
    there = subprocess.run(
        [sys.executable, "-c", code.format("CLUB")], capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == here


def test_a_stem_played_anew_leaves_the_others_bit_identical() -> None:
    first = mix(render_notes(piece(BAND, 4)), Mixing(loudness_lufs=-10))
    other = piece(BAND, 4, seed=5)  # draws another lead and other hats
    second = mix(render_notes(other), Mixing(loudness_lufs=-10), first.master)
    for stem in ("bass", "chords", "extra"):
        assert np.array_equal(first.stems[stem], second.stems[stem]), stem
    assert not np.array_equal(first.stems["lead"], second.stems["lead"])


def test_notes_before_an_edit_are_bit_identical() -> None:
    score = piece(CLUB, 4)
    cut = tuple(
        replace(part, notes=tuple(n for n in part.notes if n.start < 12)) for part in score.parts
    )
    whole, shorter = render_notes(score), render_notes(replace(score, parts=cut))
    border = round(score.seconds(12) * RATE_HZ) - 1_500
    for one, other in zip(whole.parts, shorter.parts, strict=True):
        assert one.samples[:, :border].any()
        assert np.array_equal(one.samples[:, :border], other.samples[:, :border])


@pytest.mark.parametrize("target", [-30.0, -23.0, -14.0, -8.5])
def test_the_loudness_is_what_was_asked(club: Dry, target: float) -> None:
    made = mix(club, Mixing(loudness_lufs=target))
    heard = pyloudnorm.Meter(RATE_HZ).integrated_loudness(made.mix.T)
    assert abs(heard - target) < 0.3
    assert abs(made.loudness_lufs - heard) < 0.2


def test_what_is_too_loud_to_reach_is_told_as_it_is(club: Dry) -> None:
    """A limiter without a clipper ends at about -7 LUFS with drums as dynamic as these."""
    made = mix(club, Mixing(loudness_lufs=-5.0))
    heard = pyloudnorm.Meter(RATE_HZ).integrated_loudness(made.mix.T)
    assert -8.5 < heard < -5.3
    assert abs(made.loudness_lufs - heard) < 0.3


def test_loudness_agrees_with_a_reference_implementation() -> None:
    rng = np.random.default_rng(1)
    for level in (0.003, 0.05, 0.4):
        noise = (level * rng.standard_normal((2, 5 * RATE_HZ))).astype(np.float32)
        noise[:, 2 * RATE_HZ : 3 * RATE_HZ] *= 0.02  # below the relative gate
        reference = pyloudnorm.Meter(RATE_HZ).integrated_loudness(noise.T)
        assert abs(integrated_loudness(noise) - reference) < 0.1


@pytest.mark.parametrize("target", [-14.0, -6.0])
@pytest.mark.parametrize("sounds", [BAND, CLUB, ROCK])
def test_no_peak_is_above_the_ceiling(sounds: dict[str, str], target: float) -> None:
    made = render(piece(sounds, 2), Mixing(loudness_lufs=target))
    assert np.abs(made.mix).max() <= 10 ** (-1 / 20)
    assert 20 * np.log10(true_peak(made.mix)) <= -0.9


@pytest.mark.parametrize("which", ["band", "club"])
def test_the_tilt_moves_the_brightness_without_a_turn(
    which: str, request: pytest.FixtureRequest
) -> None:
    dry: Dry = request.getfixturevalue(which)
    low, high = RANGES["tilt_db"]
    found = [
        centroid_hz(premix_middle(dry, Mixing(tilt_db=tilt))) for tilt in np.linspace(low, high, 8)
    ]
    assert all(a < b for a, b in pairwise(found)), found
    assert found[0] < 600
    assert found[-1] > 5_000


def test_control_hears_what_is_mixed(band: Dry) -> None:
    stems = premix(band, OPEN)
    middle = sum(stem.mean(axis=0) for stem in stems.values())
    assert np.allclose(premix_middle(band, OPEN), middle, atol=2e-5)


def test_drive_fills_the_spectrum_and_the_level(band: Dry) -> None:
    made = [mix(band, Mixing(drive=drive)) for drive in (0.0, 0.3, 1.0)]
    contrast = [contrast_db(one.mix.mean(axis=0)) for one in made]
    assert contrast[0] > contrast[1] > contrast[2]
    assert contrast[2] < contrast[0] - 1
    for stem in ("drums", "chords", "lead"):
        crest = [np.abs(one.stems[stem]).max() / one.stems[stem].std() for one in made]
        assert crest[2] < 0.9 * crest[0], stem


def test_width_and_a_bass_in_the_middle(club: Dry) -> None:
    narrow, usual, wide = (mix(club, Mixing(width=width)) for width in (0.0, 1.0, 1.6))
    assert np.array_equal(narrow.mix[0], narrow.mix[1])
    sides = [np.std(one.mix[0] - one.mix[1]) / np.std(one.mix) for one in (narrow, usual, wide)]
    assert sides[0] < 0.15 < sides[1] < sides[2]
    bass = usual.stems["bass"]
    assert np.array_equal(bass[0], bass[1])
    low = np.abs(np.fft.rfft(usual.mix[0] - usual.mix[1]))
    both = np.abs(np.fft.rfft(usual.mix[0] + usual.mix[1]))
    at = np.fft.rfftfreq(usual.mix.shape[1], 1 / RATE_HZ)
    below = (at > 30) & (at < 90)
    assert np.sqrt(np.sum(low[below] ** 2)) < 0.1 * np.sqrt(np.sum(both[below] ** 2))
    # In mono nothing is lost that stereo has: the sides are no more than the middle.
    assert np.std(usual.mix.mean(axis=0)) > 0.7 * np.std(usual.mix)


def test_the_sidechain_ducks_on_beats_and_leaves_drums_alone(club: Dry) -> None:
    flat, ducked = (premix(club, replace(OPEN, sidechain=depth)) for depth in (0.0, 1.0))
    assert np.array_equal(flat["drums"], ducked["drums"])
    beat = round(0.5 * RATE_HZ)
    ratio = [
        np.std(ducked["extra"][:, at : at + 2_000]) / np.std(flat["extra"][:, at : at + 2_000])
        for at in (4 * beat + 500, 4 * beat + beat - 3_000)
    ]
    assert ratio[0] < 0.4
    assert ratio[1] > 0.95


def test_compression_narrows_the_range_of_loudness() -> None:
    score = piece(BAND, 4)
    parts = tuple(
        replace(
            part,
            notes=tuple(replace(n, velocity=n.velocity if n.start < 8 else 25) for n in part.notes),
        )
        for part in score.parts
    )
    dry = render_notes(replace(score, parts=parts))
    half = dry.frames // 2

    def contrast(compress: float) -> float:
        made = mix(dry, Mixing(compress=compress, loudness_lufs=-24)).mix
        return float(np.std(made[:, :half]) / np.std(made[:, half : 2 * half]))

    assert contrast(1.0) < 0.8 * contrast(0.0) < 0.8 * contrast(-0.5)


@pytest.mark.parametrize("sounds", [BAND, CLUB, ROCK])
def test_no_clicks_no_constant_and_silent_ends(sounds: dict[str, str]) -> None:
    score = piece(sounds, 3)
    made = render(score)
    for stem in ("bass", "chords", "extra"):
        found = clicks(made.stems[stem].mean(axis=0), onsets_s(score, stem))
        assert not found, (stem, found)
    assert np.abs(made.mix.mean(axis=1)).max() < 1e-4 * np.abs(made.mix).max() * 10
    assert np.abs(made.mix[:, 0]).max() < 1e-3
    assert np.abs(made.mix[:, -1]).max() < 1e-4
    assert np.isfinite(made.mix).all()


def test_a_click_would_be_found() -> None:
    made = render(piece(BAND, 2)).stems["extra"].mean(axis=0)
    assert not clicks(made, onsets_s(piece(BAND, 2), "extra"))
    peak = 50_000 + int(np.abs(made[50_000:50_400]).argmax())
    made[peak:] = 0.0  # cut off in the middle of a note
    assert clicks(made, onsets_s(piece(BAND, 2), "extra"))


@pytest.mark.parametrize("sounds", [BAND, CLUB])
def test_a_loop_closes_without_a_click(sounds: dict[str, str]) -> None:
    score = piece(sounds, 4, ending="loop")
    made = render(score, Mixing(room=0.7, echo=0.6))
    assert made.mix.shape[1] == round(score.length_s * RATE_HZ)
    for stem in ("chords", "extra"):
        joined = np.concatenate((made.stems[stem], made.stems[stem]), axis=1).mean(axis=0)
        seam = made.mix.shape[1]
        around = joined[seam - 3_000 : seam + 3_000]
        assert not clicks(around, np.asarray([3_000 / RATE_HZ])), stem
        step = np.abs(np.diff(joined[seam - 2 : seam + 2])).max()
        assert step <= np.abs(np.diff(joined[seam - 2_000 : seam + 2_000])).max()
    # What rings beyond the end is heard at the start, where a piece that begins is silent.
    piece_start = render(piece(sounds, 4), Mixing(room=0.7, echo=0.6)).stems["lead"][:, :10]
    assert np.std(made.stems["lead"][:, :10]) > 30 * np.std(piece_start)


def test_a_passage_is_cut_without_a_click() -> None:
    score = replace(piece(BAND, 2), ending="cut", tail_s=0.0)
    made = render(score)
    assert made.mix.shape[1] == round(score.length_s * RATE_HZ)
    assert np.abs(made.mix[:, -2:]).max() < 1e-3


def test_fades_are_as_long_as_asked() -> None:
    score = piece(BAND, 4)
    made = render(score, Mixing(fade_in_s=2.0, fade_out_s=3.0))
    plain = render(score)
    assert np.std(made.mix[:, :8_000]) < 0.1 * np.std(plain.mix[:, :8_000])
    late = slice(made.mix.shape[1] - 2 * RATE_HZ - 4_000, made.mix.shape[1] - 2 * RATE_HZ)
    assert np.std(made.mix[:, late]) < 0.9 * np.std(plain.mix[:, late])


def test_an_overlapping_note_glides_from_the_one_before() -> None:
    notes = (ScoreNote(0, 1.05, 36, 100), ScoreNote(1, 1, 48, 100))
    detached = (ScoreNote(0, 0.9, 36, 100), ScoreNote(1, 1, 48, 100))
    base = piece({"bass": "808"}, 1)
    slid, apart = (
        render_notes(replace(base, parts=(Part(stem="bass", instrument="808", notes=given),)))
        for given in (notes, detached)
    )
    at = slice(round(0.505 * RATE_HZ), round(0.54 * RATE_HZ))
    crossings = [
        int(np.sum(np.diff(np.signbit(dry.parts[0].samples[0, at])))) for dry in (slid, apart)
    ]
    assert crossings[0] < crossings[1]


@pytest.mark.parametrize("tempo_bpm", [100.0, 140.0])
def test_a_wobble_keeps_time(tempo_bpm: float) -> None:
    base = piece({}, 2, tempo_bpm)
    part = Part(stem="bass", instrument="wobble_bass", notes=(ScoreNote(0, 8, 36, 100),))
    samples = render_notes(replace(base, parts=(part,))).parts[0].samples[0]
    # Brightness over time: level of the difference in windows of 10 ms, its strongest rhythm.
    bright = np.abs(np.diff(samples[: samples.size // 441 * 441], prepend=0)).reshape(-1, 441)
    curve = bright.mean(axis=1)[10:460]
    spectrum = np.abs(np.fft.rfft((curve - curve.mean()) * np.hanning(curve.size), 2**14))
    rates_hz = np.fft.rfftfreq(2**14, 0.01)
    spectrum[rates_hz < 1] = 0.0  # where its two voices beat
    rate_hz = rates_hz[spectrum.argmax()]
    assert rate_hz == pytest.approx(2 * tempo_bpm / 60, rel=0.02)


def test_without_the_bank_own_voices_play_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "installed_bank", lambda: None)
    made = render(piece(BAND, 1))
    assert made.bank is None
    assert "not installed" in made.notes[0]
    assert all(stem.any() for stem in made.stems.values())


def test_the_bank_is_named_with_its_licence_where_it_is_heard() -> None:
    own, sampled = render(piece(CLUB, 1)), render(piece(BAND, 1))
    assert own.bank is None
    assert not own.notes
    assert sampled.bank is not None
    assert (sampled.bank.id, sampled.bank.licence) == ("TimGM6mb", "GPL-2.0-only")
    assert render(piece(BAND, 1), own_sounds=True).bank is None


def test_nothing_to_play_is_silence() -> None:
    made = render(replace(piece({}, 1), parts=()))
    assert made.stems == {}
    assert not made.mix.any()


@pytest.mark.parametrize(("field", "value"), [("tilt_db", 30.0), ("width", -1.0), ("drive", 2.0)])
def test_a_setting_out_of_range_is_refused(field: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"{field} is {value}; valid is"):
        Mixing(**{field: value})


def test_an_unknown_sound_is_refused() -> None:
    with pytest.raises(InputError, match="kazoo"):
        render(piece({"lead": "kazoo"}, 1))
