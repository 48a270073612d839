"""What words say of one file: the terms, the rights and the plain facts, before they are rows.

Every value carries the `source` it was read from, so that a person can see why a term is there:

    id3:TCON  vorbis:genre  mp4:©gen   an embedded tag frame, in the container's own spelling
    sidecar:genre                      a key of the JSON file beside the audio
    csv:genre  manifest:style          a column of a folder's table, of a manifest
    path:file  path:folder             words of the file's name, of the folders above it
    path:pattern                       a field of the pattern that a person gave
    midi:copyright  musicxml:rights    what a score says of itself
    debian:package  debian:copyright   the package that the file came in
    …:word                             a known word found inside the free text of that source
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.catalogue import Origin, TagKind
from schemas.rights import RightsLayer

FILE_SOURCES = (
    *("manifest", "sidecar", "csv", "path", "debian"),
    *("id3", "vorbis", "ape", "mp4", "asf", "riff", "aiff", "midi", "musicxml"),
)
"""What a source begins with, before its colon, when it comes with the file: reading the file again
replaces these and no others."""

MAX_TEXT = 10_000
"""Longest value kept, in characters; what is longer is cut, and the cut is reported."""

MAX_LICENCE = 20_000
"""Longest licence text kept, in characters."""

_KEPT_CONTROLS = "\n\t"


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that text says of a track.

    Attributes
    ----------
    term : str
        Normalised by `normalise`; never empty.
    raw : str
        As it was found (cleaned by `clean`).
    weight : float
        0 … 1: 1 for a field meant to say this, 0.5 for a word found in free text, 0.2 for a word
        of a path.
    field : TagKind or None
        What the field that it was found in is meant to hold; None where that is `kind`. With it
        `raw` can be read again when the vocabulary changes.
    vocabulary : str or None
        Version of the vocabulary that knows the term; None where none does.
    """

    term: str
    kind: TagKind
    source: str
    raw: str
    weight: float = 1.0
    field: TagKind | None = None
    vocabulary: str | None = None


@dataclass(frozen=True, slots=True)
class Rights:
    """One licence statement; `spdx` is null unless the statement leaves no doubt."""

    layer: RightsLayer
    source: str
    raw: str
    spdx: str | None
    holder: str | None
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMetadata:
    """What text says about one audio file. `problems` are sentences for a person.

    `tags` hold one entry a (term, kind, source) and `rights` one a (layer, source): the grain of
    the warehouse tables that they become.
    """

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    date: str | None = None
    origin: Origin = Origin.RECORDING
    tags: tuple[Term, ...] = ()
    rights: tuple[Rights, ...] = ()
    problems: tuple[str, ...] = ()


def clean(text: str) -> str:
    """`text` as it can be stored: valid Unicode, no control characters but newline and tab."""
    if text.isprintable():  # nothing to clean, as nearly always
        return text.strip()
    valid = text.encode("utf-8", "replace").decode("utf-8")
    lines = valid.replace("\r\n", "\n").replace("\r", "\n")
    kept = (c for c in lines if c in _KEPT_CONTROLS or unicodedata.category(c) != "Cc")
    return "".join(kept).strip()


def normalise(text: str) -> str:
    """`text` as a term: NFKC, case folded, single spaces. Applying it twice changes nothing."""
    if text.isascii():
        return " ".join(clean(text.casefold()).split())
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(clean(folded).split())


def term(raw: str, kind: TagKind, source: str, weight: float = 1.0) -> Term | None:
    """A term, or None when nothing of `raw` is left after cleaning."""
    kept = clean(raw)
    normal = normalise(kept)
    return Term(normal, kind, source, kept, weight) if normal else None


def one_each(terms: Iterable[Term]) -> tuple[Term, ...]:
    """The heaviest term of each (term, kind, source), in the order of first sight."""
    best: dict[tuple[str, TagKind, str], Term] = {}
    for found in terms:
        key = (found.term, found.kind, found.source)
        if key not in best or best[key].weight < found.weight:
            best[key] = found
    return tuple(best.values())


def one_statement_each(rights: Iterable[Rights]) -> tuple[Rights, ...]:
    """Statements of one (layer, source) joined; they keep an SPDX id only if all agree on it."""
    joined: dict[tuple[RightsLayer, str], Rights] = {}
    for found in rights:
        key = (found.layer, found.source)
        before = joined.get(key)
        if before is None or before.raw == found.raw:
            joined[key] = found if before is None else before
            continue
        joined[key] = Rights(
            found.layer,
            found.source,
            f"{before.raw}\n{found.raw}"[:MAX_LICENCE],
            before.spdx if before.spdx == found.spdx else None,
            before.holder or found.holder,
            before.evidence,
        )
    return tuple(joined.values())
