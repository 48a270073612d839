"""Scores: what is taken, what is refused, and what they say of title and rights."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import mido
import pytest

from pipelines.sources.score import MAX_MIDI_BYTES, read_score
from pipelines.sources.text import read_score_text
from schemas.catalogue import Origin
from schemas.errors import AudioError
from schemas.outcomes import RejectReason
from schemas.rights import RightsLayer
from tests.sources.midi import midi

XML = (
    '<?xml version="1.0"?><!DOCTYPE score-partwise SYSTEM "x">'
    "<score-partwise><work><work-title>A &amp; B</work-title></work>"
    "<identification><rights>© 2001 Jane Doe</rights></identification></score-partwise>"
)


def test_midi(tmp_path: Path) -> None:
    facts = read_score(midi(tmp_path / "x.mid", "Für Jane", "© 2001 Jane Doe"))
    assert (facts.format, facts.title, facts.copyright) == ("midi", "Für Jane", "© 2001 Jane Doe")


def test_musicxml_plain_and_packed(tmp_path: Path) -> None:
    plain, wide, packed = (tmp_path / name for name in ("x.musicxml", "w.xml", "x.mxl"))
    plain.write_text(XML, encoding="utf-8")
    wide.write_text(XML, encoding="utf-16")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
        archive.writestr("score.xml", XML + " " * 50_000_000)
    for path in (plain, wide, packed):
        facts = read_score(path)
        assert (facts.format, facts.title) == ("musicxml", "A & B")
        assert facts.copyright == "© 2001 Jane Doe"


def reason(path: Path) -> RejectReason:
    with pytest.raises(AudioError) as caught:
        read_score(path)
    return caught.value.reason


def test_what_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.mid"
    for data, expected in (
        (b"", RejectReason.EMPTY_FILE),
        (b"not a score", RejectReason.UNDECODABLE),
        (b"<html/>", RejectReason.UNDECODABLE),
        (b"MThd", RejectReason.UNDECODABLE),
        (b"MThd\0\0\0\x06\0\x01\0\x01\x01\xe0MTrk\xff\xff\xff\xff\0", RejectReason.UNDECODABLE),
        (b"MThd\0\0\0\x06\0\x01\0\0\x01\xe0", RejectReason.NO_SAMPLES),
        (b"MThd" + b"\0" * MAX_MIDI_BYTES, RejectReason.TOO_LARGE),
        (b"PK\x03\x04 not a zip", RejectReason.UNDECODABLE),
    ):
        path.write_bytes(data)
        assert reason(path) is expected, data[:40]
    path.unlink()
    assert reason(path) is RejectReason.UNREADABLE


def test_mutated_midi_is_read_or_refused(tmp_path: Path) -> None:
    whole = midi(tmp_path / "x.mid", "Name", "(c) me").read_bytes()
    draw = random.Random(5)
    outcomes = set()
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        path = tmp_path / "y.mid"
        path.write_bytes(bytes(data[: draw.randint(1, len(data))]))
        try:
            outcomes.add(read_score(path).format)
        except AudioError as error:
            outcomes.add(error.reason)
    assert RejectReason.UNDECODABLE in outcomes


def test_the_largest_midi_taken_is_read_in_time(tmp_path: Path) -> None:
    track = mido.MidiTrack(mido.Message("note_on", note=1, time=1) for _ in range(20_000))
    song = mido.MidiFile()
    song.tracks.append(track)
    song.save(tmp_path / "x.mid")
    assert read_score(tmp_path / "x.mid").format == "midi"


def test_words_of_a_score_are_about_the_composition(tmp_path: Path) -> None:
    path = midi(tmp_path / "x.mid", "", "© 2001 Jane Doe. CC BY 4.0")
    path.with_suffix(".json").write_text('{"license": "CC-BY-4.0", "genre": "Waltz"}')
    found, facts = read_score_text(path, tmp_path)
    assert facts.format == "midi"
    assert (found.title, found.origin) == ("x", Origin.SCORE)
    assert {r.source: r.layer for r in found.rights} == {
        "sidecar:license": RightsLayer.COMPOSITION,
        "midi:copyright": RightsLayer.COMPOSITION,
    }
    assert "waltz" in {tag.term for tag in found.tags}
    named, _ = read_score_text(midi(tmp_path / "y.mid", "Nocturne"), tmp_path)
    assert named.title == "Nocturne"
