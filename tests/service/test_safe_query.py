"""`wordtone query --safe` as a person types it."""

from __future__ import annotations

import json

import pytest

from benchmarks._safe_warehouse import SECRET, build


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    canaries = build(folder)
    (folder / "lake").rename(folder / "warehouse")
    return canaries


def test_safe_query_shows_rows_says_what_was_cut_and_refuses_the_rest(wordtone, home):
    asked = ("query", "--safe", "--rows", "2", "SELECT track_id FROM music ORDER BY 1")
    table = wordtone(*asked)
    assert table.returncode == 0, table.stderr
    assert "t1" in table.stdout
    assert "truncated: the first 2 rows, there are more" in table.stderr
    answer = json.loads(wordtone(*asked, "--format", "json").stdout)
    assert answer == {
        "snapshot": home.snapshot,
        "truncated": True,
        "rows": [{"track_id": "t1"}, {"track_id": "t2"}],
    }
    past = wordtone(
        "query", "--safe", "--as-of", "1", "--format", "csv", "SELECT count(*) n FROM music"
    )
    assert past.stdout.split() == ['"n"', "0"]
    refused = wordtone("query", "--safe", "SELECT text FROM prompts")
    assert refused.returncode == 2
    assert refused.stderr.startswith("wordtone: table prompts is not published; valid are music,")
    assert SECRET not in refused.stdout + refused.stderr


def test_a_timeout_without_safe_is_an_error(wordtone):
    done = wordtone("query", "--timeout", "1", "SELECT 1")
    assert done.returncode == 2
    assert "--timeout needs --safe" in done.stderr
