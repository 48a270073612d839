"""A tag written by mutagen is read back, in every format that mutagen reads."""

from __future__ import annotations

from pathlib import Path

import mutagen
import pytest
from mutagen.apev2 import APEv2
from mutagen.id3 import ID3, TALB, TCON, TCOP, TIT2, TPE1

from pipelines.sources.metadata import FILE_SOURCES, TextMetadata
from pipelines.sources.text import read_text
from schemas.catalogue import TagKind
from tests.sources.containers import MAKERS

ID3_FILES = (".mp3", ".wav", ".aiff", ".dsf", ".dff", ".tta")
APE_FILES = (".wv", ".ape", ".mpc", ".ofr", ".tak")
COMMENTS = (".flac", ".ogg", ".opus", ".oga", ".spx", ".ogv")
MP4_FILES = (".m4a", ".m4b", ".mp4")


def frames(tags: ID3) -> None:
    for frame in (TIT2, TPE1, TALB, TCON, TCOP):
        text = {TIT2: "A Song", TPE1: "Jane Doe", TALB: "An Album", TCON: "Jazz", TCOP: "2009 Jane"}
        tags.add(frame(3, [text[frame]]))


def check(found: TextMetadata, family: str) -> None:
    assert found.problems == ()
    assert (found.title, found.artist, found.album) == ("A Song", "Jane Doe", "An Album")
    assert [t.term for t in found.tags if t.kind is TagKind.GENRE] == ["jazz"]
    assert [(r.source.partition(":")[0], r.holder) for r in found.rights] == [(family, "Jane")]
    sources = {tag.source for tag in found.tags} | {right.source for right in found.rights}
    assert {source.partition(":")[0] for source in sources} <= set(FILE_SOURCES)


def made(tmp_path: Path, suffix: str) -> Path:
    path = tmp_path / f"x{suffix}"
    MAKERS[suffix](path)
    return path


@pytest.mark.parametrize("suffix", ID3_FILES)
def test_id3(tmp_path: Path, suffix: str) -> None:
    path = made(tmp_path, suffix)
    opened = mutagen.File(path)
    assert opened is not None
    if opened.tags is None:
        opened.add_tags()
    frames(opened.tags)
    opened.save()
    check(read_text(path, tmp_path), "id3")


@pytest.mark.parametrize("version", [2, 3, 4])
def test_versions_of_id3(tmp_path: Path, version: int) -> None:
    path = made(tmp_path, ".mp3")
    tags = ID3()
    frames(tags)
    if version > 2:
        tags.save(path, v2_version=version, v1=0)
    else:
        body = b"".join(
            name + (len(text) + 1).to_bytes(3, "big") + b"\0" + text
            for name, text in (
                *((b"TT2", b"A Song"), (b"TP1", b"Jane Doe"), (b"TAL", b"An Album")),
                *((b"TCO", b"(8)"), (b"TCR", b"2009 Jane")),
            )
        )
        size = bytes((len(body) >> shift) & 0x7F for shift in (21, 14, 7, 0))
        path.write_bytes(b"ID3\x02\x00\x00" + size + body + path.read_bytes())
    check(read_text(path, tmp_path), "id3")


@pytest.mark.parametrize("suffix", APE_FILES)
def test_ape(tmp_path: Path, suffix: str) -> None:
    path = made(tmp_path, suffix)
    opened = mutagen.File(path)
    assert opened is not None
    if opened.tags is None:
        opened.add_tags()
    opened.tags.update(Title="A Song", Artist="Jane Doe", Album="An Album", Genre="Jazz")
    opened.tags["Copyright"] = "2009 Jane"
    opened.save()
    check(read_text(path, tmp_path), "ape")


@pytest.mark.parametrize("suffix", [".mp3", ".tta", ".aac", ".ac3"])
def test_ape_behind_what_has_id3_or_no_tags(tmp_path: Path, suffix: str) -> None:
    path = made(tmp_path, suffix)
    tags = APEv2()
    tags.update(Title="A Song", Artist="Jane Doe", Album="An Album", Genre="Jazz")
    tags["Copyright"] = "2009 Jane"
    tags.save(path)
    check(read_text(path, tmp_path), "ape")


def test_id3_before_aac_and_both_kinds_on_mp3(tmp_path: Path) -> None:
    path = made(tmp_path, ".aac")
    tags = ID3()
    frames(tags)
    tags.save(path)
    check(read_text(path, tmp_path), "id3")
    both = made(tmp_path, ".mp3")
    tags.save(both)
    ape = APEv2()
    ape.update(Title="Other", Mood="Calm")
    ape.save(both)
    found = read_text(both, tmp_path)
    assert found.title == "A Song"
    assert "calm" in {tag.term for tag in found.tags if tag.source == "ape:mood"}


@pytest.mark.parametrize("suffix", COMMENTS)
def test_vorbis_comments(tmp_path: Path, suffix: str) -> None:
    path = made(tmp_path, suffix)
    opened = mutagen.File(path)
    assert opened is not None
    opened.update(title="A Song", artist="Jane Doe", album="An Album", genre="Jazz")
    opened["copyright"] = "2009 Jane"
    opened.save()
    check(read_text(path, tmp_path), "vorbis")


@pytest.mark.parametrize("suffix", MP4_FILES)
def test_mp4(tmp_path: Path, suffix: str) -> None:
    path = made(tmp_path, suffix)
    opened = mutagen.File(path)
    assert opened is not None
    opened.update({"©nam": "A Song", "©ART": "Jane Doe", "©alb": "An Album", "©gen": "Jazz"})
    opened["cprt"] = "2009 Jane"
    opened.save()
    check(read_text(path, tmp_path), "mp4")


def test_asf(tmp_path: Path) -> None:
    path = made(tmp_path, ".wma")
    opened = mutagen.File(path)
    assert opened is not None
    opened.update({"Title": "A Song", "Author": "Jane Doe", "WM/AlbumTitle": "An Album"})
    opened.update({"WM/Genre": "Jazz", "Copyright": "2009 Jane"})
    opened.save()
    check(read_text(path, tmp_path), "asf")


@pytest.mark.parametrize("suffix", [".mid", ".ac3", ".aac"])
def test_formats_without_tags_are_no_problem(tmp_path: Path, suffix: str) -> None:
    assert read_text(made(tmp_path, suffix), tmp_path).problems == ()


def test_every_maker_is_used() -> None:
    used = {*ID3_FILES, *APE_FILES, *COMMENTS, *MP4_FILES, ".wma", ".aac", ".ac3", ".mid"}
    assert used == set(MAKERS)
