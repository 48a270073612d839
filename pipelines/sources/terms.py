"""From the text of a field to terms of the vocabulary.

    "Hip-Hop/Rap"          → hip hop
    "Techno, House"        → techno; house
    "Rock & Pop; Piano"    → rock; pop; piano (an instrument)
    "Drum & Bass", "AC/DC" → one term each

The text as found is kept beside every term, so that another vocabulary can read it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipelines.sources.metadata import Term, clean, normalise
from schemas.catalogue import TagKind
from schemas.vocabulary import Entry, Vocabulary, active
from schemas.vocabulary.terms import KINDS, is_pattern

_ALWAYS = re.compile(r"[;\0|]|\r?\n")
_COMMA = re.compile(r"\s*,\s*(?:and\s+|&\s*)?")
_SOMETIMES = (re.compile(r"\s*[/\\]\s*"), re.compile(r"\s+[-–—]\s+"))
_ONLY_KNOWN = re.compile(r"\s*[&+]\s*|\s+(?:and|und|et|y|e)\s+")
_MOST_PARTS = 100  # of one field; a longer list is kept as one term
_CROSSING = (TagKind.GENRE, TagKind.MOOD, TagKind.INSTRUMENT, TagKind.VOCALS, TagKind.OTHER)


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text as a term: what it is called, of which kind it is, whether the vocabulary has it."""

    term: str
    kind: TagKind
    known: bool


def normalise_term(
    text: str, kind_hint: TagKind, vocabulary: Vocabulary | None = None
) -> Normalised | None:
    """The term that `text` is a spelling of, as a whole; None when nothing is left of it.

    `kind_hint` is what the field is meant to hold. A genre, mood, instrument or free tag that the
    vocabulary knows as something else ("Piano" in a genre field) is of the kind that it knows.
    """
    plain = normalise(text)
    if not plain:
        return None
    entry = _entry(plain, kind_hint, vocabulary or active())
    if entry is not None:
        return Normalised(entry.term, entry.kind, True)
    return Normalised(plain, kind_hint, is_pattern(plain, kind_hint))


def split_values(text: str, kind_hint: TagKind, vocabulary: Vocabulary | None = None) -> list[str]:
    """The values of a field that may hold several.

    ";", "|", NUL and line ends always separate. What is between them is one value when the
    vocabulary knows it whole. Else a comma separates; "/" and " - " do when one of the parts is
    known; "&" and "and" when all are.
    """
    vocabulary = vocabulary or active()
    parts = [part.strip() for part in _ALWAYS.split(text)]
    return [value for part in parts if part for value in _split(part, kind_hint, vocabulary)]


def read_terms(
    text: str,
    kind_hint: TagKind,
    source: str,
    vocabulary: Vocabulary | None = None,
    *,
    weight: float = 1.0,
    values: Iterable[str] | None = None,
) -> Iterator[Term]:
    """Terms of one field; `values` where they have been split already."""
    vocabulary = vocabulary or active()
    raw = clean(text)
    for value in split_values(raw, kind_hint, vocabulary) if values is None else values:
        found = normalise_term(value, kind_hint, vocabulary)
        if found is not None:
            yield Term(
                term=found.term,
                kind=found.kind,
                source=source,
                raw=raw,
                weight=weight,
                field=kind_hint if found.kind is not kind_hint else None,
                vocabulary=vocabulary.version if found.known else None,
            )


def _entry(text: str, hint: TagKind, vocabulary: Vocabulary) -> Entry | None:
    if hint in KINDS and (entry := vocabulary.find(text, hint)) is not None:
        return entry
    return vocabulary.find_any(text) if hint in _CROSSING else None


def _split(part: str, hint: TagKind, vocabulary: Vocabulary) -> list[str]:
    def known(text: str) -> bool:
        return _entry(text, hint, vocabulary) is not None

    if known(part):
        return [part]
    if len(values := _parts(_COMMA, part)) > 1:
        return [one for value in values for one in _split(value, hint, vocabulary)]
    for pattern in _SOMETIMES:
        values = _parts(pattern, part)
        if len(values) > 1 and any(map(known, values)):
            return [one for value in values for one in _split(value, hint, vocabulary)]
    values = _parts(_ONLY_KNOWN, part)
    return values if len(values) > 1 and all(map(known, values)) else [part]


def _parts(pattern: re.Pattern[str], text: str) -> list[str]:
    parts = [part for part in pattern.split(text) if part.strip()]
    return parts if len(parts) <= _MOST_PARTS else [text]
