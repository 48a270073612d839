"""What a prompt states, and the words of it that nothing here knows.

To read something new, add a rule to RULES, or a word to the data files. A rule earlier in the list
wins where two read the same words; of two statements of one thing, the first in the text holds and
the other is reported.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

from mapping.predicting.tfidf import words
from mapping.reading.contradictions import contradictions
from mapping.reading.languages import ENGLISH, is_read, language, says_nothing, translated
from mapping.reading.lexicon import lexicon
from mapping.reading.located import located
from mapping.reading.phrases import phrases
from mapping.reading.plaintext import Plain, plain
from mapping.reading.repeated import one_of_each, without_overlaps
from mapping.reading.rules_comparisons import comparisons
from mapping.reading.rules_key import key
from mapping.reading.rules_leanings import leanings
from mapping.reading.rules_length import duration, metre
from mapping.reading.rules_levels import denied_dimensions, dimension_first, levels, timbre
from mapping.reading.rules_tempo import tempo
from mapping.reading.rules_tempo_bare import bare_tempo, tempo_of_style
from mapping.reading.rules_tempo_words import tempo_words
from mapping.reading.rules_things import effects, instruments, styles
from mapping.reading.rules_voice import lyrics, vocals
from mapping.reading.statements import (
    AnyStatement,
    DurationStatement,
    KeyStatement,
    LocatedStatement,
    MetreStatement,
    Refused,
    Rule,
    StyleStatement,
    TempoStatement,
    before,
)
from mapping.reading.tokens import key as word_key
from mapping.reading.tokens import read
from schemas.errors import PromptError

LONGEST = 20_000

RULES: tuple[Rule, ...] = (
    tempo, bare_tempo, tempo_of_style, duration, metre, key, tempo_words, vocals, lyrics,
    comparisons, levels, denied_dimensions, dimension_first, timbre, styles, instruments, effects,
    leanings,
)  # fmt: skip


_NUMERIC = (
    TempoStatement,
    KeyStatement,
    DurationStatement,
    MetreStatement,
    StyleStatement,
    Refused,
)
"""What can be read in a language of which no word is known: "zonder drums" is not "drums"."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A prompt, read.

    Attributes
    ----------
    text : the prompt as it was typed; all offsets count its characters
    statements : in the order of the text, one of each thing
    rest : what is embedded: the prompt without tempo, key, length, metre and what it denies
    warnings : contradictions, and statements that cannot be obeyed
    language : BCP 47, or None where too little was said to tell
    plain : the text that the rules read
    spans : places in the plain text that a rule read
    """

    text: str
    statements: tuple[AnyStatement, ...]
    rest: str
    warnings: tuple[str, ...]
    language: str | None
    plain: Plain
    spans: tuple[tuple[int, int], ...]


def parse(text: str) -> Parsed:
    """Read a prompt.

    Raises
    ------
    PromptError
        When it is longer than 20,000 characters.
    """
    if len(text) > LONGEST:
        raise PromptError(f"prompt: {len(text):,} characters; valid is at most {LONGEST:,}")
    table, form = phrases(), plain(text)
    reading = read(form.text, table.trie, table.numbers)
    spoken = language(reading)
    if (english := translated(form, spoken)) is not form:
        form, reading = english, read(english.text, table.trie, table.numbers)
    found = without_overlaps([s for rule in RULES for s in rule(reading)])
    if not is_read(spoken):
        found = [s for s in found if isinstance(s, _NUMERIC)]
    spans = tuple((s.start, s.end) for s in found)
    found = list(located(reading, found))
    kept, warnings = one_of_each([s for s in found if not isinstance(s, Refused)], form.text)
    refused = [f"not obeyed: {s.reason}" for s in found if isinstance(s, Refused)]
    rest = _cut(form.text, [s for s in found if s.cut])
    return Parsed(
        text=text,
        statements=tuple(_placed(s, form) for s in kept),
        rest=rest,
        warnings=(*refused, *warnings, *contradictions(kept, form.text)),
        language=spoken,
        plain=form,
        spans=spans,
    )


def _placed(statement: AnyStatement, form: Plain) -> AnyStatement:
    """The statement with offsets into the prompt as it was typed."""
    if form.origin is None:
        return statement
    start, end = form.back(statement.start, statement.end)
    if isinstance(statement, LocatedStatement):
        parts = tuple(_placed(part, form) for part in statement.parts)
        return replace(statement, start=start, end=end, parts=parts)
    return replace(statement, start=start, end=end)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word that nothing here knows, and where it stands in the prompt."""

    word: str
    start: int
    end: int


def unknown_words(parsed: Parsed, vocabulary: Container[str]) -> tuple[Unknown, ...]:
    """Content words that no rule read and neither the tables nor `vocabulary` holds, each once."""
    left = _blank(parsed.plain.text, parsed.spans)
    known = phrases().words | says_nothing(parsed.language)
    found: dict[str, Unknown] = {}
    for m in _WORD.finditer(left):
        for word in words(m[0]):
            if word in found or word.isdigit() or word in vocabulary or word in lexicon().stop:
                continue
            if not all(word_key(p) in known for p in re.split(r"[-&]", word)) and not _inflected(
                word, vocabulary
            ):
                found[word] = Unknown(word, *parsed.plain.back(m.start(), m.end()))
    return tuple(found.values())


_WORD = re.compile(r"[^\W_][\w&'’#-]*")


def not_understood(parsed: Parsed, vocabulary: Container[str]) -> tuple[str, ...]:
    """The words of `unknown_words`."""
    return tuple(unknown.word for unknown in unknown_words(parsed, vocabulary))


def for_encoder(parsed: Parsed, unknown: Iterable[str]) -> str:
    """What is embedded: `rest`; of a prompt in another language the words that are known alone,
    since the encoder knows English and would make something of the others."""
    if parsed.language in (None, ENGLISH):
        return parsed.rest
    left_out = set(unknown) | says_nothing(parsed.language)
    kept = [
        word
        for word in parsed.rest.split()
        if not any(part in left_out or word_key(part) in left_out for part in words(word))
    ]
    return " ".join(kept) if says_something(" ".join(kept), ()) else ""


def says_something(text: str, unknown: Iterable[str]) -> bool:
    """Whether `text` holds a content word that is not among the `unknown` ones."""
    left = set(unknown)
    return any(
        not word.isdigit() and word not in lexicon().stop and word not in left
        for word in words(text)
    )


def _inflected(word: str, vocabulary: Container[str]) -> bool:
    """Plurals, possessives and simple inflections of known words are known."""
    known = phrases().words
    stems = {word.removesuffix(end) for end in ("'s", "s", "es", "y", "ed", "ing", "like", "ish")}
    return any(stem in vocabulary or stem in known for stem in stems - {word, ""})


_LEADS_UP = re.compile(
    r"(?:\b(?:in|at|with|and|of|the|key|tempo|a|for|length|but|is|are|it|make|that|which|be|sounds?|"
    r"sounding|should|meter|metre|time|signature|duration|bpm)\s+|[,:]\s*)+$",
    re.I,
)
_DANGLING = re.compile(
    r"(?:\s*[,;.:&+-]|\s+(?:and|but|with|or|in|at|only|a|an|the|that|which|is|are|it))+$", re.I
)
_LOST_JOINT = re.compile(r"\b(?:or|nor|and)\s+(?=[,;.]|$)", re.I)
_LEADING = re.compile(r"^(?:[\s,;.:&+-]+|(?:and|but|or|only|then)\s+)+", re.I)


def _cut(text: str, statements: Sequence[AnyStatement]) -> str:
    spans = []
    for statement in statements:
        leads_up = _LEADS_UP.search(before(text, statement.start))
        reach = len(leads_up[0]) if leads_up else 0
        spans.append((statement.start - reach, statement.end))
    left = _blank(text, spans)
    left = _LOST_JOINT.sub("", left)
    rest = _DANGLING.sub("", _LEADING.sub("", " ".join(left.split()))).strip(" ,;.-")
    return rest if says_something(rest, ()) else ""


def _blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    characters = list(text)
    for start, end in spans:
        characters[start:end] = " " * (end - start)
    return "".join(characters)
