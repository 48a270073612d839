"""Conditions and tags as a person writes them: what they mean, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from schemas.catalogue import TagKind, VocabularyRow
from schemas.errors import ContractError
from warehouse.lake import RunStamp
from warehouse.selection import Range, Term, parse_selection
from warehouse.store import Store


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("energy>=0.6", [Range("energy", low=0.6)]),
        ("energy>0.6", [Range("energy", low=0.6, low_open=True)]),
        (" energy < 0.6 ", [Range("energy", high=0.6, high_open=True)]),
        ("tempo_bpm=120..130", [Range("tempo_bpm", 120, 130)]),
        ("tempo_bpm=..90", [Range("tempo_bpm", None, 90)]),
        ("tempo_bpm=120", [Range("tempo_bpm", 119.5, 120.5, high_open=True)]),
        ("loudness_lufs<=-14", [Range("loudness_lufs", high=-14)]),
        ("time_signature=3", [Range("time_signature", 3, 3)]),
        ("duration_s=..30", [Range("duration_s", None, 30)]),
        ("key=C minor", [Range("key_pitch_class", 0, 0), Range("key_mode", 0, 0)]),
        ("key=f#m", [Range("key_pitch_class", 6, 6), Range("key_mode", 0, 0)]),
        ("key=Db", [Range("key_pitch_class", 1, 1)]),
        ("key=Cb major", [Range("key_pitch_class", 11, 11), Range("key_mode", 1, 1)]),
    ],
)
def test_conditions(text: str, ranges: list[Range]) -> None:
    assert list(parse_selection([text]).ranges) == ranges


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("temp_bpm>100", "did you mean tempo_bpm"),
        ("energy", "NAME OP VALUE"),
        ("energy>=loud", "'loud' is not a number"),
        ("energy>=nan", "'nan' is not a number"),
        ("energy>=60", "energy lies in 0 … 1"),
        ("tempo_bpm=130..120", "130 is above 120"),
        ("tempo_bpm=..", "one end at least"),
        ("chroma>0.1", "a list of values"),
        ("key>=C", "key=C minor"),
        ("key=H", "key=C minor"),
        ("energy>=0.5; DROP TABLE tracks", "is not a number"),
        ('"energy">0', "NAME OP VALUE"),
        ("energy>" + "9" * 400, "NAME OP VALUE"),
    ],
)
def test_conditions_that_are_refused(text: str, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        parse_selection([text])


def test_tags() -> None:
    chosen = parse_selection([], ["genre=Deep  House", "drone"], ["mood=sad"])
    assert chosen.tags == (Term("deep house", "genre"), Term("drone"))
    assert chosen.not_tags == (Term("sad", "mood"),)
    assert chosen.given == ("tag genre=Deep  House", "tag drone", "not tag mood=sad")


@pytest.mark.parametrize(
    ("tag", "message"), [("gnre=techno", "did you mean genre"), ("genre=", "TERM or KIND=TERM")]
)
def test_tags_that_are_refused(tag: str, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        parse_selection([], [tag])


def test_selection_finds(
    store: Store, stamp: RunStamp, make: Any, read: Callable[..., Any]
) -> None:
    rows = {
        "tracks": [make.track(name, duration_s=60.0) for name in ("a", "b", "c", "d")],
        "features_rhythm": [
            make.features("rhythm", name, tempo_bpm=tempo)
            for name, tempo in (("a", 120.2), ("b", 125.0), ("c", 130.0))
        ],
        "tags": [make.tag("a", "techno"), make.tag("b", "techno"), make.tag("b", "x' or 1=1 --")],
    }
    store.write(rows, stamp)

    terms = {"house": ["house"], "deep house": ["deep house", "house"]}
    vocabulary = [
        VocabularyRow(
            term=term,
            kind=TagKind.GENRE,
            parents=above[1:],
            ancestors=above,
            synonyms=["house music"] if term == "house" else [],
            version="1",
        )
        for term, above in terms.items()
    ]
    tags = [make.tag("c", "deep house"), make.tag("d", "deep house", "title")]
    store.write({"vocabulary": vocabulary, "tags": tags}, stamp)

    def found(*arguments: Any) -> list[str]:
        sql, parameters = parse_selection(*arguments).sql()
        return sorted(row["track_id"] for row in read(sql, parameters))

    assert found() == ["a", "b", "c", "d"]
    assert found(["tempo_bpm=120"]) == ["a"]
    assert found(["tempo_bpm=125..130"]) == ["b", "c"]
    assert found(["tempo_bpm<130", "tempo_bpm>120.2"]) == ["b"]
    assert found([], ["techno"]) == ["a", "b"]
    assert found([], ["mood=techno"]) == []
    assert found([], ["techno"], ["x' or 1=1 --"]) == ["a"]
    assert found([], [], ["techno"]) == ["c", "d"]
    assert found(["duration_s>=61"]) == []
    assert found([], ["genre=house"]) == ["c"]  # and what is below it
    assert found([], ["genre=House  Music"]) == ["c"]  # by another name
    assert found([], [], ["genre=house"]) == ["a", "b", "d"]
