"""Words of file and folder names: weak evidence (weight 0.2), but often all that there is."""

from __future__ import annotations

import re
from pathlib import PurePath

from pipelines.sources.metadata import Term, term
from pipelines.sources.words import known_words, table
from schemas.catalogue import TagKind

PATH_WEIGHT = 0.2
_MAX_WORDS = 64
_SPLIT = re.compile(r"[\W_]+")


def path_terms(relative: PurePath) -> list[Term]:
    """Terms of a path below the ingested folder, its last part being the file's name.

    Words of the file's name are of kind title, words of folders of kind collection. A folder may
    also name a genre, an instrument or a mood ("Death Metal/…"); a file name is not asked, since
    titles use such words freely.
    """
    found: list[Term] = []
    for folder in relative.parts[:-1]:
        found += _terms(folder, TagKind.COLLECTION, "path:folder")
        found += known_words(" ".join(split_words(folder)), "path:folder")
    name = relative.parts[-1] if relative.parts else ""
    stem, dot, suffix = name.rpartition(".")
    # A suffix is short and holds no space: "Mr. Bones" is a name, "menu.ogg" has one.
    found += _terms(stem if dot and stem and suffix.isalnum() else name, TagKind.TITLE, "path:file")
    return found[:_MAX_WORDS]


def split_words(name: str) -> list[str]:
    """Words of a name: split at anything but letters, and between aB, ABc and a1."""
    return [word for part in _SPLIT.split(name) for word in _camel(part)]


def _terms(name: str, kind: TagKind, source: str) -> list[Term]:
    stop = table().stop
    made = (term(word, kind, source, PATH_WEIGHT) for word in split_words(name))
    return [t for t in made if t is not None and len(t.term) > 1 and t.term not in stop]


def _camel(part: str) -> list[str]:
    words: list[str] = []
    start = 0
    for at in range(1, len(part) + 1):
        if at == len(part) or _boundary(part, at):
            if not any(c.isdigit() for c in part[start:at]):
                words.append(part[start:at])
            start = at
    return [word for word in words if word]


def _boundary(part: str, at: int) -> bool:
    before, here = part[at - 1], part[at]
    if before.isdigit() != here.isdigit():
        return True
    if before.islower() and here.isupper():
        return True
    follows = part[at + 1] if at + 1 < len(part) else ""
    return before.isupper() and here.isupper() and follows.islower()
