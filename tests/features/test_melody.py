"""A melody out of sound: pYIN against librosa's, known hums, taps, hostile input."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import librosa
import mido
import numpy as np
import pytest
import soundfile

from benchmarks._hums import CONDITIONS, RATE_HZ, Hum, hum
from benchmarks._note_matching import f1, hits
from benchmarks._tunes import tunes
from pipelines.melody.grid import gridded
from pipelines.melody.heard import Heard
from pipelines.melody.hearing import LINE, hear
from pipelines.melody.midi import TICKS, midi_bytes
from pipelines.melody.notes import sung_notes
from pipelines.melody.pitch import track_pitch
from pipelines.melody.tempo import suggest, tapped
from pipelines.melody.transcribe import Wanted, transcribe_melody, transcription
from pipelines.melody.yin import Range
from schemas.audio import Audio
from schemas.conditioning import ConditioningRequest
from schemas.errors import AudioError, InputError
from schemas.melody import Transcription
from schemas.parts import Prompt
from schemas.settings import Settings

LENGTHS = {"Twinkle Twinkle": 14}  # its first two lines, which end where the key does
TUNES = {t.title: replace(t, notes=t.notes[: LENGTHS.get(t.title)]) for t in tunes("held_out")}
CONDITION = {one.name: one for one in CONDITIONS}


def audio_of(signal: np.ndarray) -> Audio:
    return Audio(signal[None].astype(np.float32), RATE_HZ)


@pytest.mark.parametrize(
    ("lowest", "highest", "hop"), [(65.0, 1_000.0, 512), (200.0, 4_000.0, 256)]
)
def test_pitch_is_that_of_librosa(lowest: float, highest: float, hop: int) -> None:
    rng = np.random.default_rng(5)
    t = np.arange(2 * RATE_HZ) / RATE_HZ
    hertz = 330 * 2 ** (np.floor(4 * t) / 6 + 0.03 * np.sin(2 * np.pi * 5.5 * t))
    phase = 2 * np.pi * np.cumsum(hertz) / RATE_HZ
    signal = sum(np.sin(k * phase) / k for k in range(1, 6)) * (t % 1 < 0.6)
    signal = signal + rng.normal(0, 0.1, len(t))
    ours = track_pitch(signal, Range(lowest, highest, RATE_HZ, hop))
    f0, voiced, probability = librosa.pyin(
        signal, fmin=lowest, fmax=highest, sr=RATE_HZ, hop_length=hop
    )
    assert 0.3 < voiced.mean() < 0.95  # both kinds of frame are compared
    assert np.array_equal(ours.voiced, voiced)
    np.testing.assert_allclose(ours.pitch, librosa.hz_to_midi(f0), atol=1e-9)
    np.testing.assert_allclose(ours.probability, probability, atol=1e-12)


@pytest.mark.parametrize(
    ("title", "voice", "condition", "least"),
    [
        ("Twinkle Twinkle", "male", "reverb", 0.85),
        ("Auld Lang Syne", "female", "vibrato", 0.9),
        ("Yankee Doodle", "whistle", "low_snr", 0.9),
    ],
)
def test_known_hums(title: str, voice: str, condition: str, least: float) -> None:
    sung = hum(TUNES[title], voice, CONDITION[condition], seed=77)
    found = transcription(hear(audio_of(sung.signal)))
    assert found.kind == "line"
    heard = [(note.start_s, note.pitch) for note in found.notes]
    assert f1(hits(sung.notes, heard), len(sung.notes), len(heard)) >= least
    assert found.key is not None
    assert (found.key.pitch_class, found.key.mode) == (sung.tonic, int(sung.mode == "major"))
    assert all(
        a.end_s <= b.start_s + 1e-9 for a, b in zip(found.notes, found.notes[1:], strict=False)
    )


@pytest.fixture(scope="module")
def sung() -> Hum:
    return hum(TUNES["Twinkle Twinkle"], "female", CONDITION["clean"], seed=3)


@pytest.fixture(scope="module")
def heard(sung: Hum) -> Heard:
    return hear(audio_of(sung.signal))


def test_the_singers_tuning_is_taken_out() -> None:
    t = np.arange(RATE_HZ) / RATE_HZ
    for cents in (-35, 0, 35):
        notes = [np.sin(2 * np.pi * 440 * 2 ** ((p - 69 + cents / 100) / 12) * t) for p in (60, 64)]
        found = hear(audio_of(0.3 * np.concatenate(notes)))
        assert [note.semitone for note in found.notes] == [60, 64]
        assert abs(100 * found.tuning - cents) < 6


def test_an_octave_leap_is_kept() -> None:
    t = np.arange(RATE_HZ // 2) / RATE_HZ
    pitches = (60, 72, 60, 64)
    tones = [
        sum(np.sin(k * 2 * np.pi * librosa.midi_to_hz(p) * t) / k for k in (1, 2, 3))
        for p in pitches
    ]
    gap = np.zeros(RATE_HZ // 10)
    signal = 0.2 * np.concatenate([part for tone in tones for part in (tone, gap)])
    found = sung_notes(track_pitch(signal, LINE))
    assert tuple(note.semitone for note in found) == pitches


def test_level_alone_changes_no_note(sung: Hum, heard: Heard) -> None:
    quiet = hear(audio_of(0.05 * sung.signal))
    assert [n.semitone for n in quiet.notes] == [n.semitone for n in heard.notes]
    np.testing.assert_allclose(
        [n.start_s for n in quiet.notes], [n.start_s for n in heard.notes], atol=0.012
    )


def test_tempo_is_suggested_and_a_person_decides(sung: Hum, heard: Heard) -> None:
    free = transcription(heard)
    assert free.tempo_from == "suggested"
    assert any("suggestion" in warning for warning in free.warnings)
    assert any(abs(tempo.bpm / sung.tempo_bpm - 1) < 0.04 for tempo in free.tempi)
    stated = transcription(heard, Wanted(tempo_bpm=sung.tempo_bpm))
    assert stated.tempo_bpm == sung.tempo_bpm
    assert stated.tempo_from == "stated"
    beat = 60 / sung.tempo_bpm
    first = sung.notes[0][0]
    taps = Wanted(taps=tuple(first + beat * k for k in range(8)))
    by_taps = transcription(heard, taps)
    assert by_taps.tempo_from == "tapped"
    assert by_taps.tempo_bpm == pytest.approx(sung.tempo_bpm, rel=1e-3)
    starts = [note.start_beat for note in by_taps.notes[:7]]
    assert starts == [0, 1, 2, 3, 4, 5, 6]


def test_taps_place_the_beat(heard: Heard) -> None:
    """Taps half a beat after the notes make every note an off-beat."""
    free = transcription(heard)
    assert free.tempo_bpm is not None
    beat, first = 60 / free.tempo_bpm, heard.notes[0].start_s
    late = transcription(heard, Wanted(taps=tuple(first + beat * (k + 0.5) for k in range(8))))
    assert late.notes[0].start_beat == 0.5


def test_median_of_taps_with_gaps_and_doubles() -> None:
    rng = np.random.default_rng(0)
    for bpm in (62.0, 97.5, 140.0, 181.0):
        beat = 60 / bpm
        times = [2 + beat * k + rng.normal(0, 0.01) for k in range(16) if k not in (5, 6, 11)]
        found = tapped(sorted([*times, times[4] + 0.03]))
        assert found.bpm == pytest.approx(bpm, rel=0.01)
        assert found.dropped == 1
        assert abs((found.first_beat_s - 2 + beat / 2) % beat - beat / 2) < 0.02


@pytest.mark.parametrize(
    ("taps", "said"),
    [
        ((0.0, 0.5), "2 taps"),
        ((0.0, 0.5, 0.4), "do not rise"),
        ((0.0, float("nan"), 1.0), "no number"),
        ((0.0, 3.0, 6.0), "20.0 BPM"),
        ((0.0, 0.01, 0.02, 0.03), "BPM"),
        (tuple(0.1 * k for k in range(3_000)), "3000 taps"),
    ],
)
def test_taps_that_cannot_be(taps: tuple[float, ...], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Wanted(taps=taps)


@pytest.mark.parametrize("bpm", [29.0, 301.0, float("nan"), float("inf")])
def test_tempi_that_cannot_be(bpm: float) -> None:
    with pytest.raises(InputError, match="valid is 30 … 300"):
        Wanted(tempo_bpm=bpm)
    with pytest.raises(InputError, match="one of them"):
        Wanted(tempo_bpm=100.0, taps=(0.0, 0.5, 1.0))


def test_a_grid_of_sixteenths_and_of_triplets() -> None:
    rng = np.random.default_rng(1)
    for division, steps in (
        (4, [0, 4, 6, 8, 11, 12, 16, 18, 20]),
        (3, [0, 2, 3, 5, 6, 7, 8, 9, 12]),
    ):
        onsets = 1.3 + np.array(steps) * 60 / 100 / division + rng.normal(0, 0.008, len(steps))
        grid = gridded(onsets.tolist(), 100.0)
        assert (grid.division, list(grid.steps)) == (division, steps)
        assert grid.first_beat_s(onsets.tolist()) == pytest.approx(1.3, abs=0.02)


def test_few_notes_have_no_tempo() -> None:
    assert suggest([0.0, 0.5, 1.0]) == ()


def test_midi_reads_back(heard: Heard) -> None:
    found = transcription(heard, Wanted(tempo_bpm=100))
    file = mido.MidiFile(file=io.BytesIO(midi_bytes(found)))
    at, starts, tempo, key = 0, [], None, None
    for message in file.tracks[0]:
        at += message.time
        if message.type == "note_on" and message.velocity:
            starts.append((at, message.note))
        tempo = mido.tempo2bpm(message.tempo) if message.type == "set_tempo" else tempo
        key = message.key if message.type == "key_signature" else key
    assert starts == [(round((n.start_beat or 0) * TICKS), n.pitch) for n in found.notes]
    assert tempo == pytest.approx(100)
    assert found.key is not None
    assert key == found.key.name.replace(" major", "").replace(" minor", "m")


@pytest.mark.parametrize("kind", ["auto", "line", "mix"])
def test_what_has_no_melody(kind: str) -> None:
    rng = np.random.default_rng(0)
    silence = np.zeros(RATE_HZ)
    noise = rng.normal(0, 0.1, RATE_HZ)
    click = np.zeros(RATE_HZ)
    click[5_000] = 1
    empty = np.zeros(0)
    for signal in (silence, click, empty, noise[:10]):
        assert hear(audio_of(signal), kind).notes == ()
    if kind == "line":
        assert len(hear(audio_of(noise), kind).notes) <= 1
    found = transcription(hear(audio_of(silence), kind))
    assert found.tempo_bpm is None
    assert found.melody == ()
    assert "no melody was heard" in found.warnings[0]
    assert mido.MidiFile(file=io.BytesIO(midi_bytes(found))).tracks[0]


def test_a_file_is_heard_in_a_worker_process(tmp_path: Path, sung: Hum, heard: Heard) -> None:
    path = tmp_path / "hum.flac"
    soundfile.write(path, sung.signal, RATE_HZ, subtype="PCM_24")
    found = transcribe_melody(Settings(home=tmp_path), path, Wanted(tempo_bpm=108.0))
    assert [n.pitch for n in found.notes] == [n.semitone for n in heard.notes]
    assert Transcription.model_validate_json(found.model_dump_json()) == found
    request = ConditioningRequest(prompt=Prompt(text="reggae"), melody=found.melody)
    assert len(request.melody) == len(found.notes)
    assert request.melody[0].start_s == 0


def test_files_that_cannot_be_heard(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    text = tmp_path / "hum.wav"
    text.write_text("la la la")
    with pytest.raises(AudioError, match=r"hum\.wav"):
        transcribe_melody(settings, text)
    with pytest.raises(AudioError, match="no such file"):
        transcribe_melody(settings, tmp_path / "none.wav")
    with pytest.raises(AudioError, match="a folder"):
        transcribe_melody(settings, tmp_path)
