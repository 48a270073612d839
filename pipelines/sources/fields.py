"""The common meaning of a text field, whatever container or sidecar it came from.

`Gathered` collects fields and turns them into `TextMetadata`. Fields come in order of precedence:
the first title, artist, album and date win; terms and rights of all are kept.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from mutagen.id3 import TCON

from pipelines.sources.identifiers import identifier
from pipelines.sources.licence_texts import spdx_of_text
from pipelines.sources.licences import holder_of, mentions_licence, spdx_of
from pipelines.sources.metadata import (
    MAX_TEXT,
    Rights,
    Term,
    TextMetadata,
    clean,
    one_each,
    one_statement_each,
    term,
)
from pipelines.sources.terms import read_terms
from pipelines.sources.words import is_boilerplate, known_words, table
from schemas.catalogue import Origin, TagKind
from schemas.generation import GENERATED_MARK
from schemas.rights import RightsLayer


class Field(StrEnum):
    """What a field is meant to say."""

    TITLE = "title"
    ARTIST = "artist"
    ALBUM = "album"
    DATE = "date"
    GENRE = "genre"
    MOOD = "mood"
    INSTRUMENT = "instrument"
    LANGUAGE = "language"
    COMPOSER = "composer"
    COMMENT = "comment"
    TEMPO = "tempo"
    KEY = "key"
    OTHER = "other"
    LICENCE = "licence"
    COPYRIGHT = "copyright"
    ISRC = "isrc"
    RECORDING_ID = "musicbrainz_recording"


_PLAIN = {
    Field.MOOD: TagKind.MOOD,
    Field.INSTRUMENT: TagKind.INSTRUMENT,
    Field.LANGUAGE: TagKind.LANGUAGE,
    Field.OTHER: TagKind.OTHER,
}
_NAMES = {
    Field.TITLE: TagKind.TITLE,
    Field.ARTIST: TagKind.ARTIST,
    Field.ALBUM: TagKind.COLLECTION,
}
_SCHEMES = (Field.ISRC, Field.RECORDING_ID)
_NUMBERED = re.compile(r"\((\d{1,3}|RX|CR)\)")
_DATE = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?(?!\d)")
_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_LANGUAGE_UNKNOWN = frozenset({"xxx", "und", "zxx", "mis"})


@dataclass(slots=True)
class Gathered:
    """What has been read of one file so far. `name` is how `evidence` and problems call it."""

    name: str
    facts: dict[Field, str] = field(default_factory=dict)
    terms: list[Term] = field(default_factory=list)
    rights: list[Rights] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    origin: Origin = Origin.RECORDING
    marked: bool = False

    def add(self, what: Field, source: str, values: Sequence[str]) -> None:
        """Take the values of one field; `source` names the frame or key, as in "id3:TCON".

        A comment that begins with GENERATED_MARK says where the audio comes from, whatever else
        says otherwise.
        """
        texts = [text for value in values if (text := self._cut(value, source))]
        if what is Field.COMMENT and any(text.startswith(GENERATED_MARK) for text in texts):
            self.marked = True
            return
        if not texts:
            return
        if what in _NAMES:
            self._name(what, source, texts)
        elif what in (Field.LICENCE, Field.COPYRIGHT):
            for text in texts:
                self._rights(text, source, licence=what is Field.LICENCE)
        elif what in _SCHEMES:
            self._identifiers(what, source, texts)
        else:
            for text in texts:
                self._term(what, source, text)

    def metadata(self) -> TextMetadata:
        """All of it, one entry a grain."""
        return TextMetadata(
            title=self.facts.get(Field.TITLE),
            artist=self.facts.get(Field.ARTIST),
            album=self.facts.get(Field.ALBUM),
            date=self.facts.get(Field.DATE),
            origin=Origin.GENERATED if self.marked else self.origin,
            tags=one_each(self.terms),
            rights=one_statement_each(self.rights),
            problems=tuple(self.problems),
        )

    def _cut(self, value: str, source: str) -> str:
        # NUL separates the values of a list; elsewhere it is dropped with the other controls.
        text = clean(value.replace("\0", ";"))
        if len(text) > MAX_TEXT:
            self.problems.append(
                f"{self.name}: {source} has {len(text)} characters; cut to {MAX_TEXT}"
            )
        return text[:MAX_TEXT]

    def _identifiers(self, what: Field, source: str, texts: list[str]) -> None:
        for text in re.split(r"[;/,\s]+", " ".join(texts)):
            found = identifier(what.value, text, source)
            if found is None:
                self.problems.append(f"{self.name}: {source} is {text[:60]!r}, no {what.value}")
            else:
                self.terms.append(found)

    def _name(self, what: Field, source: str, texts: list[str]) -> None:
        texts = [text for text in texts if text.casefold() not in table().useless_names]
        if not texts:
            return
        if what is Field.ARTIST:
            fact = "; ".join(dict.fromkeys(texts))
        else:
            fact = texts[0]
            if len(set(texts)) > 1:
                self.problems.append(
                    f"{self.name}: {source} has {len(texts)} values; the first is used"
                )
        self.facts.setdefault(what, fact)
        self._keep(fact if what is not Field.ARTIST else texts, _NAMES[what], source)

    def _term(self, what: Field, source: str, text: str) -> None:
        if what is Field.GENRE:
            self._genre(source, text)
        elif what is Field.COMMENT:
            self._comment(source, text)
        elif what is Field.DATE:
            self._date(source, text)
        elif what is Field.TEMPO:
            self._tempo(source, text)
        elif what is Field.KEY:
            self._keep(f"key {text}", TagKind.OTHER, source, text)
        elif what is Field.COMPOSER:
            self._keep(text, TagKind.ARTIST, source)
        else:
            found = read_terms(text, _PLAIN[what], source)
            self.terms += (term for term in found if term.term not in _LANGUAGE_UNKNOWN)

    def _genre(self, source: str, text: str) -> None:
        for name in genre_names(text):
            if name.casefold() in table().useless_genres:
                useless = term(name, TagKind.OTHER, source)
                if useless is not None:
                    self.terms.append(dataclasses.replace(useless, raw=text, field=TagKind.GENRE))
            else:
                self.terms += (
                    dataclasses.replace(made, raw=text)
                    for made in read_terms(name, TagKind.GENRE, source)
                )

    def _comment(self, source: str, text: str) -> None:
        if is_boilerplate(text):
            self._keep(text, TagKind.OTHER, source)
            return
        self._keep(text, TagKind.DESCRIPTION, source)
        self.terms += known_words(text, source)
        if mentions_licence(text):
            self._rights(text, source, licence=True)

    def _date(self, source: str, text: str) -> None:
        year, whole = _YEAR.search(text), _DATE.match(text)
        if year is None:
            self.problems.append(
                f"{self.name}: {source} is {text[:60]!r}; a date is YYYY, YYYY-MM or YYYY-MM-DD"
            )
            return
        date = whole[0] if whole is not None and whole[1] == year[1] else year[1]
        self.facts.setdefault(Field.DATE, date)
        decade = f"{date[:3]}0s"
        self.terms += read_terms(text, TagKind.ERA, source, values=[decade])

    def _tempo(self, source: str, text: str) -> None:
        try:
            bpm = float(text.replace(",", "."))
        except ValueError:
            bpm = -1.0
        if bpm == 0:  # what taggers write when they do not know
            return
        if not 20 <= bpm <= 400:
            self.problems.append(f"{self.name}: {source} is {text[:60]!r}; a tempo is 20 … 400 BPM")
            return
        tempo = f"{bpm:g} bpm"
        self.terms += read_terms(text, TagKind.TEMPO, source, values=[tempo])

    def _rights(self, text: str, source: str, licence: bool) -> None:
        speaks = licence or mentions_licence(text)
        spdx = (spdx_of(text) or spdx_of_text(text)) if speaks else None
        holder = None if licence else holder_of(text)
        self.rights.append(
            Rights(RightsLayer.RECORDING, source, text, spdx, holder, f"{source} of {self.name}")
        )

    def _keep(
        self, values: str | list[str], kind: TagKind, source: str, raw: str | None = None
    ) -> None:
        for value in [values] if isinstance(values, str) else values:
            made = term(value, kind, source)
            if made is not None:
                self.terms.append(
                    made if raw is None else Term(made.term, kind, source, raw, made.weight)
                )


def genre_names(text: str) -> list[str]:
    """Values of a genre field, ID3v1 numbers ("17", "(17)", "(4)Eurodisco") named.

    Split where nothing is in doubt; `split_values` does the rest.
    """
    names = []
    for part in re.split(r"[;\0]|\r?\n|,\s*(?=[(\d])", text):
        rest = part.strip()
        while match := _NUMBERED.match(rest):
            names.append(match[1])
            rest = rest[match.end() :].strip()
        names.append(rest)
    return [_genre(name) for name in names if name]


def _genre(part: str) -> str:
    named = {"RX": "Remix", "CR": "Cover"}
    if part in named:
        return named[part]
    if part.isascii() and part.isdigit() and int(part) < len(TCON.GENRES):
        return str(TCON.GENRES[int(part)])
    return part
