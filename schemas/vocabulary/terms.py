"""Entries of the vocabulary, and how a spelling finds its entry."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.catalogue import TagKind

KINDS = (
    TagKind.GENRE,
    TagKind.INSTRUMENT,
    TagKind.MOOD,
    TagKind.VOCALS,
    TagKind.TEMPO,
    TagKind.ERA,
    TagKind.LANGUAGE,
)
"""Kinds that have a vocabulary, in the order in which a term of unknown kind is looked for."""

_AND = re.compile(r"\s*[&+]\s*|(?<=\w)\s*['’]n['’]?\s*(?=\w)|(?<=\w)[\s-]+n[\s-]+(?=\w)")
_GENERIC = re.compile(r"(?:music|musik|songs?)$")
_BPM = re.compile(r"\d{1,3}(?:\.\d+)? bpm")
_REGION = re.compile(r"([a-z]{2,3})[-_][a-z0-9]{2,8}", re.IGNORECASE)
_CODE_LENGTH = 3


class FreeText(StrEnum):
    """When an entry may be read out of a sentence."""

    ALWAYS = "always"
    SETTLED = "settled"  # beside a word that settles what is meant: "rock song", not "rocks fall"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One term.

    Attributes
    ----------
    term : str
        Canonical spelling, lower case.
    parents : tuple of str
        Terms of the same kind that it is a kind of; none for the broadest.
    synonyms : tuple of str
        Other spellings and names, as written in the data.
    code : str or None
        BCP 47 code of a language.
    """

    term: str
    kind: TagKind
    parents: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """All entries, and the ways to one.

    Attributes
    ----------
    version : str
        Changes whenever an entry does; ends in "+DIGEST" when a person has added entries.
    entries : mapping of kind → term → Entry
    index : mapping of kind → folded spelling → term
    phrases : mapping of spelling → (kind, term, FreeText)
        Names that may stand in a sentence; of genre, instrument and mood.
    """

    version: str
    entries: Mapping[TagKind, Mapping[str, Entry]]
    index: Mapping[TagKind, Mapping[str, str]] = field(repr=False)
    phrases: Mapping[str, tuple[TagKind, str, FreeText]] = field(repr=False)

    def find(self, text: str, kind: TagKind) -> Entry | None:
        """The entry of `kind` that `text` is a spelling of, or None."""
        index = self.index.get(kind, {})
        for key in _keys(text, kind):
            if key in index:
                return self.entries[kind][index[key]]
        return None

    def find_any(self, text: str) -> Entry | None:
        """The entry of any kind; genres first, languages last and never by a code of letters."""
        for kind in KINDS:
            if kind is TagKind.LANGUAGE and len(fold(text)) <= _CODE_LENGTH:
                continue
            if (entry := self.find(text, kind)) is not None:
                return entry
        return None

    def ancestors(self, entry: Entry) -> tuple[str, ...]:
        """The term itself, its parents, theirs, and so on; nearest first."""
        found = {entry.term: None}
        waiting = list(entry.parents)
        while waiting:
            term = waiting.pop(0)
            if term not in found:
                found[term] = None
                waiting += self.entries[entry.kind][term].parents
        return tuple(found)

    def children(self, entry: Entry) -> tuple[str, ...]:
        """Terms right below."""
        return tuple(e.term for e in self.entries[entry.kind].values() if entry.term in e.parents)

    def nearest(self, text: str, kind: TagKind | None = None) -> Entry | None:
        """The entry whose spelling is most like `text`, where one is like it at all."""
        for candidate in [kind] if kind in self.index else KINDS:
            assert candidate is not None
            index = self.index[candidate]
            if near := difflib.get_close_matches(fold(text), index, 1, 0.8):
                return self.entries[candidate][index[near[0]]]
        return None

    def __iter__(self) -> Iterator[Entry]:
        for entries in self.entries.values():
            yield from entries.values()


def is_pattern(text: str, kind: TagKind) -> bool:
    """Whether `text` is a term that needs no entry: a tempo in BPM."""
    return kind is TagKind.TEMPO and _BPM.fullmatch(text) is not None


def fold(text: str) -> str:
    """A spelling as it is compared: no case, accents, spaces, hyphens; "&" and "'n'" are "and".

    Applying it twice changes nothing.
    """
    plain = _AND.sub(" and ", unicodedata.normalize("NFKC", text).casefold())
    return "".join(c for c in unicodedata.normalize("NFKD", plain).casefold() if c.isalnum())


def _keys(text: str, kind: TagKind) -> Iterator[str]:
    """Spellings to try, the nearest first."""
    key = fold(text)
    yield key
    if kind in (TagKind.GENRE, TagKind.VOCALS) and (shorter := _GENERIC.sub("", key)):
        yield shorter
    elif kind is TagKind.INSTRUMENT:
        yield key.removesuffix("s")
        yield f"{key}s"
    elif kind is TagKind.LANGUAGE and (region := _REGION.fullmatch(text.strip())):
        yield fold(region[1])
