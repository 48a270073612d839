"""MIDI that reads back as it was written, by mido and by pretty_midi; bundles for workstations."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace

import mido
import numpy as np
import pretty_midi
import pytest
import soundfile

from generation.sequencer.export.chart import chart, lead_sheet
from generation.sequencer.export.daw import Piece, daw_bundle, safe_name
from generation.sequencer.export.midi import midi_bytes
from generation.sequencer.export.wav import wav_bytes
from generation.sequencer.score import Part, Score, ScoreNote, ScoreSection
from generation.sequencer.synthesis.bank import BANK
from generation.sequencer.synthesis.mixing import render
from generation.sequencer.synthesis.sounds import sound
from schemas.audio import Audio
from schemas.errors import InputError
from tests.generation.synthesis.band import BAND, piece


@pytest.fixture(scope="module")
def moving() -> Score:
    """Two tempi and two keys."""
    score = piece(BAND, 4)
    part = {"bars": 2, "scale": "minor", "intensity": 0.5}
    sections = (
        ScoreSection(label="verse", first_bar=0, tonic=9, **part),  # type: ignore[arg-type]
        ScoreSection(label="chorus", first_bar=2, tonic=11, **part),  # type: ignore[arg-type]
    )
    return replace(score, sections=sections, tempi=((0.0, 97.0), (8.0, 103.5)))


@pytest.fixture(scope="module")
def made(moving: Score) -> Piece:
    sound_of = render(moving)
    return Piece(
        title='../A "piece":\nof mine',
        mix=Audio(sound_of.mix, sound_of.rate_hz),
        stems={name: Audio(one, sound_of.rate_hz) for name, one in sound_of.stems.items()},
        midi=midi_bytes(moving),
        weights=(BANK,),
    )


def test_every_key_is_signed(moving: Score) -> None:
    for tonic in range(12):
        for scale in ("major", "minor"):
            sections = tuple(replace(s, tonic=tonic, scale=scale) for s in moving.sections)
            read = pretty_midi.PrettyMIDI(
                io.BytesIO(midi_bytes(replace(moving, sections=sections)))
            )
            signed = [key.key_number for key in read.key_signature_changes]
            assert signed == [tonic + 12 * (scale == "minor")]


def test_pretty_midi_reads_the_same_notes(moving: Score) -> None:
    read = pretty_midi.PrettyMIDI(io.BytesIO(midi_bytes(moving)))
    assert len(read.instruments) == len(moving.parts)
    for part, instrument in zip(moving.parts, read.instruments, strict=True):
        assert instrument.is_drum == sound(part.instrument).kit
        assert instrument.program == sound(part.instrument).gm
        written = sorted(
            (moving.seconds(n.start) + n.late_s, round(n.pitch), n.velocity) for n in part.notes
        )
        found = sorted((n.start, n.pitch, n.velocity) for n in instrument.notes)
        assert len(found) == len(written)
        assert np.allclose(
            sorted(one[0] for one in found),
            np.maximum([one[0] for one in written], 0),
            atol=0.001,
        )
        assert sorted(one[1:] for one in found) == sorted(one[1:] for one in written)
        if not instrument.is_drum:
            lengths = sorted(n.end - n.start for n in instrument.notes)
            asked = sorted(
                moving.seconds(n.start + n.length) - moving.seconds(n.start) for n in part.notes
            )
            assert np.allclose(lengths, asked, atol=0.02)


def test_tempi_metre_keys_sections_and_chords_are_in_it(moving: Score) -> None:
    read = pretty_midi.PrettyMIDI(io.BytesIO(midi_bytes(moving)))
    times, tempi = read.get_tempo_changes()
    assert np.allclose(tempi, (97, 103.5), rtol=1e-5)
    assert np.allclose(times, (0, moving.seconds(8)), atol=1e-4)
    assert [(t.numerator, t.denominator) for t in read.time_signature_changes] == [(4, 4)]
    keys = [pretty_midi.key_number_to_key_name(k.key_number) for k in read.key_signature_changes]
    assert keys == ["A minor", "B minor"]
    told = chart(midi_bytes(moving))
    assert [(one.bar, one.text) for one in told.sections] == [(1, "verse"), (3, "chorus")]
    assert [one.text for one in told.chords] == ["C", "Am", "F", "G"]
    assert told.bars == 4
    assert told.tempi[1].time_s == pytest.approx(moving.seconds(8), abs=1e-4)


def test_the_same_key_struck_again_ends_the_note_before() -> None:
    base = piece({}, 1)
    notes = (
        ScoreNote(0.0, 2.0, 60, 80),
        ScoreNote(1.0, 2.0, 60, 90),
        ScoreNote(1.0, 0.5, 60, 70),
    )
    score = replace(base, parts=(Part(stem="lead", instrument="flute", notes=notes),))
    read = pretty_midi.PrettyMIDI(io.BytesIO(midi_bytes(score))).instruments[0].notes
    assert [(n.start, n.end, n.velocity) for n in read] == [(0.0, 0.5, 80), (0.5, 1.5, 90)]


def test_other_metres_and_many_parts() -> None:
    base = piece({}, 3)
    note = (ScoreNote(0.0, 1.0, 60, 80),)
    parts = tuple(Part(stem="lead", instrument="flute", notes=note) for _ in range(20))
    score = replace(base, parts=parts, beats=6, unit=8)
    file = mido.MidiFile(file=io.BytesIO(midi_bytes(score)))
    assert len(file.tracks) == 21
    used = {m.channel for track in file.tracks for m in track if m.type == "note_on"}
    assert 9 not in used
    told = chart(midi_bytes(score))
    assert (told.beats, told.unit, told.bars) == (6, 8, 3)


def test_the_same_score_gives_the_same_bytes(moving: Score) -> None:
    assert midi_bytes(moving) == midi_bytes(moving)


def test_a_bundle_holds_what_a_workstation_needs(made: Piece) -> None:
    content = daw_bundle(made)
    assert content == daw_bundle(made)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        assert all(name.startswith("A-piece-of-mine/") for name in names)
        assert not any(".." in name or "\\" in name for name in names)
        short = {name.removeprefix("A-piece-of-mine/") for name in names}
        needed = {
            *("README.txt", "LICENCE.txt", "mix.wav", "stems/01_drums.wav", "midi/piece.mid"),
            *("midi/tempo_map.mid", "tempo_map.csv", "chords.csv", "lead_sheet.txt"),
        }
        assert needed <= short
        stems = [
            soundfile.read(io.BytesIO(archive.read(name)))[0] for name in names if "/stems/" in name
        ]
        mixed = soundfile.read(io.BytesIO(archive.read("A-piece-of-mine/mix.wav")))[0]
        assert np.abs(sum(stems) - mixed).max() < 6 * 2**-23
        readme = archive.read("A-piece-of-mine/README.txt").decode()
        assert "97 BPM, then others: tempo_map.csv" in readme
        assert "A minor" in readme
        rows = list(
            csv.DictReader(archive.read("A-piece-of-mine/tempo_map.csv").decode().splitlines())
        )
        assert [row["bar"] for row in rows] == ["1", "3"]
        assert "GPL-2.0-only" in archive.read("A-piece-of-mine/LICENCE.txt").decode()


def test_a_bundle_of_an_engine_without_notes(made: Piece) -> None:
    with zipfile.ZipFile(io.BytesIO(daw_bundle(replace(made, midi=None, weights=())))) as archive:
        names = archive.namelist()
        assert not any("midi" in name for name in names)
        readme = archive.read(next(n for n in names if n.endswith("README.txt"))).decode()
    assert "no MIDI" in readme


def test_a_stem_of_another_length_is_refused(made: Piece) -> None:
    short = Audio(made.mix.samples[:, :100].copy(), made.mix.sample_rate_hz)
    with pytest.raises(InputError, match="stem 'drums' has 100 samples"):
        daw_bundle(replace(made, stems={"drums": short}))


def test_what_is_no_midi_is_refused() -> None:
    with pytest.raises(InputError, match="not a MIDI file"):
        chart(b"RIFF....")


def test_a_lead_sheet_reads_by_sections(moving: Score) -> None:
    sheet = lead_sheet(chart(midi_bytes(moving)))
    assert sheet.splitlines()[0] == "[verse]"
    assert "| C          | Am         |" in sheet


@pytest.mark.parametrize("title", ["con", "", "...", "a/../../b", "x" * 300, "日本"])
def test_names_are_safe(title: str) -> None:
    name = safe_name(title)
    assert name
    assert len(name) <= 70
    assert not set(name) & set('/\\:*?"<>|. ')
    assert name.lower() != "con"


def test_sound_beyond_full_scale_is_cut_off_there() -> None:
    loud = Audio(np.full((1, 10), 3.0, np.float32), 44_100)
    read, _ = soundfile.read(io.BytesIO(wav_bytes(loud)))
    assert read.max() <= 1.0
