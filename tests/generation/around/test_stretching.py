"""Time-stretch and pitch-shift: the tempo and key they promise, on mix, stems and MIDI alike."""

from __future__ import annotations

import io
from dataclasses import replace

import mido
import numpy as np
import pytest

from generation.around.stretching import (
    MOST_SEMITONES,
    MOST_TEMPO_SHARE,
    UNCHANGED,
    Correction,
    corrected,
    corrected_midi,
    stretched,
)
from generation.contract import Generated
from schemas.audio import Audio
from tests.features import synth
from tests.generation.around.playing import Playing, request

RATE = synth.RATE_HZ


@pytest.fixture(scope="module")
def piece() -> Generated:
    return Playing(seconds=5.0).generate(request(), 1)


@pytest.mark.parametrize("speed", [1 - MOST_TEMPO_SHARE, 0.97, 1.04, 1 + MOST_TEMPO_SHARE])
def test_clicks_land_where_the_speed_says(speed: float) -> None:
    samples = np.zeros((2, 6 * RATE), np.float32)
    for i in range(10):
        at = round(i * 0.5 * RATE)
        samples[:, at : at + 200] = 0.8 * np.hanning(200) * np.sin(0.3 * np.arange(200))
    out = stretched(Audio(samples, RATE), Correction(speed))
    assert out.frames == pytest.approx(samples.shape[1] / speed, abs=2)
    level = np.convolve(np.abs(out.samples[0]), np.ones(400), "same")
    for i in range(1, 9):
        centre = round((i * 0.5 + 100 / RATE) / speed * RATE)
        around = level[centre - 4000 : centre + 4000]
        assert abs(int(around.argmax()) - 4000) < 0.003 * RATE


@pytest.mark.parametrize("semitones", [-MOST_SEMITONES, 2])
def test_a_tone_moves_by_semitones_and_keeps_its_time(semitones: int) -> None:
    tone = synth.sine(440.0, 3.0)
    out = stretched(synth.audio(tone, tone), Correction(1.0, semitones))
    assert out.frames == 3 * RATE
    middle = out.samples[0, RATE : 2 * RATE] * np.hanning(RATE)
    peak = int(np.argmax(np.abs(np.fft.rfft(middle))))
    assert peak == pytest.approx(440 * 2 ** (semitones / 12), abs=1.5)


def test_stems_sum_to_the_mix_sample_for_sample_and_drums_keep_their_pitch(
    piece: Generated,
) -> None:
    out = corrected(piece, Correction(1.06, 2))
    assert np.array_equal(out.mix.samples, out.stems["drums"].samples + out.stems["chords"].samples)
    flat = stretched(piece.stems["drums"], Correction(1.06))
    gain = np.abs(out.stems["drums"].samples).max() / np.abs(flat.samples).max()
    assert np.allclose(out.stems["drums"].samples, gain * flat.samples, atol=1e-6)


def test_what_would_clip_is_lowered_as_a_whole(piece: Generated) -> None:
    loud = {n: Audio(a.samples * np.float32(1.8), RATE) for n, a in piece.stems.items()}
    out = corrected(replace(piece, stems=loud), Correction(0.95))
    assert 0.98 < float(np.abs(out.mix.samples).max()) <= 0.9995
    assert np.allclose(out.mix.samples, sum(a.samples for a in out.stems.values()), atol=1e-6)


def test_a_mix_alone_is_corrected_too(piece: Generated) -> None:
    out = corrected(replace(piece, stems={}), Correction(1.1))
    assert out.mix.frames == pytest.approx(piece.mix.frames / 1.1, abs=2)
    assert out.stems == {}


def test_nothing_to_correct_changes_nothing(piece: Generated) -> None:
    assert not UNCHANGED
    assert corrected(piece, UNCHANGED) is piece
    assert stretched(piece.mix, UNCHANGED) is piece.mix


def test_the_same_correction_gives_the_same_samples(piece: Generated) -> None:
    twice = [corrected(piece, Correction(0.93, 1)).mix.samples for _ in range(2)]
    assert np.array_equal(*twice)


def test_midi_follows(piece: Generated) -> None:
    assert piece.midi is not None
    track = mido.MidiFile(file=io.BytesIO(corrected_midi(piece.midi, Correction(1.1, 3)))).tracks[0]
    assert mido.tempo2bpm(track[0].tempo) == pytest.approx(132, abs=0.01)
    assert track[1].key == "Eb"
    notes = [(m.channel, m.note) for m in track if m.type == "note_on"]
    assert notes == [(0, 63), (9, 36)]


def test_midi_without_a_tempo_gets_one() -> None:
    file = mido.MidiFile()
    file.tracks.append(mido.MidiTrack([mido.Message("note_on", note=60, time=0)]))
    written = io.BytesIO()
    file.save(file=written)
    out = mido.MidiFile(file=io.BytesIO(corrected_midi(written.getvalue(), Correction(0.9))))
    assert mido.tempo2bpm(out.tracks[0][0].tempo) == pytest.approx(108, abs=0.01)
    assert out.length == pytest.approx(file.length / 0.9, abs=1e-6)


def test_limits() -> None:
    assert Correction(1.12, -3).allowed
    assert not Correction(1.121).allowed
    assert not Correction(1.0, 4).allowed
