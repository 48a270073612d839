"""Known wordings of whole licences in longer texts: notices, legal codes, and what is no licence.

A wording is known when every word of it is there, in order; only names, years, list marks, case and
punctuation may differ. What is left of a text when all that is known is taken out must not speak of
another licence, or nothing is concluded.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines.sources.licences import licences_named, mentions_licence
from pipelines.sources.spdx import expression

_TOKEN = re.compile(r"[^\W_]+")
_NUMERALS = frozenset(["ii", "iii", "iv", "vi", "vii", "viii", "ix", "xi", "xii"])
_RESERVED = re.compile(r"\ball rights reserved\b", re.IGNORECASE)
_HEADING = re.compile(r"^(?=[^\s:]*[*/])([^\s:]+)\s*:\s*$", re.MULTILINE)
_PACKAGING = re.compile(
    r"^[^\n]*debian packaging is (?:copyright|\(c\)|©).*?(?:\n\s*\n|\Z)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_REFERENCE = re.compile(r"/usr/share/common-licenses/[\w.+-]+")
_UNVERSIONED = re.compile(
    r"creative commons attribut(?:ion|e)[ -]*share[ -]?alike(?: licen[cs]e)?(?! *\d)", re.IGNORECASE
)
_DENIAL = re.compile(
    r"\b(?:not|except|unless|formerly|excluding|no longer|some rights reserved|proprietary|"
    r"non-?free|unknown|unclear)\b",
    re.IGNORECASE,
)
_OTHER_WORKS = re.compile(
    r"\b(?:artwork|source code|fonts?|graphics|icons?|images?|levels?|maps?|pictures?|sprites?|"
    r"textures?)\b",
    re.IGNORECASE,
)
_MOST = 400_000  # characters looked into
_MOST_CODES, _LONGEST_CODE = 16, 60_000


@dataclass(frozen=True, slots=True)
class _Code:
    """A legal code that is known by the digest of its words between two phrases."""

    spdx: str
    begins: str
    ends: str
    digest: str

    def found_in(self, line: str) -> Iterator[tuple[int, int]]:
        """Where it is: first character, and the one after the last. Bounded for hostile texts."""
        at = -1
        for _ in range(_MOST_CODES):
            at = line.find(self.begins, at + 1)
            last = line.find(self.ends, at, at + _LONGEST_CODE)
            if at < 0 or last < 0:
                return
            end = last + len(self.ends)
            plain = " ".join(word for word in line[at:end].split() if not word.isdigit())
            if hashlib.blake2b(plain.encode(), digest_size=16).hexdigest() == self.digest:
                yield at, end


@dataclass(frozen=True, slots=True)
class _Tables:
    texts: tuple[tuple[str, re.Pattern[str]], ...]
    codes: tuple[_Code, ...]
    boilerplate: tuple[re.Pattern[str], ...]


def spdx_of_text(text: str, covers: Callable[[str], bool] = lambda _: False) -> str | None:
    """SPDX id of the one licence that a notice or a free-text copyright file grants, or None.

    Parameters
    ----------
    covers : callable
        Whether a path pattern that heads a section ("import/SDL*:") can mean the file in question;
        sections under other headings are left out.
    """
    rest = _PACKAGING.sub("\n\n", _sections(text[:_MOST], covers))
    rest = _REFERENCE.sub(" ", rest)
    found: set[str | None] = set()
    for spdx, start, end in _known(rest):
        found.add(spdx)
        rest = rest[:start] + "\n" * (end - start) + rest[end:]
    found.discard(None)
    if found:  # "All rights reserved" beside a grant is a habit, no reservation
        rest = _RESERVED.sub(" ", rest)
    named = licences_named(rest)
    found |= named
    if len(found) != 1 or _denies(rest, bool(named)):
        return None
    return expression(found.pop() or "")


def _denies(rest: str, named: bool) -> bool:
    """Whether what is left hedges, or speaks of a licence that was not read."""
    if _DENIAL.search(rest):
        return True
    if named and _OTHER_WORKS.search(rest):  # whose licence is it that is named?
        return True
    if named:  # the names that were read are no other licence, nor is one without its version
        rest = _UNVERSIONED.sub(" ", rest)
        rest = re.sub(r"creative\s*commons\S*|creativecommons\.org\S*", " ", rest, flags=re.I)
        rest = re.sub(r"\bCC[ -]?(?:BY|0)\S*|licen[sc]ed (?:under|by|to)", " ", rest, flags=re.I)
        rest = re.sub(r"licen[cs]ed under the terms of the", " ", rest, flags=re.I)
    return mentions_licence(rest)


def _sections(text: str, covers: Callable[[str], bool]) -> str:
    """`text` without the sections whose heading is a path pattern that does not cover the file."""
    pieces = _HEADING.split(text)
    kept = pieces[:1]
    for pattern, body in zip(pieces[1::2], pieces[2::2], strict=True):
        if covers(pattern):
            kept.append(body)
    return "".join(kept)


def _known(text: str) -> Iterator[tuple[str | None, int, int]]:
    """Known wordings: (SPDX id, None for boilerplate; first and last character)."""
    words = [(match[0].lower(), match.start(), match.end()) for match in _TOKEN.finditer(text)]
    words = [word for word in words if not _is_mark(word[0])]
    line = " ".join(word for word, _, _ in words)
    offsets = _offsets(words)
    tables = _tables()
    for code in tables.codes:
        for start, end in code.found_in(line):
            yield code.spdx, words[offsets[start]][1], words[_last(offsets, line, end)][2]
    for spdx, pattern in (*tables.texts, *((None, p) for p in tables.boilerplate)):
        for match in pattern.finditer(line):
            first, last = offsets[match.start()], _last(offsets, line, match.end())
            yield spdx, words[first][1], words[last][2]


def _is_mark(word: str) -> bool:
    """Whether a word is the mark of a list: "a", "2", "iii". Years and names stay."""
    return (len(word) == 1 and word.isalpha()) or word in _NUMERALS


def _offsets(words: Sequence[tuple[str, int, int]]) -> dict[int, int]:
    """Where each word begins in the joined line → its number."""
    found, at = {}, 0
    for number, (word, _, _) in enumerate(words):
        found[at] = number
        at += len(word) + 1
    return found


def _last(offsets: dict[int, int], line: str, end: int) -> int:
    """Number of the word that ends at `end`."""
    return offsets[line.rfind(" ", 0, end) + 1]


@cache
def _tables() -> _Tables:
    path = Path(__file__).with_name("licence_texts.toml")
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return _Tables(
        texts=tuple((entry["spdx"], _pattern(entry["wording"])) for entry in data["texts"]),
        codes=tuple(_Code(**entry) for entry in data["codes"]),
        boilerplate=tuple(_pattern(entry["wording"]) for entry in data["boilerplate"]),
    )


def _pattern(wording: str) -> re.Pattern[str]:
    """Words in order; `{n}` is up to n words of any kind."""
    parts = []
    for word in wording.split():
        if wild := re.fullmatch(r"\{(\d+)\}", word):
            parts.append(rf"(?: \w+){{0,{wild[1]}}}?")
        elif not _is_mark(word):
            parts.append(rf" {re.escape(word)}")
    return re.compile(r"(?<!\w)" + "".join(parts).removeprefix(" ") + r"(?!\w)")
