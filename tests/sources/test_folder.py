"""Listing a folder: what is an input, what is a problem, what is neither."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from pipelines.sources.folder import FoundFile, list_folder
from schemas.errors import InputError
from schemas.outcomes import RejectReason
from tests.sources.sound import tone


def names(folder: Path) -> list[str]:
    return [str(Path(f.uri).relative_to(folder)) for f in list_folder(folder).files]


def test_audio_by_suffix_is_listed_with_size_time_and_source(tmp_path: Path) -> None:
    path = tone(tmp_path / "a" / "b" / "Song.FLAC")
    (found,) = list_folder(tmp_path).files
    info = path.stat()
    assert found == FoundFile(str(path), info.st_size, info.st_mtime_ns, str(tmp_path))


def test_an_empty_file_with_an_audio_suffix_is_an_input(tmp_path: Path) -> None:
    (tmp_path / "empty.mp3").touch()
    (tmp_path / "empty").touch()
    assert names(tmp_path) == ["empty.mp3"]


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3", ".aiff"])
def test_audio_without_a_known_suffix_is_found_by_its_bytes(tmp_path: Path, suffix: str) -> None:
    whole = tone(tmp_path / f"x{suffix}", seconds=1.0)
    shutil.copy(whole, tmp_path / "bare")
    shutil.copy(whole, tmp_path / "odd.blob")
    shutil.copy(whole, tmp_path / "picture.png")
    assert names(tmp_path) == ["bare", "odd.blob", f"x{suffix}"]


def test_what_is_not_audio_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("RIFFs and reels\n" * 100)
    (tmp_path / "code.unknownsuffix").write_bytes(bytes(range(256)) * 64)
    for name in ("a.txt", "a.py", "a.ttf", "a.xml", "a.gpx", "a.json"):
        (tmp_path / name).write_bytes(b"fLaC")
    listing = list_folder(tmp_path)
    assert listing.files == []
    assert listing.problems == []


def test_a_known_uri_is_taken_without_a_look(tmp_path: Path) -> None:
    path = tmp_path / "was_audio_once"
    path.write_bytes(b"no longer")
    assert list_folder(tmp_path).files == []
    assert [f.uri for f in list_folder(tmp_path, {str(path)}).files] == [str(path)]


def test_hidden_files_and_folders_are_skipped(tmp_path: Path) -> None:
    tone(tmp_path / ".hidden.wav")
    tone(tmp_path / ".trash" / "a.wav")
    tone(tmp_path / "._b.wav")
    tone(tmp_path / "b.wav")
    assert names(tmp_path) == ["b.wav"]


def test_files_are_sorted_across_folders(tmp_path: Path) -> None:
    for name in ("b/2.wav", "a/9.wav", "a.wav", "b.wav", "a/b/1.wav"):
        tone(tmp_path / name)
    uris = [f.uri for f in list_folder(tmp_path).files]
    assert uris == sorted(uris)
    assert len(uris) == 5


def test_link_loops_end_and_links_inside_are_followed(tmp_path: Path) -> None:
    tone(tmp_path / "a" / "x.wav")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "self").symlink_to("self")
    (tmp_path / "y.wav").symlink_to(tmp_path / "a" / "x.wav")
    listing = list_folder(tmp_path)
    assert [Path(f.uri).name for f in listing.files] == ["x.wav", "y.wav"]
    assert listing.problems == []


def test_links_that_lead_outside_are_reported_and_not_followed(tmp_path: Path) -> None:
    secret = tone(tmp_path / "outside" / "secret.wav")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "stolen.wav").symlink_to(secret)
    (inside / "gone.wav").symlink_to(inside / "nowhere.wav")
    (inside / "folder").symlink_to(tmp_path / "outside")
    listing = list_folder(inside)
    assert listing.files == []
    details = [problem.detail for problem in listing.problems]
    assert "does not exist" in details[0]
    assert "outside the folder: not followed" in details[1]
    assert len(details) == 2


def test_a_pipe_is_a_problem_and_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    os.mkfifo(tmp_path / "pipe")
    listing = list_folder(tmp_path)
    assert listing.files == []
    assert [p.detail.rpartition(": ")[2] for p in listing.problems] == ["not a regular file"]


def test_a_name_that_is_not_utf8_is_a_problem_in_valid_text(tmp_path: Path) -> None:
    bad = os.fsencode(tmp_path) + b"/caf\xe9.wav"
    shutil.copy(tone(tmp_path / "ok.wav"), bad)
    folder = os.fsencode(tmp_path) + b"/\xff"
    os.mkdir(folder)  # noqa: PTH102 - a bytes path
    shutil.copy(tmp_path / "ok.wav", folder + b"/in.wav")
    listing = list_folder(tmp_path)
    assert [Path(f.uri).name for f in listing.files] == ["ok.wav"]
    shown = sorted(problem.uri.encode() for problem in listing.problems)
    assert shown == [
        str(tmp_path).encode() + rb"/\xff/in.wav",
        str(tmp_path).encode() + rb"/caf\xe9.wav",
    ]
    assert all("not valid UTF-8" in problem.detail for problem in listing.problems)


@pytest.mark.parametrize("name", ["a\nb.wav", "'; drop table.wav", "  .wav", "💥.wav", "-rf.wav"])
def test_hostile_names_are_plain_names(tmp_path: Path, name: str) -> None:
    tone(tmp_path / "x.wav").rename(tmp_path / name)
    assert names(tmp_path) == [name]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_an_unreadable_folder_is_a_problem(tmp_path: Path) -> None:
    tone(tmp_path / "closed" / "a.wav")
    tone(tmp_path / "open" / "b.wav")
    (tmp_path / "closed").chmod(0)
    try:
        listing = list_folder(tmp_path)
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert [Path(f.uri).name for f in listing.files] == ["b.wav"]
    (problem,) = listing.problems
    assert problem.reason is RejectReason.UNREADABLE
    assert "Permission denied" in problem.detail


def test_a_folder_that_fails_is_a_problem_and_the_rest_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tone(tmp_path / "broken" / "a.wav")
    tone(tmp_path / "whole" / "b.wav")
    scandir = os.scandir

    def failing(path: str) -> object:
        if str(path).endswith("broken"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", failing)
    listing = list_folder(tmp_path)
    assert [Path(f.uri).name for f in listing.files] == ["b.wav"]
    assert [p.uri for p in listing.problems] == [str(tmp_path / "broken")]


def test_a_single_file_is_its_own_source(tmp_path: Path) -> None:
    path = tone(tmp_path / "one.wav")
    tone(tmp_path / "two.wav")
    (found,) = list_folder(path).files
    assert found.uri == found.source == str(path)


def test_relative_folders_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tone(tmp_path / "m" / "a.wav")
    monkeypatch.chdir(tmp_path)
    (found,) = list_folder(Path("m/../m")).files
    assert found.uri == str(path)
    assert found.source == str(tmp_path / "m")


def test_a_missing_folder_is_an_input_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere: no such folder or file"):
        list_folder(tmp_path / "nowhere")


def test_a_device_is_an_input_error() -> None:
    with pytest.raises(InputError, match="neither a folder nor a file"):
        list_folder(Path("/dev/null"))


def test_twenty_thousand_files_are_listed_within_seconds(tmp_path: Path) -> None:
    for folder in range(20):
        (tmp_path / f"{folder:02d}").mkdir()
        for index in range(1000):
            (tmp_path / f"{folder:02d}" / f"{index:04d}.flac").touch()
    started = time.process_time()
    listing = list_folder(tmp_path)
    taken = time.process_time() - started
    assert len(listing.files) == 20_000
    assert taken < 2.0, f"{taken:.2f} s of CPU; 100,000 files would take {5 * taken:.0f} s"
