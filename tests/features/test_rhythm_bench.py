"""The accuracy benchmark scores a folder of clips with a truth table, and its parts are right."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks import _midi
from benchmarks._accuracy_tempo import f_measure, hear
from benchmarks._tempo import hits
from benchmarks._truth import read_truth
from benchmarks.accuracy import of_table
from schemas.errors import InputError
from tests.features import synth

FEEL = _midi.Feel(scatter_ms=15, drift=0.02, swing=0.6)


def midi() -> bytes:
    """Sixty-four quarter notes at 120 BPM, 480 ticks each."""
    body = b"\x00\xff\x51\x03" + (500_000).to_bytes(3, "big")
    body += b"\x00\x99\x24\x64\x83\x60\x89\x24\x00" * 64 + b"\x00\xff\x2f\x00"
    return (
        struct.pack(">4sIHHH", b"MThd", 6, 0, 1, 480)
        + b"MTrk"
        + struct.pack(">I", len(body))
        + body
    )


def test_acc1_and_acc2() -> None:
    found = hits([100.0] * 6, [103.9, 104.1, 50.0, 301.0, 150.0, None])
    assert found[:, 0].tolist() == [True, False, False, False, False, False]
    assert found[:, 1].tolist() == [True, False, True, True, False, False]


def test_f_measure_of_beats() -> None:
    true = np.arange(10.0)
    assert f_measure(true, true + 0.06) == 1
    assert f_measure(true, true + 0.08) == 0
    assert f_measure(true, np.arange(0, 10, 0.5)) == pytest.approx(2 / 3)
    assert f_measure(true, np.array([])) == 0


def test_humanised_midi_keeps_its_notes_and_its_mean_tempo() -> None:
    moved = _midi.humanise(midi(), FEEL, 1)
    assert moved == _midi.humanise(midi(), FEEL, 1)
    events = [event for track in _midi._tracks(moved) for event in _midi._events(track)]
    assert sum(message[0] == 0x99 for _, message in events) == 64
    lengths = [int.from_bytes(m[3:], "big") for _, m in events if m[:2] == b"\xff\x51"]
    assert len(set(lengths)) > 10
    assert np.mean(lengths) == pytest.approx(500_000, rel=1e-3)
    assert _midi.tempo_bpm(midi()) == 120


def test_a_truth_table_names_what_is_wrong(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(1_000), 22_050)
    (tmp_path / "truth.csv").write_text("path,tempo_bpm,key,mode,genre\na.wav,fast,,,\n")
    with pytest.raises(InputError, match="row 2, column tempo_bpm"):
        of_table(tmp_path / "truth.csv")
    (tmp_path / "truth.csv").write_text("path,tempo_bpm,key,mode,genre\na.wav,,,,\n")
    with pytest.raises(InputError, match="no clip has a tempo"):
        of_table(tmp_path / "truth.csv")


def test_a_clip_is_heard(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", synth.drums(120, 12), synth.RATE_HZ)
    (tmp_path / "truth.csv").write_text("path,tempo_bpm,key,mode,genre\na.wav,120,,,\n")
    heard = hear(read_truth(tmp_path / "truth.csv")[0], None)
    assert heard.tempo == pytest.approx(120, rel=0.01)
    assert heard.styled == heard.tempo
    assert len(heard.beats_s) > 15
