"""Rules for key, mode and scale.

A lower-case "a" before minor or major is an article unless the text says otherwise: "in a minor
key" states a mode, "in the key of a minor" and "in A minor" a key. A capital one that begins a
sentence is an article before a noun that is no music: "A minor inconvenience".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from mapping.reading.key_names import (
    CAMELOT_MAJOR,
    GERMAN,
    NATURAL,
    SCALES,
    SOLFEGE,
    SOLFEGE_SIGNS,
)
from mapping.reading.phrases import phrases
from mapping.reading.statements import AnyStatement, KeyStatement, Refused, after, before
from mapping.reading.tokens import Reading
from mapping.reading.tokens import key as word_key

MOST_KEYS = 64
"""Keys of one spelling that a prompt has room for: a long text takes no longer to read."""

_ACCIDENTAL = r"(?:\s?[#♯]|[\s-]?sharp\b|[b♭]|\s♭|[\s-]?flat\b)"
_QUALITY = r"(?:(natural|harmonic|melodic)[\s-]+)?(major|minor|maj|min|moll|dur)\b"
_FULL = re.compile(rf"(?<![\w#♯♭'’])([A-Ga-g])({_ACCIDENTAL})?[\s-]*{_QUALITY}", re.I)
_GERMAN_KEY = re.compile(
    r"(?<![\w'’])(" + "|".join(sorted(GERMAN, key=len, reverse=True)) + r")[\s-]*(dur|moll)\b",
    re.I,
)
_SOLFEGE_KEY = re.compile(
    r"(?<![\w'’])(d[oó]|ut|r[eé]|mi|f[aá]|sol|l[aá]|si)(?:[\s-]+(di[eè]se|b[eé]mol(?:le)?|sostenido|diesis|"
    r"sustenido))?[\s-]+(majeur|mineur|mayor|menor|maggiore|minore|maior|major|minor)\b",
    re.I,
)
_SCALE = "|".join(
    re.escape(name).replace(r"\ ", r"[\s-]+") for name in sorted(SCALES, key=len)[::-1]
)
_SCALED = re.compile(
    rf"(?<![\w#♯♭'’])([A-Ga-g])({_ACCIDENTAL})?[\s-]+({_SCALE})(?:[\s-]+(?:mode|scale)s?)?\b", re.I
)
_SCALE_ALONE = re.compile(rf"(?<![\w-])({_SCALE})(?:[\s-]+(?:mode|scale)s?)?\b", re.I)
_COMPACT = re.compile(r"(?<![\w#♯♭'’])([A-G])([#♯b♭])?(m|M|min|maj|MAJ|MIN)(?![\w'’#])")
_CUE = r"(?:\b(?:[Kk]ey|KEY)(?:\s+of\s+this\s+song)?\s*(?:is|of|signature|:|=|in)?\s*)"
_CUED = re.compile(
    rf"{_CUE}:?\s*([A-Ga-g])({_ACCIDENTAL})?\s*(m|M|maj|min|major|minor)?(?![\w'’#])"
)
_CAMELOT = re.compile(r"\b(?:camelot|key)\b\s*(?:code|is|of|:|=)?\s*(1[0-2]|[1-9])([AB])\b", re.I)
_TONIC_ONLY = re.compile(
    r"\bin\s+([A-G])(?:([#♯♭]|b|[\s-]sharp\b|[\s-]flat\b)(?![\w'’#])"
    r"|(?=\s*(?:[,.;:!?)\n]|$)|\s+(?:at|with|and)\b))"
)
_MODE = re.compile(
    r"\b(major|minor)[\s-]+(?:key|mode|scale|tonality)s?\b"
    r"|\bin\s+(major|minor)\b(?!\s+(?:label|way|detail|part|role)s?\b)", re.I)  # fmt: skip
_NOT_A_TONIC = re.compile(
    r"[\s-]+(?:key|mode|scale|tonality|label|hit|way|role|detail|rush|chord|third|seventh)s?\b",
    re.I,
)
_TONIC_BEFORE = re.compile(r"\b(?:key(?:\s+(?:of|is))?|key[:=]|in|tonality\s+is)\s*$", re.I)
_SENTENCE = re.compile(r"(?:^|[.!?:;\n]\s*|[\"“(]\s*)$")
_DENIED = re.compile(r"(?:\bnot?\b|n't|\bnever\b|\bavoid(?:ing)?\b|\bwithout\b)\W+"
                     r"(?:(?:in|an?|the|any|be)\W+){0,3}$", re.I)  # fmt: skip
_WORTH_LOOKING = re.compile(
    r"maj|min|moll|dur|key|flat|sharp|[#♯♭]|\b[A-G]b?[mM]\b|in [A-G](?![a-z])|meno|mayor|"
    r"maggiore|mineur|"
    r"maior|camelot|ian\b|scale|pentatonic|hijaz|[A-G]maj", re.I
)  # fmt: skip
"""Most prompts name no key; one look saves nine."""


def key(reading: Reading) -> Iterator[AnyStatement]:
    """ "C minor", "Cm", "F#m", "EbM", "c-moll", "do mineur", "A-flat major", "E dorian", "8A"."""
    if _WORTH_LOOKING.search(reading.text):
        yield from keys(reading.text)


def keys(text: str) -> Iterator[AnyStatement]:
    """Every key, mode and scale that a text states; those of one place, the surest first."""
    for pattern, stated in _WAYS:
        for m in islice(pattern.finditer(text), MOST_KEYS):
            yield from stated(text, m)
    yield from _modes(text)


def _german(text: str, m: re.Match[str]) -> Iterator[AnyStatement]:
    yield from _stated(text, m, GERMAN[m[1].lower()], _mode_of(m[2]))


def _solfege(text: str, m: re.Match[str]) -> Iterator[AnyStatement]:
    shift = SOLFEGE_SIGNS.get(word_key(m[2])[:4], 0) if m[2] else 0
    yield from _stated(text, m, (SOLFEGE[word_key(m[1])] + shift) % 12, _mode_of(m[3]))


def _scaled(text: str, m: re.Match[str]) -> Iterator[AnyStatement]:
    # "in a pentatonic scale": the article, unless it is the key of a.
    scale = m[1] == "a" and m[0][-5:].lower() in ("scale", "cales", " mode", "modes")
    if not scale and not _is_article(text, m):
        name = _one_space(m[3])
        yield from _stated(text, m, _pitch_class(m[1], m[2]), SCALES[name], name)


def _full(text: str, m: re.Match[str]) -> Iterator[AnyStatement]:
    if not _is_article(text, m):
        scale = f"{m[3].lower()} minor" if m[3] and not _mode_of(m[4]) else None
        yield from _stated(text, m, _pitch_class(m[1], m[2]), _mode_of(m[4]), scale)


def _cued(text: str, m: re.Match[str]) -> Iterator[AnyStatement]:
    if not (m[1] == "a" and re.match(r"\s+\w", after(text, m.end()))):  # "the key is a mystery"
        yield from _stated(text, m, _pitch_class(m[1], m[2]), _mode_of(m[3]) if m[3] else None)


def _camelot(text: str, m: re.Match[str]) -> Iterator[AnyStatement]:
    major = m[2].upper() == "B"
    tonic = CAMELOT_MAJOR[int(m[1]) - 1]
    yield from _stated(text, m, tonic if major else (tonic + 9) % 12, int(major))


def _compact(text: str, m: re.Match[str]) -> Iterator[AnyStatement]:
    if _is_compact_key(text, m):
        yield from _stated(text, m, _pitch_class(m[1], m[2]), _mode_of(m[3]))


def _tonic(text: str, m: re.Match[str]) -> Iterator[AnyStatement]:
    yield from _stated(text, m, _pitch_class(m[1], m[2]), None)


_Way = Callable[[str, re.Match[str]], Iterator[AnyStatement]]
_WAYS: tuple[tuple[re.Pattern[str], _Way], ...] = (
    (_GERMAN_KEY, _german), (_SOLFEGE_KEY, _solfege), (_SCALED, _scaled), (_FULL, _full),
    (_CUED, _cued), (_CAMELOT, _camelot), (_COMPACT, _compact), (_TONIC_ONLY, _tonic),
)  # fmt: skip


def _one_space(name: str) -> str:
    return " ".join(re.split(r"[\s-]+", name.lower()))


def _modes(text: str) -> Iterator[AnyStatement]:
    """ "in a minor key", "not in a minor key", "dorian", "pentatonic scale"."""
    for m in islice(_MODE.finditer(text), MOST_KEYS):
        mode = _mode_of(m[1] or m[2])
        denied = _DENIED.search(before(text, m.start()))
        start = m.start() - len(denied[0]) if denied else m.start()
        yield KeyStatement(
            start=start, end=m.end(), cut=denied is not None, pitch_class=None,
            mode=1 - mode if denied else mode,
        )  # fmt: skip
    for m in islice(_SCALE_ALONE.finditer(text), MOST_KEYS):
        name = _one_space(m[1])
        if not _DENIED.search(before(text, m.start())):
            yield KeyStatement(
                start=m.start(), end=m.end(), pitch_class=None, mode=SCALES[name], scale=name
            )


def parse_key(text: str) -> tuple[int, int] | None:
    """Pitch class and mode (1 major, 0 minor) of a text that is a key and nothing else."""
    trimmed = text.strip()
    capital = trimmed[:1].upper() + trimmed[1:]  # alone, "a minor" holds no article
    for found in keys(capital):
        if not isinstance(found, KeyStatement) or (found.start, found.end) != (0, len(capital)):
            continue
        if found.pitch_class is not None and found.mode is not None:
            return found.pitch_class, found.mode
    return None


def _stated(
    text: str, m: re.Match[str], pitch_class: int, mode: int | None, scale: str | None = None
) -> Iterator[AnyStatement]:
    denied = _DENIED.search(before(text, m.start()))
    if denied:
        start = m.start() - len(denied[0])
        reason = f"{text[start : m.end()]}: what to avoid says no key to take"
        yield Refused(start=start, end=m.end(), cut=True, reason=reason)
    else:
        yield KeyStatement(
            start=m.start(), end=m.end(), cut=True, pitch_class=pitch_class, mode=mode, scale=scale
        )


def _pitch_class(letter: str, accidental: str | None) -> int:
    sign = (accidental or "").strip(" -").lower()
    shift = {"": 0, "#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}[sign]
    return (NATURAL[letter.lower()] + shift) % 12


_MAJOR = {"major", "maj", "dur", "majeur", "mayor", "maggiore", "maior"}


def _mode_of(word: str) -> int:
    """1 for major, 0 for minor; alone, M is major and m minor."""
    return int(word == "M") if len(word) == 1 else int(word.lower() in _MAJOR)


def _is_article(text: str, m: re.Match[str]) -> bool:
    """Whether the letter of a match is the word "a": "a minor blues", "A minor inconvenience"."""
    if m[1].lower() != "a" or m[2] or "-" in text[m.end(1) : m.end(1) + 1]:
        return False
    left, right = before(text, m.start()), after(text, m.end())
    if re.search(r"\bkey\s*(?:of|is|:|=)?\s*$", left, re.I):
        return False
    if _NOT_A_TONIC.match(right):
        return True
    ends = not re.match(r"\s+\w", right) or re.match(
        r"\s+(?:at|with|and|in|for|but|\d)(?!\w)", right
    )
    if m[1] == "A":
        return not ends and bool(_SENTENCE.search(left)) and not _is_music(right)
    # "in a minor", "120 BPM, a minor": a key. "a minor blues": the article.
    return not (ends and (_TONIC_BEFORE.search(left) or re.search(r"(?:^|[,;(])\s*$", left)))


def _is_music(right: str) -> bool:
    """Whether the next word is of the tables: "A minor techno"."""
    follows = re.match(r"\s+([^\W\d_]+)", right)
    node = phrases().trie.get(word_key(follows[1])) if follows else None
    kinds = ("style", "instrument", "adjective", "theme_noun")
    return node is not None and any(kind in node.get("", {}) for kind in kinds)


def _is_compact_key(text: str, m: re.Match[str]) -> bool:
    right = after(text, m.end())
    if m[3] == "M" and not m[2]:  # "AM radio", "a DM": only after "key"
        return False
    if m[1] == "D" and re.match(r"\s+(?:me|us|you|him|her|them)\b", right, re.I):
        return False
    if m[1] == "A" and m[3] == "m" and not m[2]:  # "I Am", "Am I": a word
        if _TONIC_BEFORE.search(before(text, m.start())):
            return True
        pronoun = re.search(r"\bI\s+$", before(text, m.start()), re.I)
        return not pronoun and not re.match(r"\s+(?:I|we|not|the|a)\b", right, re.I)
    return True
