"""Rules that read words of the lexicon: levels of a feature, vocals, instruments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Literal

from mapping.reading.lexicon import lexicon
from mapping.reading.statements import (
    AnyStatement,
    InstrumentStatement,
    LevelStatement,
    VocalsStatement,
    after,
    before,
)

_NEGATED = re.compile(
    r"(?:\bnot?\b|n't|\bnever\b|\bwithout\b|\bless\b|\bisn't\b)\W+(?:\w+\W+)?$", re.I
)
_JOIN = r"(?:\s*(?:,\s*and|,|and|&|/|\+)\s*)"


def negated(text: str, start: int) -> bool:
    """Whether "not", "no", "never" … stand right before `start`, with one word between at most."""
    return _NEGATED.search(before(text, start)) is not None


def alternatives(phrases: Iterable[str]) -> str:
    """A pattern of any of `phrases`, longest first; a space also matches a hyphen."""
    ordered = sorted(set(phrases), key=lambda p: (-len(p), p))
    return "(?:" + "|".join(re.escape(p).replace(r"\ ", r"[\s-]+") for p in ordered) + ")"


@cache
def _level_pattern() -> re.Pattern[str]:
    lex = lexicon()
    dimension = alternatives(lex.dimensions())
    listed = rf"{dimension}(?:{_JOIN}{dimension})*"
    of = r"(?:\s+(?:levels?|amounts?|degrees?)\s+of\s+|[\s-]+(?:in\s+)?)"
    return re.compile(rf"\b({alternatives(lex.levels)}){of}({listed})(?![\w-]|\s+range)", re.I)


@cache
def _timbre_pattern() -> re.Pattern[str]:
    lex = lexicon()
    return re.compile(
        rf"\b({alternatives(lex.timbre)})(?:\s+and\s+\w+)?[\s-]+({alternatives(lex.timbre_nouns)})\b",
        re.I,
    )


def levels(text: str) -> Iterator[AnyStatement]:
    """ "high instrumentality and energy", "very low loudness", "with bright timbre"."""
    lex = lexicon()
    dimensions = lex.dimensions()
    for m in _level_pattern().finditer(text):
        if negated(text, m.start()):
            continue
        word = plain(m[1])
        for name in re.findall(alternatives(dimensions), m[2], re.I):
            yield LevelStatement(
                start=m.start(), end=m.end(), feature=dimensions[plain(name)], word=word,
                share=lex.levels[word],
            )  # fmt: skip
    for m in _timbre_pattern().finditer(text):
        word = lex.timbre[plain(m[1])]
        # "sound" alone names no timbre: "dark sound" may be a mood, "warm tone" is not.
        if not negated(text, m.start()):
            yield LevelStatement(
                start=m.start(), end=m.end(), feature="brightness_hz", word=word,
                share=lex.levels[word],
            )  # fmt: skip


def plain(text: str) -> str:
    """A phrase as the lexicon's tables have it: lower case, spaces for hyphens."""
    return re.sub(r"[\s-]+", " ", text.lower())


_VOICE = (
    r"(?:(?P<voice>female|male|women's|men's|children's|soulful|powerful|breathy|raspy|whispered|"
    r"soft)\s+(?:\w+\s+)?)?"
)
_OFF = re.compile(
    r"\b(?:no|without(?:\s+any)?|zero|minus|free\s+of)\s+(?:(?:any|lead|human)\s+)?"
    r"(?:vocals?|voices?|singing|singers?|lyrics|words)\b"
    r"|\binstrumental(?:s|\s+(?:only|track|version|music|piece|song))?\b(?!-?(?:ness|ity))"
    r"|\bkaraoke\b|\bvocal[\s-]free\b|\bvocals?\s+(?:off|none)\b|\bunsung\b", re.I)  # fmt: skip
_ON = re.compile(
    rf"\b(?:with\s+|featuring\s+)?{_VOICE}(?:vocals?|vocalists?|singers?|singing|sung|sings|"
    r"a\s?cappella)\b(?:\s+on\b)?", re.I)  # fmt: skip
_SPOKEN = re.compile(r"\bspoken[\s-]word\b|\bnarrat(?:ed|ion)\b", re.I)


def vocals(text: str) -> Iterator[AnyStatement]:
    """ "no vocals", "instrumental", "with female vocals", "spoken word"."""
    patterns: tuple[tuple[re.Pattern[str], Literal["off", "spoken", "on"]], ...] = (
        (_OFF, "off"), (_SPOKEN, "spoken"), (_ON, "on"),
    )  # fmt: skip
    for pattern, mode in patterns:
        for m in pattern.finditer(text):
            if negated(text, m.start()):
                continue
            voice = m.groupdict().get("voice")
            yield VocalsStatement(
                start=m.start(), end=m.end(), mode=mode, voice=voice.lower() if voice else None
            )


_ABSENT = re.compile(
    r"\b(?:no|without(?:\s+any)?|minus|zero)\s+(?:(?:any|loud|heavy)\s+)?"
    r"(?P<list>(?:[\w-]+\s*(?:,|,?\s*\b(?:or|and|nor)\b)\s*)*)$", re.I)  # fmt: skip
_PROMINENT = re.compile(
    r"\b(?:prominent|lots\s+of|solo|lead|dominant|plenty\s+of|heavy)\s+(?:\w+\s+)?$", re.I
)
_SOLO_AFTER = re.compile(r"\s+(?:solos?|lead|up\s+front)\b", re.I)


@cache
def _instrument_pattern() -> re.Pattern[str]:
    lex = lexicon()
    skipped, named = alternatives(lex.not_instruments), alternatives(lex.instruments)
    return re.compile(rf"(?<![\w-])(?:(?P<skip>{skipped})|(?P<name>{named}))(?!\w)", re.I)


def instruments(text: str) -> Iterator[AnyStatement]:
    """ "with trumpets", "no drums or bass", "piano solo"; "drum and bass" asks for neither."""
    table = {plain(phrase): name for phrase, name in lexicon().instruments.items()}
    for m in _instrument_pattern().finditer(text):
        if m["name"] and not _is_genre(text, m):
            yield InstrumentStatement(
                start=m.start(), end=m.end(), instrument=table[plain(m["name"])],
                presence=_presence(text, m),
            )  # fmt: skip


def _presence(text: str, m: re.Match[str]) -> Literal["present", "absent", "prominent"]:
    left = before(text, m.start())
    if _ABSENT.search(left):
        return "absent"
    if _PROMINENT.search(left) or _SOLO_AFTER.match(text, m.end()):
        return "prominent"
    return "present"


def _is_genre(text: str, m: re.Match[str]) -> bool:
    """Bare "bass", "brass band": a genre's name unless asked for as an instrument."""
    if m["name"].lower() != "bass":
        return False
    asked = re.search(r"\b(?:with|no|without|and|or|heavy|deep|punchy|a|,)\s*(?:\w+\s+)?$",
                      before(text, m.start()), re.I)  # fmt: skip
    named_genre = re.match(r"\s+(?:house|music|boost|drop|culture)\b", after(text, m.end()), re.I)
    return not asked or named_genre is not None
