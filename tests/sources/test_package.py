"""Files that came in a Debian package, and its copyright file."""

from __future__ import annotations

import json
import time
from pathlib import Path, PurePath

import pytest

from pipelines.sources.copyright import matches
from pipelines.sources.metadata import Rights
from pipelines.sources.text import read_text
from schemas.catalogue import TagKind
from schemas.rights import RightsLayer
from tests.sources.sound import tone

FORMAT = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
DEP5 = (
    FORMAT
    + """Files: *
Copyright: 2001 Game Maker
License: GPL-2+

Files: data/music/*
       data/extra/theme?.ogg
Copyright: 2007-2011, Àlex Almarza <a@example.org>
           2012 Second Person
License: CC-BY-SA-3.0

Files: data/music/special.ogg
Copyright: 2009 Third Person
License: Homebrew

Files: debian/*
Copyright: 2010 Packager
License: GPL-3+

License: CC-BY-SA-3.0
 Full text of the licence.
"""
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    doc = tmp_path / "usr/share/doc/thing-data"
    doc.mkdir(parents=True)
    (doc / "copyright").write_text(DEP5)
    return tmp_path


def right(tree: Path, installed: str) -> Rights:
    path = tone(tree / installed)
    (found,) = read_text(path, tree).rights
    assert found.source == "debian:copyright"
    assert found.layer is RightsLayer.RECORDING
    return found


def test_the_last_matching_paragraph_decides(tree: Path) -> None:
    menu = right(tree, "usr/share/games/thing/music/menu.ogg")
    assert (menu.spdx, menu.holder) == ("CC-BY-SA-3.0", "Àlex Almarza; Second Person")
    assert menu.raw == "CC-BY-SA-3.0\nFull text of the licence."
    assert menu.evidence.startswith(str(tree / "usr/share/doc/thing-data/copyright"))
    assert "data/music/*" in menu.evidence
    special = right(tree, "usr/share/games/thing/music/special.ogg")
    assert (special.spdx, special.raw, special.holder) == (None, "Homebrew", "Third Person")


def test_a_catch_all_is_in_doubt_where_other_paragraphs_may_mean_audio(tree: Path) -> None:
    shot = right(tree, "usr/share/games/thing/sounds/shot.wav")
    assert (shot.raw, shot.spdx, shot.holder) == ("GPL-2+", None, "Game Maker")


def test_a_catch_all_alone_is_certain(tree: Path) -> None:
    (tree / "usr/share/doc/thing-data/copyright").write_text(
        FORMAT + "Files: *\nCopyright: 2002 Composer\nLicense: GPL-2+\n\n"
        "Files: debian/*\nCopyright: 2004 P\nLicense: GPL-3\n\n"
        "Files: help/*.xml\nCopyright: 2004 P\nLicense: GPL-3\n"
    )
    assert right(tree, "usr/share/games/thing/a.mp3").spdx == "GPL-2.0-or-later"


def test_free_text_is_kept_whole_and_read_only_beyond_doubt(tree: Path) -> None:
    text = "This package was debianized by X.\n\nLicense: CC BY-SA\n" + "words " * 5000
    (tree / "usr/share/doc/thing-data/copyright").write_text(text)
    found = right(tree, "usr/share/games/thing/a.ogg")
    assert found.raw == text[:20_000]
    assert found.spdx is found.holder is None


@pytest.mark.parametrize("content", [FORMAT, FORMAT + "Files: *\n", FORMAT + "\0\xff\n: :\n\n \n"])
def test_a_malformed_file_never_raises(tree: Path, content: str) -> None:
    (tree / "usr/share/doc/thing-data/copyright").write_text(content, encoding="latin-1")
    path = tone(tree / "usr/share/games/thing/a.ogg")
    assert all(r.spdx is None for r in read_text(path, tree).rights)


def test_package_note_gives_names_and_weak_terms(tree: Path) -> None:
    (tree / "wordtone-package.json").write_text(
        json.dumps(
            {
                "package": "thing-data",
                "description": "data of a puzzle game with a guitar",
                "artist": "Somebody",
                "genre": ["chiptune", 3],
                "mood": "not a list",
            }
        )
    )
    found = read_text(tone(tree / "usr/share/games/thing/a.ogg"), tree)
    assert (found.artist, found.album, found.title) == ("Somebody", "thing-data", None)
    by_package = {(t.term, t.kind, t.weight) for t in found.tags if t.source == "debian:package"}
    assert by_package == {
        ("thing-data", TagKind.COLLECTION, 0.5),
        ("data of a puzzle game with a guitar", TagKind.DESCRIPTION, 0.3),
    }
    listed = {(t.term, t.kind) for t in found.tags if t.source == "debian:listing"}
    assert listed == {("chiptune", TagKind.GENRE), ("somebody", TagKind.ARTIST)}
    # A game's description speaks of the game: its words are no instruments of the music.
    assert not any(t.kind is TagKind.INSTRUMENT for t in found.tags)


def test_a_system_of_many_packages_is_told_apart_by_folder(tree: Path) -> None:
    other = tree / "usr/share/doc/other"
    other.mkdir()
    (other / "copyright").write_text("Another licence")
    assert right(tree, "usr/share/games/other/a.ogg").raw == "Another licence"
    assert right(tree, "usr/share/games/thing/music/b.ogg").spdx == "CC-BY-SA-3.0"
    unknown = read_text(tone(tree / "usr/share/games/neither/c.ogg"), tree)
    assert unknown.rights == ()
    assert unknown.album is None


def test_a_package_outside_the_ingested_folder_is_not_read(tree: Path) -> None:
    path = tone(tree / "usr/share/games/thing/music/menu.ogg")
    assert read_text(path, tree / "usr/share/games").rights == ()


def test_a_link_or_name_that_leads_out_of_the_tree_is_not_followed(tree: Path) -> None:
    inside = tree / "in"
    path = tone(inside / "usr/share/games/thing/a.ogg")
    secret = tree / "copyright"
    secret.write_text("secret")
    doc = inside / "usr/share/doc/evil"
    doc.mkdir(parents=True)
    (doc / "copyright").symlink_to(secret)
    assert read_text(path, inside).rights == ()
    (inside / "wordtone-package.json").write_text('{"package": "../../../.."}')
    assert read_text(path, inside).rights == ()


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ("*", True),
        ("data/music/*", True),
        ("music/*", True),
        ("*.ogg", True),
        ("data/music/m?nu.ogg", True),
        ("./data/music/menu.ogg", True),
        ("usr/share/*", True),
        (r"music/menu\*.ogg", False),
        ("Music/*", False),
        ("data/*", False),
        ("src/*.c", False),
        ("debian/*", False),
        ("data/music/x*", False),
        ("sounds/menu.wav", False),
    ],
)
def test_patterns_of_the_source_tree_meet_installed_paths(pattern: str, matched: bool) -> None:
    installed = PurePath("usr/share/games/thing/music/menu.ogg")
    assert matches(pattern, installed) is matched


def test_a_pattern_cannot_make_the_matcher_slow() -> None:
    started = time.process_time()
    assert not matches("*a" * 2000 + "b", PurePath("/".join(["a" * 200] * 20)))
    assert time.process_time() - started < 2.0
