"""The fields that a person can name: keys of sidecars, targets of manifests, fields of patterns."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from pipelines.sources.fields import Field, Gathered
from pipelines.sources.listing import Said
from schemas.catalogue import Origin

TEXTS = {
    "title": Field.TITLE,
    "artist": Field.ARTIST,
    "album": Field.ALBUM,
    "date": Field.DATE,
    "description": Field.COMMENT,
    "composer": Field.COMPOSER,
    "language": Field.LANGUAGE,
    "license": Field.LICENCE,
    "licence": Field.LICENCE,
    "copyright": Field.COPYRIGHT,
}
"""Fields of one text."""

LISTS = {
    "genre": Field.GENRE,
    "mood": Field.MOOD,
    "instrument": Field.INSTRUMENT,
    "tags": Field.OTHER,
}
"""Fields of one text or several."""

TARGETS = {
    **TEXTS,
    **LISTS,
    "year": Field.DATE,
    "comment": Field.COMMENT,
    "tempo": Field.TEMPO,
    "bpm": Field.TEMPO,
    "key": Field.KEY,
    "isrc": Field.ISRC,
    "musicbrainz_recording": Field.RECORDING_ID,
}
"""What a column of a manifest or table may be mapped to, beside `origin`."""

ORIGIN = "origin"
_ORIGINS = tuple(origin for origin in Origin if origin is not Origin.SCORE)


def valid_targets() -> str:
    """The targets, for an error's sentence."""
    return ", ".join((*TARGETS, ORIGIN))


def nearest(name: str, valid: Iterable[str]) -> str:
    """A hint at the name that was meant, with a leading space; empty when none is near."""
    near = difflib.get_close_matches(name, list(valid), 1)
    return f" (did you mean {near[0]}?)" if near else ""


def take_said(said: Iterable[Said], gathered: Gathered) -> None:
    """Add what a listing says of a file."""
    for one in said:
        if one.target == ORIGIN:
            take_origin(one.values[0] if one.values else "", one.source, gathered)
        else:
            gathered.add(TARGETS[one.target], one.source, one.values)


def take_origin(value: object, source: str, gathered: Gathered) -> None:
    """Set where the audio comes from, or note that `value` is none of the valid words."""
    if value in _ORIGINS:
        gathered.origin = Origin(str(value))
        return
    gathered.problems.append(
        f"{source}: origin is {str(value)[:60]!r}; valid: {', '.join(_ORIGINS)}"
    )
