"""Text of real files: tags written by mutagen and libsndfile, sidecars, names, hostile content."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen.aiff import AIFF
from mutagen.apev2 import APEv2
from mutagen.flac import FLAC, Picture
from mutagen.id3 import COMM, ID3, TALB, TBPM, TCON, TCOP, TDRC, TIT2, TKEY, TLAN, TPE1, TXXX, WCOP
from mutagen.mp3 import MP3
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from pipelines.sources.metadata import MAX_TEXT, TextMetadata, normalise
from pipelines.sources.text import read_text
from schemas.catalogue import Origin, TagKind
from tests.sources.sound import tone

K = TagKind


def terms(found: TextMetadata, kind: TagKind) -> set[str]:
    return {tag.term for tag in found.tags if tag.kind is kind}


def sourced(found: TextMetadata, source: str) -> list[tuple[str, TagKind, float]]:
    return [(t.term, t.kind, t.weight) for t in found.tags if t.source == source]


def vorbis(path: Path) -> None:
    kind = FLAC if path.suffix == ".flac" else OggVorbis
    tags = kind(path)
    tags.update(
        title="A Title",
        artist=["One", "Two"],
        album="An Album",
        date="2009-03-01",
        genre="Death Metal; Doom/Sludge, (17)",
        mood=["Dark"],
        comment="Slow piano piece. CC BY 4.0",
        language="eng",
        composer="Somebody",
        bpm="92.5",
        key="Am",
        license="http://creativecommons.org/licenses/by-sa/3.0/",
        copyright="Copyright (c) 2009 Jane Doe <jane@example.org>",
    )
    tags.save()


@pytest.mark.parametrize("suffix", [".flac", ".ogg"])
def test_vorbis_comments(tmp_path: Path, suffix: str) -> None:
    path = tone(tmp_path / f"x{suffix}")
    vorbis(path)
    found = read_text(path, tmp_path)
    assert (found.title, found.artist, found.album) == ("A Title", "One; Two", "An Album")
    assert (found.date, found.origin, found.problems) == ("2009-03-01", Origin.RECORDING, ())
    assert terms(found, K.GENRE) == {"death metal", "doom metal", "sludge metal", "rock"}
    assert {t.raw for t in found.tags if t.kind is K.GENRE} == {"Death Metal; Doom/Sludge, (17)"}
    assert terms(found, K.MOOD) == {"dark"}
    assert terms(found, K.ARTIST) == {"one", "two", "somebody"}
    assert terms(found, K.LANGUAGE) == {"english"}
    assert terms(found, K.TEMPO) == {"92.5 bpm"}
    assert terms(found, K.ERA) == {"2000s"}
    assert terms(found, K.OTHER) == {"key am"}
    assert sourced(found, "vorbis:comment") == [("slow piano piece. cc by 4.0", K.DESCRIPTION, 1.0)]
    assert sourced(found, "vorbis:comment:word") == [("piano", K.INSTRUMENT, 0.5)]
    rights = {r.source: r for r in found.rights}
    assert rights["vorbis:license"].spdx == "CC-BY-SA-3.0"
    assert rights["vorbis:license"].raw == "http://creativecommons.org/licenses/by-sa/3.0/"
    assert rights["vorbis:copyright"].holder == "Jane Doe"
    assert rights["vorbis:copyright"].spdx is None
    assert rights["vorbis:comment"].raw == "Slow piano piece. CC BY 4.0"


def id3(path: Path) -> None:
    kind = {".mp3": MP3, ".wav": WAVE, ".aiff": AIFF}[path.suffix]
    tags = kind(path)
    if tags.tags is None:
        tags.add_tags()
    for frame in (
        TIT2(3, ["A Title"]),
        TPE1(3, ["One"]),
        TALB(3, ["An Album"]),
        TDRC(3, ["2009"]),
        TCON(3, ["(17)(4)Eurodisco", "Blues"]),
        COMM(3, "eng", "", ["gentle flute"]),
        COMM(3, "eng", "iTunNORM", [" 00000000 00000210"]),
        TLAN(3, ["xxx"]),
        TBPM(3, ["0"]),
        TKEY(3, ["C#m"]),
        TCOP(3, ["2009 Jane Doe"]),
        WCOP(url="https://creativecommons.org/publicdomain/zero/1.0/"),
        TXXX(3, "MOOD", ["Sad"]),
        TXXX(3, "replaygain_track_gain", ["-3 dB"]),
    ):
        tags.tags.add(frame)
    tags.save()


@pytest.mark.parametrize("suffix", [".mp3", ".wav", ".aiff"])
def test_id3(tmp_path: Path, suffix: str) -> None:
    path = tone(tmp_path / f"x{suffix}")
    id3(path)
    found = read_text(path, tmp_path)
    assert (found.title, found.artist, found.album, found.date) == (
        "A Title",
        "One",
        "An Album",
        "2009",
    )
    assert found.problems == ()
    assert terms(found, K.GENRE) == {"rock", "disco", "eurodisco", "blues"}
    assert sourced(found, "id3:COMM") == [("gentle flute", K.DESCRIPTION, 1.0)]
    assert sourced(found, "id3:TXXX:mood") == [("sad", K.MOOD, 1.0)]
    assert terms(found, K.LANGUAGE) == terms(found, K.TEMPO) == set()
    spdx = {r.source: (r.spdx, r.holder) for r in found.rights}
    assert spdx == {"id3:TCOP": (None, "Jane Doe"), "id3:WCOP": ("CC0-1.0", None)}


def test_id3v1_alone(tmp_path: Path) -> None:
    path = tone(tmp_path / "x.mp3", seconds=0.5)
    tags = ID3()
    tags.add(TIT2(3, ["Old"]))
    tags.add(TCON(3, ["Polka"]))
    tags.save(path, v1=2)
    whole = path.read_bytes()
    size = int.from_bytes(bytes(whole[6:7]), "big")
    end = 10 + (whole[6] << 21 | whole[7] << 14 | whole[8] << 7 | whole[9])
    assert size == whole[6]
    path.write_bytes(whole[end:])
    found = read_text(path, tmp_path)
    assert found.title == "Old"
    assert terms(found, K.GENRE) == {"polka"}


def test_apev2(tmp_path: Path) -> None:
    path = tone(tmp_path / "x.mp3")
    tags = APEv2()
    tags["Title"], tags["Genre"], tags["Mood"] = "Ape", ["Jazz", "Swing"], "happy"
    tags.save(path)
    path.rename(renamed := tmp_path / "x.ape")
    # An .ape file is not made here; the tag alone is read the way mutagen hands it over.
    from pipelines.sources.embedded import _fields

    found = {source: values for _, source, values in _fields(APEv2(renamed))}
    assert found == {"ape:title": ["Ape"], "ape:genre": ["Jazz", "Swing"], "ape:mood": ["happy"]}


def test_mp4_and_asf(tmp_path: Path) -> None:
    import av
    import numpy as np
    from mutagen.asf import ASF
    from mutagen.mp4 import MP4

    for name, codec in (("x.m4a", "aac"), ("x.wma", "wmav2")):
        with av.open(str(tmp_path / name), "w") as container:
            stream = container.add_stream(codec, rate=44_100)
            stream.layout, stream.bit_rate = "mono", 64_000
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), "f4"), "fltp", "mono")
            frame.sample_rate = 44_100
            for packet in [*stream.encode(frame), *stream.encode(None)]:
                container.mux(packet)
    m4a = MP4(tmp_path / "x.m4a")
    m4a["©nam"], m4a["©gen"], m4a["tmpo"] = "Apple Song", "House", [124]
    m4a["----:com.apple.iTunes:MOOD"] = [b"Happy"]
    m4a["cprt"] = "2011 Jane Doe"
    m4a.save()
    found = read_text(tmp_path / "x.m4a", tmp_path)
    assert (found.title, terms(found, K.GENRE), terms(found, K.TEMPO)) == (
        "Apple Song",
        {"house"},
        {"124 bpm"},
    )
    assert sourced(found, "mp4:mood") == [("happy", K.MOOD, 1.0)]
    assert [r.holder for r in found.rights] == ["Jane Doe"]
    wma = ASF(tmp_path / "x.wma")
    wma["Title"], wma["WM/Genre"], wma["WM/Mood"] = "Windows Song", "Trance", "Dreamy"
    wma.save()
    found = read_text(tmp_path / "x.wma", tmp_path)
    assert (found.title, terms(found, K.GENRE), terms(found, K.MOOD)) == (
        "Windows Song",
        {"trance"},
        {"dreamy"},
    )


@pytest.mark.parametrize(("suffix", "family"), [(".wav", "riff"), (".aiff", "aiff")])
def test_chunks_that_mutagen_passes_over(tmp_path: Path, suffix: str, family: str) -> None:
    path = tone(
        tmp_path / f"x{suffix}",
        title="Chunk Title",
        artist="Chunk Artist",
        copyright="2010 Jane Doe",
    )
    found = read_text(path, tmp_path)
    assert (found.title, found.artist) == ("Chunk Title", "Chunk Artist")
    assert all(r.source.startswith(f"{family}:") for r in found.rights)
    assert [r.holder for r in found.rights] == ["Jane Doe"]


def test_useless_values_are_not_genres_names_or_descriptions(tmp_path: Path) -> None:
    path = tone(tmp_path / "x.flac")
    tags = FLAC(path)
    tags.update(
        genre=["Other", "Unknown"],
        title="unknown",
        artist="Unknown Artist",
        comment="Made with Sonic Foundry ACID 3",
        date="0000",
        bpm="fast",
    )
    tags.save()
    found = read_text(path, tmp_path)
    assert found.title is found.artist is found.date is None
    assert terms(found, K.GENRE) == terms(found, K.DESCRIPTION) == set()
    assert len(found.problems) == 2
    assert any("YYYY" in p for p in found.problems)
    assert any("20 … 400 BPM" in p for p in found.problems)


def test_pictures_are_ignored_and_long_values_cut(tmp_path: Path) -> None:
    path = tone(tmp_path / "x.flac")
    tags = FLAC(path)
    picture = Picture()
    picture.data, picture.desc = os.urandom(200_000), "cover"
    tags.add_picture(picture)
    tags["description"] = "long " * 5000
    tags.save()
    found = read_text(path, tmp_path)
    (described,) = (t for t in found.tags if t.kind is K.DESCRIPTION)
    assert len(described.raw) <= MAX_TEXT
    assert found.problems == ("x.flac: vorbis:description has 24999 characters; cut to 10000",)
    assert not any("cover" in t.raw for t in found.tags)


def test_control_characters_and_surrogates_cannot_reach_a_row(tmp_path: Path) -> None:
    path = tone(tmp_path / "x.flac")
    (tmp_path / "x.json").write_text(
        r'{"title": "a\u0000\u001b[31mb\ud800", "genre": ["  \u3000JAZZ\n "],'
        r' "description": "\u0007"}'
    )
    found = read_text(path, tmp_path)
    assert found.title == "a;[31mb?"
    assert terms(found, K.GENRE) == {"jazz"}
    assert terms(found, K.DESCRIPTION) == set()
    json.dumps(dataclasses.asdict(found), ensure_ascii=False).encode("utf-8")


def test_sidecar_wins_over_tags_and_keeps_both_as_terms(tmp_path: Path) -> None:
    path = tone(tmp_path / "x.flac")
    vorbis(path)
    (tmp_path / "x.json").write_text(
        json.dumps(
            {
                "title": "Side",
                "genre": ["Ambient"],
                "instrument": "harp",
                "license": "CC-BY-4.0",
                "origin": "score_render",
                "colour": "blue",
                "mood": 3,
            }
        )
    )
    found = read_text(path, tmp_path)
    assert (found.title, found.artist) == ("Side", "One; Two")
    assert found.origin is Origin.SCORE_RENDER
    assert {"ambient", "death metal"} <= terms(found, K.GENRE)
    assert terms(found, K.TITLE) >= {"side", "a title"}
    assert next(r for r in found.rights if r.source == "sidecar:license").spdx == "CC-BY-4.0"
    assert [p.split(";")[0] for p in found.problems] == [
        "x.json: unknown key 'colour'",
        "x.json: mood is int",
    ]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"{", "not valid JSON"),
        (b"[1]", "holds no object"),
        (b"\xff\xfe\x00", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"origin": "invented"}', "origin is 'invented'; valid: recording"),
        (b'{"title": "' + b"x" * (1 << 20) + b'"}', "not read"),
    ],
)
def test_a_bad_sidecar_is_a_problem(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tone(tmp_path / "x.wav", title="Kept")
    (tmp_path / "x.json").write_bytes(content)
    found = read_text(path, tmp_path)
    assert found.title == "Kept"
    (problem,) = found.problems
    assert problem.startswith("x.json: ")
    assert complaint in problem


def test_a_sidecar_that_is_a_pipe_does_not_hang(tmp_path: Path) -> None:
    path = tone(tmp_path / "x.wav")
    os.mkfifo(tmp_path / "x.json")
    assert read_text(path, tmp_path).problems == ()


def test_names_of_files_and_folders_are_weak_terms(tmp_path: Path) -> None:
    path = tone(tmp_path / "Death Metal" / "usr" / "myBestTapes" / "03-Mr.BonesTheme_v2.ogg")
    found = read_text(path, tmp_path)
    assert sourced(found, "path:file") == [
        ("mr", K.TITLE, 0.2),
        ("bones", K.TITLE, 0.2),
        ("theme", K.TITLE, 0.2),
    ]
    assert [t[0] for t in sourced(found, "path:folder")] == [
        "death",
        "metal",
        "my",
        "best",
        "tapes",
    ]
    assert sourced(found, "path:folder:word") == [("death metal", K.GENRE, 0.5)]


def test_a_single_file_knows_only_its_own_name(tmp_path: Path) -> None:
    path = tone(tmp_path / "Jazz" / "tune.wav")
    assert [t.term for t in read_text(path, path).tags] == ["tune"]


def test_title_words_are_not_promoted(tmp_path: Path) -> None:
    path = tone(tmp_path / "ambient techno.wav", title="Death Metal Piano")
    found = read_text(path, tmp_path)
    assert terms(found, K.GENRE) == terms(found, K.INSTRUMENT) == set()


def damages() -> list[Callable[[bytes], bytes]]:
    return [
        lambda data: data[: len(data) // 2],
        lambda data: data[:40],
        lambda data: data[:60] + b"\xff" * 200 + data[260:],
        lambda data: b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + data,
        lambda data: b"ID3\x03\x00\x00\x00\x00\x00\x20TIT2\xff\xff\xff\xff\x00\x00\x01\xfe" + data,
        lambda data: b"",
        lambda data: data[:4] + bytes(len(data)),
    ]


@pytest.mark.parametrize("damage", range(len(damages())))
@pytest.mark.parametrize("suffix", [".flac", ".ogg", ".mp3", ".wav", ".aiff"])
def test_damaged_tags_never_raise(tmp_path: Path, suffix: str, damage: int) -> None:
    path = tone(tmp_path / f"x{suffix}")
    vorbis(path) if suffix in (".flac", ".ogg") else id3(path)
    path.write_bytes(damages()[damage](path.read_bytes()))
    found = read_text(path, tmp_path)
    assert all(p.startswith(path.name) for p in found.problems)
    assert all(0 < len(t.raw) <= MAX_TEXT for t in found.tags)
    json.dumps(dataclasses.asdict(found), ensure_ascii=False).encode("utf-8")


def test_a_truncated_flac_says_so(tmp_path: Path) -> None:
    path = tone(tmp_path / "x.flac")
    path.write_bytes(path.read_bytes()[:20])
    (problem,) = read_text(path, tmp_path).problems
    assert problem.startswith("x.flac: tags cannot be read (")


def test_a_chunk_bomb_ends(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    body = b"WAVE" + b"LIST\x00\x00\x00\x00" * 200_000
    path.write_bytes(b"RIFF" + len(body).to_bytes(4, "little") + body)
    assert read_text(path, tmp_path).title is None


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert once == " ".join(once.split())
    once.encode("utf-8")


def test_identifiers_of_recordings(tmp_path: Path) -> None:
    mbid = "0383dadf-2a4e-4d10-a46a-e9e041da8eb3"
    path = tone(tmp_path / "a.flac")
    tags = FLAC(path)
    tags["isrc"] = ["us-rc1-76-07839", "nonsense"]
    tags["musicbrainz_trackid"] = [mbid.upper()]
    tags.save()
    found = read_text(path, tmp_path)
    kept = {(t.term, t.source) for t in found.tags if t.kind is TagKind.IDENTIFIER}
    assert kept == {
        ("isrc:USRC17607839", "vorbis:isrc"),
        (f"musicbrainz_recording:{mbid}", "vorbis:musicbrainz_trackid"),
    }
    assert any("'nonsense', no isrc" in problem for problem in found.problems)
