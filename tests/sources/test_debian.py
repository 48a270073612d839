"""Fetching packages, against a stand-in apt-get that serves a real .deb built here."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.sources.debian import LISTING, fetch_demo_music, read_listing
from pipelines.sources.folder import list_folder
from pipelines.sources.text import read_text
from schemas.errors import InputError, SourceUnavailable
from tests.sources.sound import tone

needs_dpkg = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="no dpkg-deb here")

TOML = """
[[packages]]
name = "thing-data"
keep = ["usr/share/games/thing/music/*.ogg"]
drop = ["*/draft.ogg"]
artist = "Somebody"
genre = ["chiptune"]
basis = "made up"
[packages.files."b.ogg"]
title = "Bee"
license = "CC BY 4.0"

[[packages]]
name = "gone-data"
keep = ["*"]
"""

# Behaves as apt-get does as far as it is asked: -o options, update, download NAME.
APT = """#!/bin/sh
echo "$@" >> "$FAKE/calls"
for last; do :; done
case "$*" in
  *" update") [ -e "$FAKE/lists_fail" ] && { echo "E: no network" >&2; exit 100; }
              touch "$FAKE/updated"; exit 0;;
esac
[ -e "$FAKE/hang" ] && { sleep 300 & wait; }
[ -e "$FAKE/need_update" ] && [ ! -e "$FAKE/updated" ] && { echo "E: 404" >&2; exit 100; }
[ -e "$FAKE/$last.deb" ] || { echo "E: Unable to locate package $last" >&2; exit 100; }
cp "$FAKE/$last.deb" "${last}_1.0_all.deb"
"""


@dataclass(frozen=True)
class Archive:
    """`folder` holds the stand-in's .deb files and switches; `calls` what it was asked."""

    folder: Path
    cache: Path
    listing: Path
    said: list[str]

    def fetch(self, timeout_s: float = 60.0) -> object:
        return fetch_demo_music(self.cache, self.said.append, timeout_s, self.listing)

    @property
    def calls(self) -> list[str]:
        log = self.folder / "calls"
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    folder = tmp_path / "archive"
    programs = tmp_path / "bin"
    programs.mkdir()
    folder.mkdir()
    apt = programs / "apt-get"
    apt.write_text(APT)
    apt.chmod(apt.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE", str(folder))
    listing = tmp_path / "listing.toml"
    listing.write_text(TOML)
    return Archive(folder, tmp_path / "cache", listing, [])


def build(archive: Archive, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for name in ("music/a.ogg", "music/b.ogg", "music/draft.ogg", "sounds/bang.ogg"):
        tone(tree / "usr/share/games/thing" / name)
    (tree / "usr/share/games/thing/music/link.ogg").symlink_to("/etc/hostname")
    doc = tree / "usr/share/doc/thing-data"
    doc.mkdir(parents=True)
    (doc / "copyright").write_text("Anyone may use it.")
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN/control").write_text(
        "Package: thing-data\nVersion: 1.0\nArchitecture: all\nMaintainer: A <a@example.org>\n"
        "Homepage: https://example.org/thing\nDescription: music of a thing\n More of it.\n"
    )
    target = archive.folder / "thing-data.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "--build", str(tree), str(target)],
        check=True,
        capture_output=True,
    )


@needs_dpkg
def test_music_is_kept_and_the_rest_thrown_away(archive: Archive, tmp_path: Path) -> None:
    build(archive, tmp_path)
    demo = archive.fetch()
    assert demo.packages == ("thing-data",)
    assert demo.missing == ("gone-data",)
    listed = list_folder(demo.folder)
    assert [Path(f.uri).name for f in listed.files] == ["a.ogg", "b.ogg"]
    assert listed.problems == []
    assert (demo.tracks, demo.bytes) == (2, sum(f.size for f in listed.files))
    assert not (archive.cache / "apt").exists()
    assert any("thing-data 1.0:" in line and "2 recordings" in line for line in archive.said)
    assert any("Unable to locate package gone-data" in line for line in archive.said)
    a, b = (read_text(Path(f.uri), demo.folder) for f in listed.files)
    assert (a.artist, a.album, a.title, b.title) == ("Somebody", "thing-data", None, "Bee")
    assert {r.source: r.spdx for r in b.rights} == {
        "sidecar:license": "CC-BY-4.0",
        "debian:copyright": None,
    }
    assert {"chiptune", "music of a thing more of it."} <= {t.term for t in a.tags}


@needs_dpkg
def test_a_second_call_does_nothing_and_damage_is_repaired(
    archive: Archive, tmp_path: Path
) -> None:
    archive.listing.write_text(TOML.partition('\n[[packages]]\nname = "gone')[0])
    build(archive, tmp_path)
    first = archive.fetch()
    asked = len(archive.calls)
    assert archive.fetch() == first
    assert len(archive.calls) == asked
    next(first.folder.rglob("a.ogg")).unlink()
    assert archive.fetch() == first
    assert len(archive.calls) == asked + 1
    (archive.cache / "demo-music.json").write_text("{broken")
    assert archive.fetch() == first
    assert len(archive.calls) == asked + 2


@needs_dpkg
def test_stale_lists_are_fetched_anew_into_a_folder_of_ours(
    archive: Archive, tmp_path: Path
) -> None:
    build(archive, tmp_path)
    (archive.folder / "need_update").touch()
    assert archive.fetch().packages == ("thing-data",)
    updates = [call for call in archive.calls if call.endswith(" update")]
    assert len(updates) == 1
    assert f"Dir::State::lists={archive.cache}/apt/lists" in updates[0]


@needs_dpkg
def test_a_package_that_is_no_archive_is_unavailable(archive: Archive) -> None:
    (archive.folder / "thing-data.deb").write_bytes(b"not a package")
    with pytest.raises(SourceUnavailable, match="no demo music: dpkg-deb: "):
        archive.fetch()


def test_no_network_is_unavailable_with_the_reason(archive: Archive) -> None:
    if shutil.which("dpkg-deb") is None:
        pytest.skip("no dpkg-deb here")
    (archive.folder / "lists_fail").touch()
    (archive.folder / "need_update").touch()
    with pytest.raises(SourceUnavailable, match=r"apt-get: E: 404 \(update: .*E: no network\)"):
        archive.fetch()


@needs_dpkg
def test_the_time_limit_ends_a_hanging_apt_and_its_children(archive: Archive) -> None:
    (archive.folder / "hang").touch()
    started = time.monotonic()
    with pytest.raises(SourceUnavailable, match="the time allowed is over"):
        archive.fetch(timeout_s=1.0)
    assert time.monotonic() - started < 10.0
    assert len(archive.calls) == 1


def test_without_apt_the_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceUnavailable, match="apt-get: not found on the PATH"):
        fetch_demo_music(tmp_path / "cache", print)
    assert issubclass(SourceUnavailable, InputError)


def test_the_listing_is_well_formed_and_modest() -> None:
    packages = read_listing(LISTING)
    assert len({p.name for p in packages}) == len(packages) >= 5
    for package in packages:
        assert package.keep, package.name
        assert package.notes["basis"], package.name
        # Whole folders of a game would bring its sound effects.
        assert all(p.startswith("usr/share/") and "*" in p for p in package.keep), package.name
