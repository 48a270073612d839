"""Rejects are summed up; those of one reason are looked at again in a run that accounts for all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipelines.retry import advice, parse_reason, retry, retryable
from schemas.errors import InputError
from schemas.outcomes import Outcome, RejectReason
from schemas.settings import Settings
from tests.pipelines.test_ingest import rows, run
from warehouse import queries
from warehouse.lake import Lake
from warehouse.location import Location


@pytest.mark.slow
def test_inputs_of_one_reason_again(settings: Settings, music: Path) -> None:
    broken = [music / f"broken {n}.mp3" for n in range(2)]
    for path in broken:
        path.write_bytes(b"not audio at all" * 64)
    (music / "empty.ogg").touch()
    assert run(settings, music).counts[Outcome.REJECTED] == 3
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        summary = queries.rejects_summary(lake).to_pylist()
    assert [(row["reason"], row["inputs"]) for row in summary] == [
        ("not_audio", 2),
        ("empty_file", 1),
    ]
    assert summary[0]["example"] in {str(path) for path in broken}
    # Mended without a new time or size would be known as unchanged; a retry looks all the same.
    good = sorted(music.rglob("*.flac"))[0]
    shutil.copyfile(good, broken[0])
    found = retryable(settings, RejectReason.NOT_AUDIO)
    assert found.uris == {str(path) for path in broken}
    assert not found.left
    report = retry(settings, found)
    assert report.discovered == 2, "a run for exactly these inputs"
    assert report.counts == {Outcome.DUPLICATE: 1, Outcome.REJECTED: 1}
    assert report.vanished == 0
    left = rows(settings, "SELECT uri FROM rejects WHERE NOT resolved ORDER BY uri")
    assert [row["uri"] for row in left] == [str(broken[1]), str(music / "empty.ogg")]
    (last,) = rows(settings, "SELECT counts FROM runs ORDER BY started_at DESC LIMIT 1")
    assert json.loads(last["counts"])["rejected"] == 1
    with pytest.raises(InputError, match="no input to look at again for timed_out"):
        retry(settings, retryable(settings, RejectReason.TIMED_OUT))


def test_reasons() -> None:
    assert parse_reason("timed_out") is RejectReason.TIMED_OUT
    with pytest.raises(InputError, match="did you mean timed_out"):
        parse_reason("time_out")
    for reason in RejectReason:
        assert advice(reason.value)
    assert "WORDTONE_FILE_TIMEOUT_S" in advice("timed_out")
    assert advice("a reason of the future")
