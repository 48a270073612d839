"""A prompt as the rules read it: look-alike letters, widths and invisible characters made plain.

Offsets into the plain text lead back to the prompt as it was typed, so that a page can highlight
what was read. ASCII prompts are their own plain text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеорсухѕіјһԁԛԝɡΑΒΕΖΗΙΚΜΝΟΡΤΥΧοαρνι",
    "ABESIJKMHOPCTYXaeopcyxsijhdqwgABEZHIKMNOPTYXoapvi",
)
"""Cyrillic and Greek letters that are drawn as Latin ones (Unicode TR 39, the common ones)."""

_INVISIBLE = frozenset("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\ufeff\u200b\u200c\u200d"
                       "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064"
                       "\u2066\u2067\u2068\u2069\ufe0e\ufe0f")  # fmt: skip
_KEPT = frozenset("♯♭♩♪½¼¾…“”‘’–—−´`")
"""What compatibility decomposition would change, and a rule or the table below reads."""

_PLAIN_SIGNS = {"‘": "'", "’": "'", "´": "'", "`": "'", "“": '"', "”": '"', "−": "-", "‐": "-",
                "‑": "-", "―": "—", "𝄪": "#", "𝅘𝅥": "♩", "\u00a0": " "}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")
_RUN = re.compile(r"[\x00-\x7f]+|.", re.S)
_LATIN = re.compile(r"[A-Za-z]")
_SHARE_OF_ALIKES = 0.5


@dataclass(frozen=True, slots=True)
class Plain:
    """`text`, and for each of its characters the place in the prompt (None: the same place)."""

    text: str
    origin: tuple[int, ...] | None
    length: int

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Offsets into the prompt of the plain text's `start` … `end`."""
        if self.origin is None or start >= end:
            return start, end
        # One character of the prompt can stand as several here; its end is where the next begins.
        after = end
        while after < len(self.origin) and self.origin[after] == self.origin[end - 1]:
            after += 1
        last = self.origin[after] if after < len(self.origin) else self.length
        return self.origin[start], last

    def replaced(self, spans: Sequence[tuple[int, int, str]]) -> Plain:
        """The text with `spans` (start, end, new words), in order, put in other words."""
        characters: list[str] = []
        origin: list[int] = []
        at = 0
        for start, end, words in (*spans, (len(self.text), len(self.text), "")):
            characters.append(self.text[at:start])
            origin += [self.back(place, place + 1)[0] for place in range(at, start)]
            characters.append(words)
            if words:
                origin += [self.back(start, start + 1)[0]] * len(words)
            at = end
        return Plain("".join(characters), tuple(origin), self.length)


def plain(text: str) -> Plain:
    """The plain text of a prompt, composed (NFC), look-alikes replaced in words that are Latin."""
    if text.isascii():
        return Plain(text, None, len(text))
    characters: list[str] = []
    origin: list[int] = []
    for m in _RUN.finditer(text):
        place, run = m.start(), m[0]
        if run.isascii():
            characters += run
            origin += range(place, m.end())
            continue
        if run in _INVISIBLE:
            continue
        if characters and unicodedata.combining(run):
            composed = unicodedata.normalize("NFC", characters[-1] + run)
            if len(composed) == 1:
                characters[-1] = composed
                continue
        for one in _plain_sign(run):
            characters.append(one)
            origin.append(place)
    joined = "".join(characters)
    return Plain(_latin_words(joined), tuple(origin), len(text))


def _plain_sign(character: str) -> str:
    if character.isascii():
        return character
    if character in _PLAIN_SIGNS:
        return _PLAIN_SIGNS[character]
    if character in _KEPT or (character.isalpha() and ord(character) < 0x2000):
        return character
    return unicodedata.normalize("NFKC", character)


def _latin_words(text: str) -> str:
    """Look-alikes become Latin in a word that has Latin letters, and in one made of them alone
    in a text that is Latin for the greater part: Russian stays Russian."""
    if text == text.translate(_LOOK_ALIKES):
        return text
    letters = sum(map(str.isalpha, text))
    mostly_latin = len(_LATIN.findall(text)) > _SHARE_OF_ALIKES * letters

    def replaced(m: re.Match[str]) -> str:
        swapped = m[0].translate(_LOOK_ALIKES)
        if _LATIN.search(m[0]) or (mostly_latin and swapped.isascii()):
            return swapped
        return m[0]

    return _WORD.sub(replaced, text)
