"""Names and prompts in one spelling: case, accents, punctuation and look-alike letters aside."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_LOOK_ALIKES = str.maketrans(
    "аеорсухікмтвнјѕԁԛԝһӏαορνικτυχεηβАЕОРСУХІКМТВНЈЅАВЕΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxikmtbhjsdqwhlaopviktuxenbaeopcyxikmtbhjsabeabezhikmnoptyx",
)
"""Cyrillic and Greek letters to the Latin ones they look like; both sides of a comparison pass
through, so that a name that is truly Cyrillic still meets itself."""

_PLAIN = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "ð": "d", "ı": "i"}
)
_HIDDEN = re.compile("[\u00ad\u034f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe00-\ufe0f]")
_WORD = re.compile("(?:[^\\W_][\u00ad\u034f\u200b-\u200f\u2060-\u2064\ufeff\u0300-\u036f]*)+")
_PLAIN_WORD = re.compile("[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A run of letters and digits: folded, where it stands, and and if it has a capital."""

    word: str
    start: int
    end: int
    capital: bool


def fold(word: str) -> str:
    """One run of letters as it is compared: "Beyoncé" and "BEYONCE" are "beyonce"."""
    if word.isascii():
        return word.lower()
    shown = unicodedata.normalize("NFKC", _HIDDEN.sub("", word)).translate(_LOOK_ALIKES)
    apart = unicodedata.normalize("NFKD", shown.casefold().translate(_PLAIN))
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return bare.translate(_LOOK_ALIKES)


def tokens(text: str) -> list[Token]:
    """The runs of letters and digits of `text`, in order: "AC/DC" is two of them."""
    return [
        Token(fold(m[0]), m.start(), m.end(), m[0][0].isupper() or m[0][0].isdigit())
        for m in _WORD.finditer(text)
    ]


def key(name: str) -> str:
    """What two spellings of a name have in common: "The B-52's" is "the b 52 s"."""
    if name.isascii():  # most names, and ten times as fast
        return " ".join(_PLAIN_WORD.findall(name.lower()))
    return " ".join(token.word for token in tokens(name) if token.word)
