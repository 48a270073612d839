"""Patterns of paths: what they take, what they refuse, and that no path makes them slow."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.pattern import compile_pattern
from schemas.errors import ContractError


def said(pattern: str, path: str) -> dict[str, str] | None:
    found = compile_pattern(pattern).match(path)
    return None if found is None else {one.target: one.values[0] for one in found}


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        (
            "{artist}/{album}/{number} - {title}",
            "Jane Doe/First/01 - A - B.flac",
            {"artist": "Jane Doe", "album": "First", "title": "A - B"},
        ),
        ("{artist}/{album}/{number} - {title}", "Jane Doe/First/one - A.flac", None),
        ("{artist}/{album}/{number} - {title}", "First/01 - A.flac", None),
        ("{artist}/{album}/{number} - {title}", "x/Jane Doe/First/01 - A.flac", None),
        ("**/{artist}/{title}", "x/y/Jane/A.ogg", {"artist": "Jane", "title": "A"}),
        ("**/{artist}/{title}", "Jane/A.ogg", {"artist": "Jane", "title": "A"}),
        ("**/{artist}/{title}", "A.ogg", None),
        ("{title}", "Mr. Bones.ogg", {"title": "Mr. Bones"}),
        ("{title}", "no suffix", {"title": "no suffix"}),
        ("{artist} - {title} ({year})", "J - A (B) (1999).mp3", None),
        ("{title} ({year})", "A (1999).mp3", {"title": "A", "year": "1999"}),
        ("{genre}/{_}/{date}", "Jazz/x/2001-02-03.wav", {"genre": "Jazz", "date": "2001-02-03"}),
        ("{genre}/{_}/{date} {title}", "Jazz/x/soon A.wav", None),
        ("{artist}/{title}", "/A.ogg", None),
        ("{artist}/{title}", "J/ .ogg", None),
        ("{title} [live]", "A [live].ogg", {"title": "A"}),
        ("{title} [live]", "A.ogg", None),
        ("cafe\u0301/{title}", "caf\u00e9/A.ogg", {"title": "A"}),
    ],
)  # fmt: skip
def test_match(pattern: str, path: str, expected: dict[str, str] | None) -> None:
    assert said(pattern, path) == expected


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("{artits}/{title}", "did you mean artist"),
        ("{artist}{title}", "nothing between"),
        ("{title}/{title}", "given twice"),
        ("{title", "a brace"),
        ("title}", "a brace"),
        ("{_}/{_}", "no field"),
        ("plain", "no field"),
        ("", "empty part"),
        ("{artist}//{title}", "empty part"),
        ("{title}" + "x" * 600, "up to 500"),
    ],
)
def test_wrong_patterns_are_errors(pattern: str, says: str) -> None:
    with pytest.raises(ContractError, match=says):
        compile_pattern(pattern)


def test_no_path_makes_it_slow() -> None:
    pattern = compile_pattern("-".join(["{_}", "{artist}", *["{_}"] * 60, "{title}x"]))
    started = time.process_time()
    assert pattern.match("a-" * 100_000 + "y") is None
    assert pattern.match("-" * 200_000) is None
    assert time.process_time() - started < 0.5


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_path_is_matched_or_not(folder: str, name: str) -> None:
    found = compile_pattern("{artist}/{title}").match(f"{folder}/{name}")
    assert found is None or all(one.values[0].strip() for one in found)
