"""Whole files of every format are accepted; what is missing or broken in others is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks._robustness_bases import FORMATS, SECONDS, Base, by_libsndfile, sound
from pipelines.audio.declared import promise
from pipelines.audio.decode import decode
from pipelines.audio.probe import probe
from pipelines.audio.recognise import read_head
from schemas.errors import AudioError
from schemas.outcomes import RejectReason

CODECS = {
    "WMA": "wmav2",
    "M4A": "aac",
    "ALAC": "alac",
    "fMP4": "aac",
    "AAC": "aac",
    "MKA": "aac",
    "WebM": "opus",
    "Opus": "opus",
    "OGG": "vorbis",
    "MP4 video": "aac",
    "MKV video": "mp3",
    "AIFF-C": "float",
    "WavPack": "wavpack",
    "MP2": "mp2",
}
UNKNOWABLE = {"AAC", "MP2", "MP3 no Xing"}  # bare frames: nothing says how many there were


def ends(path: Path, data: bytes) -> RejectReason | None:
    """Why a file of these bytes is not accepted; None when it is."""
    path.write_bytes(data)
    try:
        return decode(path).partial_reason
    except AudioError as error:
        return error.reason


@pytest.mark.parametrize("name", FORMATS)
def test_whole_files_are_accepted(whole: dict[str, Base], tmp_path: Path, name: str) -> None:
    path = tmp_path / f"whole{whole[name].suffix}"
    path.write_bytes(whole[name].data)
    found = decode(path)
    assert (found.partial_reason, found.detail) == (None, "")
    assert found.codec == CODECS.get(name, found.codec)
    # Opus and WebM take the same samples for 48 kHz.
    seconds = SECONDS * 44_100 / found.audio.sample_rate_hz
    assert found.audio.duration_s == pytest.approx(seconds, abs=0.06)
    assert probe(path).codec == found.codec


@pytest.mark.parametrize("name", FORMATS)
def test_cut_files_are_not_whole(whole: dict[str, Base], tmp_path: Path, name: str) -> None:
    """Cut by a byte, by a tenth, by half. A TTA file ends in a tag: without it, it is whole."""
    data = whole[name].data
    least = 100 if name == "TTA" else 1
    for cut in (least, 100, len(data) // 10, len(data) // 2 + 7, len(data) * 9 // 10):
        assert ends(tmp_path / f"cut{whole[name].suffix}", data[:-cut]) is not None, cut


@pytest.mark.parametrize("name", ["MP3", "MP3 no Xing", "AAC", "MP2"])
def test_frames_that_were_lost_are_counted(
    whole: dict[str, Base], tmp_path: Path, name: str
) -> None:
    """The decoder finds its way back and says nothing; the frame headers tell."""
    data, path = whole[name].data, tmp_path / f"lost{whole[name].suffix}"
    half = len(data) // 2
    path.write_bytes(data[:half] + data[half + 700 :])
    found = promise(path, "aac" if name == "AAC" else "mpeg", read_head(path))
    assert found.reason is RejectReason.UNDECODABLE
    assert found.damage is not None
    assert "frames are broken in 1 place" in found.damage
    assert decode(path).partial_reason is not None


def test_big_endian_wav(whole: dict[str, Base], tmp_path: Path) -> None:
    pcm = sound(0.5)
    data = by_libsndfile(pcm, "WAV", "PCM_16", endian="BIG")
    assert data[:4] == b"RIFX"
    assert ends(tmp_path / "whole.wav", data) is None
    assert ends(tmp_path / "cut.wav", data[:-5]) is RejectReason.TRUNCATED


@pytest.mark.parametrize("name", ["OGG", "Opus"])
def test_one_flipped_bit_is_noticed_in_ogg(
    whole: dict[str, Base], tmp_path: Path, name: str
) -> None:
    data = bytearray(whole[name].data)
    for at in range(200, len(data), len(data) // 20):
        data[at] ^= 16
        assert ends(tmp_path / "flipped.ogg", bytes(data)) is not None, at
        data[at] ^= 16


def test_tags_and_joints_in_mpeg_audio_are_no_damage(
    whole: dict[str, Base], tmp_path: Path
) -> None:
    bare = whole["MP3 no Xing"].data
    id3v2 = b"ID3\x04\0\0\0\0\x01\0" + bytes(128)
    id3v1 = b"TAG" + bytes(125)
    footer = b"APETAGEX" + (2000).to_bytes(4, "little") + (32).to_bytes(4, "little") + bytes(16)
    for name, data in {
        "tagged": id3v2 + bare + id3v1,
        "ape": bare + footer,
        "ape and id3v1": bare + footer + id3v1,
        "joined": bare + id3v2 + bare,
        "junk before": bytes(3_000) + bare,
    }.items():
        assert ends(tmp_path / "sound.mp3", data) is None, name


def test_what_cannot_be_known_is_not_claimed(whole: dict[str, Base], tmp_path: Path) -> None:
    """Frames without a count, cut between two of them: a shorter file is all that is left."""
    from benchmarks._robustness_mutations import mutations

    for name in UNKNOWABLE:
        cases = [c for c in mutations(whole[name], 1, 0) if c.kind == "boundary"]
        assert cases
        for case in cases:
            path = tmp_path / case.name
            case.write(path)
            assert decode(path).partial_reason is None


def test_a_header_that_declares_less_than_there_is(whole: dict[str, Base], tmp_path: Path) -> None:
    data = bytearray(whole["MP3"].data)
    info = max(data.find(b"Info", 0, 200), data.find(b"Xing", 0, 200))
    data[info + 8 : info + 12] = (10).to_bytes(4, "big")
    assert ends(tmp_path / "short.mp3", bytes(data)) is not None
