"""Rules for key and mode.

A lower-case "a" before minor or major is an article unless the text says otherwise:
"in a minor key" states a mode, "in the key of a minor" and "in A minor" a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mapping.reading.statements import AnyStatement, KeyStatement, after, before

_NATURAL = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_GERMAN = {
    "c": 0, "cis": 1, "des": 1, "d": 2, "dis": 3, "es": 3, "e": 4, "f": 5, "fis": 6, "ges": 6,
    "g": 7, "gis": 8, "as": 8, "a": 9, "ais": 10, "b": 10, "h": 11, "ces": 11,
}  # fmt: skip

_ACCIDENTAL = r"(?:\s?[#♯]|[\s-]?sharp\b|[b♭]|\s♭|[\s-]?flat\b)"
_KIND = r"(?:(?:natural|harmonic|melodic)[\s-]+)?(major|minor|maj|min|moll|dur)\b"
_FULL = re.compile(rf"(?<![\w#♯♭'’])([A-Ga-g])({_ACCIDENTAL})?[\s-]*{_KIND}", re.I)
_GERMAN_KEY = re.compile(
    r"(?<![\w'’])(" + "|".join(sorted(_GERMAN, key=len, reverse=True)) + r")[\s-]*(dur|moll)\b",
    re.I,
)
_COMPACT = re.compile(r"(?<![\w#♯♭'’])([A-G])([#♯b♭])?(m|M|min|maj)(?![\w'’#])")
_CUE = r"(?:\bkey(?:\s+of\s+this\s+song)?\s*(?:is|of|signature|:|=|in)?\s*)"
_CUED = re.compile(
    rf"{_CUE}:?\s*([A-Ga-g])({_ACCIDENTAL})?\s*(m|M|maj|min|major|minor)?(?![\w'’#])"
)
_ACCIDENTAL_ONLY = re.compile(r"\bin\s+([A-G])([#♯♭]|b|[\s-]sharp\b|[\s-]flat\b)(?![\w'’#])")
_MODE = re.compile(
    r"\b(major|minor)[\s-]+(?:key|mode|scale|tonality)s?\b|\bin\s+(major|minor)\b(?!\s+label)", re.I
)
_NOT_A_TONIC = re.compile(r"[\s-]+(?:key|mode|scale|tonality|label|hit)s?\b", re.I)
_TONIC_BEFORE = re.compile(r"\b(?:key(?:\s+(?:of|is))?|key[:=]|in)\s*$", re.I)


def key(text: str) -> Iterator[AnyStatement]:
    """ "C minor", "Cm", "F#m", "EbM", "c-moll", "A-flat major", "key of F sharp", "a minor key"."""
    for m in _GERMAN_KEY.finditer(text):
        yield _statement(m, _GERMAN[m[1].lower()], _mode_of(m[2]))
    for m in _FULL.finditer(text):
        if not _is_article(text, m):
            yield _statement(m, _pitch_class(m[1], m[2]), _mode_of(m[3]))
    for m in _CUED.finditer(text):
        if not (m[1] == "a" and re.match(r"\s+\w", after(text, m.end()))):  # "the key is a mystery"
            yield _statement(m, _pitch_class(m[1], m[2]), _mode_of(m[3]) if m[3] else None)
    for m in _COMPACT.finditer(text):
        if _is_compact_key(text, m):
            yield _statement(m, _pitch_class(m[1], m[2]), _mode_of(m[3]))
    for m in _ACCIDENTAL_ONLY.finditer(text):
        yield _statement(m, _pitch_class(m[1], m[2]), None)
    for m in _MODE.finditer(text):
        yield KeyStatement(
            start=m.start(), end=m.end(), pitch_class=None, mode=_mode_of(m[1] or m[2])
        )


def parse_key(text: str) -> tuple[int, int] | None:
    """Pitch class and mode (1 major, 0 minor) of a text that is a key and nothing else."""
    trimmed = text.strip()
    capital = trimmed[:1].upper() + trimmed[1:]  # alone, "a minor" holds no article
    for found in key(capital):
        if not isinstance(found, KeyStatement) or (found.start, found.end) != (0, len(capital)):
            continue
        if found.pitch_class is not None and found.mode is not None:
            return found.pitch_class, found.mode
    return None


def _statement(m: re.Match[str], pitch_class: int, mode: int | None) -> KeyStatement:
    return KeyStatement(
        start=m.start(), end=m.end(), numeric=True, pitch_class=pitch_class, mode=mode
    )


def _pitch_class(letter: str, accidental: str | None) -> int:
    sign = (accidental or "").strip(" -").lower()
    shift = {"": 0, "#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}[sign]
    return (_NATURAL[letter.lower()] + shift) % 12


def _mode_of(word: str) -> int:
    """1 for major, 0 for minor; alone, M is major and m minor."""
    if len(word) == 1:
        return int(word == "M")
    return int(word.lower() in {"major", "maj", "dur"})


def _is_article(text: str, m: re.Match[str]) -> bool:
    if m[1].lower() != "a" or m[2] or "-" in text[m.end(1) : m.start(3)]:
        return False
    left, right = before(text, m.start()), after(text, m.end())
    if re.search(r"\bkey\s*(?:of|is|:|=)?\s*$", left, re.I):
        return False
    if _NOT_A_TONIC.match(right):
        return True
    if m[1] == "A":
        return False
    # "in a minor", "120 BPM, a minor": a key. "a minor blues": the article.
    ends = not re.match(r"\s+\w", right) or re.match(r"\s+(?:at|with|and|in|for|\d)", right)
    return not (ends and (_TONIC_BEFORE.search(left) or re.search(r"(?:^|[,;(])\s*$", left)))


def _is_compact_key(text: str, m: re.Match[str]) -> bool:
    if m[3] == "M" and not m[2]:  # "AM radio", "a DM": only after "key"
        return False
    if m[1] == "A" and m[3] == "m" and not m[2]:  # "I Am", "Am I": a word
        if _TONIC_BEFORE.search(before(text, m.start())):
            return True
        pronoun = re.search(r"\bI\s+$", before(text, m.start()), re.I)
        return not pronoun and not re.match(r"\s+(?:I|we|not|the|a)\b", after(text, m.end()), re.I)
    return True
