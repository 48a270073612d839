"""Explicit constraints out of a prompt, and the words of it that nothing here knows.

To read something new, add a rule to RULES. A rule earlier in the list wins where two read
the same words; of two statements of one thing, the first in the text holds and the other is
reported.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass

from mapping.predicting.tfidf import words
from mapping.reading.lexicon import lexicon
from mapping.reading.rules_key import key
from mapping.reading.rules_leanings import leanings
from mapping.reading.rules_tempo import duration, metre, tempo
from mapping.reading.rules_words import instruments, levels, vocals
from mapping.reading.statements import (
    AnyStatement,
    InstrumentStatement,
    LeaningStatement,
    LevelStatement,
    Refused,
    Rule,
    before,
)
from schemas.errors import PromptError

LONGEST = 20_000

RULES: tuple[Rule, ...] = (tempo, duration, metre, key, vocals, levels, instruments, leanings)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A prompt, read.

    Attributes
    ----------
    statements : in the order of the text, not overlapping, one of each thing
    rest : the prompt without tempo, key, length and metre: what is embedded
    warnings : contradictions, and statements that cannot be obeyed
    """

    text: str
    statements: tuple[AnyStatement, ...]
    rest: str
    warnings: tuple[str, ...]


def parse(text: str) -> Parsed:
    """Read a prompt.

    Raises
    ------
    PromptError
        When it is longer than 20,000 characters.
    """
    if len(text) > LONGEST:
        raise PromptError(f"prompt: {len(text):,} characters; valid is at most {LONGEST:,}")
    found = _without_overlaps([s for rule in RULES for s in rule(text)])
    kept, warnings = _one_of_each([s for s in found if not isinstance(s, Refused)], text)
    refused = [f"not obeyed: {s.reason}" for s in found if isinstance(s, Refused)]
    return Parsed(text, tuple(kept), _cut(text, found), (*refused, *warnings))


def not_understood(parsed: Parsed, vocabulary: Container[str]) -> tuple[str, ...]:
    """Content words that no rule read and neither the lexicon nor `vocabulary` holds."""
    known = _known_words()
    left = _blank(parsed.text, [(s.start, s.end) for s in parsed.statements])
    unknown = (
        word
        for word in words(left)
        if not word.isdigit() and word not in known and word not in vocabulary
    )
    return tuple(dict.fromkeys(word for word in unknown if not _inflection_known(word, vocabulary)))


def says_something(text: str, unknown: tuple[str, ...]) -> bool:
    """Whether `text` holds a content word that is not among the `unknown` ones."""
    return any(
        not word.isdigit() and word not in lexicon().stop and word not in unknown
        for word in words(text)
    )


def _known_words() -> frozenset[str]:
    lex = lexicon()
    return lex.stop | {word for phrase in lex.phrases() for word in words(phrase)}


def _inflection_known(word: str, vocabulary: Container[str]) -> bool:
    """Plurals and possessives of known words are known."""
    stems = {word.removesuffix("'s"), word.removesuffix("s"), word.removesuffix("es")} - {word}
    return any(stem in vocabulary or stem in _known_words() for stem in stems)


def _without_overlaps(found: list[AnyStatement]) -> list[AnyStatement]:
    kept: list[AnyStatement] = []
    owner: dict[int, AnyStatement] = {}  # by character, so that a long prompt takes no longer
    for statement in found:
        place = range(statement.start, statement.end)
        if all(_is_shared(owner[at], statement) for at in place if at in owner):
            kept.append(statement)
            owner.update(dict.fromkeys(place, statement))
    return sorted(kept, key=lambda s: (s.start, s.end))


def _is_shared(a: AnyStatement, b: AnyStatement) -> bool:
    # One span can state several levels: "high energy and danceability", or "lullaby".
    same_kind = type(a) is type(b) and isinstance(a, LevelStatement | LeaningStatement)
    return same_kind and (a.start, a.end) == (b.start, b.end)


def _thing(statement: AnyStatement) -> tuple[str, str]:
    """What a statement is about; a prompt has room for one of each."""
    if isinstance(statement, LevelStatement):
        return ("level", statement.feature)
    if isinstance(statement, LeaningStatement):
        return ("leaning", statement.feature)
    if isinstance(statement, InstrumentStatement):
        return ("instrument", statement.instrument)
    return (type(statement).__name__, "")


def _one_of_each(found: list[AnyStatement], text: str) -> tuple[list[AnyStatement], list[str]]:
    kept: dict[tuple[str, str], AnyStatement] = {}
    warnings = []
    for statement in found:
        earlier = kept.setdefault(_thing(statement), statement)
        agree = _content(earlier) == _content(statement)
        if earlier is not statement and not agree:
            first, second = (text[s.start : s.end].strip() for s in (earlier, statement))
            warnings.append(f"the prompt contradicts itself: kept {first!r}, not {second!r}")
    return list(kept.values()), warnings


def _content(statement: AnyStatement) -> object:
    """What it comes to: "slow" and "unhurried" say the same."""
    if isinstance(statement, LeaningStatement):
        return statement.share
    return statement.in_words()


_LEADS_UP = re.compile(r"(?:\b(?:in|at|with|and|of|the|key|tempo|a|for|length)\s+|,\s*)+$", re.I)


def _cut(text: str, statements: list[AnyStatement]) -> str:
    spans = []
    for statement in (s for s in statements if s.numeric):
        leads_up = _LEADS_UP.search(before(text, statement.start))
        reach = len(leads_up[0]) if leads_up else 0
        spans.append((statement.start - reach, statement.end))
    left = _blank(text, spans)
    rest = " ".join(left.split()).strip(" ,;.-")
    return rest if says_something(rest, ()) else ""


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    characters = list(text)
    for start, end in spans:
        characters[start:end] = " " * (end - start)
    return "".join(characters)
