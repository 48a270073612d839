"""The style lexicon: every entry is whole, and texts name the styles they should."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

import pytest

from mapping.reading.lexicon import lexicon
from schemas.errors import InputError
from schemas.styles import find_styles, named, read_styles, style, styles

FAMILIES = {
    "electronic", "ambient", "hip-hop", "pop", "rock", "metal", "soul-funk", "jazz", "blues",
    "country-folk", "european", "classical", "latin", "caribbean", "african", "asian", "other",
}  # fmt: skip


def _data() -> dict[str, Any]:
    text = resources.files("schemas").joinpath("styles.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def test_there_are_enough_of_every_family() -> None:
    assert len(styles()) >= 120
    assert {one.family for one in styles()} == FAMILIES


def test_instruments_are_those_that_prompts_are_read_for() -> None:
    known = set(lexicon().instruments.values())
    assert {name for one in styles() for name in one.instruments} <= known


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("tempo", [130, 120], "house.tempo"),
        ("tempo", [20, 120], "house.tempo"),
        ("feel", "triple", "house.feel"),
        ("metres", ["4/5"], "house.metres"),
        ("major", 1.2, "house.major"),
        ("levels", {"energy": 0.5}, "house.levels"),
        ("source", "", "house.source"),
        ("synonyms", ["House Music"], "house.synonyms"),
        ("synonyms", ["ukg"], "'ukg' names both house and uk-garage"),
        ("parents", ["hous"], "house.parents: no style hous"),
        ("groove", 1, "house: .*groove"),
    ],
)
def test_a_wrong_entry_is_named(field: str, value: object, message: str) -> None:
    data = _data()
    data["house"] = data["house"] | {field: value}
    with pytest.raises(ValueError, match=message):
        read_styles(data)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("UK garage with trumpets", ["uk-garage"]),
        ("Drum & Bass, drum’n’bass or DnB", ["drum-and-bass"] * 3),
        ("bossa  nova and SYNTH-POP", ["bossa-nova", "synth-pop"]),
        ("like house but much darker", ["house"]),
        ("slow deep house", ["deep-house"]),
        ("acid jazz", ["jazz-fusion"]),
        ("a classical guitar", []),
        ("lighthouse keepers, warehouse, frock, trapeze, popular, souls", []),
        ("", []),
    ],
)
def test_names_in_a_text(text: str, ids: list[str]) -> None:
    assert [mention.style.id for mention in find_styles(text)] == ids


def test_a_mention_says_where_it_stands() -> None:
    (mention,) = find_styles("dark uk garage, please")
    assert "dark uk garage, please"[mention.start : mention.end] == "uk garage"


def test_each_name_finds_its_own_style() -> None:
    for one in styles():
        for name in one.names:
            assert named(name) is one
            assert [m.style for m in find_styles(f"some {name} please")] == [one], name


def test_an_unknown_id_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean uk-garage"):
        style("uk-garag")
