"""wordtone audit, maintain and override, and what a run says when an audit fails after it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.catalogue import FileRow, TagKind, TagRow, TrackRow
from schemas.outcomes import FileState
from schemas.settings import Settings
from service.cli.main import main
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.store import Store


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A warehouse of one track, whose file has vanished since."""
    monkeypatch.setenv("WORDTONE_HOME", str(tmp_path / "home"))
    music = tmp_path / "music"
    music.mkdir()
    gone = FileRow(
        uri=str(music / "gone.flac"),
        size=1,
        mtime_ns=1,
        track_id="t",
        state=FileState.PRESENT,
        source=str(music),
    )
    tag = TagRow(track_id="t", term="jazz", kind=TagKind.GENRE, source="id3", raw="Jazz")
    rows = {"tracks": [TrackRow(track_id="t")], "files": [gone], "tags": [tag]}
    with Store(location(tmp_path)) as store:
        store.write(rows, RunStamp("r", "test", ""))
    return tmp_path


def location(root: Path) -> Location:
    return Location.from_settings(Settings(home=root / "home"))


def plant(root: Path) -> None:
    """A tag that is there twice, which the store would never write."""
    with Lake.open(location(root)) as lake:
        lake.execute("INSERT INTO tags FROM tags")


def wordtone(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as done:
        main(list(arguments))
    out, err = capfd.readouterr()
    return int(done.value.code or 0), out, err


def test_audit_shows_the_rows_that_break_a_rule(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = wordtone(capfd, "audit")
    assert (code, out.split(": ")[1].strip()) == (0, "all passed")
    plant(home)
    code, out, _ = wordtone(capfd, "audit")
    assert code == 1
    assert "FAILED  grain_tags: tags: one row for each track_id, term, kind, source." in out
    assert "jazz" in out
    code, out, _ = wordtone(capfd, "audit", "--format", "json")
    (row,) = json.loads(out)
    assert (code, row["audit"], row["count"]) == (1, "grain_tags", 1)
    assert json.loads(row["row"])["rows"] == 2
    assert wordtone(capfd, "audit", "--as-of", "2")[0] == 0, "it was sound then"


def test_a_run_says_that_an_audit_failed_after_it(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    plant(home)
    code, out, _ = wordtone(capfd, "ingest", str(home / "music"), "--quiet")
    assert code == 1
    assert "1 known files are no longer there" in out
    assert "FAULT: audit grain_tags failed: 1 rows" in out
    with Lake.open(location(home), read_only=True) as lake:
        (row,) = lake.query("SELECT state, message FROM runs").to_pylist()
    assert row["state"] == "failed"
    assert "audit grain_tags failed" in row["message"]


def test_maintain_says_what_it_did(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for title in "abc":
        with Store(location(home)) as store:
            rows = {"tracks": [TrackRow(track_id="t", title=title)]}
            store.write(rows, RunStamp("r", "test", title))
    code, out, _ = wordtone(capfd, "maintain", "--keep", "2", "--dry-run")
    assert code == 0
    assert "would be expired" in out
    assert out.endswith("nothing was changed\n")
    code, out, _ = wordtone(capfd, "maintain", "--keep", "2", "--grace", "0")
    assert code == 0, out
    assert "4 snapshots expired: 0 " in out
    assert "before: " in out
    assert "after:  " in out
    with Lake.open(location(home), read_only=True) as lake:
        (row,) = lake.query("SELECT state, counts FROM runs WHERE flow = 'maintain'").to_pylist()
        titles = lake.query("SELECT title FROM tracks")["title"].to_pylist()
    assert json.loads(row["counts"])["expired"] == 4
    assert titles == ["c"]
    code, _, err = wordtone(capfd, "maintain", "--keep", "1 month")
    assert code == 2
    assert "valid is an age as 30d or 12h" in err


def test_override_on_the_command_line(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    arguments = ("override", "t", "tempo_bpm=128", "key=C minor", "--note", "n", "--author", "me")
    code, out, _ = wordtone(capfd, *arguments)
    assert (code, out.split("; ")[0]) == (
        0,
        "t: tempo_bpm=128, key_pitch_class=0, key_mode=0, by me",
    )
    card = wordtone(capfd, "tracks", "t")[1]
    assert "override" in next(line for line in card.splitlines() if "tempo_bpm" in line)
    assert wordtone(capfd, "override", "t", "--withdraw", "key")[0] == 0
    listed = json.loads(wordtone(capfd, "override", "--list", "--format", "json")[1])
    assert [(row["metric"], row["author"]) for row in listed] == [("tempo_bpm", "me")]
    for wrong in (("t",), ("--list", "t", "x=1"), ("--withdraw", "energy")):
        assert wordtone(capfd, "override", *wrong)[0] == 2
