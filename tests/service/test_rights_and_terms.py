"""`wordtone rights`, `wordtone vocabulary` and the gate of `wordtone train`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.catalogue import FileRow, RightsRow, TagKind, TagRow, TrackRow
from schemas.outcomes import FeatureStatus, FileState
from schemas.rights import RightsLayer, policies
from schemas.tables import TABLES
from warehouse.lake import RunStamp
from warehouse.location import Location
from warehouse.store import Store

Wordtone = Callable[..., str]
FREE, RESERVED, UNKNOWN = (f"{'t' * 21}{n}" for n in range(3))


@pytest.fixture
def wordtone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wordtone:
    """Runs a command in this process, on a warehouse of three tracks; its output and errors."""
    from click.testing import CliRunner

    from service.cli.main import cli

    location = Location(
        str(tmp_path / "warehouse" / "catalogue.sqlite"), str(tmp_path / "warehouse" / "data")
    )
    with Store(location) as store:
        store.write(_rows(), RunStamp("run-1", "test", "three tracks"))
    monkeypatch.setenv("WORDTONE_HOME", str(tmp_path))

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(cli, list(arguments))
        return f"{done.output}{done.exception or ''}"

    return run


def _rows() -> dict[str, list[object]]:
    def right(track_id: str, raw: str, spdx: str | None) -> RightsRow:
        return RightsRow(
            track_id=track_id,
            layer=RightsLayer.RECORDING,
            source="id3:TCOP",
            raw=raw,
            spdx=spdx,
            evidence="id3:TCOP of [b]a.mp3[/b]",
        )

    ids = (FREE, RESERVED, UNKNOWN)
    rhythm = TABLES["features_rhythm"].row
    return {
        "tracks": [TrackRow(track_id=i, title=f"Title {i[-1]}", audio_hash=i) for i in ids],
        "files": [
            FileRow(
                uri=f"/{i}", size=1, mtime_ns=0, track_id=i, state=FileState.PRESENT, source="/"
            )
            for i in ids
        ],
        "tags": [
            TagRow(track_id=i, term=t.lower(), kind=TagKind.GENRE, source="id3:TCON", raw=t)
            for i in ids
            for t in ("Wibblecore", "Tehcno")
        ],
        "rights": [
            right(FREE, "CC BY 4.0", "CC-BY-4.0"),
            right(RESERVED, "All rights reserved", "LicenseRef-All-Rights-Reserved"),
            right(UNKNOWN, "ask [bold]my[/bold] uncle", None),
        ],
        "features_rhythm": [
            rhythm(
                track_id=i,
                group_version="1",
                extractor="wordtone",
                status=FeatureStatus.PARTIAL,
                null_reasons="{}",
                tempo_bpm=120.0,
            )
            for i in ids
        ],
    }


def test_rights_of_the_catalogue_and_of_a_track(wordtone: Wordtone) -> None:
    found = wordtone("rights")
    for text in ("policy open", "CC-BY-4.0", "(not understood)", "known and not allowed"):
        assert text in found
    data = json.loads(wordtone("rights", "--format", "json", "--allow-unknown-rights"))
    assert data["admission"]["counts"] == {"allowed": 1, "allowed_unknown": 1, "forbidden": 1}
    assert "ask [bold]my[/bold] uncle" in wordtone("rights", "--unclear")
    card = wordtone("rights", RESERVED, "--policy", "all-known")
    assert "it may not be used to train" in card
    assert "LicenseRef-All-Rights-Reserved not allowed by policy all-known" in card
    assert "[b]a.mp3[/b]" in card
    assert "no track 'x'" in wordtone("rights", "x")
    assert "did you mean open?" in wordtone("rights", "--policy", "opn")


def test_training_says_what_was_left_out_and_names_the_switch(wordtone: Wordtone) -> None:
    said = wordtone("train")
    assert "policy open lets 1 of 3 tracks train" in said
    assert "1 recording: licence not understood" in said
    assert "--allow-unknown-rights lets in the 1 whose licence is unknown" in said
    assert "lets 2 of 3" in wordtone("train", "--allow-unknown-rights")
    assert "valid are open, noncommercial, all-known" in wordtone("train", "--policy", "none")


def test_the_help_lists_every_policy(wordtone: Wordtone) -> None:
    said = "".join(wordtone("train", "--help").split())
    assert all(name in said for name in policies())


def test_terms(wordtone: Wordtone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "above uk garage, electronic" in wordtone("vocabulary", "2 Step")
    assert "the nearest is 'techno'" in wordtone("vocabulary", "tehcno")
    unknown = wordtone("vocabulary", "--unknown")
    assert "0 of 2 terms known" in unknown
    assert any(
        line.split()[:4] == ["3", "genre", "tehcno", "techno"] for line in unknown.splitlines()
    )
    mine = tmp_path / "mine.toml"
    mine.write_text('[genre.in.techno]\nwibblecore = ["tehcno"]\n')
    assert "1 new terms: wibblecore (genre)" in wordtone("vocabulary", "--check", str(mine))
    monkeypatch.setenv("WORDTONE_VOCABULARY", str(mine))
    assert "tags of 3 tracks changed" in wordtone("vocabulary", "--renormalise")
    assert "tags of 0 tracks changed" in wordtone("vocabulary", "--renormalise")
    assert "1 of 1 terms known" in wordtone("vocabulary", "--unknown")
    mine.write_text("[genre.in.tehcno]\nx = []\n")
    assert "did you mean techno?" in wordtone("vocabulary", "--check", str(mine))
    assert "valid is one of" in wordtone("vocabulary", "rock", "--unknown")
